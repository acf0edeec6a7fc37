"""From MRI, PET or both to a finished case: measure, compare, score where a score may be given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from quantseg.brain.atlas import read_atlas
from quantseg.brain.fdg_mean import read_fdg_mean, read_standard_map
from quantseg.brain.standard_space import centre_facts
from quantseg.measure.steps import Steps
from quantseg.measure.values import Check, Measurement
from quantseg.models.reference import ModelReference
from quantseg.reading.roles import RoleImages
from quantseg.reading.scan import Scan
from quantseg.results.case import CaseResult
from quantseg.results.outputs import ImageMap, Output, Score
from quantseg.tasks.dementia.features import AGE, NETWORK_LOG_ODDS
from quantseg.tasks.dementia.measuring import measure_brain, measure_networks, measure_pet, measure_score
from quantseg.tasks.dementia.model import DementiaModel, read_dementia_model
from quantseg.tasks.dementia.options import DementiaOptions
from quantseg.tasks.dementia.seeing import (
    HEAD_NETWORK,
    HIPPOCAMPUS_NETWORK,
    SeenMri,
    SeenPet,
    see_mri,
    see_pet_alone,
    see_pet_on_mri,
    seen_channels,
)
from quantseg.tasks.dementia.uptake import HealthyUptake, Reference
from quantseg.tasks.dementia.withholding import reasons_against_score, score_check
from quantseg.volume import Volume, resample_through, to_canonical

if TYPE_CHECKING:
    from quantseg.inference.model_store import ModelStore

TASK_NAME, MRI_ROLE, PET_ROLE = "dementia", "mri", "pet"
RATIO_MAP, DIFFERENCE_MAP = "uptake_ratio", "uptake_difference"
SHIPPED_MEAN = "116 healthy adults (Wang et al. 2021)"


class DementiaPipeline:
    """Tells of one case after another what speaks for dementia.

    Args:
        options: apply to every case.
        models: where networks come from, and stay.
    """

    def __init__(self, options: DementiaOptions, models: ModelStore) -> None:
        self._options = options
        self._models = models

    def run(self, name: str, images: RoleImages, steps: Steps) -> CaseResult:
        """Process one case.

        Args:
            name: case name.
            images: MRI, PET or both, and what is known of the person.
            steps: is told of every step.

        Raises:
            InputRefused: an image shows no whole brain, or is not what it was given as.
        """
        from quantseg.models.bundle import find_bundle, reference

        bundle = find_bundle(self._options.model)
        model = read_dementia_model(bundle)
        mri, pet = self._see(images, model, steps)
        seen = [one for one in (mri, pet) if one is not None]
        checks: tuple[Check, ...] = tuple(check for one in seen for check in one.checks)
        values = {key: value for one in seen for key, value in one.features.items()}
        age_years = images.person.age_years
        if age_years is not None:
            values[AGE] = age_years
        said = self._said(model, mri, pet, steps)
        values |= said
        reasons = reasons_against_score(model, age_years, checks, values)
        with steps.step("measure"):
            measurements: list[Measurement] = [] if reasons else [measure_score(model, values)]
            outputs: list[Output] = [Score("Score of dementia", one) for one in measurements]
            measurements += measure_brain(mri.features) if mri is not None else ()
            measurements += measure_networks(said)
            if pet is not None:
                measurements += measure_pet(pet.uptake, self._healthy.source)
                outputs += _maps(images.first, pet)
        others = (*([model.networks.bundle] if said and model.networks else []), *self._networks(mri))
        used = (bundle, *(find_bundle(one) for one in others))
        references: tuple[ModelReference, ...] = tuple(reference(one) for one in used)
        return CaseResult(
            name=name,
            task=TASK_NAME,
            scan=images.first,
            outputs=tuple(outputs),
            measurements=tuple(measurements),
            checks=(*checks, score_check(reasons)),
            models=references,
            made_by=bundle.name,
            facts={
                "age_known": age_years is not None,
                "mri_shown": mri is not None,
                "pet_shown": pet is not None,
                "score_given": not reasons,
                **({} if mri is None else _facts(mri)),
                **({} if pet is None else {"uptake_reference": pet.uptake.reference.value}),
                **_centre(mri, pet),
            },
            step_seconds=steps.seconds(),
            further_scans=images.further,
        )

    def _see(self, images: RoleImages, model: DementiaModel, steps: Steps) -> tuple[SeenMri | None, SeenPet | None]:
        reference, pet = Reference(self._options.reference), images.scans.get(PET_ROLE)
        if pet is not None and MRI_ROLE not in images.scans:
            return None, see_pet_alone(pet, self._healthy, reference, steps)
        mri = see_mri(images.first, model.likeness, self._models, self._options.device, steps)
        return mri, None if pet is None else see_pet_on_mri(mri, pet, self._healthy, reference, steps)

    def _said(self, model: DementiaModel, mri: SeenMri | None, pet: SeenPet | None, steps: Steps) -> dict[str, float]:
        """Return what the model's networks say of a case, as a feature; nothing where there are none, or no image."""
        if model.networks is None:
            return {}
        volume = seen_channels(mri, pet, model.networks.channels)
        if volume is None:
            return {}
        networks = self._models.ensemble(model.networks.bundle, self._options.device, steps)
        with steps.step("predict"):
            return {NETWORK_LOG_ODDS: model.networks.log_odds(networks, volume)}

    def _networks(self, mri: SeenMri | None) -> tuple[str, ...]:
        if mri is None:
            return ()
        return (HIPPOCAMPUS_NETWORK, HEAD_NETWORK) if mri.stripped.skull_shown else (HIPPOCAMPUS_NETWORK,)

    @property
    def _healthy(self) -> HealthyUptake:
        """What uptake is compared with: the user's mean where one is named."""
        atlas, mean, sd = read_atlas(), self._options.healthy_mean, self._options.healthy_sd
        if mean is None:
            return HealthyUptake(read_fdg_mean(atlas).array, None, SHIPPED_MEAN)
        found = read_standard_map(mean, atlas.grid, "mean of healthy people").array
        spread = None if sd is None else read_standard_map(sd, atlas.grid, "standard deviation").array
        return HealthyUptake(found, spread, f"the people of {mean.name}")


def _facts(mri: SeenMri) -> dict[str, bool | float]:
    return {
        "skull_in_view": mri.stripped.skull_shown,
        "likeness_to_atlas": round(mri.standard.likeness, 3),
        "scale_to_atlas": round(mri.standard.scale, 3),
    }


def _centre(mri: SeenMri | None, pet: SeenPet | None) -> dict[str, float]:
    """Return where in the first image the middle of the brain lies."""
    if mri is not None:
        return centre_facts(mri.standard.to_scan)
    return {} if pet is None else centre_facts(pet.to_first)


def _maps(first: Scan, pet: SeenPet) -> list[ImageMap]:
    """Return uptake and its difference to healthy people on the voxels of the first image."""
    canonical, reorientation = to_canonical(first.volume)
    atlas = read_atlas()
    from_first = np.linalg.inv(pet.to_first)

    def on_first(array: np.ndarray) -> np.ndarray:
        found = resample_through(Volume(array, atlas.grid.affine), canonical.grid, from_first)
        return reorientation.undo(found.array)

    return [
        ImageMap(RATIO_MAP, f"Uptake relative to the {pet.uptake.reference.value}", on_first(pet.uptake.ratio), "1"),
        ImageMap(DIFFERENCE_MAP, "Uptake, difference to healthy people", on_first(pet.uptake.difference_percent), "%"),
    ]
