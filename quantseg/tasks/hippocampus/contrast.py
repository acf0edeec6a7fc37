"""Is it a T1-weighted image? The segmenter has seen no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quantseg.errors import InputRefused
from quantseg.measure.values import Check, Verdict
from quantseg.reading.scan import Acquisition

if TYPE_CHECKING:
    from quantseg.tasks.hippocampus.localise import Localisation, TissueContrast

_KEY = "contrast"
# White over grey matter, in robust SDs. T1 heads show 1.5 and more; T2, proton density, FLAIR and inverted ones are
# at or below zero.
_LEAST_T1_DIFFERENCE = 0.3
_CLEAR_T1_DIFFERENCE = 0.8
# Echo times of T1-weighted sequences stay below 30 ms, those of T2-weighted ones and FLAIR lie above 60 ms.
_LONGEST_T1_ECHO_MS = 45.0


def check_contrast(localisation: Localisation, acquisition: Acquisition, force: bool) -> tuple[Check, ...]:
    """Judge the contrast between white and grey matter, and the echo time where DICOM gives it.

    Args:
        localisation: of the head.
        acquisition: DICOM's word on the sequence.
        force: mark what is not T1 as failed instead of refusing it.

    Raises:
        InputRefused: the image is not T1-weighted and ``force`` is not set.
    """
    fault = _echo_fault(acquisition) or _tissue_fault(localisation.tissue_contrast)
    if fault and not force:
        raise InputRefused(
            f"{fault}; expected a T1-weighted image, the only contrast the model knows "
            "(--force segments it all the same, with the verdict fail)."
        )
    if fault:
        return (Check(_KEY, Verdict.FAIL, f"{fault}; the model knows T1-weighted images only."),)
    return (_judge(localisation.tissue_contrast),)


def _echo_fault(acquisition: Acquisition) -> str | None:
    echo_ms = acquisition.echo_time_ms
    if echo_ms is None or echo_ms <= _LONGEST_T1_ECHO_MS:
        return None
    return f"DICOM gives an echo time of {echo_ms:.0f} ms, which is not that of a T1-weighted image"


def _tissue_fault(contrast: TissueContrast | None) -> str | None:
    if contrast is None or contrast.standardised_difference >= _LEAST_T1_DIFFERENCE:
        return None
    return (
        "White matter is not brighter than grey matter "
        f"(difference {contrast.standardised_difference:.1f} standard deviations)"
    )


def _judge(contrast: TissueContrast | None) -> Check:
    if contrast is None:
        reason = "Too little brain is in view to check that the image is T1-weighted: check it by eye."
        return Check(_KEY, Verdict.LOOK, reason)
    found = f"White matter is brighter than grey matter by {contrast.standardised_difference:.1f} standard deviations"
    if contrast.standardised_difference < _CLEAR_T1_DIFFERENCE:
        return Check(_KEY, Verdict.LOOK, f"{found}: weak for a T1-weighted image (expected {_CLEAR_T1_DIFFERENCE}).")
    return Check(_KEY, Verdict.GOOD, f"{found}, as in a T1-weighted image.")
