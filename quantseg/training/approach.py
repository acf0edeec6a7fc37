"""What makes one way of training differ from another: its data, how a member is trained, how it predicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from quantseg.evaluation.metrics import dice
from quantseg.evaluation.parts import Part
from quantseg.models.building import build
from quantseg.training.cohort import Cohort, LoadedCase
from quantseg.training.decathlon import LabelledCase
from quantseg.training.recipe import Optimisation
from quantseg.training.starting import go_on_from

Predict = Callable[[Sequence[LoadedCase]], Sequence[np.ndarray]]
"""From the cases of one patient to the label map that a network gives each, uint8, of the shape of its image."""

Score = Callable[[np.ndarray, np.ndarray], dict[str, float]]
"""From a predicted label map and the truth to the Dice of each part; nan where the truth does not tell."""

Compare = Callable[[Sequence[np.ndarray], Sequence[LoadedCase]], dict[str, float]]
"""From the predicted label maps of some cases and the cases to further scores, such as of what is measured."""


def no_comparison(_predicted: Sequence[np.ndarray], _cases: Sequence[LoadedCase]) -> dict[str, float]:
    """Return no further scores."""
    return {}


@dataclass(frozen=True)
class DataSet:
    """One kind of training data.

    Attributes:
        load: reads every case of a folder, by the person it came from.
        score: compares a prediction with a case's labels.
        write: puts a case's label map, in RAS order, into a folder on the grid of its image.
        compare: scores that need several cases at once, written beside the Dice of a finished fold.
    """

    load: Callable[[Path], Cohort]
    score: Score
    write: Callable[[LabelledCase, np.ndarray, Path], Path]
    compare: Compare = no_comparison


@dataclass(frozen=True)
class Fold:
    """One member to be trained.

    Attributes:
        number: of the fold that it is validated on.
        folder: where checkpoint, curves, weights, predictions and scores go.
        training: the cases that it may see.
        validation: the cases that it is scored on.
        approach: what kind of cases these are, and how a network predicts them.
        inference: network and pre-processing, as the finished model will use them.
        recipe: ``train.json``.
        device: where to train.
        report: takes lines of progress.
        start_from: folder of the bundle whose member of this number to go on from; None starts from random weights.
    """

    number: int
    folder: Path
    training: Sequence[LoadedCase]
    validation: Sequence[LoadedCase]
    approach: Approach
    inference: Mapping[str, Any]
    recipe: Mapping[str, Any]
    device: torch.device
    report: Callable[[str], None]
    start_from: str | None = None

    @property
    def seed(self) -> int:
        """Seed of this member's weights and of all that it draws."""
        return int(self.recipe["seed"]) + self.number

    @property
    def optimisation(self) -> Optimisation:
        """How the weights are found."""
        return Optimisation(**self.recipe["optimisation"])

    def generator(self) -> torch.Generator:
        """Seed torch, from which first weights come, and return the source of all that the member is shown."""
        torch.manual_seed(self.seed)
        return torch.Generator().manual_seed(self.seed)

    def network(self, **changes: Any) -> torch.nn.Module:
        """Build the member's network, with other parameters where training wants them, and its first weights."""
        network = build(self.inference["network_def"] | changes)
        return go_on_from(network, self.start_from, self.number)

    def predictor(self, network: torch.nn.Module) -> Predict:
        """Return the function by which a network labels a patient's cases, here and in the finished model."""
        return self.approach.predictor(network, self.inference, self.device)

    def say(self, line: str) -> None:
        """Report a line of progress with the fold's number before it."""
        self.report(f"fold {self.number}: {line}")


@dataclass(frozen=True)
class Approach:
    """A kind of model and its training.

    Attributes:
        data_set: what it is trained on.
        train: trains one member; it goes through :func:`quantseg.training.crossval.train_network` and ends with
            :func:`quantseg.training.crossval.finish_fold`.
        predictor: from a network, its ``inference.json`` and a device to the function that labels a patient's cases.
        ensemble_predictor: the same for several networks together; None where only the finished bundle can do that.
    """

    data_set: DataSet
    train: Callable[[Fold], None]
    predictor: Callable[[torch.nn.Module, Mapping[str, Any], torch.device], Predict]
    ensemble_predictor: Callable[[Sequence[torch.nn.Module], Mapping[str, Any], torch.device], Predict] | None = None


def part_dice(parts: Sequence[Part]) -> Score:
    """Return the score that takes the Dice of each part, each as a mask of its own."""
    return lambda predicted, truth: {part.name: dice(part.mask(predicted), part.mask(truth)) for part in parts}
