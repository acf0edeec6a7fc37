"""Which files below a folder can be inputs at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_OWN_RESULT = "measurements.json"
_OWN_LABELS = frozenset({"labels.nii.gz", "ED_labels.nii.gz", "ES_labels.nii.gz", "segmentation.seg.nrrd"})


def files_below(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder in a fixed order, without hidden ones and without QuantSeg's own labels.

    Links to folders are followed, as data sets are often assembled from them; a folder is entered only once.
    """
    entered = set()
    for place, subfolders, names in os.walk(folder, followlinks=True):
        entered.add(os.path.realpath(place))
        subfolders[:] = sorted(
            name
            for name in subfolders
            if not name.startswith(".") and os.path.realpath(os.path.join(place, name)) not in entered  # noqa: PTH118
        )
        own = _OWN_LABELS if _OWN_RESULT in names else frozenset()
        yield from (Path(place, name) for name in sorted(names) if not name.startswith(".") and name not in own)
