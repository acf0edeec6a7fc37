"""The numbers of an estimated PET."""

from __future__ import annotations

from collections.abc import Sequence

from quantseg.measure.values import Interval, Measurement
from quantseg.tasks.low_dose_pet.changed_peaks import MOST_SD, ChangedPeak
from quantseg.tasks.low_dose_pet.dose import DoseFromNoise
from quantseg.tasks.low_dose_pet.estimating import Estimate
from quantseg.tasks.low_dose_pet.pet_image import PetImage
from quantseg.tasks.low_dose_pet.regions import WHOLE, RegionValues

BEFORE, AFTER, BIAS = "mean_before", "mean_after", "bias"
COV_BEFORE, COV_AFTER = "cov_before", "cov_after"
DOSE, NOISE, PEAKS = "dose_fraction", "noise", "changed_peaks"
_REGION = "boxes of what is active; no anatomical labels"
_COV = "SD over mean within the region: noise and anatomy together"
_NOISE = "from differences between slices two apart, by the mean of what is active"
_GIVEN, _BY_NOISE = "as given", "estimated from the noise by a fit to simulated scans"
_PEAKS = f"local maxima that were changed by more than {MOST_SD:g} SD of what is usually changed"


def measure(
    image: PetImage,
    made: Estimate,
    regions: Sequence[RegionValues],
    peaks: Sequence[ChangedPeak],
    dose: DoseFromNoise,
    given: bool,
) -> tuple[Measurement, ...]:
    """Return the measurements of a case; uptake is a standardised uptake value where headers tell its scale.

    Args:
        image: as read.
        made: the estimate.
        regions: means before and after.
        peaks: that were changed.
        dose: by which a fraction was estimated.
        given: whether the user gave the fraction.
    """
    scale, unit = (1.0, "1") if image.scale is None else (image.scale.suv_per_unit, "g/ml")
    found = [_fraction(made.fraction, dose, given)]
    found.append(Measurement(NOISE, WHOLE, 100 * made.level.noise, "%", _NOISE, decimals=1))
    found.append(Measurement(PEAKS, WHOLE, float(len(peaks)), "1", _PEAKS, decimals=0))
    for one in regions:
        found += [
            Measurement(BEFORE, one.key, scale * one.before, unit, _REGION),
            Measurement(AFTER, one.key, scale * one.after, unit, _REGION),
            Measurement(BIAS, one.key, one.bias_percent, "%", f"estimate less scan, of the scan; {_REGION}"),
            Measurement(COV_BEFORE, one.key, one.cov_before, "%", _COV, decimals=1),
            Measurement(COV_AFTER, one.key, one.cov_after, "%", _COV, decimals=1),
        ]
    return tuple(found)


def _fraction(fraction: float, dose: DoseFromNoise, given: bool) -> Measurement:
    percent = 100 * fraction
    if given:
        return Measurement(DOSE, WHOLE, percent, "%", _GIVEN, decimals=1)
    interval = Interval(percent / dose.factor, min(percent * dose.factor, 100.0))
    return Measurement(DOSE, WHOLE, percent, "%", _BY_NOISE, interval, decimals=1)
