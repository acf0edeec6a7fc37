"""Brain tissue as a task of the house."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from quantseg.measure.values import Measurement
from quantseg.reading import find_cases, read_scan
from quantseg.reading.scan import CaseInput, Scan
from quantseg.reading.series_rule import T1_WEIGHTED
from quantseg.reading.spacing import SpacingChoice
from quantseg.results.case import CaseResult
from quantseg.results.coding import ReportCodes
from quantseg.results.presentation import Presentation, Presenter
from quantseg.tasks.brain_tissue.learning import CALIBRATOR, SCORER, TRAINABLE
from quantseg.tasks.brain_tissue.options import BrainTissueOptions
from quantseg.tasks.contract import InputRole, Task

if TYPE_CHECKING:
    from quantseg.inference.model_store import ModelStore
    from quantseg.review.corrector import Corrector
    from quantseg.tasks.brain_tissue.pipeline import BrainTissuePipeline

_ROLE = InputRole("mri", "image file, DICOM folder, or folder of either", series_rule=T1_WEIGHTED)


def _read(case: CaseInput, spacing: SpacingChoice) -> Scan:
    return read_scan(case, spacing, _ROLE.limits)


def _pipeline(options: BrainTissueOptions, models: ModelStore) -> BrainTissuePipeline:
    from quantseg.tasks.brain_tissue.pipeline import BrainTissuePipeline

    return BrainTissuePipeline(options, models)


def _headline(measurements: Sequence[Measurement]) -> str:
    from quantseg.tasks.brain_tissue.presenting.sections import headline

    return headline(measurements)


def _present(result: CaseResult) -> Presentation:
    from quantseg.tasks.brain_tissue.presenting.sections import present_tissue

    return present_tissue(result)


def _codes() -> ReportCodes:
    from quantseg.tasks.brain_tissue.presenting.codes import CODES

    return CODES


def _correct() -> Corrector:
    from quantseg.tasks.brain_tissue.review.corrector import BrainTissueCorrector

    return BrainTissueCorrector()


TASK: Task[Scan, BrainTissueOptions] = Task(
    name="brain-tissue",
    summary="Grey matter, white matter and fluid on T1-weighted MRI of a head or a brain.",
    inputs=(_ROLE,),
    options=BrainTissueOptions,
    find=find_cases,
    read=_read,
    models=lambda _options: ("brain-tissue", "head-localiser"),
    pipeline=_pipeline,
    presenter=Presenter(_headline, ("skull_in_view", "whole_brain_in_view"), _present, _codes),
    trainable=TRAINABLE,
    scorer=SCORER,
    calibrator=CALIBRATOR,
    correct=_correct,
)
