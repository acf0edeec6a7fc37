"""Whether a tissue result can be that of an adult's head that is wholly in view."""

from __future__ import annotations

import numpy as np

from quantseg.brain.head_in_view import MOST_AT_BORDER_ML, HeadInView
from quantseg.brain.regions import Region, Tissue
from quantseg.brain.tissue_prediction import TissuePrediction
from quantseg.errors import InputRefused
from quantseg.measure.limits import Limits
from quantseg.measure.values import Check, Verdict

PARTS_CHECK = "parts"
"""Key of the check of parts that an atlas told."""
# Adults' range with room for error: OASIS-1 at 18 to 94 years has 1,147 to 1,992 ml (eTIV).
_INTRACRANIAL_ML = Limits(look=(900.0, 2100.0), fail=(600.0, 2600.0))
# Grey over white matter in SynthSeg's label maps lies between 1.1 and 1.4; far beyond, one tissue was taken for the
# other.
_GREY_PER_WHITE = Limits(look=(0.7, 2.0), fail=(0.4, 3.5))
# Correlation of a brain with the atlas that it is laid on: of 18 brains, nine of them of other scanners than OASIS-1's,
# the least had 0.71, and those that were once laid wrongly 0.26 to 0.48.
_LIKENESS_LOOK, _LIKENESS_REFUSED = 0.65, 0.5
# A slice of 3 mm through the middle of a brain holds some 40 ml, one that touches its vertex or a pole a few.
_CUT_AT_BORDER_ML = 15.0


def check_tissue(prediction: TissuePrediction, view: HeadInView) -> tuple[Check, ...]:
    """Judge view, intracranial volume and the relation of the tissues."""
    checks = [_check_view(view)]
    total_ml = prediction.volume_ml([region for region in Region if region is not Region.BACKGROUND])
    if view.intracranial_known:
        checks.append(check_intracranial(total_ml))
    grey, white = (float(prediction.tissue(tissue).sum(dtype=np.float64)) for tissue in (Tissue.GREY, Tissue.WHITE))
    return (*checks, check_grey_per_white(grey, white))


def check_grey_per_white(grey: float, white: float) -> Check:
    """Judge the relation of two volumes, of whatever unit."""
    ratio = grey / max(white, 1.0)
    verdict = _GREY_PER_WHITE.verdict(ratio)
    low, high = _GREY_PER_WHITE.look
    reason = f"Grey matter is {ratio:.2f} times as much as white matter (expected {low} to {high})"
    meaning = "" if verdict is Verdict.GOOD else ": one may have been taken for the other; look at their border"
    return Check("grey_per_white", verdict, f"{reason}{meaning}.")


def check_parts(likeness: float) -> Check:
    """Judge whether a brain lies on the atlas that tells its parts.

    Args:
        likeness: correlation of its brightness with the atlas's.

    Raises:
        InputRefused: it does not.
    """
    found = f"The brain's correlation with the average one whose parts it gets is {likeness:.2f}"
    expected = f"expected {_LIKENESS_LOOK} or more"
    if likeness < _LIKENESS_REFUSED:
        raise InputRefused(f"{found}, {expected}; leave --parts out, or give an image that shows the whole brain.")
    if likeness < _LIKENESS_LOOK:
        return Check(PARTS_CHECK, Verdict.LOOK, f"{found} ({expected}): look at the borders of its parts.")
    return Check(PARTS_CHECK, Verdict.GOOD, f"{found} ({expected}).")


def _check_view(view: HeadInView) -> Check:
    if not view.brain_whole:
        lies = (
            f"{view.at_border_ml:.0f} ml of the brain lie at the border (expected at most {MOST_AT_BORDER_ML:.0f} ml)"
        )
        if view.at_border_ml <= _CUT_AT_BORDER_ML:
            reason = f"{lies}: look at whether the picture cuts it; shares are of what is in view."
            return Check("whole_brain", Verdict.LOOK, reason)
        reason = f"The picture cuts the brain: {lies}; volumes are too small, and shares are of what is in view."
        return Check("whole_brain", Verdict.FAIL, reason)
    if not view.skull_shown:
        reason = (
            "The whole brain is in view, without its skull: fluid is only what the stripping left, and shares are of "
            "fluid, grey and white matter together."
        )
        return Check("whole_brain", Verdict.GOOD, reason)
    return Check("whole_brain", Verdict.GOOD, "The whole head is in view.")


def check_intracranial(volume_ml: float) -> Check:
    """Judge an intracranial volume by those of adults."""
    verdict = _INTRACRANIAL_ML.verdict(volume_ml)
    low, high = _INTRACRANIAL_ML.look
    found = f"The intracranial volume is {volume_ml:,.0f} ml (expected {low:,.0f} to {high:,.0f} ml)"
    meaning = "" if verdict is Verdict.GOOD else ": no adult head is known to have it; look at its outline"
    return Check("intracranial_volume", verdict, f"{found}{meaning}.")
