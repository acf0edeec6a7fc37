"""How much of a head a scan shows: all of it, a brain without its skull, or a part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quantseg.brain.regions import Region
from quantseg.brain.tissue_prediction import TissuePrediction
from quantseg.errors import InputRefused
from quantseg.volume.masks import grown, shrunk

MOST_AT_BORDER_ML = 2.0
"""So much of a whole brain may lie at the very end of the picture."""
_LEAST_BRAIN_ML = 300.0
# Around a whole head skin and skull shine; so much of the intracranial volume at least. Around a stripped one nothing.
_LEAST_HEAD_SHARE = 0.1
_RIM_MM = 6.0
_DARK_SHARE_OF_BRAIN = 0.25


@dataclass(frozen=True)
class HeadInView:
    """How much of a head a scan shows.

    Attributes:
        skull_shown: there is more than the intracranial space.
        at_border_ml: intracranial volume at the very end of the picture.
    """

    skull_shown: bool
    at_border_ml: float

    @property
    def brain_whole(self) -> bool:
        """Whether the brain ends before the picture does."""
        return self.at_border_ml <= MOST_AT_BORDER_ML

    @property
    def intracranial_known(self) -> bool:
        """Whether the intracranial volume can be told: of a stripped brain nobody knows what was taken away."""
        return self.brain_whole and self.skull_shown


def head_in_view(prediction: TissuePrediction) -> HeadInView:
    """Tell how much of the head a scan shows.

    Raises:
        InputRefused: it shows no brain.
    """
    skull = prediction.probabilities[Region.BACKGROUND] < 0.5
    voxel_ml = prediction.grid.voxel_volume_mm3 / 1000
    intracranial_ml = float(np.count_nonzero(skull)) * voxel_ml
    if intracranial_ml < _LEAST_BRAIN_ML:
        raise InputRefused(
            f"Only {intracranial_ml:.0f} ml of brain were found in the image, expected a head or a brain of at least "
            f"{_LEAST_BRAIN_ML:.0f} ml; give a scan that shows it wholly."
        )
    at_border = skull & ~shrunk(prediction.in_view)
    image = prediction.image.array
    around = ~grown(skull, round(_RIM_MM / min(prediction.grid.spacing_mm))) & prediction.in_view
    air, brain = float(np.percentile(image, 1)), float(np.median(image[skull]))
    bright = np.abs(image[around] - air) > _DARK_SHARE_OF_BRAIN * abs(brain - air)
    shown_ml = float(np.count_nonzero(bright)) * voxel_ml
    return HeadInView(
        skull_shown=shown_ml >= _LEAST_HEAD_SHARE * intracranial_ml,
        at_border_ml=float(np.count_nonzero(at_border)) * voxel_ml,
    )
