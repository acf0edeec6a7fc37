"""What every kind of model shares in cross-validation: the folds one by one, and what a finished fold leaves."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import torch

from quantseg.training.approach import Approach, DataSet, Fold, Predict
from quantseg.training.cohort import LoadedCase, cases_of, divide, joined, shared_persons
from quantseg.training.loop import Batch, train_member
from quantseg.training.seen import split_before
from quantseg.training.shuffle import Shuffle
from quantseg.training.starting import averaged_with_start
from quantseg.training.weights_file import WEIGHTS_FILE, load_member, save_weights

PREDICTIONS_FOLDER = "predictions"
_RESULT_FILE = "validation.json"


def run_folds(
    approach: Approach,
    data: Sequence[Path],
    output: Path,
    inference_config: Mapping[str, Any],
    train_config: Mapping[str, Any],
    folds: Sequence[int],
    device: torch.device,
    report: Callable[[str], None] = print,
    *,
    start_from: str | None = None,
) -> None:
    """Train the members of the given folds, and score each on its validation fold.

    Args:
        approach: what is trained, and on which kind of data.
        data: folders of labelled cases, such as of an old and of a new scanner.
        output: run folder; ``split.json``, drawn where the run has none yet, and one folder a fold appear in it.
        inference_config: network and pre-processing, as the finished model will use them.
        train_config: the recipe; equal ``held_out_cases``, ``folds`` and ``seed`` give the same split to any approach.
        folds: which members to train; finished ones are skipped.
        device: where to train.
        report: takes lines of progress.
        start_from: folder of the bundle whose members to go on from; None starts from random weights.

    Raises:
        UsageError: the data are not those of the run, or cannot be divided.
    """
    cohort = joined([approach.data_set.load(folder) for folder in data])
    before = split_before(start_from)
    if before is not None and len(before.folds) != train_config["folds"]:
        report(
            f"{start_from} was trained in {len(before.folds)} folds, this run has {train_config['folds']}: members may "
            "have seen those that they are validated on."
        )
        before = None
    split = divide(cohort, train_config, output, before)
    shared = shared_persons(split, cohort)
    if shared.held_out or shared.validation:
        report(
            f"This run is split by file: of the persons set aside {len(shared.held_out)}, of those validated on "
            f"{len(shared.validation)} have another image among those trained on; begin a new run to split by person."
        )
    for number in folds:
        folder = output / f"fold_{number}"
        if (folder / _RESULT_FILE).exists():
            report(f"fold {number} is finished already")
            continue
        training, validation = cases_of(cohort, split.training(number)), cases_of(cohort, split.folds[number])
        approach.train(
            Fold(
                number,
                folder,
                training,
                validation,
                approach,
                inference_config,
                train_config,
                device,
                report,
                start_from,
            )
        )


def train_network(
    fold: Fold,
    network: torch.nn.Module,
    batches: Iterator[Batch],
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    shuffle: Shuffle,
    glance_step: int = 1,
    channels_last: bool = True,
) -> torch.nn.Module:
    """Train a fold's network with :func:`quantseg.training.loop.train_member`, scored on validation cases on the way.

    Args:
        fold: what is trained.
        network: with its first weights.
        batches: endless (images, targets), drawn with ``shuffle``.
        loss: of (network output, target).
        shuffle: order of the cases, on the generator that :meth:`Fold.generator` made.
        glance_step: of the validation patients, one in so many is looked at on the way.
        channels_last: memory layout of network and images.

    Returns:
        the averaged network; one that goes on from a finished model, with the recipe's share of the latter's weights.
    """
    first = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    patients = list(dict.fromkeys(case.case.patient for case in fold.validation))
    looked_at = set(patients[::glance_step])
    glance = [case for case in fold.validation if case.case.patient in looked_at]
    member = train_member(
        network,
        batches,
        loss,
        fold.optimisation,
        fold.folder,
        shuffle,
        fold.device,
        lambda member: mean_dice(glance, fold.approach.data_set, fold.predictor(member)),
        fold.say,
        channels_last,
    )
    return averaged_with_start(member, first, fold.optimisation.start_share if fold.start_from else 0.0)


def finish_fold(fold: Fold, network: torch.nn.Module) -> None:
    """Write the weights, the predictions of the validation cases and, last, their scores."""
    save_weights(network, fold.folder / WEIGHTS_FILE)
    # Half precision rounds them: what is scored is what will be used.
    member = load_member(fold.folder, fold.inference, fold.device)
    data_set = fold.approach.data_set
    predicted = write_predictions(fold.folder, fold.validation, data_set, fold.predictor(member))
    cases = [case.case.name for case in fold.validation]
    scores = _mean_scores(data_set, predicted, fold.validation)
    scores |= data_set.compare(predicted, fold.validation)
    result = {"fold": fold.number, "seed": fold.seed, "cases": cases, **scores}
    (fold.folder / _RESULT_FILE).write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def write_predictions(
    folder: Path, cases: Sequence[LoadedCase], data_set: DataSet, predict: Predict
) -> list[np.ndarray]:
    """Write the label map of each case below ``folder / "predictions"``, for ``quantseg evaluate`` to score.

    Returns:
        the label maps.
    """
    predicted = []
    for case, labels in zip(cases, _predicted(cases, predict), strict=True):
        predicted.append(labels)
        data_set.write(case.case, labels, folder / PREDICTIONS_FOLDER)
    return predicted


def mean_dice(cases: Sequence[LoadedCase], data_set: DataSet, predict: Predict) -> dict[str, float]:
    """Return the mean Dice of each part over the cases whose truth tells it, in 3D, as ``dice_<part>``."""
    return _mean_scores(data_set, list(_predicted(cases, predict)), cases)


def _predicted(cases: Sequence[LoadedCase], predict: Predict) -> Iterator[np.ndarray]:
    """Yield the label map of each case, patient by patient: frames of one patient are looked at together."""
    for _, together in groupby(cases, key=lambda case: case.case.patient):
        yield from predict(list(together))


def _mean_scores(data_set: DataSet, predicted: Sequence[np.ndarray], cases: Sequence[LoadedCase]) -> dict[str, float]:
    scores = [data_set.score(labels, case.labels) for labels, case in zip(predicted, cases, strict=True)]
    return {
        f"dice_{part.lower().replace(' ', '_')}": float(np.nanmean([score[part] for score in scores]))
        for part in scores[0]
    }
