"""Whether a tissue result can be that of an adult's head that is wholly in view."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quantseg.errors import InputRefused
from quantseg.measure.limits import Limits
from quantseg.measure.values import Check, Verdict
from quantseg.tasks.brain_tissue.regions import Region, Tissue
from quantseg.tasks.brain_tissue.segmenting import TissuePrediction
from quantseg.volume.masks import grown, shrunk

_LEAST_BRAIN_ML = 300.0
_MOST_AT_BORDER_ML = 2.0
# Adults' range with room for error: OASIS-1 at 18 to 94 years has 1,147 to 1,992 ml (eTIV).
_INTRACRANIAL_ML = Limits(look=(900.0, 2100.0), fail=(600.0, 2600.0))
# Grey over white matter in SynthSeg's label maps lies between 1.1 and 1.4; far beyond, one tissue was taken for the
# other.
_GREY_PER_WHITE = Limits(look=(0.7, 2.0), fail=(0.4, 3.5))
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
        return self.at_border_ml <= _MOST_AT_BORDER_ML

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


def check_tissue(prediction: TissuePrediction, view: HeadInView) -> tuple[Check, ...]:
    """Judge view, intracranial volume and the relation of the tissues."""
    checks = [_check_view(view)]
    total_ml = prediction.volume_ml([region for region in Region if region is not Region.BACKGROUND])
    if view.intracranial_known:
        checks.append(_check_intracranial(total_ml))
    grey, white = (float(prediction.tissue(tissue).sum(dtype=np.float64)) for tissue in (Tissue.GREY, Tissue.WHITE))
    ratio = grey / max(white, 1.0)
    verdict = _GREY_PER_WHITE.verdict(ratio)
    low, high = _GREY_PER_WHITE.look
    reason = f"Grey matter is {ratio:.2f} times as much as white matter (expected {low} to {high})"
    meaning = "" if verdict is Verdict.GOOD else ": one may have been taken for the other; look at their border"
    checks.append(Check("grey_per_white", verdict, f"{reason}{meaning}."))
    return tuple(checks)


def _check_view(view: HeadInView) -> Check:
    if not view.brain_whole:
        reason = (
            f"The picture cuts the brain: {view.at_border_ml:.0f} ml of it lie at the border (expected at most "
            f"{_MOST_AT_BORDER_ML:.0f} ml); volumes are too small, and shares are of what is in view."
        )
        return Check("whole_brain", Verdict.FAIL, reason)
    if not view.skull_shown:
        reason = (
            "The whole brain is in view, without its skull: fluid is only what the stripping left, and shares are of "
            "fluid, grey and white matter together."
        )
        return Check("whole_brain", Verdict.GOOD, reason)
    return Check("whole_brain", Verdict.GOOD, "The whole head is in view.")


def _check_intracranial(volume_ml: float) -> Check:
    verdict = _INTRACRANIAL_ML.verdict(volume_ml)
    low, high = _INTRACRANIAL_ML.look
    found = f"The intracranial volume is {volume_ml:,.0f} ml (expected {low:,.0f} to {high:,.0f} ml)"
    meaning = "" if verdict is Verdict.GOOD else ": no adult head is known to have it; look at its outline"
    return Check("intracranial_volume", verdict, f"{found}{meaning}.")
