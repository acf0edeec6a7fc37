"""What can be trained, scored and calibrated of the hippocampus."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quantseg.tasks.learning import (
    Calibrator,
    Configurations,
    LabelledFolder,
    Scorer,
    Trainable,
    TrainsAlone,
    bundle_configurations,
)
from quantseg.tasks.options import option

if TYPE_CHECKING:
    from quantseg.evaluation.request import EvaluationReport, EvaluationRequest
    from quantseg.models.bundle import Bundle
    from quantseg.training.approach import Approach
    from quantseg.training.audit import Finding

_DECATHLON = "labelled cases in Decathlon layout"
_HEAD_MAPS = "1 mm label maps of heads in FreeSurfer values"


def _volume() -> Approach:
    from quantseg.tasks.hippocampus.training.volume import VOLUME_APPROACH

    return VOLUME_APPROACH


def _slices() -> Approach:
    from quantseg.tasks.hippocampus.training.coronal_slices import SLICES_APPROACH

    return SLICES_APPROACH


def _configurations() -> Configurations:
    from quantseg.tasks.hippocampus.persons import SAMPLE_CROPS

    inference, recipe = bundle_configurations("hippocampus")()
    return inference, recipe | {"set_aside": list(SAMPLE_CROPS)}


def _slices_configurations() -> Configurations:
    from quantseg.tasks.hippocampus.training.coronal_slices import NETWORK_DEFINITION, RECIPE

    inference, recipe = _configurations()
    return inference | {"network_def": NETWORK_DEFINITION}, recipe | RECIPE


def _localiser() -> TrainsAlone:
    from quantseg.tasks.hippocampus.training.localiser import train_localiser

    return train_localiser


def _audit(data: Path, inference: Mapping[str, Any], recipe: Mapping[str, Any]) -> list[Finding]:
    from quantseg.tasks.hippocampus.persons import decathlon_person
    from quantseg.training.audit import audit_dataset

    i, j, k = inference["spacing_mm"]
    return audit_dataset(data, recipe["label_values"].values(), (i, j, k), decathlon_person)


TRAINABLE = (
    Trainable(
        "volume",
        "3D network",
        _DECATHLON,
        _configurations,
        approach=_volume,
        audit=_audit,
        older_network="DynUNet",
    ),
    Trainable(
        "slices",
        "2D network on coronal slices with the same split",
        _DECATHLON,
        _slices_configurations,
        approach=_slices,
        audit=_audit,
        older_network="FlexibleUNet",
    ),
    Trainable(
        "head",
        "finds both hippocampi in a whole head",
        _HEAD_MAPS,
        bundle_configurations("head-localiser"),
        alone=_localiser,
        verb="localiser",
    ),
    Trainable(
        "close-up",
        "finds them again in a window around both",
        _HEAD_MAPS,
        bundle_configurations("hippocampus-close-up"),
        alone=_localiser,
        verb="localiser",
    ),
)


@dataclass(frozen=True, kw_only=True)
class HippocampusScoreOptions:
    """What only hippocampus labels may be asked.

    Attributes:
        sided: labels are 1/2 left and 3/4 right.
        patients: names the patient of each case.
    """

    sided: bool = option(False, "labels are 1/2 left and 3/4 right, in both folders")
    patients: Path | None = option(
        None,
        "patient of each case: CSV with the columns case,patient, or a dataset.json (default: a case a patient, and "
        "hippocampus_001 and _002 and so on one, as in the Decathlon)",
        unit="FILE",
    )


def _score(request: EvaluationRequest, options: HippocampusScoreOptions) -> EvaluationReport:
    from quantseg.evaluation.pairing import list_label_maps, pair_cases, read_patients
    from quantseg.evaluation.presenting import as_json, as_text
    from quantseg.evaluation.qualities import overlap_qualities
    from quantseg.evaluation.request import EvaluationReport
    from quantseg.tasks.hippocampus.evaluation.parts import HIPPOCAMPUS_PARTS, SIDED_HIPPOCAMPUS_PARTS
    from quantseg.tasks.hippocampus.persons import decathlon_person

    patients = {case: decathlon_person(case) for case in list_label_maps(request.labels)}
    if options.patients:
        patients |= read_patients(options.patients)
    pairing = pair_cases(request.predictions, request.labels, patients, request.only_patients)
    overlap = request.overlap(pairing, SIDED_HIPPOCAMPUS_PARTS if options.sided else HIPPOCAMPUS_PARTS)
    return EvaluationReport(as_text(overlap), as_json(overlap), bool(overlap.failures), overlap_qualities(overlap))


def _labelled(folder: Path) -> LabelledFolder[HippocampusScoreOptions]:
    from quantseg.tasks.hippocampus.persons import decathlon_person
    from quantseg.training.decathlon import INDEX, labels_folder, list_cases

    cases = list_cases(folder, decathlon_person)
    return LabelledFolder(
        {case.name: case.image for case in cases},
        {case.name: case.patient for case in cases},
        labels_folder(folder, cases),
        HippocampusScoreOptions(patients=folder / INDEX),
    )


SCORER = Scorer(
    "folders of predicted labels: <case>.nii.gz, or <case>/labels.nii.gz as segment writes them",
    "reference labels, same names",
    HippocampusScoreOptions,
    _score,
    _labelled,
)


def _calibrate(bundle: Bundle, data: Path, seed: int, draws: int | None, report: Callable[[str], None]) -> None:
    from quantseg.inference.device import choose_device
    from quantseg.inference.ensemble import Ensemble
    from quantseg.tasks.hippocampus.training.calibrating import FITTING_DRAWS, calibrate, training_examples

    ensemble = Ensemble(bundle, choose_device("auto"))
    calibrate(bundle, list(training_examples(bundle, data, ensemble, seed, report, draws or FITTING_DRAWS)), report)


CALIBRATOR = Calibrator(("hippocampus",), _calibrate)
