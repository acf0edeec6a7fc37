"""Train a model on a folder of labelled cases."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from quantseg.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``quantseg train``."""
    parser.add_argument("organ", choices=["hippocampus"])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="labelled cases in Decathlon layout")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="run folder")
    parser.add_argument("--folds", type=int, nargs="+", metavar="N", help="members to train, counted from 0 (all)")
    parser.add_argument("--device", default="cpu", help="cpu, cuda, cuda:N or mps (default: %(default)s)")
    parser.add_argument("--resume", action="store_true", help="go on with an interrupted run in the same folder")
    parser.add_argument("--threads", type=int, help="CPU threads (all by default)")
    parser.add_argument(
        "--recipe", type=Path, metavar="JSON", help="values that replace those of the bundle's train.json"
    )
    parser.add_argument("--network", type=Path, metavar="JSON", help="network_def that replaces the bundle's")


def run(options: argparse.Namespace) -> int:
    """Train and return the exit status."""
    started = options.output / "command.json"
    if started.exists() and not options.resume:
        raise UsageError(
            f"{options.output} holds a run already; add --resume to go on with it, or name another folder."
        )
    import torch

    from quantseg.training.hippocampus import train_hippocampus

    configs = Path(__file__).parents[2] / "Resources" / "Models" / "hippocampus" / "configs"
    inference = json.loads((configs / "inference.json").read_text(encoding="utf-8"))
    recipe = json.loads((configs / "train.json").read_text(encoding="utf-8"))
    if options.recipe:
        recipe = merge(recipe, json.loads(options.recipe.read_text(encoding="utf-8")))
    if options.network:
        inference["network_def"] = json.loads(options.network.read_text(encoding="utf-8"))
    if options.threads:
        torch.set_num_threads(options.threads)
    options.output.mkdir(parents=True, exist_ok=True)
    started.write_text(json.dumps({"recipe": recipe, "inference": inference}, indent=1) + "\n", encoding="utf-8")
    folds = options.folds if options.folds is not None else range(recipe["folds"])
    device = torch.device(options.device)
    train_hippocampus(
        options.data, options.output, inference, recipe, folds, device, lambda line: print(line, flush=True)
    )
    return 0


def merge(base: dict, changes: dict) -> dict:
    """Return ``base`` with the values of ``changes`` in their places, section by section."""
    merged = dict(base)
    for key, value in changes.items():
        merged[key] = merge(base[key], value) if isinstance(value, dict) and isinstance(base.get(key), dict) else value
    return merged
