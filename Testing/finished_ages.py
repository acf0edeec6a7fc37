"""A finished case of brain age of a made-up head, as its pipeline would yield it, with the shipped model's bands."""

from finished_brains import build_brain

from quantseg.brain.standard_space import CENTRE_FACTS
from quantseg.measure.values import Check, Verdict
from quantseg.models.bundle import find_bundle, reference
from quantseg.results.case import CaseResult
from quantseg.results.outputs import Score
from quantseg.tasks.brain_age.measuring import measure_age
from quantseg.tasks.brain_age.model import BUNDLE, AgeEstimate, read_age_model


def build_age(age_years=None, estimate_years=47.0, scan=None):
    """An estimate for the head of ``finished_brains``; with an age there is a gap, too."""
    bundle = find_bundle(BUNDLE)
    measurements = measure_age(
        read_age_model(bundle), AgeEstimate(estimate_years, 12.0), age_years, {"ventricles": 3.0}
    )
    return CaseResult(
        name="scene",
        task="brain-age",
        scan=scan or build_brain().scan,
        outputs=(Score("Brain age", measurements[0]),),
        measurements=measurements,
        checks=(Check("likeness", Verdict.GOOD, "The brain's correlation with the average one is 0.91."),),
        models=(reference(bundle),),
        made_by=BUNDLE,
        facts={"skull_in_view": True, "age_known": age_years is not None, **dict.fromkeys(CENTRE_FACTS, 0.0)},
    )
