"""What can be trained and scored of brain tissue."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from quantseg.tasks.learning import Calibrator, Configurations, Scorer, Trainable, TrainsAlone
from quantseg.tasks.options import option

if TYPE_CHECKING:
    from quantseg.evaluation.request import EvaluationReport, EvaluationRequest
    from quantseg.models.bundle import Bundle


def _configurations() -> Configurations:
    from quantseg.tasks.brain_tissue.training.starting_point import INFERENCE, RECIPE

    return copy.deepcopy(INFERENCE), copy.deepcopy(RECIPE)


def _alone() -> TrainsAlone:
    from quantseg.tasks.brain_tissue.training.fitting import train_tissue_network

    return train_tissue_network


def _start_bundle(folder: Path) -> None:
    from quantseg.tasks.brain_tissue.training.new_bundle import start_bundle

    start_bundle(folder)


TRAINABLE = (
    Trainable(
        "tissue",
        "tells grey matter, white matter, fluid and their parts apart in voxels of 3 mm",
        "1 mm label maps of heads in FreeSurfer values",
        _configurations,
        alone=_alone,
        start_bundle=_start_bundle,
    ),
)


@dataclass(frozen=True, kw_only=True)
class TissueScoreOptions:
    """What only tissue labels may be asked.

    Attributes:
        parts: labels are those of ``--parts``.
    """

    parts: bool = option(False, "labels tell the parts apart, in both folders")


def _score(request: EvaluationRequest, options: TissueScoreOptions) -> EvaluationReport:
    from quantseg.evaluation.pairing import pair_cases
    from quantseg.evaluation.presenting import as_json, as_text
    from quantseg.evaluation.qualities import overlap_qualities
    from quantseg.evaluation.request import EvaluationReport
    from quantseg.tasks.brain_tissue.evaluation.parts import TISSUE_PARTS, TISSUE_PARTS_OF_ALL

    pairing = pair_cases(request.predictions, request.labels, None, request.only_patients)
    overlap = request.overlap(pairing, TISSUE_PARTS_OF_ALL if options.parts else TISSUE_PARTS)
    return EvaluationReport(as_text(overlap), as_json(overlap), bool(overlap.failures), overlap_qualities(overlap))


SCORER = Scorer(
    "folders of predicted labels: <case>.nii.gz, or <case>/labels.nii.gz as segment writes them",
    "reference labels, same names: 1 fluid, 2 grey matter, 3 white matter",
    TissueScoreOptions,
    _score,
)


def _calibrate(bundle: Bundle, data: Path, seed: int, draws: int | None, report: Callable[[str], None]) -> None:
    from quantseg.tasks.brain_tissue.training.calibrating import calibrate_bundle

    calibrate_bundle(bundle, data, seed, draws, report)


CALIBRATOR = Calibrator(("brain-tissue",), _calibrate)
