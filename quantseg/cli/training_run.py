"""What a training run goes by: today's options for a new one, those that it was begun with for one that goes on."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quantseg.errors import UsageError
from quantseg.models.bundle import bundle_names, find_bundle
from quantseg.tasks.learning import Trainable
from quantseg.tasks.registry import find_trainable
from quantseg.training.seen import EARLIER_KEY, learned_from, read_metadata

COMMAND = "command.json"
_SPLIT = "split.json"


@dataclass(frozen=True)
class TrainingRun:
    """A run of ``quantseg train``.

    Attributes:
        model: what is trained.
        inference: network and pre-processing.
        recipe: of the training.
        start_from: folder of the bundle that members go on from; None for random weights.
        learned_from_earlier: whom that bundle was trained on, and those before it.
    """

    model: Trainable
    inference: dict[str, Any]
    recipe: dict[str, Any]
    start_from: str | None
    learned_from_earlier: Sequence[str] = ()

    def write(self, output: Path) -> None:
        """Write ``command.json`` into the run's folder, which is made where it does not exist.

        Raises:
            OSError: it could not be written.
        """
        from quantseg.results.atomic import write_file

        told: dict[str, Any] = {"approach": self.model.name, "start_from": self.start_from}
        told |= {EARLIER_KEY: list(self.learned_from_earlier)} if self.start_from else {}
        output.mkdir(parents=True, exist_ok=True)
        content = json.dumps({**told, "recipe": self.recipe, "inference": self.inference}, indent=1) + "\n"
        write_file(output / COMMAND, content.encode())


def new_run(options: argparse.Namespace) -> TrainingRun:
    """Return the run that the options of the command line ask for.

    Raises:
        UsageError: a file that they name cannot be read, or the folder holds what another run left.
    """
    if (options.output / _SPLIT).exists():
        raise UsageError(
            f"{options.output} holds the split of a run, but not the {COMMAND} that it was begun with; name another "
            "folder."
        )
    model = next(model for model in options.models if options.model in (None, model.name))
    inference, recipe = model.configurations()
    if options.recipe:
        recipe = merge(recipe, read_object(options.recipe))
    if options.network:
        inference["network_def"] = read_object(options.network)
    start_from = _start_from(options)
    earlier = learned_from(read_metadata(Path(start_from))) if start_from else ()
    return TrainingRun(model, inference, recipe, start_from, earlier)


def resumed_run(options: argparse.Namespace) -> TrainingRun:
    """Return the run that lies in the output folder, as it was begun: defaults of today do not reach it.

    Raises:
        UsageError: an option asks for something else than the run was begun with, or the run cannot be read.
    """
    command = read_object(options.output / COMMAND)
    model = find_trainable(command)
    inference, recipe = command["inference"], command["recipe"]
    if model not in options.models or options.model not in (None, model.name):
        raise _other(options.output, f"the model {model.name}", "another")
    if options.recipe:
        asked = merge(recipe, read_object(options.recipe))
        for key, was, now in _differences(recipe, asked):
            raise _other(options.output, f"{key} {json.dumps(was)}", f"{json.dumps(now)} (--recipe)")
    if options.network and read_object(options.network) != inference["network_def"]:
        raise _other(options.output, "another network", f"that of {options.network} (--network)")
    begun_from = command.get("start_from")
    if options.start_from is not None and _start_from(options) != begun_from:
        raise _other(options.output, f"{begun_from or 'random weights'}", f"{options.start_from} (--start-from)")
    return TrainingRun(model, inference, recipe, begun_from, command.get(EARLIER_KEY, ()))


def read_object(path: Path) -> dict[str, Any]:
    """Return the JSON object that a file holds.

    Raises:
        UsageError: it cannot be read, or holds something else.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read as JSON ({error}).") from error
    if not isinstance(values, dict):
        raise UsageError(f"{path} holds no JSON object; expected one, as the bundle's configs have it.")
    return values


def _start_from(options: argparse.Namespace) -> str | None:
    named: Path | None = options.start_from
    if named is None:
        return None
    if not named.exists() and str(named) in bundle_names():
        return str(find_bundle(str(named)).folder)
    return str(named)


def _differences(base: dict[str, Any], other: dict[str, Any], within: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield the path of each value in which ``other`` differs, such as ``optimisation.samples``, with both values."""
    for key, now in other.items():
        was = base.get(key)
        if isinstance(was, dict) and isinstance(now, dict):
            yield from _differences(was, now, f"{within}{key}.")
        elif was != now:
            yield f"{within}{key}", was, now


def _other(output: Path, begun: str, asked: str) -> UsageError:
    return UsageError(
        f"The run in {output} was begun with {begun}, this asks for {asked}; leave the option out to go on as it was "
        "begun, or begin another run in another folder."
    )


def merge(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return ``base`` with the values of ``changes`` in their places, section by section."""
    merged = dict(base)
    for key, value in changes.items():
        merged[key] = merge(base[key], value) if isinstance(value, dict) and isinstance(base.get(key), dict) else value
    return merged
