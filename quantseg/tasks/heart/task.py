"""The heart as a task of the house."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from quantseg.measure.values import Measurement
from quantseg.reading.scan import CaseInput
from quantseg.reading.series_rule import SeriesRule
from quantseg.reading.spacing import SpacingChoice
from quantseg.results.case import CaseResult
from quantseg.results.coding import ReportCodes
from quantseg.results.presentation import Presentation, Presenter
from quantseg.tasks.contract import InputRole, Samples, SampleStudy, Task
from quantseg.tasks.heart.learning import CALIBRATOR, SCORER, TRAINABLE
from quantseg.tasks.heart.options import HeartOptions

if TYPE_CHECKING:
    from quantseg.inference.model_store import ModelStore
    from quantseg.reading.dicom_slices import SourceSlices
    from quantseg.results.shown_planes import ShownPlanes
    from quantseg.review.corrector import Corrector
    from quantseg.tasks.heart.pipeline import HeartPipeline
    from quantseg.tasks.heart.reading.cine import Cine

_ROLE = InputRole(
    "cine",
    "cine or frame, folder in ACDC layout, DICOM folder, or folder of these",
    spacing_may_be_unknown=True,
    # Finding has chosen by geometry and time already; at rest and under stress both count.
    series_rule=SeriesRule("short-axis cine", take_all=True),
)
_STUDY = SampleStudy(
    "heart_phantom.nii.gz",
    {
        "StudyDescription": "Public sample: phantom of a beating heart",
        "SeriesDescription": "cine short axis",
        "BodyPartExamined": "HEART",
        "MRAcquisitionType": "2D",
        "ScanOptions": "CG",
        "CardiacNumberOfImages": 20,
        "RepetitionTime": "",
        "EchoTime": "",
    },
)


def _find(inputs: Sequence[Path], series: Sequence[str] | None = None) -> list[CaseInput]:
    from quantseg.tasks.heart.reading import find_cine_cases

    return find_cine_cases(inputs, series)


def _read(case: CaseInput, spacing: SpacingChoice) -> Cine:
    from quantseg.tasks.heart.reading import read_cine

    return read_cine(case, spacing)


def _models(options: HeartOptions) -> tuple[str, ...]:
    return (options.model,)


def _pipeline(options: HeartOptions, models: ModelStore) -> HeartPipeline:
    from quantseg.tasks.heart.pipeline import HeartPipeline

    return HeartPipeline(options, models)


def _headline(measurements: Sequence[Measurement]) -> str:
    """Return the ejection fractions, such as "LV EF 57.1 %, RV EF 52.0 %", or the left volume of a single frame."""
    values = {(one.key, one.region): one.value for one in measurements}
    fractions = [
        f"{short} EF {values['ejection_fraction', region]:.1f} %"
        for short, region in (("LV", "left_ventricle"), ("RV", "right_ventricle"))
        if ("ejection_fraction", region) in values
    ]
    if fractions:
        return ", ".join(fractions)
    cavity_ml = values.get(("volume", "lv_cavity"))
    return "no volume" if cavity_ml is None else f"LV {cavity_ml:.0f} ml"


def _present(result: CaseResult) -> Presentation:
    from quantseg.tasks.heart.presenting.sections import present_heart

    return present_heart(result)


def _slices(case: CaseInput) -> SourceSlices:
    from quantseg.tasks.heart.reading.cine_slices import slices_of_cine

    return slices_of_cine(case)


def _planes(cine: Cine) -> ShownPlanes:
    from quantseg.tasks.heart.view import shown_planes

    return shown_planes(cine)


def _codes() -> ReportCodes:
    from quantseg.tasks.heart.presenting.codes import CODES

    return CODES


def _correct() -> Corrector:
    from quantseg.tasks.heart.review.corrector import HeartCorrector

    return HeartCorrector()


TASK: Task[Cine, HeartOptions] = Task(
    name="heart",
    summary="Both ventricles and the muscle of the left one on short-axis cine MRI.",
    inputs=(_ROLE,),
    options=HeartOptions,
    find=_find,
    read=_read,
    models=_models,
    pipeline=_pipeline,
    presenter=Presenter(_headline, ("input_kind", "orientation", "spacing_from"), _present, _codes),
    # The licence of this model has no conditions, so that nobody need agree to anything to see a heart.
    samples=Samples(("heart_phantom.nii.gz",), HeartOptions(model="heart-lv-open"), _STUDY),
    trainable=TRAINABLE,
    scorer=SCORER,
    calibrator=CALIBRATOR,
    correct=_correct,
    source_slices=_slices,
    planes=_planes,
)
