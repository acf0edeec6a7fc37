"""From a PET to a finished case: estimate, compare, mark, judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from quantseg.measure.steps import Steps
from quantseg.results.case import CaseResult
from quantseg.results.outputs import ImageMap
from quantseg.tasks.low_dose_pet.changed_peaks import ChangedPeak, changed_peaks
from quantseg.tasks.low_dose_pet.checks import (
    EVIDENCE,
    check_brain,
    check_dose,
    check_grid,
    check_kind,
    check_means,
    check_peaks,
    check_uptake,
)
from quantseg.tasks.low_dose_pet.dose import read_dose_from_noise
from quantseg.tasks.low_dose_pet.estimating import Estimate, estimate_full_counts, on_input
from quantseg.tasks.low_dose_pet.measuring import measure
from quantseg.tasks.low_dose_pet.options import LowDosePetOptions
from quantseg.tasks.low_dose_pet.pet_image import PetImage
from quantseg.tasks.low_dose_pet.regions import region_values
from quantseg.volume import Reorientation, Volume, to_canonical

if TYPE_CHECKING:
    from quantseg.inference.model_store import ModelStore

TASK_NAME = "low-dose-pet"
NETWORK = "low-dose-pet"
IMAGE, UNCERTAINTY, DIFFERENCE = "image", "uncertainty", "difference"
PEAK_FACTS = ("changed_peaks_mm", "changed_peaks_before", "changed_peaks_after", "changed_peaks_sd")
"""Facts that list the changed peaks: positions "x y z; ..." in RAS, values in the scan's unit, changes in SD."""
CENTRE_FACT = "middle_mm"
"""Fact that says where the middle of what is active lies: "x y z" in RAS."""


class LowDosePetPipeline:
    """Estimates one PET after another.

    Args:
        options: apply to every scan.
        models: where networks come from, and stay.
    """

    def __init__(self, options: LowDosePetOptions, models: ModelStore) -> None:
        self._options = options
        self._models = models

    def run(self, name: str, image: PetImage, steps: Steps) -> CaseResult:
        """Process one scan.

        Args:
            name: case name.
            image: as read.
            steps: is told of every step.

        Raises:
            InputRefused: it shows no activity, or has too few slices.
        """
        from quantseg.models.bundle import reference

        ensemble = self._models.ensemble(NETWORK, self._options.device, steps)
        dose = read_dose_from_noise(ensemble.bundle.inference)
        given = self._options.dose_fraction is not None
        canonical, reorientation = to_canonical(image.scan.volume)
        with steps.step("predict"):
            made = estimate_full_counts(
                canonical,
                ensemble,
                dose,
                self._options.dose_fraction,
                lambda done, count: steps.advance(done, of=count),
            )
        with steps.step("measure"):
            regions = region_values(made.level.region, made.low.array, made.estimate)
            peaks = changed_peaks(made)
            measurements = measure(image, made, regions, peaks, dose, given)
        with steps.step("check"):
            checks = (
                EVIDENCE,
                check_brain(made),
                check_kind(made),
                check_dose(made, dose, given),
                check_means(regions, made),
                check_peaks(peaks),
                *check_uptake(regions, image.scale),
                check_grid(made, canonical.spacing_mm),
            )
        with steps.step("restore"):
            outputs = _outputs(made, canonical, reorientation, image.unit)
        return CaseResult(
            name=name,
            task=TASK_NAME,
            scan=image.scan,
            outputs=outputs,
            measurements=measurements,
            checks=checks,
            models=(reference(ensemble.bundle),),
            made_by=NETWORK,
            facts={
                "unit": image.unit,
                "suv_per_unit": None if image.scale is None else image.scale.suv_per_unit,
                "dose_fraction_given": given,
                "dose_fraction": round(made.fraction, 5),
                "mean_kept_by_factor": round(made.correction, 5),
                CENTRE_FACT: _in_words([made.low.grid.to_world(np.argwhere(made.level.region).mean(axis=0))]),
                **_facts_of(peaks),
                "device": str(ensemble.device),
                "memory_rung": ensemble.rung.value,
            },
            step_seconds=steps.seconds(),
        )


def _outputs(
    made: Estimate, canonical: Volume, reorientation: Reorientation, unit: str
) -> tuple[ImageMap, ImageMap, ImageMap]:
    estimate, sd = on_input(made.estimate, made, canonical), on_input(made.sd, made, canonical)
    difference = estimate - canonical.array.astype(np.float32)
    percent = f"{100 * made.fraction:.2g}"
    told = f"PET estimated from {percent} % counts, simulated training"
    return (
        ImageMap(IMAGE, told, reorientation.undo(estimate), unit),
        ImageMap(UNCERTAINTY, "Uncertainty (SD) of the estimated PET", reorientation.undo(sd), unit),
        ImageMap(DIFFERENCE, "Estimated PET less the scan", reorientation.undo(difference), unit),
    )


def _facts_of(peaks: tuple[ChangedPeak, ...]) -> dict[str, str]:
    if not peaks:
        return {}
    values = (
        _in_words([np.array(one.position_mm) for one in peaks]),
        "; ".join(f"{one.before:.4g}" for one in peaks),
        "; ".join(f"{one.after:.4g}" for one in peaks),
        "; ".join(f"{one.in_sd:+.1f}" for one in peaks),
    )
    return dict(zip(PEAK_FACTS, values, strict=True))


def _in_words(positions_mm: list[np.ndarray]) -> str:
    return "; ".join(" ".join(f"{value:.1f}" for value in position) for position in positions_mm)
