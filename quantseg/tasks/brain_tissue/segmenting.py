"""Labels on the grid of the scan, from the shares of tissues in voxels that may be others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from quantseg.brain.regions import Region
from quantseg.brain.tissue_prediction import TissuePrediction
from quantseg.tasks.brain_tissue.anatomy import TISSUES, LabelledStructure
from quantseg.volume import Grid, resample


def labels_on_scan(prediction: TissuePrediction, structures: Sequence[LabelledStructure], grid: Grid) -> np.ndarray:
    """Return the label of whatever holds most of each voxel of a scan, uint8.

    Probabilities, not labels, are carried to the grid of the scan: a thick slice shares out what lies in it. Of the
    parts of a tissue those count alone that are of the tissue which holds most, so that telling parts moves no border
    between tissues.

    Args:
        prediction: of the scan.
        structures: what is told apart; together all of the intracranial space.
        grid: of the scan, in canonical order.
    """
    within = _place_in(grid, prediction.grid)
    there = grid if within is None else prediction.grid

    def share(regions: Sequence[Region]) -> np.ndarray:
        return resample(prediction.image.with_array(prediction.share(regions)), there).array

    background = prediction.image.with_array(prediction.probabilities[Region.BACKGROUND])
    most = resample(background, there, fill=1.0).array
    tissues = np.zeros(there.shape, np.uint8)
    for tissue in TISSUES:
        _take_over(tissues, most, tissue.segment.value, share(tissue.regions), slice(None))
    found = tissues
    if structures is not TISSUES:
        found, most = np.zeros_like(tissues), np.zeros_like(most)
        for part in structures:
            of_tissue = next(one.segment.value for one in TISSUES if set(part.regions) <= set(one.regions))
            _take_over(found, most, part.segment.value, share(part.regions), tissues == of_tissue)
    if within is None:
        return found
    labels = np.zeros(grid.shape, np.uint8)
    labels[within] = found
    return labels


def _take_over(found: np.ndarray, most: np.ndarray, value: int, share: np.ndarray, where: np.ndarray | slice) -> None:
    """Give a label to those voxels of which it holds more than any before it."""
    more = np.zeros(found.shape, bool)
    more[where] = (share > most)[where]
    found[more] = value
    most[more] = share[more]


def _place_in(grid: Grid, part: Grid) -> tuple[slice, slice, slice] | None:
    """Return where a part of a grid lies in it; None where it has other voxels."""
    i, j, k = (round(float(n)) for n in grid.to_voxel(part.affine[:3, 3]))
    if min(i, j, k) < 0 or not grid.window((i, j, k), part.shape).same_as(part):
        return None
    di, dj, dk = part.shape
    return slice(i, i + di), slice(j, j + dj), slice(k, k + dk)
