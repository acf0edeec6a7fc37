"""Tissues of a scan in its own voxels, and on request their parts: by the network that tells them, or by the atlas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quantseg.brain.parts_atlas import laid_on_atlas, shared_out
from quantseg.brain.sharpening import sharpened
from quantseg.brain.tissue_prediction import TissuePrediction
from quantseg.tasks.brain_tissue.anatomy import TISSUES_AND_PARTS
from quantseg.volume import Volume


@dataclass(frozen=True)
class ToldTissues:
    """What was told apart.

    Attributes:
        prediction: in the voxels of the scan, or nearly so.
        likeness: correlation of the brain with the atlas that told its parts; None where no atlas did.
    """

    prediction: TissuePrediction
    likeness: float | None = None


def tell_tissues(
    coarse: TissuePrediction, scan: Volume, given_brain: np.ndarray | None, with_parts: bool
) -> ToldTissues:
    """Tell tissues apart, and their parts.

    Args:
        coarse: what the network saw.
        scan: in canonical order.
        given_brain: where a brain without its skull lies, bool, on the voxels of the scan; None for a head.
        with_parts: whether parts are wanted.
    """
    network_tells_parts = all(coarse.tells(one.regions) for one in TISSUES_AND_PARTS)
    prediction = sharpened(coarse, scan, given_brain, with_parts and network_tells_parts).prediction
    if not with_parts or network_tells_parts:
        return ToldTissues(prediction)
    brain = laid_on_atlas(coarse)
    return ToldTissues(shared_out(prediction, brain), brain.likeness)
