"""Networks that are shown a cohort's images: what each says of the people whom it has not seen is a feature more."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from quantseg.errors import UsageError
from quantseg.models.bundle import INFERENCE
from quantseg.tasks.dementia.features import NETWORK_LOG_ODDS
from quantseg.tasks.dementia.training.measured_cohort import MeasuredCohort
from quantseg.tasks.dementia.training.validation import area_under_curve
from quantseg.training.brain_cohort import draw_person_folds
from quantseg.training.bundle_start import TRAIN
from quantseg.training.volume_network import Brains, logistic_loss, said_of_unseen
from quantseg.training.weights_file import member_file


def with_networks(
    measured: MeasuredCohort,
    recipe: Mapping[str, Any],
    output: Path,
    device: torch.device,
    report: Callable[[str], None],
    start_from: str | None,
) -> MeasuredCohort:
    """Train a network for each fold, and return the people with what those say that have not seen them.

    Args:
        measured: everybody.
        recipe: ``seed`` and ``networks``.
        output: run folder; finished networks in it are not trained again.
        device: where to train.
        report: takes lines of progress.
        start_from: folder of the bundle of networks of brain age that these begin with.

    Raises:
        UsageError: the start has no such networks.
    """
    asked, positive = recipe["networks"], measured.cohort.positive
    folds, start = _folds(measured, recipe, start_from)

    def score(said: np.ndarray, judged: np.ndarray) -> dict[str, float]:
        return {"area_under_curve": round(area_under_curve(said[:, 0], positive[judged]), 3)}

    said = said_of_unseen(
        Brains(measured.volumes(), positive.astype(np.float32)),
        folds,
        np.ones(len(folds), bool),
        network_def_of(measured, recipe),
        asked,
        logistic_loss,
        score,
        output,
        recipe["seed"],
        device,
        report,
        start,
    )
    return measured.with_feature(NETWORK_LOG_ODDS, said[:, 0])


def network_def_of(measured: MeasuredCohort, recipe: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the networks of a cohort are built from: they have as many channels as its people's images."""
    return {**recipe["networks"]["network_def"], "in_channels": len(measured.channels)}


def _folds(
    measured: MeasuredCohort, recipe: Mapping[str, Any], start_from: str | None
) -> tuple[np.ndarray, tuple[Path, ...]]:
    """Return the fold of each person and the weights that each fold's network begins with.

    Networks of brain age may have learned from people of the same table, without the condition, so that each has the
    fold that it had there: nobody is judged by a network that was ever shown him.
    """
    count = recipe["networks"]["folds"]
    names = [member.name for member in measured.cohort.members]
    if start_from is None:
        of_person = draw_person_folds(names, count, recipe["seed"])
        return np.array([of_person[name] for name in names]), ()
    weights = tuple(Path(start_from) / "models" / member_file(fold) for fold in range(count))
    missing = [path.name for path in weights if not path.is_file()]
    if missing:
        raise UsageError(f"{start_from} has no {missing[0]}; expected a bundle of {count} networks of brain age.")
    _require_alike(Path(start_from), recipe["networks"]["network_def"])
    before = json.loads((Path(start_from) / TRAIN).read_text(encoding="utf-8"))
    of_person = draw_person_folds(measured.cohort.table_persons, before["folds"], before["seed"])
    return np.array([of_person[name] % count for name in names]), weights


def _require_alike(start: Path, wanted: Mapping[str, Any]) -> None:
    """Refuse other networks, of which no weight, or only a few by chance, would fit."""
    inference = json.loads((start / INFERENCE).read_text(encoding="utf-8"))
    found = inference.get("network_def", {})
    apart = [key for key in ("_target_", "spatial_dims", "widths", "cardinality") if found.get(key) != wanted.get(key)]
    if apart:
        raise UsageError(
            f"The networks of {start} have {apart[0]} {found.get(apart[0])}, expected {wanted.get(apart[0])}; start "
            "from a bundle of networks of brain age."
        )
