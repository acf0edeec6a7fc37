"""Both hippocampi located again by a finer network, in a window around where the coarse one found them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from quantseg.tasks.hippocampus.head_labels import HeadLabel
from quantseg.tasks.hippocampus.location import HippocampusLocation, find_hippocampus
from quantseg.tasks.hippocampus.mirror_averaging import PredictsHeadLabels, predict_mirror_averaged
from quantseg.volume import Grid, Volume


def refine_locations(
    volume: Volume,
    places: Sequence[HippocampusLocation | None],
    head_middle_mm: np.ndarray,
    ensemble: PredictsHeadLabels,
) -> tuple[HippocampusLocation | None, HippocampusLocation | None]:
    """Find both hippocampi again, in a window around where they were seen.

    Args:
        volume: the head in canonical order.
        places: of the left and the right hippocampus after the first prediction.
        head_middle_mm: RAS middle of the intracranial space; where only one hippocampus was seen, the other is looked
            for across it.
        ensemble: of the bundle ``hippocampus-close-up``; its ``minimum_patch`` is the window.

    Returns:
        left and right; None for one that is not seen now, and for both if none was seen before.
    """
    seen = [place.centre_mm for place in places if place is not None]
    if not seen:
        return None, None
    middle_mm = np.mean(seen, axis=0)
    if len(seen) == 1:
        middle_mm[0] = head_middle_mm[0]
    inference = ensemble.bundle.inference
    # Whole millimetres from the middle of the scan: a mirrored head is looked at in exactly the mirrored window.
    offset_mm = np.round(middle_mm - volume.grid.centre_mm)
    i, j, k = inference["minimum_patch"]
    window = Grid((i, j, k), np.diag([*inference["spacing_mm"], 1.0])).centred_at(volume.grid.centre_mm + offset_mm)
    prediction = predict_mirror_averaged(volume, ensemble, window, offset_mm, only_object=False)
    labels = prediction.probabilities.argmax(axis=0).astype(np.uint8)
    left, right = (
        find_hippocampus(labels, prediction.probabilities, side, prediction.grid)
        for side in (HeadLabel.LEFT_HIPPOCAMPUS, HeadLabel.RIGHT_HIPPOCAMPUS)
    )
    return left, right
