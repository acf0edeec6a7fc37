"""How a task's models come to be and are judged: what can be trained, scored and calibrated, as records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from quantseg.resources import shipped_configurations

if TYPE_CHECKING:
    import torch

    from quantseg.evaluation.request import EvaluationReport, EvaluationRequest
    from quantseg.models.bundle import Bundle
    from quantseg.training.approach import Approach
    from quantseg.training.audit import Finding

Configurations = tuple[dict[str, Any], dict[str, Any]]
"""``inference.json`` and ``train.json`` as plain JSON values."""
ScoreOptions = TypeVar("ScoreOptions")


class TrainsAlone(Protocol):
    """Trains a single network, without folds."""

    def __call__(
        self,
        data: Path,
        output: Path,
        inference_config: dict[str, Any],
        train_config: dict[str, Any],
        device: torch.device,
        report: Callable[[str], None],
        *,
        start_from: str | None,
    ) -> None:
        """Train, and leave weights, curves and ``validation.json`` in ``output``."""
        ...


class MakesItsData(Protocol):
    """Trains a single network on what it makes itself, and on a data set beside that where there is one."""

    def __call__(
        self,
        data: Path | None,
        output: Path,
        inference_config: dict[str, Any],
        train_config: dict[str, Any],
        device: torch.device,
        report: Callable[[str], None],
        *,
        start_from: str | None,
    ) -> None:
        """Train, and leave weights, curves and ``validation.json`` in ``output``."""
        ...


@dataclass(frozen=True)
class Trainable:
    """One kind of model that ``quantseg train`` makes.

    Attributes:
        name: value of ``--model``, and of ``approach`` in the run's ``command.json``; unique over all tasks.
        help: one phrase on the model.
        data: what ``--data`` names, in one phrase.
        configurations: returns what a run starts from.
        approach: returns how members are trained fold by fold; None for a single network.
        alone: returns what trains a single network.
        makes_data: returns what trains a single network that needs no data set, so that ``--data`` may be left out.
        audit: looks a data set over before it is trained on; None where nobody has written down what to look for.
        start_bundle: writes what a bundle needs beside its weights, where it does not exist yet.
        older_network: class of the network by which runs are told that are older than ``approach`` in their command.
        verb: what ``quantseg train`` calls it, where that is not the task's name.
    """

    name: str
    help: str
    data: str
    configurations: Callable[[], Configurations]
    approach: Callable[[], Approach] | None = None
    alone: Callable[[], TrainsAlone] | None = None
    makes_data: Callable[[], MakesItsData] | None = None
    audit: Callable[[Path, Mapping[str, Any], Mapping[str, Any]], list[Finding]] | None = None
    start_bundle: Callable[[Path], None] | None = None
    older_network: str = ""
    verb: str = ""

    def made(self, command: Mapping[str, Any]) -> bool:
        """Tell from its ``command.json`` whether a run trained this kind of model."""
        if command.get("approach"):
            return bool(command["approach"] == self.name)
        return bool(self.older_network == command["inference"]["network_def"]["_target_"])


@dataclass(frozen=True)
class LabelledFolder(Generic[ScoreOptions]):
    """Labelled cases of one folder, as they are segmented and scored.

    Attributes:
        images: what is segmented, by case name.
        patients: whom each case came from.
        labels: folder of the reference labels, as the scorer takes it.
        options: by which the scorer pairs them.
    """

    images: Mapping[str, Path]
    patients: Mapping[str, str]
    labels: Path
    options: ScoreOptions


@dataclass(frozen=True)
class Scorer(Generic[ScoreOptions]):
    """Compares predicted with reference labels.

    Attributes:
        predictions: what ``--predictions`` names, in one phrase.
        labels: what ``--labels`` names.
        options: frozen dataclass of what only this task may be asked, its fields made by ``tasks.options.option``.
        score: scores.
        labelled: takes a folder of labelled cases apart, in the layout of the training data where there is one; raises
            a :class:`quantseg.errors.UsageError` where it is none. None where nobody has said how they lie.
    """

    predictions: str
    labels: str
    options: type[ScoreOptions]
    score: Callable[[EvaluationRequest, ScoreOptions], EvaluationReport]
    labelled: Callable[[Path], LabelledFolder[ScoreOptions]] | None = None


@dataclass(frozen=True)
class Calibrator:
    """Fits verdict and intervals of a bundle to cases that its members had not seen.

    Attributes:
        bundles: names of those that it is made for.
        calibrate: fits, and writes ``configs/verdict.json``; takes the bundle, its training data, the seed of the
            corruptions, how many of them each case gets (None for the usual number), and what takes lines of progress.
    """

    bundles: Sequence[str]
    calibrate: Callable[[Bundle, Path, int, int | None, Callable[[str], None]], None]


def bundle_configurations(bundle: str) -> Callable[[], Configurations]:
    """Return what reads the configurations of a shipped bundle."""
    return lambda: (shipped_configurations(bundle, "inference"), shipped_configurations(bundle, "train"))
