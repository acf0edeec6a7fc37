"""The weights that a training leaves behind: in half precision, and without what a finished model never uses."""

from __future__ import annotations

from pathlib import Path

import torch

WEIGHTS_FILE = "weights.safetensors"
NEVER_STORED = ("deep_supervision_heads", "skip_layers")
"""How names of tensors begin that no bundle holds: heads that only training uses, and DynUNet's layers named again."""


def save_weights(network: torch.nn.Module, path: Path) -> None:
    """Write the weights that a finished model needs of a network, in half precision."""
    from safetensors.torch import save_file

    kept = {name: tensor for name, tensor in network.state_dict().items() if not name.startswith(NEVER_STORED)}
    half = {name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in kept.items()}
    save_file({name: tensor.contiguous().cpu() for name, tensor in half.items()}, path)
