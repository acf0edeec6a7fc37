"""From an image to an age: strip, bring into standard space, tell tissues apart, estimate, compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quantseg.brain.atlas import read_atlas
from quantseg.brain.standard_checks import check_likeness, check_t1, check_view
from quantseg.brain.standard_space import centre_facts, to_standard
from quantseg.brain.stripping import strip
from quantseg.errors import InputRefused
from quantseg.measure.steps import Steps
from quantseg.measure.values import Check, Verdict
from quantseg.reading.roles import RoleImages
from quantseg.results.case import CaseResult
from quantseg.results.outputs import Score
from quantseg.tasks.brain_age.areas import contributions, see
from quantseg.tasks.brain_age.measuring import BRAIN_AGE, measure_age
from quantseg.tasks.brain_age.model import BUNDLE, OLDEST, YOUNGEST, AgeEstimate, AgeModel, read_age_model
from quantseg.tasks.brain_age.options import BrainAgeOptions
from quantseg.volume import to_canonical

if TYPE_CHECKING:
    from quantseg.inference.ensemble import Ensemble
    from quantseg.inference.model_store import ModelStore

TASK_NAME = "brain-age"
HEAD_NETWORK = "head-localiser"
"""Takes the skull away, where there is one."""


class BrainAgePipeline:
    """Estimates the age of one brain after another.

    Args:
        options: apply to every scan.
        models: where networks come from, and stay.
    """

    def __init__(self, options: BrainAgeOptions, models: ModelStore) -> None:
        self._options = options
        self._models = models

    def run(self, name: str, images: RoleImages, steps: Steps) -> CaseResult:
        """Process one scan.

        Args:
            name: case name.
            images: the scan, and what is known of the person.
            steps: is told of every step.

        Raises:
            InputRefused: it shows no whole brain, is not T1-weighted, or the person's age is not one that the model
                knows.
        """
        from quantseg.models.bundle import find_bundle, reference

        scan, age_years = images.first, images.person.age_years
        _refuse_age(age_years)
        bundle = find_bundle(BUNDLE)
        model = read_age_model(bundle)
        networks = self._networks_of(model, steps)
        atlas = read_atlas()
        canonical, _ = to_canonical(scan.volume)
        with steps.step("strip"):
            stripped = strip(canonical, lambda: self._models.ensemble(HEAD_NETWORK, self._options.device, steps))
        with steps.step("register"):
            brain = to_standard(stripped.image, atlas)
        with steps.step("predict"):
            checks = (
                *check_view(stripped),
                check_likeness(brain, model.likeness),
                *check_t1(brain, atlas, scan.acquisition.echo_time_ms),
            )
            seen = see(brain, atlas, model.regression.sd_mm)
            estimate = model.estimate(seen, networks)
        checks += (check_estimate(estimate.years), *check_agreement(model, estimate), *_check_person(age_years))
        with steps.step("measure"):
            measurements = measure_age(model, estimate, age_years, contributions(model, networks, seen, atlas))
        age = next(one for one in measurements if one.key == BRAIN_AGE)
        return CaseResult(
            name=name,
            task=TASK_NAME,
            scan=scan,
            outputs=(Score("Brain age", age),),
            measurements=measurements,
            checks=checks,
            models=(reference(bundle), *([] if networks is None else [reference(networks.bundle)])),
            made_by=BUNDLE,
            facts={
                "skull_in_view": stripped.skull_shown,
                "age_known": age_years is not None,
                "likeness_to_atlas": round(brain.likeness, 3),
                "scale_to_atlas": round(brain.scale, 3),
                **centre_facts(brain.to_scan),
            },
            step_seconds=steps.seconds(),
        )

    def _networks_of(self, model: AgeModel, steps: Steps) -> Ensemble | None:
        if model.networks is None:
            return None
        return self._models.ensemble(model.networks.bundle, self._options.device, steps)


def _refuse_age(age_years: float | None) -> None:
    if age_years is not None and not YOUNGEST <= age_years <= OLDEST:
        raise InputRefused(
            f"The person is {age_years:g} years old; the model knows brains of {YOUNGEST:.0f} to {OLDEST:.0f} years "
            "and estimates no other."
        )


def check_estimate(estimate_years: float) -> Check:
    """Judge whether an estimate lies where the model has seen anybody.

    Raises:
        InputRefused: it is far from that.
    """
    if not 0 <= estimate_years <= 120:
        raise InputRefused(
            f"The estimate is {estimate_years:.0f} years, expected {YOUNGEST:.0f} to {OLDEST:.0f}; the image is unlike "
            "those that the model knows."
        )
    found = f"The estimate of {estimate_years:.0f} years lies"
    if YOUNGEST <= estimate_years <= OLDEST:
        return Check("estimate", Verdict.GOOD, f"{found} within the ages that the model knows.")
    return Check("estimate", Verdict.LOOK, f"{found} outside the {YOUNGEST:.0f} to {OLDEST:.0f} that the model knows.")


def check_agreement(model: AgeModel, estimate: AgeEstimate) -> tuple[Check, ...]:
    """Judge whether regression and networks say the same: where they do not, the image is unlike those they know."""
    if model.networks is None or estimate.apart_years is None:
        return ()
    limit_years = model.networks.usually_apart_years
    found = f"Regression and networks are {estimate.apart_years:.1f} years apart"
    expected = f"(expected at most {limit_years:.1f}, as for 95 % of people)"
    if estimate.apart_years <= limit_years:
        return (Check("agreement", Verdict.GOOD, f"{found} {expected}."),)
    return (Check("agreement", Verdict.LOOK, f"{found} {expected}: the brain is unlike those that the model knows."),)


def _check_person(age_years: float | None) -> tuple[Check, ...]:
    if age_years is None:
        return (Check("age", Verdict.GOOD, "The person's age is unknown, so that no gap to it is given."),)
    return ()
