"""A stand-in for a task whose results nobody corrects, and which asks for the person's age: it repeats it."""

import dataclasses

import standin_pipeline

from quantseg.measure.values import Measurement
from quantseg.reading.roles import read_roles
from quantseg.tasks.contract import InputRole

REFERENCE = "standin_looked_at:TASK"
_ROLE = InputRole("mri", "image")


class _RepeatsTheAge:
    """As the stand-in with labels, from images of roles."""

    def __init__(self, options):
        self._labels = standin_pipeline.StandInPipeline(options)

    def run(self, name, images, steps):
        result = self._labels.run(name, images.first, steps)
        age = images.person.age_years
        told = () if age is None else (Measurement("volume", "left", age, "mm3", "stand-in"),)
        return dataclasses.replace(result, measurements=(*result.measurements, *told))


TASK = dataclasses.replace(
    standin_pipeline.TASK,
    inputs=(_ROLE,),
    read=lambda case, spacing: read_roles(case, {_ROLE.name: _ROLE.limits}, spacing),
    pipeline=lambda options, _models: _RepeatsTheAge(options),
    asks_person=True,
    correct=None,
    scorer=None,
    trainable=(),
)
