"""Train a model of a task on a folder of labelled cases."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quantseg.cli.training_run import COMMAND, TrainingRun, new_run, read_object, resumed_run
from quantseg.errors import UsageError
from quantseg.tasks.learning import MakesItsData, Trainable, TrainsAlone
from quantseg.tasks.registry import find_trainable, trainables

if TYPE_CHECKING:
    from quantseg.training.approach import Approach


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
    for name, model in trainables():
        found.setdefault(model.verb or name, []).append(model)
    return found


def _add_arguments(parser: argparse.ArgumentParser, models: Sequence[Trainable]) -> None:
    data = "; ".join(dict.fromkeys(model.data for model in models))
    names = [model.name for model in models]
    needed = any(model.makes_data is None for model in models)
    help_data = data if needed else f"{data} (optional)"
    several = any(model.approach is not None for model in models)
    parser.add_argument(
        "--data",
        type=Path,
        required=needed,
        nargs="+" if several else 1,
        metavar="DIR",
        help=f"{help_data}; several folders are taken together" if several else help_data,
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="run folder")
    parser.add_argument("--model", choices=names, help=f"what is trained (default: {names[0]})")
    parser.add_argument("--folds", type=int, nargs="+", metavar="N", help="members to train, counted from 0 (all)")
    parser.add_argument("--device", default="cpu", help="auto, cpu, cuda, cuda:N or mps (default: %(default)s)")
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on with an interrupted run in the same folder, by the options that it was begun with",
    )
    parser.add_argument("--threads", type=int, help="CPU threads (all by default)")
    parser.add_argument(
        "--recipe", type=Path, metavar="JSON", help="values that replace those of the bundle's train.json"
    )
    parser.add_argument("--network", type=Path, metavar="JSON", help="network_def that replaces the bundle's")
    parser.add_argument(
        "--start-from",
        type=Path,
        metavar="BUNDLE",
        help="go on from the members of this model (its name or folder), such as on labels that a person corrected; "
        "whom it knows stays in the fold, or set aside, as they were (random weights)",
    )
    parser.add_argument(
        "--predict-only",
        action="store_true",
        help="train nothing; write the predictions of the validation folds of a finished run again, and, where the "
        "model predicts so, those of the held-out cases by all members together",
    )


def run(options: argparse.Namespace) -> int:
    """Train and return the exit status."""
    from quantseg.inference.device import Backend, choose_device, is_installed

    if not is_installed(Backend.TORCH):
        raise UsageError("Training needs PyTorch and MONAI, which are not installed; run: pip install torch monai.")
    data: list[Path] = options.data or []
    read = " and ".join(map(str, data))
    _print_line(f"Reading what lies in {read}" if data else "Making what is trained on")
    import torch

    choose_device(options.device, backend=Backend.TORCH)
    if options.threads is not None:
        if options.threads < 1:
            raise UsageError(f"--threads {options.threads} leaves nothing to compute on; give 1 or more.")
        torch.set_num_threads(options.threads)
    if options.predict_only:
        return _predict(options)
    begun = (options.output / COMMAND).exists()
    if begun and not options.resume:
        raise UsageError(
            f"{options.output} holds a run already; add --resume to go on with it, or name another folder."
        )
    run = resumed_run(options) if begun else new_run(options)
    for folder in data:
        _audit(run, folder)
    if not begun:
        run.write(options.output)
    try:
        _train(run, options)
    except UsageError:
        _forget_unstarted(options.output)
        raise
    return 0


def _forget_unstarted(output: Path) -> None:
    """Remove a run folder in which nothing but its command was written: the data were refused."""
    if [path.name for path in output.iterdir()] == [COMMAND]:
        (output / COMMAND).unlink()
        output.rmdir()


def _train(run: TrainingRun, options: argparse.Namespace) -> None:
    from quantseg.inference.device import Backend, choose_device

    model = run.model
    device = choose_device(options.device, backend=Backend.TORCH).torch_device
    if model.approach is None:
        train = _single_training(model)
        data = _single_folder(model, options.data or [])
        train(data, options.output, run.inference, run.recipe, device, _print_line, start_from=run.start_from)
        return
    from quantseg.training.crossval import run_folds

    folds = options.folds if options.folds is not None else range(run.recipe["folds"])
    run_folds(
        model.approach(),
        options.data,
        options.output,
        run.inference,
        run.recipe,
        folds,
        device,
        _print_line,
        start_from=run.start_from,
    )


def _single_training(model: Trainable) -> TrainsAlone | MakesItsData:
    if model.makes_data is not None:
        return model.makes_data()
    if model.alone is None:
        raise TypeError(f"The model {model.name} says neither how folds nor how a single network is trained.")
    return model.alone()


def _single_folder(model: Trainable, data: Sequence[Path]) -> Any:  # A path; None where the model makes its data.

    if len(data) > 1:
        raise UsageError(f"The model {model.name} is trained on one folder, and --data names {len(data)}; name one.")
    return data[0] if data else None


def _print_line(line: str) -> None:
    print(line, flush=True)


def _audit(run: TrainingRun, data: Path) -> None:
    if run.model.audit is None:
        return
    from quantseg.training.audit import Severity

    findings = run.model.audit(data, run.inference, run.recipe)
    for finding in findings:
        print(finding, file=sys.stderr)
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    if errors:
        raise UsageError(f"{data} has {errors} errors (listed above); put them right, then train.")


def _predict(options: argparse.Namespace) -> int:
    from quantseg.inference.device import Backend, choose_device
    from quantseg.training.predicting import predict_fold, predict_held_out

    device = choose_device(options.device, backend=Backend.TORCH).torch_device
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
    command = run_folder / COMMAND
    if not command.is_file():
        raise UsageError(f"{command} is missing; expected a run of quantseg train.")
    approach = find_trainable(read_object(command)).approach
    if approach is None:
        raise UsageError(f"{run_folder} trained a single network, which has no folds to predict.")
    return approach()
