"""What every kind of model shares in cross-validation: the folds one by one, and what a finished fold leaves."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from quantseg.evaluation.metrics import dice
from quantseg.evaluation.parts import HIPPOCAMPUS_PARTS
from quantseg.training.cohort import Cohort, LoadedCase, divide, load_cohort
from quantseg.training.decathlon import write_labels
from quantseg.training.splits import Split

PREDICTIONS_FOLDER = "predictions"
WEIGHTS_FILE = "weights.safetensors"
_RESULT_FILE = "validation.json"

Predict = Callable[[np.ndarray], np.ndarray]
"""From the raw intensities of a case in RAS order to its label map, uint8, both of shape (I, J, K)."""

TrainFold = Callable[[Cohort, Split, int, Path], None]
"""Trains one member: cohort, split, fold, and the folder of that fold."""


def run_folds(
    data: Path,
    output: Path,
    train_config: Mapping[str, Any],
    folds: Sequence[int],
    train_fold: TrainFold,
    report: Callable[[str], None],
) -> None:
    """Draw the split and train the members of the given folds; finished ones are skipped.

    Args:
        data: Decathlon folder.
        output: run folder; ``split.json`` and one folder a fold appear in it.
        train_config: the recipe, of which the split uses ``held_out_cases``, ``folds`` and ``seed``.
        folds: which members to train.
        train_fold: trains one.
        report: takes lines of progress.
    """
    cohort = load_cohort(data)
    split = divide(cohort, train_config, output)
    for fold in folds:
        folder = output / f"fold_{fold}"
        if (folder / _RESULT_FILE).exists():
            report(f"fold {fold} is finished already")
            continue
        train_fold(cohort, split, fold, folder)


def finish_fold(
    folder: Path,
    fold: int,
    seed: int,
    weights: Mapping[str, torch.Tensor],
    validation: Sequence[LoadedCase],
    predict: Predict,
) -> None:
    """Write the weights in half precision, the predictions of the validation cases and, last, their scores."""
    from safetensors.torch import save_file

    half = {
        name: (tensor.half() if tensor.is_floating_point() else tensor).contiguous().cpu()
        for name, tensor in weights.items()
    }
    save_file(half, folder / WEIGHTS_FILE)
    write_predictions(folder, validation, predict)
    cases = [case.case.name for case in validation]
    result = {"fold": fold, "seed": seed, "cases": cases, **mean_dice(validation, predict)}
    (folder / _RESULT_FILE).write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def write_predictions(folder: Path, cases: Sequence[LoadedCase], predict: Predict) -> None:
    """Write the label map of each case to ``folder / "predictions"``, for ``quantseg evaluate`` to score."""
    for case in cases:
        write_labels(case.case, predict(case.image), folder / PREDICTIONS_FOLDER)


def mean_dice(cases: Sequence[LoadedCase], predict: Predict) -> dict[str, float]:
    """Return the mean Dice of each part over the cases, in 3D, as ``dice_<part>``."""
    predicted = [predict(case.image) for case in cases]
    return {
        f"dice_{part.name}": float(
            np.mean([dice(part.mask(p), part.mask(c.labels)) for p, c in zip(predicted, cases, strict=True)])
        )
        for part in HIPPOCAMPUS_PARTS
    }
