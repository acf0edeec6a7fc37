"""Networks computed by PyTorch: on CUDA, on MPS, in training's validation, and where nothing faster is installed."""

from __future__ import annotations

import numpy as np
import torch

from quantseg.inference.device import Device
from quantseg.models.bundle import Bundle, load_network
from quantseg.models.weights import CHANNELS_LAST


class TorchNetwork:
    """A module of PyTorch as a :class:`quantseg.inference.network.Network`.

    Args:
        module: in evaluation mode.
        yields_probabilities: whether its output are scores before softmax rather than values.
    """

    def __init__(self, module: torch.nn.Module, yields_probabilities: bool = True) -> None:
        self._module = module
        self._yields_probabilities = yields_probabilities

    def __call__(self, batch: np.ndarray, device: Device) -> np.ndarray:
        """Do as :class:`quantseg.inference.network.Network` says."""
        self._module.to(device.torch_device)
        samples = torch.from_numpy(np.ascontiguousarray(batch, np.float32))
        with torch.inference_mode(), device.autocast():
            scores = self._module(samples.to(device.torch_device, memory_format=CHANNELS_LAST[samples.ndim])).float()
            found: np.ndarray = (torch.softmax(scores, dim=1) if self._yields_probabilities else scores).cpu().numpy()
        return found


def load_torch_network(bundle: Bundle, member: str, device: Device) -> TorchNetwork:
    """Return a member of a bundle on a device.

    Args:
        bundle: where it comes from.
        member: file name under ``models/``.
        device: served by PyTorch.

    Raises:
        ModelError: as :func:`quantseg.models.bundle.load_network` says.
    """
    return TorchNetwork(load_network(bundle, member, device.torch_device), bundle.yields_probabilities)
