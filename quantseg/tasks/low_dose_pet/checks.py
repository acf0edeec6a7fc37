"""What is doubtful of an estimated PET."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from quantseg.measure.values import Check, Verdict
from quantseg.tasks.low_dose_pet.changed_peaks import MOST_SD, ChangedPeak
from quantseg.tasks.low_dose_pet.dose import DoseFromNoise
from quantseg.tasks.low_dose_pet.estimating import SPACING_MM, Estimate
from quantseg.tasks.low_dose_pet.level import smoothed
from quantseg.tasks.low_dose_pet.mri_signs import why_mri
from quantseg.tasks.low_dose_pet.regions import BOXES, NAMES, WHOLE, RegionValues
from quantseg.tasks.low_dose_pet.uptake_value import UptakeScale

# Of what is active of an adult's or a child's brain, with room for thresholds; assumed.
_BRAIN_ML = (450.0, 2300.0)
_BRAIN_MM = (90.0, 230.0)
# Grey, white matter and ventricles differ; smoothed, simulated heads vary by 0.2 to 0.5 of the mean.
_LEAST_CONTRAST = 0.12
_LEAST_LIKENESS = 0.5
_NOISE_SEEN = (0.03, 0.6)
_MOST_BIAS_PERCENT, _MOST_CORRECTION = 2.0, 0.05
# Mean standardised uptake of a brain with FDG, some 3 to 12 g/ml, with much room; assumed.
_UPTAKE_G_PER_ML = (0.5, 40.0)
# Neighbouring voxels share their noise: about so many have that of one that is alone.
_VOXELS_OF_ONE_NOISE = 30

EVIDENCE = Check(
    "evidence",
    Verdict.LOOK,
    "The network was trained on simulated brain scans alone and has been judged on no real pair of low and full "
    "counts: look at the scan beside the estimate.",
)
"""Stands with every result, as long as nothing more is known."""


def check_brain(made: Estimate) -> Check:
    """Judge whether what is active can be a brain: its size, its contrast, its sides."""
    why = why_no_brain(made)
    if why:
        return Check(
            "brain",
            Verdict.LOOK,
            f"The network was trained on brains, and this is taken for none: {why}; do not use it.",
        )
    return Check("brain", Verdict.GOOD, "What is active has the size, the contrast and the sides of a brain.")


def why_no_brain(made: Estimate) -> str:
    """Say why what is active is taken for no brain; empty where it may be one."""
    region = made.level.region
    volume_ml = np.count_nonzero(region) * made.low.voxel_volume_mm3 / 1000
    if not _BRAIN_ML[0] <= volume_ml <= _BRAIN_ML[1]:
        return f"what is active has {volume_ml:,.0f} ml (expected {_BRAIN_ML[0]:.0f} to {_BRAIN_ML[1]:,.0f})"
    ends = [np.flatnonzero(region.any(axis=tuple({0, 1, 2} - {axis}))) for axis in range(3)]
    sizes_mm = [(end[-1] - end[0] + 1) * mm for end, mm in zip(ends, made.low.spacing_mm, strict=True)]
    if not (_BRAIN_MM[0] <= sizes_mm[0] and max(sizes_mm) <= _BRAIN_MM[1]):
        size = " × ".join(f"{mm:.0f}" for mm in sizes_mm)
        return (
            f"what is active measures {size} mm (expected {_BRAIN_MM[0]:.0f} mm across to {_BRAIN_MM[1]:.0f} mm long)"
        )
    smooth = smoothed(made.estimate, 1.5)
    contrast = float(smooth[region].std() / smooth[region].mean())
    if contrast < _LEAST_CONTRAST:
        return (
            f"activity varies by {100 * contrast:.0f} % within it (expected {100 * _LEAST_CONTRAST:.0f} % or more, for "
            "grey and white matter differ)"
        )
    likeness = _likeness_of_sides(smooth, region)
    if likeness < _LEAST_LIKENESS:
        return f"left and right are alike by {likeness:.2f} (correlation; expected {_LEAST_LIKENESS:.1f} or more)"
    return ""


def _likeness_of_sides(image: np.ndarray, region: np.ndarray) -> float:
    """Return the correlation of the box around a region with its mirror image, a few shifts and the best of them."""
    box = tuple(
        slice(int(ends[0]), int(ends[-1]) + 1)
        for ends in (np.flatnonzero(region.any(axis=tuple({0, 1, 2} - {axis}))) for axis in range(3))
    )
    part = smoothed(image[box], 2.0)
    found = []
    for shift in range(-3, 4):
        mirrored = np.roll(part[::-1], shift, axis=0)
        found.append(float(np.corrcoef(part.ravel(), mirrored.ravel())[0, 1]))
    return max(found)


def check_kind(made: Estimate) -> Check:
    """Judge whether the image can be FDG, or is T1-weighted MRI, which a file without headers does not tell."""
    why = why_mri(made)
    if why:
        return Check(
            "kind",
            Verdict.LOOK,
            f"This looks like T1-weighted MRI rather than FDG-PET: {why}; do not use it.",
        )
    return Check("kind", Verdict.GOOD, "Nothing makes the image look like T1-weighted MRI rather than FDG.")


def check_dose(made: Estimate, dose: DoseFromNoise, given: bool) -> Check:
    """Judge whether noise and dose fraction fit each other and what was trained on."""
    low, high = _NOISE_SEEN
    noise = made.level.noise
    found = f"The scan's noise is {100 * noise:.1f} % of its mean"
    if not low <= noise <= high:
        reason = f"{found}, and the network was trained on {100 * low:.0f} to {100 * high:.0f} %: look at the estimate."
        return Check("noise", Verdict.LOOK, reason)
    by_noise = dose.fraction(made.level)
    if given and not 1 / (2 * dose.factor) <= made.fraction / by_noise <= 2 * dose.factor:
        return Check(
            "noise",
            Verdict.LOOK,
            f"{found}, usual of {100 * by_noise:.1f} % of the counts, but {100 * made.fraction:.1f} % are "
            "said: look at whether the dose fraction is right.",
        )
    if not given:
        return Check(
            "noise",
            Verdict.LOOK,
            f"{found}, from which the dose fraction was estimated as {100 * made.fraction:.1f} % (within a factor of "
            f"{dose.factor:.1f}), on which the uncertainty depends: say it where you know it (--dose-fraction).",
        )
    return Check("noise", Verdict.GOOD, f"{found}, as can be of {100 * made.fraction:.1f} % of the counts.")


def check_means(regions: Sequence[RegionValues], made: Estimate) -> Check:
    """Judge whether the estimate kept means: of the brain, and of front, middle and back of either side."""
    off = abs(made.correction - 1)
    if off > _MOST_CORRECTION:
        return Check(
            "means",
            Verdict.LOOK,
            f"The network changed the mean of the brain by {100 * off:.1f} %, which was put right (expected at most "
            f"{100 * _MOST_CORRECTION:.0f} %): look at the estimate.",
        )
    boxes = [one for one in regions if one.key in BOXES]
    allowed = {one.key: _allowed_percent(one, made) for one in boxes}
    wrong = [one for one in boxes if abs(one.bias_percent) > allowed[one.key]]
    if wrong:
        most = max(wrong, key=lambda one: abs(one.bias_percent) / allowed[one.key])
        return Check(
            "means",
            Verdict.LOOK,
            f"In one part of the brain ({NAMES[most.key].lower()}) the estimate's mean lies {most.bias_percent:+.1f} % "
            f"off the scan's (expected at most {allowed[most.key]:.1f} %): look at the difference image.",
        )
    worst = max((abs(one.bias_percent) for one in boxes), default=0.0)
    return Check(
        "means",
        Verdict.GOOD,
        "Taking away noise did not change how much uptake there is in front, middle and back of either side of the "
        f"brain: their means differ from the scan's by at most {worst:.1f} %.",
    )


def check_uptake(regions: Sequence[RegionValues], scale: UptakeScale | None) -> tuple[Check, ...]:
    """Judge whether the uptake that the headers give can be a brain's; nothing where they give none."""
    if scale is None:
        return ()
    low, high = _UPTAKE_G_PER_ML
    mean = scale.suv_per_unit * next(one.before for one in regions if one.key == WHOLE)
    found = f"The mean uptake by the headers is {mean:.3g} g/ml"
    if low <= mean <= high:
        return (Check("uptake", Verdict.GOOD, f"{found}, as can be of a brain."),)
    reason = f"{found} (expected {low:g} to {high:g} of a brain with FDG): look at dose, weight and times in them."
    return (Check("uptake", Verdict.LOOK, reason),)


def _allowed_percent(one: RegionValues, made: Estimate) -> float:
    by_noise = 100 * made.level.noise / np.sqrt(max(one.voxels / _VOXELS_OF_ONE_NOISE, 1))
    return max(_MOST_BIAS_PERCENT, 3 * float(by_noise))


def check_peaks(peaks: Sequence[ChangedPeak]) -> Check:
    """Name peaks that the network changed by more than noise explains."""
    if not peaks:
        return Check("peaks", Verdict.GOOD, f"No local maximum was changed by more than {MOST_SD:g} SD of the noise.")
    count = "One local maximum was" if len(peaks) == 1 else f"{len(peaks)} local maxima were"
    return Check(
        "peaks",
        Verdict.LOOK,
        f"{count} changed by more than {MOST_SD:g} SD of the noise (marked and listed): look at whether a "
        "lesion was made or removed there.",
    )


def check_grid(made: Estimate, spacing_mm: Sequence[float]) -> Check:
    """Say where voxels had to be interpolated."""
    size = " × ".join(f"{mm:.2f}" for mm in spacing_mm)
    if made.interpolated:
        return Check(
            "voxels",
            Verdict.LOOK,
            f"Voxels of {size} mm were interpolated to {SPACING_MM:g} mm and back, which changes their noise: look at "
            "edges and fine detail.",
        )
    return Check("voxels", Verdict.GOOD, f"Voxels of {size} mm were taken as they are.")
