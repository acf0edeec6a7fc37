"""A way down from "out of memory": tiles, smaller tiles, at last the CPU."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from quantseg.errors import QuantSegError
from quantseg.inference.device import Device, choose_device
from quantseg.inference.network import Network
from quantseg.inference.tiles import predict_in_tiles

_LARGE_TILE_FACTOR = 2

# What torch and OpenVINO raise where memory runs out and no OutOfMemoryError is made of it: the allocators of CPU,
# CUDA, cuDNN, cuBLAS, oneDNN and MPS each use words of their own.
_OUT_OF_MEMORY_WORDS = (
    "not enough memory",
    "out of memory",
    "can't allocate memory",
    "cannot allocate memory",
    "could not create a memory",
    "alloc_failed",
    "bad_alloc",
    "failed to allocate",
    "invalid buffer size",
)


class MemoryRung(Enum):
    """How an image was brought through the networks."""

    WHOLE = "whole image"
    TILES = "tiles"
    SMALL_TILES = "small tiles"
    CPU = "CPU"


@dataclass(frozen=True)
class _Step:
    """One rung made concrete.

    Attributes:
        rung: its name.
        device: where networks run.
        tile: largest input of a network in voxels; None for the whole image.
    """

    rung: MemoryRung
    device: Device
    tile: tuple[int, ...] | None


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
            _Step(MemoryRung.WHOLE, device, None),
            _Step(MemoryRung.TILES, device, large_tile),
            _Step(MemoryRung.SMALL_TILES, device, smallest_tile),
        ]
        if fallback is None and device.kind != "cpu":
            fallback = choose_device("cpu", backend=device.backend)
        if fallback is not None:
            self._steps.append(_Step(MemoryRung.CPU, fallback, smallest_tile))
        self._current = 0

    @property
    def rung(self) -> MemoryRung:
        """Where the ladder stands."""
        return self._steps[self._current].rung

    @property
    def device(self) -> Device:
        """The device that networks run on at this rung."""
        return self._steps[self._current].device

    def run(self, networks: Sequence[Network], batch: np.ndarray) -> np.ndarray:
        """Predict with every network, all at the same rung.

        Args:
            networks: of one ensemble.
            batch: N samples, float32, shape (N, channels, I, J, K), or (N, channels, I, J) in 2D.

        Returns:
            softmax probabilities, float32, shape (M, N, C, ...).

        Raises:
            QuantSegError: memory did not suffice on the last rung either.
        """
        while True:
            try:
                return np.stack([_predict(network, batch, self._steps[self._current]) for network in networks])
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                reason = str(error).splitlines()[0]
            # Outside the handler: while the exception lives, its frames hold the very tensors that are too many.
            self._step_down(batch, reason)

    def _step_down(self, batch: np.ndarray, reason: str) -> None:
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
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and any(word in str(error).lower() for word in _OUT_OF_MEMORY_WORDS)


def _predict(network: Network, batch: np.ndarray, step: _Step) -> np.ndarray:
    if step.tile is None:
        return network(batch, step.device)
    # One by one: together they would take more memory than a tile.
    return np.concatenate(
        [_predict_alone(network, batch[n : n + 1], step.tile, step.device) for n in range(len(batch))]
    )


def _predict_alone(network: Network, sample: np.ndarray, tile: tuple[int, ...], device: Device) -> np.ndarray:
    if all(size <= most for size, most in zip(sample.shape[2:], tile, strict=True)):
        return network(sample, device)
    return predict_in_tiles(sample, tile, lambda part: network(part, device))
