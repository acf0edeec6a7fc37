"""A way down from "out of memory": smaller tiles, stitching on the CPU, at last the CPU itself."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import torch

from quantseg.errors import QuantSegError
from quantseg.inference.device import Device, choose_device
from quantseg.inference.forward import class_probabilities

_TILE_OVERLAP = 0.5
_LARGE_TILE_FACTOR = 2

# What torch raises where memory runs out and no OutOfMemoryError is made of it: the allocators of CPU, CUDA, cuDNN,
# cuBLAS, oneDNN and MPS each use words of their own.
_OUT_OF_MEMORY_WORDS = (
    "not enough memory",
    "out of memory",
    "can't allocate memory",
    "cannot allocate memory",
    "could not create a memory",
    "alloc_failed",
    "invalid buffer size",
)


class MemoryRung(Enum):
    """How an image was brought through the networks."""

    WHOLE = "whole image"
    TILES = "tiles"
    SMALL_TILES = "small tiles, stitched on the CPU"
    CPU = "CPU"


@dataclass(frozen=True)
class _Step:
    """One rung made concrete.

    Attributes:
        rung: its name.
        device: where networks run.
        tile: largest input of a network in voxels; None for the whole image.
        stitched_on: torch name of the device that holds the whole prediction.
    """

    rung: MemoryRung
    device: Device
    tile: tuple[int, ...] | None
    stitched_on: str


class MemoryLadder:
    """Runs networks on images, and steps down for good when memory runs out.

    Args:
        device: where to run as long as its memory suffices.
        smallest_tile: least input of the networks in voxels along i, j, k.
        fallback: the last resort; by default the CPU, if ``device`` is another.
    """

    def __init__(self, device: Device, smallest_tile: tuple[int, ...], fallback: Device | None = None) -> None:
        large_tile = tuple(_LARGE_TILE_FACTOR * size for size in smallest_tile)
        self._steps = [
            _Step(MemoryRung.WHOLE, device, None, device.name),
            _Step(MemoryRung.TILES, device, large_tile, device.name),
            _Step(MemoryRung.SMALL_TILES, device, smallest_tile, "cpu"),
        ]
        if fallback is None and device.kind != "cpu":
            fallback = choose_device("cpu")
        if fallback is not None:
            self._steps.append(_Step(MemoryRung.CPU, fallback, smallest_tile, "cpu"))
        self._current = 0

    @property
    def rung(self) -> MemoryRung:
        """Where the ladder stands."""
        return self._steps[self._current].rung

    @property
    def device(self) -> Device:
        """The device that networks run on at this rung."""
        return self._steps[self._current].device

    def run(self, networks: Sequence[torch.nn.Module], batch: torch.Tensor) -> torch.Tensor:
        """Predict with every network, all at the same rung.

        Args:
            networks: in evaluation mode; moved to the rung's device.
            batch: prepared image, shape (1, 1, I, J, K), or N samples in 2D, shape (N, channels, I, J), in CPU memory.

        Returns:
            softmax probabilities, float32, in CPU memory, member after member: shape (M, C, I, J, K), or
            (M x N, C, I, J).

        Raises:
            QuantSegError: memory did not suffice on the last rung either.
        """
        while True:
            try:
                return torch.cat([_predict(network, batch, self._steps[self._current]) for network in networks])
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                reason = str(error).splitlines()[0]
            # Outside the handler: while the exception lives, its frames hold the very tensors that are too many.
            self._step_down(batch, reason)

    def _step_down(self, batch: torch.Tensor, reason: str) -> None:
        gc.collect()
        self.device.release_memory()
        if self._current + 1 == len(self._steps):
            shape = "×".join(str(size) for size in batch.shape[2:])
            raise QuantSegError(
                f"Memory ran out on {self.device.description} for an image of {shape} voxels even in the smallest "
                f"tiles ({reason}); close other programs or use a machine with more memory."
            )
        self._current += 1


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether an error says that memory ran out, in the words of any back end."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(word in str(error).lower() for word in _OUT_OF_MEMORY_WORDS)


def _predict(network: torch.nn.Module, batch: torch.Tensor, step: _Step) -> torch.Tensor:
    network.to(step.device.torch_device)
    size = batch.shape[2:]
    if step.tile is None:
        return class_probabilities(network, batch, step.device).cpu()
    if all(n <= tile for n, tile in zip(size, step.tile, strict=True)):
        # Samples that are no larger than a tile take less memory one by one.
        return torch.cat([class_probabilities(network, sample, step.device).cpu() for sample in batch.split(1)])
    from monai.inferers import sliding_window_inference

    with torch.inference_mode():
        stitched = sliding_window_inference(
            batch,
            roi_size=[min(n, tile) for n, tile in zip(size, step.tile, strict=True)],
            sw_batch_size=1,
            predictor=lambda tile: class_probabilities(network, tile, step.device),
            overlap=_TILE_OVERLAP,
            mode="gaussian",
            sw_device=step.device.torch_device,
            device=step.stitched_on,
        )
    return torch.as_tensor(stitched).cpu()
