"""From MRI, PET and age to a score, and to the PET on the voxels of the MRI."""

import numpy as np

from quantseg.errors import InputRefused
from quantseg.measure.values import Check, Interval, Measurement, Verdict
from quantseg.results.case import CaseResult
from quantseg.results.outputs import ImageMap, Score
from quantseg.volume.resampling import resample

_LOSS_PER_YEAR = 0.002
_PROTOCOL = "Mean uptake in the brighter half of the MRI by that in the darker half, corrected for age; made up."


class UptakePipeline:
    """Measures one case after another."""

    def __init__(self, options):
        self._options = options

    def run(self, name, images, steps):
        mri, pet = images.first.volume, images.scans["pet"].volume
        with steps.step("predict"):
            uptake = resample(pet, mri.grid).array.astype(np.float32)
            steps.advance(1, of=2)
            bright = mri.array > np.median(mri.array)
            dark_uptake = float(uptake[~bright].mean())
            if dark_uptake <= 0:
                raise InputRefused(f"The PET of {name} shows no uptake, expected some everywhere in the brain.")
        with steps.step("measure"):
            score = self._score(float(uptake[bright].mean()) / dark_uptake, images.person.age_years)
        return CaseResult(
            name=name,
            task="made-up",
            scan=images.first,
            outputs=(ImageMap("uptake", "Uptake on the MRI", uptake, "1"), Score("Uptake score", score)),
            measurements=(score,),
            checks=(_check_age(images.person.age_years),),
            models=(),
            facts={"age_known": images.person.age_years is not None},
            step_seconds=steps.seconds(),
            further_scans=images.further,
        )

    def _score(self, ratio, age_years):
        years = 0.0 if age_years is None else age_years - self._options.reference_years
        value = ratio * (1 + _LOSS_PER_YEAR * years)
        return Measurement("uptake_score", "brain", value, "1", _PROTOCOL, Interval(0.9 * value, 1.1 * value))


def _check_age(age_years):
    if age_years is None:
        return Check("age", Verdict.LOOK, "The age is unknown, so that the score is not corrected for it.")
    return Check("age", Verdict.GOOD, "The score is corrected for age.")
