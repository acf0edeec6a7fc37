"""Labels on the grid of the scan, from what a network sees at 1 mm."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from quantseg.brain.regions import Region
from quantseg.brain.tissue_prediction import TissuePrediction
from quantseg.tasks.brain_tissue.anatomy import LabelledStructure
from quantseg.volume import Grid, resample


def labels_on_scan(prediction: TissuePrediction, structures: Sequence[LabelledStructure], grid: Grid) -> np.ndarray:
    """Return the label of whatever holds most of each voxel of a scan, uint8.

    Probabilities, not labels, are carried to the grid of the scan: a thick slice shares out what lies in it.

    Args:
        prediction: of the scan.
        structures: what is told apart; together all of the intracranial space.
        grid: of the scan, in canonical order.
    """
    background = prediction.image.with_array(prediction.probabilities[Region.BACKGROUND])
    most = resample(background, grid, fill=1.0).array
    labels = np.zeros(grid.shape, np.uint8)
    for structure in structures:
        share = resample(prediction.image.with_array(prediction.share(structure.regions)), grid).array
        more = share > most
        labels[more] = structure.segment.value
        most[more] = share[more]
    return labels
