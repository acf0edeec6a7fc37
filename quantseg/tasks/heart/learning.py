"""What can be trained, scored and calibrated of the heart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from quantseg.tasks.learning import Calibrator, Configurations, LabelledFolder, Scorer, Trainable

if TYPE_CHECKING:
    from quantseg.evaluation.request import EvaluationReport, EvaluationRequest
    from quantseg.models.bundle import Bundle
    from quantseg.training.approach import Approach


def _acdc() -> Approach:
    from quantseg.tasks.heart.training.approaches import ACDC_APPROACH

    return ACDC_APPROACH


def _two_sources() -> Approach:
    from quantseg.tasks.heart.training.approaches import TWO_SOURCES_APPROACH

    return TWO_SOURCES_APPROACH


def _lv_open() -> Approach:
    from quantseg.tasks.heart.training.approaches import LV_OPEN_APPROACH

    return LV_OPEN_APPROACH


def _acdc_configurations() -> Configurations:
    from quantseg.tasks.heart.training import recipe

    return dict(recipe.INFERENCE), dict(recipe.RECIPE)


def _two_sources_configurations() -> Configurations:
    from quantseg.tasks.heart.training import recipe

    return dict(recipe.TWO_SOURCES_INFERENCE), dict(recipe.TWO_SOURCES_RECIPE)


def _lv_open_configurations() -> Configurations:
    from quantseg.tasks.heart.training import recipe

    return dict(recipe.LV_OPEN_INFERENCE), dict(recipe.LV_OPEN_RECIPE)


def _starts(approach: str) -> Callable[[Path], None]:
    def start(folder: Path) -> None:
        from quantseg.tasks.heart.training.new_bundle import start_bundle

        start_bundle(folder, approach)

    return start


TRAINABLE = (
    Trainable(
        "acdc",
        "both ventricles",
        "labelled cases in ACDC layout",
        _acdc_configurations,
        approach=_acdc,
        start_bundle=_starts("acdc"),
    ),
    Trainable(
        "two-sources",
        "both ventricles, for other scanners",
        "a folder that holds ACDC and Sunnybrook_LV",
        _two_sources_configurations,
        approach=_two_sources,
        start_bundle=_starts("two-sources"),
    ),
    Trainable(
        "lv-open",
        "the left ventricle alone",
        "the folder of Sunnybrook slices",
        _lv_open_configurations,
        approach=_lv_open,
        start_bundle=_starts("lv-open"),
    ),
)


@dataclass(frozen=True, kw_only=True)
class HeartScoreOptions:
    """What only heart labels may be asked: nothing, since an ACDC folder names its patients."""


def _score(request: EvaluationRequest, _options: HeartScoreOptions) -> EvaluationReport:
    from quantseg.evaluation.qualities import overlap_qualities
    from quantseg.evaluation.request import EvaluationReport
    from quantseg.tasks.heart.evaluation.function import evaluate_function, function_qualities
    from quantseg.tasks.heart.evaluation.pairing import pair_phases
    from quantseg.tasks.heart.evaluation.parts import HEART_PARTS
    from quantseg.tasks.heart.evaluation.presenting import as_text, heart_as_json
    from quantseg.tasks.heart.reading.cardiac_spacing import cardiac_affine

    pairing, frames = pair_phases(request.predictions, request.labels, request.only_patients)
    evaluation = evaluate_function(request.overlap(pairing, HEART_PARTS, cardiac_affine), frames)
    qualities = (*overlap_qualities(evaluation.overlap), *function_qualities(evaluation))
    return EvaluationReport(
        as_text(evaluation), heart_as_json(evaluation), bool(evaluation.overlap.failures), qualities
    )


def _labelled(folder: Path) -> LabelledFolder[HeartScoreOptions]:
    from quantseg.tasks.heart.evaluation.acdc_labels import list_phases

    patients = dict.fromkeys(files.patient for files in list_phases(folder))
    images = {patient: folder / patient for patient in patients}
    return LabelledFolder(images, {patient: patient for patient in patients}, folder, HeartScoreOptions())


SCORER = Scorer(
    "folders of predicted labels: <patient>/ED_labels.nii.gz and ES_labels.nii.gz, as segment and train write them",
    "reference labels, a folder in ACDC layout",
    HeartScoreOptions,
    _score,
    _labelled,
)


def _calibrate(bundle: Bundle, data: Path, seed: int, draws: int | None, report: Callable[[str], None]) -> None:
    from quantseg.inference.device import choose_device
    from quantseg.inference.ensemble import Ensemble
    from quantseg.tasks.heart.training.calibrating import FITTING_DRAWS, calibrate_heart, heart_training_examples

    ensemble = Ensemble(bundle, choose_device("auto"))
    examples = heart_training_examples(bundle, data, ensemble, seed, report, FITTING_DRAWS if draws is None else draws)
    calibrate_heart(bundle, list(examples))


CALIBRATOR = Calibrator(("heart", "heart-lv-open"), _calibrate)
