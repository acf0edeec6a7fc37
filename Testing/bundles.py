"""Bundles for tests: the shipped configurations with random weights in a folder of their own."""

import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file

from quantseg.models.building import build
from quantseg.models.bundle import INFERENCE, bundle_names, find_bundle


def network_names() -> list[str]:
    """Return the bundles whose members are networks, shipped ones first."""
    return [name for name in bundle_names() if find_bundle(name).is_network]


def write_random_members(folder: Path, members: int = 2) -> None:
    """Replace a bundle's members by untrained networks in float16."""
    network_def = json.loads((folder / INFERENCE).read_text(encoding="utf-8"))["network_def"]
    (folder / "models").mkdir(exist_ok=True)
    for old in (folder / "models").glob("*"):
        old.unlink()
    for member in range(members):
        torch.manual_seed(member)
        weights = {name: tensor.detach().half().contiguous() for name, tensor in build(network_def).named_parameters()}
        save_file(weights, folder / "models" / f"member_{member}.safetensors")


def copy_bundle(source: Path, target: Path, members: int = 2) -> Path:
    """Copy a bundle's configurations and licence, and give it random members."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("models"))
    write_random_members(target, members)
    return target


def change_config(folder: Path, changes: dict, file: str = INFERENCE) -> None:
    """Set top-level keys of a configuration file."""
    path = folder / file
    config = json.loads(path.read_text(encoding="utf-8")) | changes
    path.write_text(json.dumps(config), encoding="utf-8")
