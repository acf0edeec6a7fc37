"""Which files below a folder can be inputs at all."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from quantseg.results.layout import MEASUREMENTS, SEGMENTATION_ENDING, is_label_file


def files_below(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder in a fixed order, without hidden ones, segmentations and what QuantSeg wrote.

    Pipes, sockets and devices are no files: whoever opened a pipe would wait for it.

    Segmentations are files named ``.seg.nrrd``, as QuantSeg and 3D Slicer name them, wherever they lie.

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
        own = _own_files(Path(place), names) if MEASUREMENTS in names else frozenset()
        yield from (
            Path(place, name)
            for name in sorted(names)
            if not name.startswith(".") and name not in own and not name.lower().endswith(SEGMENTATION_ENDING)
            if _is_file_or_link_to_nowhere(Path(place, name))
        )


def _is_file_or_link_to_nowhere(path: Path) -> bool:
    return path.is_file() or not path.exists()


def _own_files(folder: Path, names: Iterable[str]) -> frozenset[str]:
    """Return the labels and images in the folder of a case that was processed."""
    try:
        recorded = frozenset(json.loads((folder / MEASUREMENTS).read_bytes())["files"])
    except (OSError, ValueError, KeyError, TypeError):
        recorded = frozenset()  # Damaged; labels are known by their names all the same.
    return recorded | {name for name in names if is_label_file(name)}
