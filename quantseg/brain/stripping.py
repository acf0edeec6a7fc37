"""A brain without its skull: as it was given, or cut out of a head by what a network sees of the intracranial space."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from quantseg.errors import InputRefused
from quantseg.volume import Volume, aligned_grid, resample
from quantseg.volume.bright_object import box_of_object
from quantseg.volume.masks import largest_component, shrunk

if TYPE_CHECKING:
    from quantseg.models.bundle import Bundle

# Around a stripped brain lies one value, mostly zero; around a head noise, or zeros that a defacing tool left.
_LEAST_EMPTY_SHARE = 0.15
# What interpolation leaves around a brain, as a share of the brightest.
_NOTHING, _BRIGHT_PERCENTILE = 0.004, 99.5
# From a small brain without fluid to a large one with all of it, made larger by registration to a template.
_STRIPPED_ML = (600.0, 2500.0)
_LEAST_BRAIN_ML, _MOST_AT_BORDER_ML = 300.0, 20.0
_AIR_PERCENTILE, _AIR_AROUND_VOXELS = 1.0, 3


class SeesHead(Protocol):
    """What stripping needs of an ensemble whose class 0 is all outside the intracranial space."""

    bundle: Bundle

    def predict(self, image: np.ndarray) -> np.ndarray:
        """Return softmax probabilities (M, C, I, J, K) for intensities (I, J, K)."""
        ...


@dataclass(frozen=True)
class StrippedBrain:
    """A brain on the voxels of its scan.

    Attributes:
        image: intensities above those of air, 0 outside the brain and the fluid around it, float32.
        skull_shown: whether it was cut out of a head.
        at_border_ml: how much of it lies at the border of the picture of a head; a little may do no harm.
    """

    image: Volume
    skull_shown: bool
    at_border_ml: float = 0.0


def is_stripped(volume: Volume) -> bool:
    """Tell whether an image shows a brain alone, with nothing around it."""
    brain = _above_nothing(volume)
    brain_ml = float(np.count_nonzero(brain)) * volume.voxel_volume_mm3 / 1000
    low, high = _STRIPPED_ML
    return bool(1 - brain.mean() >= _LEAST_EMPTY_SHARE and low <= brain_ml <= high)


def given_brain(volume: Volume) -> np.ndarray | None:
    """Return where the brain lies in an image that shows it alone, bool, shape (I, J, K); None for a head."""
    return largest_component(_above_nothing(volume)) if is_stripped(volume) else None


def strip(volume: Volume, network: Callable[[], SeesHead]) -> StrippedBrain:
    """Return the brain of a scan.

    Args:
        volume: in canonical order, with a skull or without one.
        network: gives the network that sees the intracranial space; called only where there is a skull.

    Raises:
        InputRefused: there is no brain, or the picture cuts it.
    """
    given = given_brain(volume)
    if given is not None:
        return StrippedBrain(_without_rest(volume, given, float(volume.array.min())), False)
    brain, at_border_ml = _intracranial(volume, network())
    air = float(np.percentile(volume.array, _AIR_PERCENTILE))
    return StrippedBrain(_without_rest(volume, brain, air), True, at_border_ml)


def _above_nothing(volume: Volume) -> np.ndarray:
    least, most = float(volume.array.min()), float(np.percentile(volume.array, _BRIGHT_PERCENTILE))
    return np.asarray(volume.array > least + _NOTHING * (most - least))


def _without_rest(volume: Volume, brain: np.ndarray, air: float) -> Volume:
    above = np.maximum(volume.array.astype(np.float32) - np.float32(air), np.float32(1e-3))
    return volume.with_array(np.where(brain, above, np.float32(0)))


def _intracranial(volume: Volume, network: SeesHead) -> tuple[np.ndarray, float]:
    """Return where the network sees the intracranial space, on the voxels of the scan, and ml of it at the border.

    Raises:
        InputRefused: there is none, or the picture cuts off much of it.
    """
    spacing_mm = float(network.bundle.inference["spacing_mm"][0])
    grid = aligned_grid(volume.grid, spacing_mm)
    image = resample(volume, grid, fill=float(np.percentile(volume.array, _AIR_PERCENTILE))).array
    in_view = resample(volume.with_array(np.ones(volume.array.shape, np.uint8)), grid, "nearest").array > 0
    box = box_of_object(np.ascontiguousarray(image, np.float32), _AIR_AROUND_VOXELS)
    inside = np.zeros(grid.shape, np.float32)
    inside[box] = 1 - network.predict(np.ascontiguousarray(image[box], np.float32)).mean(axis=0)[0]
    inside[~in_view] = 0
    brain = largest_component(inside > 0.5)
    brain_ml, at_border_ml = (
        float(np.count_nonzero(mask)) * grid.voxel_volume_mm3 / 1000 for mask in (brain, brain & ~shrunk(in_view))
    )
    if brain_ml < _LEAST_BRAIN_ML:
        raise InputRefused(
            f"Only {brain_ml:.0f} ml of brain were found in the image, expected a head or a brain of at least "
            f"{_LEAST_BRAIN_ML:.0f} ml; give a scan that shows it wholly."
        )
    if at_border_ml > _MOST_AT_BORDER_ML:
        raise InputRefused(
            f"The picture cuts the brain ({at_border_ml:.0f} ml of it lie at its border); expected all of it."
        )
    inside[~brain] = np.minimum(inside[~brain], 0.5)
    return np.asarray(resample(Volume(inside, grid.affine), volume.grid).array > 0.5), at_border_ml
