"""What a training leaves behind: its command, and weights in half precision without what no finished model uses."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from quantseg.models.building import build
from quantseg.models.weights import load_weights, to_channels_last

WEIGHTS_FILE = "weights.safetensors"
COMMAND_FILE = "command.json"
CURVES_FILE = "curves.csv"
NEVER_STORED = ("deep_supervision_heads", "skip_layers")
"""How names of tensors begin that no bundle holds: heads that only training uses, and DynUNet's layers named again."""


def save_weights(network: torch.nn.Module, path: Path) -> None:
    """Write the weights that a finished model needs of a network, in half precision."""
    from safetensors.torch import save_file

    kept = {name: tensor for name, tensor in network.state_dict().items() if not name.startswith(NEVER_STORED)}
    half = {name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in kept.items()}
    save_file({name: tensor.contiguous().cpu() for name, tensor in half.items()}, path)


def member_file(number: int) -> str:
    """Return the file name of a member; in an ensemble it bears the number of the fold that it was validated on."""
    return f"member_{number}.safetensors"


def copy_member(run_folder: Path, bundle_folder: Path, number: int) -> None:
    """Copy weights and, where there are any, learning curves of a finished network into a bundle that has its folders.

    Args:
        run_folder: of the network.
        bundle_folder: of the bundle.
        number: of the member.
    """
    shutil.copyfile(run_folder / WEIGHTS_FILE, bundle_folder / "models" / member_file(number))
    if (run_folder / CURVES_FILE).is_file():
        shutil.copyfile(run_folder / CURVES_FILE, bundle_folder / "docs" / f"curves_{number}.csv")


def load_member(folder: Path, inference: Mapping[str, Any], device: torch.device) -> torch.nn.Module:
    """Return the network of a finished fold, in evaluation mode on ``device``."""
    weights = folder / WEIGHTS_FILE
    network = build(inference["network_def"])
    load_weights(network, weights.read_bytes(), str(weights))
    return to_channels_last(network, device).eval()
