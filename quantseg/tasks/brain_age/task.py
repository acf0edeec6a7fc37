"""Brain age as a task of the house."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from quantseg.measure.values import Measurement
from quantseg.reading import RoleImages, find_cases, read_roles
from quantseg.reading.scan import CaseInput
from quantseg.reading.series_rule import T1_WEIGHTED
from quantseg.reading.spacing import SpacingChoice
from quantseg.results.case import CaseResult
from quantseg.results.coding import ReportCodes
from quantseg.results.presentation import Presentation, Presenter
from quantseg.tasks.brain_age.learning import TRAINABLE
from quantseg.tasks.brain_age.options import BrainAgeOptions
from quantseg.tasks.contract import InputRole, Task

if TYPE_CHECKING:
    from quantseg.inference.model_store import ModelStore
    from quantseg.tasks.brain_age.pipeline import BrainAgePipeline

_ROLE = InputRole("mri", "image file, DICOM folder, or folder of either", series_rule=T1_WEIGHTED)


def _read(case: CaseInput, spacing: SpacingChoice) -> RoleImages:
    return read_roles(case, {_ROLE.name: _ROLE.limits}, spacing)


def _pipeline(options: BrainAgeOptions, models: ModelStore) -> BrainAgePipeline:
    from quantseg.tasks.brain_age.pipeline import BrainAgePipeline

    return BrainAgePipeline(options, models)


def _headline(measurements: Sequence[Measurement]) -> str:
    from quantseg.tasks.brain_age.presenting.sections import headline

    return headline(measurements)


def _present(result: CaseResult) -> Presentation:
    from quantseg.tasks.brain_age.presenting.sections import present_age

    return present_age(result)


def _codes() -> ReportCodes:
    from quantseg.tasks.brain_age.presenting.codes import CODES

    return CODES


TASK: Task[RoleImages, BrainAgeOptions] = Task(
    name="brain-age",
    summary="How old a brain looks on T1-weighted MRI.",
    inputs=(_ROLE,),
    options=BrainAgeOptions,
    find=find_cases,
    read=_read,
    models=lambda _options: ("brain-age", "brain-age-network", "head-localiser"),
    pipeline=_pipeline,
    presenter=Presenter(_headline, ("skull_in_view", "likeness_to_atlas"), _present, _codes),
    asks_person=True,
    yields_labels=False,
    trainable=TRAINABLE,
)
