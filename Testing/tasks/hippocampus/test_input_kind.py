"""Crop, head, or neither: judged by physical extent, whatever the voxel size."""

import numpy as np
import pytest

from quantseg.errors import InputRefused
from quantseg.tasks.hippocampus.input_kind import decide_kind
from quantseg.tasks.hippocampus.options import InputKind
from quantseg.volume import Grid


def a_grid_of(extent_mm: tuple[float, float, float], spacing_mm: float) -> Grid:
    i, j, k = (round(e / spacing_mm) for e in extent_mm)
    return Grid((i, j, k), np.diag([spacing_mm, spacing_mm, spacing_mm, 1.0]))


@pytest.mark.parametrize("spacing_mm", [0.5, 1.0, 2.0])
@pytest.mark.parametrize(
    ("extent_mm", "kind"),
    [
        ((36, 50, 36), InputKind.CROP),
        ((60, 76, 60), InputKind.CROP),
        ((180, 220, 180), InputKind.HEAD),
        ((100, 120, 40), InputKind.DECIDE),
    ],
)
def test_extent_decides_whatever_the_voxel_size(extent_mm, kind, spacing_mm):
    assert decide_kind(a_grid_of(extent_mm, spacing_mm)) is kind


@pytest.mark.parametrize("extent_mm", [(10, 50, 36), (36, 20, 36), (180, 220, 8)])
def test_what_can_hold_no_hippocampus_is_refused_with_both_sizes(extent_mm):
    with pytest.raises(InputRefused, match="no hippocampus fits"):
        decide_kind(a_grid_of(extent_mm, 1.0))
