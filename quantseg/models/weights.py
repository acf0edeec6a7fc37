"""Weights into a network: from safetensors only, every tensor by name and shape."""

from __future__ import annotations

import torch

from quantseg.errors import ModelError

# By number of axes, batch and channel included: images and kernels in 2D and in 3D.
CHANNELS_LAST = {4: torch.channels_last, 5: torch.channels_last_3d}


def load_weights(network: torch.nn.Module, data: bytes, where: str) -> None:
    """Fill a network's parameters from the bytes of a safetensors file.

    Args:
        network: its parameters keep their own type, float32, whatever type the file stores.
        data: the file.
        where: its name, for messages.

    Raises:
        ModelError: the bytes are no safetensors file, or do not fit the network exactly.
    """
    import safetensors
    import safetensors.torch

    try:
        weights = safetensors.torch.load(data)
    except safetensors.SafetensorError as error:
        raise ModelError(
            f"{where} is not a whole safetensors file ({error}); pickled weights are never read, and a truncated "
            "file must be installed again."
        ) from error
    wanted = _tensors(network)
    missing, unknown = sorted(wanted.keys() - weights.keys()), sorted(weights.keys() - wanted.keys())
    if missing or unknown:
        found = f"lacks {missing[0]!r}" if missing else f"holds the unknown tensor {unknown[0]!r}"
        raise ModelError(
            f"{where} does not fit its network: it {found} ({len(missing)} missing, {len(unknown)} unknown)."
        )
    for name, tensor in weights.items():
        if tensor.shape != wanted[name].shape or tensor.is_floating_point() != wanted[name].is_floating_point():
            raise ModelError(
                f"{where} does not fit its network: {name!r} is {tensor.dtype} of shape {tuple(tensor.shape)}, "
                f"expected {wanted[name].dtype} of shape {tuple(wanted[name].shape)}."
            )
    with torch.no_grad():
        for name, tensor in weights.items():
            wanted[name].copy_(tensor)


def to_channels_last(network: torch.nn.Module, device: torch.device) -> torch.nn.Module:
    """Move a 2D or 3D network to a device in the memory layout that its convolutions are fastest in."""
    network.to(device)
    for parameter in network.parameters():
        if parameter.ndim in CHANNELS_LAST:
            parameter.data = parameter.data.contiguous(memory_format=CHANNELS_LAST[parameter.ndim])
    return network


def _tensors(network: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Return parameters and buffers by name, each tensor once even where modules share it."""
    return dict(network.named_parameters()) | dict(network.named_buffers())
