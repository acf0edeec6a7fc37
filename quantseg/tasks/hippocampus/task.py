"""The hippocampus as a task of the house."""

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
from quantseg.results.numbers import value_text
from quantseg.results.presentation import Presentation, Presenter
from quantseg.tasks.contract import InputRole, Samples, SampleStudy, Task
from quantseg.tasks.hippocampus.input_kind import decide_kind
from quantseg.tasks.hippocampus.learning import CALIBRATOR, SCORER, TRAINABLE
from quantseg.tasks.hippocampus.options import HippocampusOptions

if TYPE_CHECKING:
    from quantseg.inference.model_store import ModelStore
    from quantseg.review.corrector import Corrector
    from quantseg.tasks.hippocampus.pipeline import HippocampusPipeline

_ROLE = InputRole("mri", "image file, DICOM folder, or folder of either", series_rule=T1_WEIGHTED)
_SAMPLES = ("head_t1.nii.gz", "hippocampus_199.nii.gz", "hippocampus_242.nii.gz", "hippocampus_337.nii.gz")
# Coronal, since there both sides are seen in one slice.
_STUDY = SampleStudy(
    "head_t1.nii.gz",
    {
        "StudyDescription": "Public sample: head",
        "SeriesDescription": "T1 3D coronal",
        "BodyPartExamined": "HEAD",
        "MRAcquisitionType": "3D",
        "RepetitionTime": "",
        "EchoTime": "",
    },
    axes="LIP",
)
_VOLUMES_THAT_SUM_UP = (("left", "right"), ("left",), ("right",), ("anterior", "posterior"))


def _read(case: CaseInput, spacing: SpacingChoice) -> Scan:
    return read_scan(case, spacing, _ROLE.limits)


def _models(_options: HippocampusOptions) -> tuple[str, ...]:
    return ("hippocampus", "head-localiser", "hippocampus-close-up")


def _pipeline(options: HippocampusOptions, models: ModelStore) -> HippocampusPipeline:
    from quantseg.tasks.hippocampus.pipeline import HippocampusPipeline

    return HippocampusPipeline(options, models)


def _headline(measurements: Sequence[Measurement]) -> str:
    """Return the volumes of both sides, such as "left 3012 + right 3204 mm³", or of the parts of an unknown side."""
    volumes = {one.region: value_text(one) for one in measurements if one.key == "volume"}
    for regions in _VOLUMES_THAT_SUM_UP:
        if all(region in volumes for region in regions):
            return " + ".join(f"{region} {volumes[region]}" for region in regions) + " mm³"
    return "no volume"


def _present(result: CaseResult) -> Presentation:
    from quantseg.tasks.hippocampus.presenting.sections import present_hippocampus

    return present_hippocampus(result)


def _codes() -> ReportCodes:
    from quantseg.tasks.hippocampus.presenting.codes import CODES

    return CODES


def _correct() -> Corrector:
    from quantseg.tasks.hippocampus.review.corrector import HippocampusCorrector

    return HippocampusCorrector()


TASK: Task[Scan, HippocampusOptions] = Task(
    name="hippocampus",
    summary="Hippocampus on T1-weighted MRI, whole heads and crops.",
    inputs=(_ROLE,),
    options=HippocampusOptions,
    find=find_cases,
    read=_read,
    models=_models,
    pipeline=_pipeline,
    presenter=Presenter(_headline, ("input_kind", "side"), _present, _codes),
    samples=Samples(_SAMPLES, HippocampusOptions(), _STUDY),
    trainable=TRAINABLE,
    scorer=SCORER,
    calibrator=CALIBRATOR,
    correct=_correct,
    refuse_grid=decide_kind,
)
