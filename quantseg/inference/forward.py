"""One image through one network: the way that training's validation and the shipped ensemble share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

from quantseg.inference.device import Device
from quantseg.inference.patches import Padding, pad_for_network
from quantseg.models.weights import CHANNELS_LAST

Intensity = Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]]


def prepare(image: np.ndarray, intensity: Intensity, inference: Mapping[str, Any]) -> tuple[torch.Tensor, Padding]:
    """Pad and normalise an image as a bundle's ``inference.json`` says.

    Args:
        image: raw intensities at the bundle's spacing, RAS order, shape (I, J, K).
        intensity: the transform built from ``inference["intensity"]``.
        inference: holds ``minimum_patch`` and ``patch_multiple``.

    Returns:
        a batch of one, float32, shape (1, 1, I', J', K'), in CPU memory, and how to cut a prediction back.
    """
    padded, padding = pad_for_network(image, tuple(inference["minimum_patch"]), inference["patch_multiple"])
    channel = torch.from_numpy(np.ascontiguousarray(padded, dtype=np.float32))[None]
    # MONAI's transforms answer with its own tensor class, whose bookkeeping would slow every layer of the network.
    return intensity({"image": channel})["image"].as_subclass(torch.Tensor)[None], padding


def class_probabilities(network: torch.nn.Module, batch: torch.Tensor, device: Device) -> torch.Tensor:
    """Run a network on a prepared batch.

    Args:
        network: on ``device`` and in evaluation mode.
        batch: normalised intensities, shape (B, 1, I, J, K), or (B, 1, I, J) for a network in 2D.
        device: where to run, and at which precision.

    Returns:
        softmax probabilities, float32, shape (B, C, ...), on ``device``.
    """
    with torch.inference_mode(), device.autocast():
        scores = network(batch.to(device.torch_device, memory_format=CHANNELS_LAST[batch.ndim]))
        return torch.softmax(scores.float(), dim=1)
