"""Train a model on a folder of labelled cases, or one that finds the hippocampi on label maps of heads."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Collection
from pathlib import Path

from quantseg.errors import UsageError
from quantseg.resources import resources_folder

_COMMAND = "command.json"
# Ways to train each organ, the first by default.
_MODELS = {"hippocampus": ("volume", "slices"), "heart": ("acdc", "lv-open"), "localiser": ("head", "close-up")}
# The bundle whose configurations each way starts from; the heart has none yet.
_BUNDLES = {
    "volume": "hippocampus",
    "slices": "hippocampus",
    "head": "head-localiser",
    "close-up": "hippocampus-close-up",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``quantseg train``."""
    parser.add_argument("organ", choices=list(_MODELS))
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="DIR",
        help="labelled cases in Decathlon layout; for the heart in ACDC layout, or the folder of Sunnybrook slices; "
        "for the localiser, 1 mm label maps of heads in FreeSurfer values",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="run folder")
    parser.add_argument("--folds", type=int, nargs="+", metavar="N", help="members to train, counted from 0 (all)")
    parser.add_argument("--device", default="cpu", help="cpu, cuda, cuda:N or mps (default: %(default)s)")
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
        "--model",
        choices=[model for models in _MODELS.values() for model in models],
        help="hippocampus: volume (3D network, default) or slices (2D network on coronal slices with the same split); "
        "heart: acdc (LV and RV, default) or lv-open (the LV alone, on Sunnybrook's slices); "
        "localiser: head (the whole head, default) or close-up (a window around both hippocampi)",
    )
    parser.add_argument(
        "--predict-only",
        action="store_true",
        help="train nothing; write the predictions of the validation folds of a finished run again, and for the "
        "heart those of the held-out patients by all members together",
    )


def run(options: argparse.Namespace) -> int:
    """Train and return the exit status."""
    import torch

    if options.threads:
        torch.set_num_threads(options.threads)
    if options.predict_only:
        return _predict(options)
    started = options.output / _COMMAND
    if started.exists() and not options.resume:
        raise UsageError(
            f"{options.output} holds a run already; add --resume to go on with it, or name another folder."
        )
    options.model = _model(options)
    inference, recipe = _configurations(options)
    if options.organ == "hippocampus":
        _audit(options.data, recipe["label_values"].values(), tuple(inference["spacing_mm"]))
    if options.recipe:
        recipe = merge(recipe, json.loads(options.recipe.read_text(encoding="utf-8")))
    if options.network:
        inference["network_def"] = json.loads(options.network.read_text(encoding="utf-8"))
    start_from = None if options.start_from is None else str(options.start_from)
    command = {"approach": options.model, "start_from": start_from, "recipe": recipe, "inference": inference}
    options.output.mkdir(parents=True, exist_ok=True)
    started.write_text(json.dumps(command, indent=1) + "\n", encoding="utf-8")
    try:
        _train(options, inference, recipe, start_from)
    except UsageError:
        _forget_unstarted(options.output)
        raise
    return 0


def _forget_unstarted(output: Path) -> None:
    """Remove a run folder in which nothing but its command was written: the data were refused."""
    if [path.name for path in output.iterdir()] == [_COMMAND]:
        (output / _COMMAND).unlink()
        output.rmdir()


def _model(options: argparse.Namespace) -> str:
    models = _MODELS[options.organ]
    if options.model is None:
        return models[0]
    if options.model not in models:
        raise UsageError(f"--model {options.model} does not train the {options.organ}; expected {', '.join(models)}.")
    return str(options.model)


def _configurations(options: argparse.Namespace) -> tuple[dict, dict]:
    """Return the inference configuration and the recipe that a run starts from."""
    if options.organ == "heart":
        from quantseg.tasks.heart.training import recipe as heart_recipe

        if options.model == "lv-open":
            return dict(heart_recipe.LV_OPEN_INFERENCE), dict(heart_recipe.LV_OPEN_RECIPE)
        return dict(heart_recipe.INFERENCE), dict(heart_recipe.RECIPE)
    configs = resources_folder() / "Models" / _BUNDLES[options.model] / "configs"
    inference = json.loads((configs / "inference.json").read_text(encoding="utf-8"))
    recipe = json.loads((configs / "train.json").read_text(encoding="utf-8"))
    if options.model == "slices":
        from quantseg.tasks.hippocampus.training.slices import NETWORK_DEFINITION, RECIPE

        recipe, inference["network_def"] = recipe | RECIPE, NETWORK_DEFINITION
    return inference, recipe


def _train(options: argparse.Namespace, inference: dict, recipe: dict, start_from: str | None) -> None:
    import torch

    device = torch.device(options.device)
    if options.organ == "localiser":
        from quantseg.tasks.hippocampus.training.localiser import train_localiser

        train_localiser(options.data, options.output, inference, recipe, device, _print_line, start_from=start_from)
        return
    from quantseg.training.approaches import APPROACHES
    from quantseg.training.crossval import run_folds

    folds = options.folds if options.folds is not None else range(recipe["folds"])
    run_folds(
        APPROACHES[options.model],
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


def _audit(data: Path, label_values: Collection[int], spacing_mm: tuple[float, float, float]) -> None:
    from quantseg.training.audit import Severity, audit_dataset

    findings = audit_dataset(data, label_values, spacing_mm)
    for finding in findings:
        print(finding, file=sys.stderr)
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    if errors:
        raise UsageError(f"{data} has {errors} errors (listed above); put them right, then train.")


def _predict(options: argparse.Namespace) -> int:
    import torch

    from quantseg.training.predicting import predict_fold, predict_held_out

    device = torch.device(options.device)
    finished = sorted(int(path.parent.name.removeprefix("fold_")) for path in options.output.glob("fold_*/weights.*"))
    if not finished:
        raise UsageError(f"{options.output} holds no trained member; expected fold_*/weights.safetensors in it.")
    for fold in finished if options.folds is None else options.folds:
        print(predict_fold(options.output, fold, options.data, device), flush=True)
    if options.folds is None:
        held_out = predict_held_out(options.output, finished, options.data, device)
        if held_out is not None:
            print(held_out, flush=True)
    return 0


def merge(base: dict, changes: dict) -> dict:
    """Return ``base`` with the values of ``changes`` in their places, section by section."""
    merged = dict(base)
    for key, value in changes.items():
        merged[key] = merge(base[key], value) if isinstance(value, dict) and isinstance(base.get(key), dict) else value
    return merged
