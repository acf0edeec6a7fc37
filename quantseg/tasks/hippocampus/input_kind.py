"""Whether a scan is a whole head or a crop around one hippocampus, from its physical size."""

from __future__ import annotations

import numpy as np

from quantseg.errors import InputRefused
from quantseg.tasks.hippocampus.options import InputKind
from quantseg.volume import Grid

# The largest Task04 crop measures 43 x 59 x 47 mm, the smallest 31 x 40 x 24 mm; the largest labelled hippocampus
# measures 27 x 48 x 37 mm, the smallest 18 x 29 x 14 mm.
_LARGEST_CROP_MM = 80.0
_SMALLEST_HEAD_MM = 100.0
_SMALLEST_EXTENT_MM = (15.0, 25.0, 12.0)


def decide_kind(grid: Grid) -> InputKind:
    """Judge a canonical grid by its extent.

    Returns:
        CROP or HEAD where the extent leaves no doubt, DECIDE where the localiser has to look.

    Raises:
        InputRefused: no hippocampus fits into it.
    """
    extent_mm = np.array(grid.extent_mm)
    if np.any(extent_mm < _SMALLEST_EXTENT_MM):
        found = " x ".join(f"{e:.0f}" for e in extent_mm)
        needed = " x ".join(f"{e:.0f}" for e in _SMALLEST_EXTENT_MM)
        raise InputRefused(
            f"The image measures {found} mm (left-right, front-back, up-down) and no hippocampus fits into it; "
            f"expected at least {needed} mm, give a crop of about 35 x 50 x 36 mm or a whole head."
        )
    if np.all(extent_mm <= _LARGEST_CROP_MM):
        return InputKind.CROP
    if np.all(extent_mm >= _SMALLEST_HEAD_MM):
        return InputKind.HEAD
    return InputKind.DECIDE
