"""The predictions of a finished run, made again from its saved weights."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from quantseg.errors import UsageError
from quantseg.training.approach import Approach
from quantseg.training.cohort import LoadedCase, cases_of, joined, require_patients
from quantseg.training.crossval import PREDICTIONS_FOLDER, write_predictions
from quantseg.training.splits import Split
from quantseg.training.weights_file import COMMAND_FILE, WEIGHTS_FILE, load_member

_HELD_OUT_FOLDER = "held_out"


def predict_fold(run: Path, fold: int, data: Sequence[Path], device: torch.device, approach: Approach) -> Path:
    """Write the label map that a member gives each case of its validation fold.

    Args:
        run: run folder of ``quantseg train``, with ``command.json``, ``split.json`` and the fold's weights.
        fold: which member.
        data: the folders that it was trained on.
        device: where to predict.
        approach: what the run trained.

    Returns:
        the folder with the label maps, each on its case's own grid.

    Raises:
        UsageError: the run or the fold's weights are not there, or the data lack a case of the split.
    """
    command, split = _read_run(run, fold)
    member = load_member(run / f"fold_{fold}", command["inference"], device)
    cases = _cases(approach, split.folds[fold], data)
    folder = run / f"fold_{fold}"
    write_predictions(folder, cases, approach.data_set, approach.predictor(member, command["inference"], device))
    return folder / PREDICTIONS_FOLDER


def predict_held_out(
    run: Path, folds: Sequence[int], data: Sequence[Path], device: torch.device, approach: Approach
) -> Path | None:
    """Write the label map that all members together give each held-out case, which none of them ever saw.

    Args:
        run: run folder of ``quantseg train``.
        folds: the finished ones; nothing is done as long as some are missing.
        data: the folders that they were trained on.
        device: where to predict.
        approach: what the run trained.

    Returns:
        the folder with the label maps; None if folds are missing, the split holds nobody out, or this kind of model
        predicts together only as a finished bundle.

    Raises:
        UsageError: the data lack a case of the split.
    """
    command, split = _read_run(run, folds[0])
    if approach.ensemble_predictor is None or len(folds) < len(split.folds) or not split.held_out:
        return None
    members = [load_member(run / f"fold_{fold}", command["inference"], device) for fold in folds]
    cases = _cases(approach, split.held_out, data)
    predict = approach.ensemble_predictor(members, command["inference"], device)
    write_predictions(run / _HELD_OUT_FOLDER, cases, approach.data_set, predict)
    return run / _HELD_OUT_FOLDER / PREDICTIONS_FOLDER


def _read_run(run: Path, fold: int) -> tuple[dict[str, Any], Split]:
    command, split = run / COMMAND_FILE, run / "split.json"
    for path in (command, split, run / f"fold_{fold}" / WEIGHTS_FILE):
        if not path.is_file():
            raise UsageError(f"{path} is missing; expected a run of quantseg train whose fold {fold} is finished.")
    read_split = Split(**json.loads(split.read_text(encoding="utf-8")))
    return json.loads(command.read_text(encoding="utf-8")), read_split


def _cases(approach: Approach, patients: Sequence[str], data: Sequence[Path]) -> list[LoadedCase]:
    cohort = joined([approach.data_set.load(folder) for folder in data])
    require_patients(cohort, patients, " and ".join(map(str, data)))
    return cases_of(cohort, patients)
