"""Train a model of a task on a folder of labelled cases."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quantseg.errors import UsageError
from quantseg.tasks.learning import Trainable
from quantseg.tasks.registry import TASKS, find_task, find_trainable

if TYPE_CHECKING:
    from quantseg.training.approach import Approach

_COMMAND = "command.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``quantseg train``."""
    verbs = parser.add_subparsers(title="tasks", required=True, metavar="TASK")
    for name, models in _trainable_by_verb().items():
        listed = "; ".join(f"{model.name}: {model.help}" for model in models)
        verb = verbs.add_parser(name, help=listed, description=f"Train one of these models: {listed}.")
        verb.set_defaults(models=models)
        _add_arguments(verb, models)


def _trainable_by_verb() -> dict[str, list[Trainable]]:
    """Return the kinds of models by what the command line calls their task, the usual one first."""
    found: dict[str, list[Trainable]] = {}
    for name in TASKS:
        for model in find_task(name).trainable:
            found.setdefault(model.verb or name, []).append(model)
    return found


def _add_arguments(parser: argparse.ArgumentParser, models: Sequence[Trainable]) -> None:
    data = "; ".join(dict.fromkeys(model.data for model in models))
    names = [model.name for model in models]
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help=data)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="run folder")
    parser.add_argument("--model", choices=names, help=f"what is trained (default: {names[0]})")
    parser.add_argument("--folds", type=int, nargs="+", metavar="N", help="members to train, counted from 0 (all)")
    parser.add_argument("--device", default="cpu", help="auto, cpu, cuda, cuda:N or mps (default: %(default)s)")
    parser.add_argument("--resume", action="store_true", help="go on with an interrupted run in the same folder")
    parser.add_argument("--threads", type=int, help="CPU threads (all by default)")
    parser.add_argument(
        "--recipe", type=Path, metavar="JSON", help="values that replace those of the bundle's train.json"
    )
    parser.add_argument("--network", type=Path, metavar="JSON", help="network_def that replaces the bundle's")
    parser.add_argument(
        "--start-from",
        type=Path,
        metavar="BUNDLE",
        help="go on from the members of this bundle, such as on labels that a person corrected (random weights)",
    )
    parser.add_argument(
        "--predict-only",
        action="store_true",
        help="train nothing; write the predictions of the validation folds of a finished run again, and, where the "
        "model predicts so, those of the held-out cases by all members together",
    )


def run(options: argparse.Namespace) -> int:
    """Train and return the exit status."""
    _print_line(f"Reading what lies in {options.data}")
    import torch

    from quantseg.inference.device import choose_device

    choose_device(options.device)
    if options.threads is not None:
        if options.threads < 1:
            raise UsageError(f"--threads {options.threads} leaves nothing to compute on; give 1 or more.")
        torch.set_num_threads(options.threads)
    if options.predict_only:
        return _predict(options)
    started = options.output / _COMMAND
    if started.exists() and not options.resume:
        raise UsageError(
            f"{options.output} holds a run already; add --resume to go on with it, or name another folder."
        )
    model = next(model for model in options.models if options.model in (None, model.name))
    inference, recipe = model.configurations()
    _audit(model, options.data, inference, recipe)
    if options.recipe:
        recipe = merge(recipe, _read_object(options.recipe))
    if options.network:
        inference["network_def"] = _read_object(options.network)
    start_from = None if options.start_from is None else str(options.start_from)
    command = {"approach": model.name, "start_from": start_from, "recipe": recipe, "inference": inference}
    options.output.mkdir(parents=True, exist_ok=True)
    started.write_text(json.dumps(command, indent=1) + "\n", encoding="utf-8")
    try:
        _train(model, options, inference, recipe, start_from)
    except UsageError:
        _forget_unstarted(options.output)
        raise
    return 0


def _read_object(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read as JSON ({error}).") from error
    if not isinstance(values, dict):
        raise UsageError(f"{path} holds no JSON object; expected one, as the bundle's configs have it.")
    return values


def _forget_unstarted(output: Path) -> None:
    """Remove a run folder in which nothing but its command was written: the data were refused."""
    if [path.name for path in output.iterdir()] == [_COMMAND]:
        (output / _COMMAND).unlink()
        output.rmdir()


def _train(
    model: Trainable,
    options: argparse.Namespace,
    inference: dict[str, Any],
    recipe: dict[str, Any],
    start_from: str | None,
) -> None:
    from quantseg.inference.device import choose_device

    device = choose_device(options.device).torch_device
    if model.approach is None:
        if model.alone is None:
            raise TypeError(f"The model {model.name} says neither how folds nor how a single network is trained.")
        model.alone()(options.data, options.output, inference, recipe, device, _print_line, start_from=start_from)
        return
    from quantseg.training.crossval import run_folds

    folds = options.folds if options.folds is not None else range(recipe["folds"])
    run_folds(
        model.approach(),
        options.data,
        options.output,
        inference,
        recipe,
        folds,
        device,
        _print_line,
        start_from=start_from,
    )


def _print_line(line: str) -> None:
    print(line, flush=True)


def _audit(model: Trainable, data: Path, inference: dict[str, Any], recipe: dict[str, Any]) -> None:
    if model.audit is None:
        return
    from quantseg.training.audit import Severity

    findings = model.audit(data, inference, recipe)
    for finding in findings:
        print(finding, file=sys.stderr)
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    if errors:
        raise UsageError(f"{data} has {errors} errors (listed above); put them right, then train.")


def _predict(options: argparse.Namespace) -> int:
    from quantseg.inference.device import choose_device
    from quantseg.training.predicting import predict_fold, predict_held_out

    device = choose_device(options.device).torch_device
    finished = sorted(int(path.parent.name.removeprefix("fold_")) for path in options.output.glob("fold_*/weights.*"))
    if not finished:
        raise UsageError(f"{options.output} holds no trained member; expected fold_*/weights.safetensors in it.")
    approach = _approach_of(options.output)
    for fold in finished if options.folds is None else options.folds:
        print(predict_fold(options.output, fold, options.data, device, approach), flush=True)
    if options.folds is None:
        held_out = predict_held_out(options.output, finished, options.data, device, approach)
        if held_out is not None:
            print(held_out, flush=True)
    return 0


def _approach_of(run_folder: Path) -> Approach:
    command = run_folder / _COMMAND
    if not command.is_file():
        raise UsageError(f"{command} is missing; expected a run of quantseg train.")
    approach = find_trainable(json.loads(command.read_text(encoding="utf-8"))).approach
    if approach is None:
        raise UsageError(f"{run_folder} trained a single network, which has no folds to predict.")
    return approach()


def merge(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return ``base`` with the values of ``changes`` in their places, section by section."""
    merged = dict(base)
    for key, value in changes.items():
        merged[key] = merge(base[key], value) if isinstance(value, dict) and isinstance(base.get(key), dict) else value
    return merged
