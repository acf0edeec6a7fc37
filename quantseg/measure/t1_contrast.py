"""Is a head T1-weighted? Told by white and grey matter where they are surest, and by DICOM's echo time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quantseg.errors import InputRefused
from quantseg.measure.values import Check, Verdict

_KEY = "contrast"
# White over grey matter, in robust SDs. T1 heads show 1.5 and more; T2, proton density, FLAIR and inverted ones are
# at or below zero.
_LEAST_T1_DIFFERENCE = 0.3
_CLEAR_T1_DIFFERENCE = 0.8
# Echo times of T1-weighted sequences stay below 30 ms, those of T2-weighted ones and FLAIR lie above 60 ms.
_LONGEST_T1_ECHO_MS = 45.0
_SUREST_SHARE = 0.5
_LEAST_TISSUE_MM3 = 5_000.0
# The median absolute deviation of a normal distribution times this is its standard deviation.
_SD_PER_MAD = 1.4826


@dataclass(frozen=True)
class TissueContrast:
    """Intensities where white and grey matter are surest.

    Attributes:
        white_median: of the intensities, in the scan's own scale.
        grey_median: of the intensities, in the scan's own scale.
        standardised_difference: (white - grey) over the pooled robust SD of the two; positive in T1.
    """

    white_median: float
    grey_median: float
    standardised_difference: float

    @property
    def white_to_grey_ratio(self) -> float | None:
        """White over grey median; None where the scale has no natural zero."""
        return self.white_median / self.grey_median if min(self.white_median, self.grey_median) > 0 else None


@dataclass(frozen=True)
class SeenTissue:
    """Where a network sees one tissue.

    Attributes:
        mask: which voxels it gives to the tissue, shape (I, J, K).
        probability: of the tissue, same shape.
    """

    mask: np.ndarray
    probability: np.ndarray

    def surest(self) -> np.ndarray:
        """Return the more probable part of the mask: its core, away from partial volume."""
        if not self.mask.any():
            return self.mask
        least = np.quantile(self.probability[self.mask], 1 - _SUREST_SHARE)
        return np.asarray(self.mask & (self.probability >= least))


def measure_contrast(
    image: np.ndarray, white: SeenTissue, grey: SeenTissue, voxel_volume_mm3: float
) -> TissueContrast | None:
    """Compare white with grey matter; None where too little of either is in view.

    Args:
        image: intensities, shape (I, J, K).
        white: where white matter is seen.
        grey: where grey matter is seen.
        voxel_volume_mm3: of one voxel.
    """
    values = [image[tissue.surest()] for tissue in (white, grey)]
    if min(len(found) for found in values) * voxel_volume_mm3 < _LEAST_TISSUE_MM3:
        return None
    medians = float(np.median(values[0])), float(np.median(values[1]))
    spreads = [_SD_PER_MAD * float(np.median(np.abs(t - m))) for t, m in zip(values, medians, strict=True)]
    spread = float(np.sqrt(np.mean(np.square(spreads)))) or 1.0
    return TissueContrast(*medians, (medians[0] - medians[1]) / spread)


def check_contrast(contrast: TissueContrast | None, echo_time_ms: float | None, force: bool) -> tuple[Check, ...]:
    """Judge the contrast between white and grey matter, and the echo time where DICOM gives it.

    Args:
        contrast: of the head.
        echo_time_ms: DICOM's word on the sequence; None where it is silent.
        force: mark what is not T1 as failed instead of refusing it.

    Raises:
        InputRefused: the image is not T1-weighted and ``force`` is not set.
    """
    fault = _echo_fault(echo_time_ms) or _tissue_fault(contrast)
    if fault and not force:
        raise InputRefused(
            f"{fault}; expected a T1-weighted image, the only contrast the model knows "
            "(--force segments it all the same, with the verdict fail)."
        )
    if fault:
        return (Check(_KEY, Verdict.FAIL, f"{fault}; the model knows T1-weighted images only."),)
    return (_judge(contrast),)


def _echo_fault(echo_time_ms: float | None) -> str | None:
    if echo_time_ms is None or echo_time_ms <= _LONGEST_T1_ECHO_MS:
        return None
    return f"DICOM gives an echo time of {echo_time_ms:.0f} ms, which is not that of a T1-weighted image"


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
