"""What can be trained and scored of lumbar muscles."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from quantseg.tasks.learning import Configurations, MakesItsData, Scorer, Trainable

if TYPE_CHECKING:
    from quantseg.evaluation.request import EvaluationReport, EvaluationRequest


def _configurations() -> Configurations:
    from quantseg.tasks.lumbar_muscle.training.starting_point import INFERENCE, RECIPE

    return copy.deepcopy(INFERENCE), copy.deepcopy(RECIPE)


def _makes_data() -> MakesItsData:
    from quantseg.tasks.lumbar_muscle.training.fitting import train_muscle_network

    return train_muscle_network


def _start_bundle(folder: Path) -> None:
    from quantseg.tasks.lumbar_muscle.training.new_bundle import start_bundle

    start_bundle(folder)


TRAINABLE = (
    Trainable(
        "muscles",
        "tells the muscles beside the lumbar spine apart, from synthetic cross-sections",
        "real cross-sections in Decathlon layout, beside the synthetic ones",
        _configurations,
        makes_data=_makes_data,
        start_bundle=_start_bundle,
    ),
)


@dataclass(frozen=True, kw_only=True)
class MuscleScoreOptions:
    """What only muscle labels may be asked: nothing."""


def _score(request: EvaluationRequest, _options: MuscleScoreOptions) -> EvaluationReport:
    from quantseg.evaluation.pairing import pair_cases
    from quantseg.evaluation.presenting import as_json, as_text
    from quantseg.evaluation.qualities import overlap_qualities
    from quantseg.evaluation.request import EvaluationReport
    from quantseg.tasks.lumbar_muscle.evaluation.parts import MUSCLE_PARTS

    pairing = pair_cases(request.predictions, request.labels, None, request.only_patients)
    overlap = request.overlap(pairing, MUSCLE_PARTS)
    return EvaluationReport(as_text(overlap), as_json(overlap), bool(overlap.failures), overlap_qualities(overlap))


SCORER = Scorer(
    "folders of predicted labels: <case>.nii.gz, or <case>/labels.nii.gz as segment writes them",
    "reference labels, same names: 1 left psoas, 2 right psoas, 3 left erector spinae, and so on to 8",
    MuscleScoreOptions,
    _score,
)
