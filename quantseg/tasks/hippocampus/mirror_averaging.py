"""What a network makes of a scan and of its mirror image: a mirrored head gives exactly the mirrored answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from quantseg.tasks.hippocampus.head_labels import MIRRORED, HeadLabel
from quantseg.volume import Grid, Volume, resample
from quantseg.volume.binning import bin_towards
from quantseg.volume.bright_object import box_of_object

if TYPE_CHECKING:
    from quantseg.models.bundle import Bundle

_AIR_AROUND_VOXELS = 3
_AIR_PERCENTILE = 1.0
_MIRROR = np.diag([-1.0, 1.0, 1.0, 1.0])


class PredictsHeadLabels(Protocol):
    """What predicting needs of an ensemble."""

    bundle: Bundle

    def predict(self, image: np.ndarray) -> np.ndarray:
        """Return softmax probabilities (M, C, I, J, K) for intensities (I, J, K)."""
        ...


@dataclass(frozen=True)
class HeadPrediction:
    """What the network sees on one grid.

    Attributes:
        grid: along the axes of space, in the space of the scan.
        image: intensities of the scan there, float32.
        in_view: which voxels lie inside the scan.
        probabilities: of each ``HeadLabel``, shape (C, I, J, K); background outside the scan.
    """

    grid: Grid
    image: np.ndarray
    in_view: np.ndarray
    probabilities: np.ndarray


def predict_mirror_averaged(
    volume: Volume, ensemble: PredictsHeadLabels, grid: Grid, offset_mm: np.ndarray, only_object: bool
) -> HeadPrediction:
    """Show a network the part of a scan that a grid covers.

    Args:
        volume: a scan in canonical order.
        ensemble: predicts ``HeadLabel`` values.
        grid: along the axes of space.
        offset_mm: from the middle of the scan to that of the grid, shape (3,). Positions count from the middle of the
            scan, so that rounding depends neither on where the head lies nor on which side is left.
        only_object: whether the network is shown the box around what is brighter than air only.
    """
    there, back = _centred(volume), _mirrored(volume)
    here, mirrored_here = grid.centred_at(offset_mm), grid.centred_at(offset_mm * [-1, 1, 1])
    # Not the minimum: after somebody's cubic resampling that is a ring's undershoot, far below air.
    air = float(np.percentile(volume.array, _AIR_PERCENTILE))
    image = 0.5 * (_resampled(there, here, air) + _resampled(back, mirrored_here, air)[::-1])
    in_view = _in_view(there, here) | _in_view(back, mirrored_here)[::-1]
    probabilities = _predict_symmetrically(
        image, ensemble, box_of_object(image, _AIR_AROUND_VOXELS) if only_object else (slice(None),) * 3
    )
    probabilities[1:, ~in_view] = 0.0
    probabilities[HeadLabel.BACKGROUND, ~in_view] = 1.0
    return HeadPrediction(grid, image, in_view, probabilities)


def _centred(volume: Volume) -> Volume:
    """Move a volume so that its middle is the origin."""
    return Volume(volume.array, volume.grid.centred_at(np.zeros(3)).affine)


def _mirrored(volume: Volume) -> Volume:
    """Mirror a volume about its middle, which becomes the origin."""
    affine = _MIRROR @ volume.affine @ _MIRROR
    return _centred(Volume(np.ascontiguousarray(volume.array[::-1]), affine))


def _resampled(volume: Volume, grid: Grid, air: float) -> np.ndarray:
    return resample(bin_towards(volume, grid.spacing_mm[0]), grid, fill=air).array


def _in_view(volume: Volume, grid: Grid) -> np.ndarray:
    """Tell which voxels of a grid lie inside the volume."""
    return resample(volume.with_array(np.ones(volume.array.shape, np.uint8)), grid, "nearest").array > 0


def _predict_symmetrically(
    image: np.ndarray, ensemble: PredictsHeadLabels, box: tuple[slice, slice, slice]
) -> np.ndarray:
    """Return probabilities, shape (C, I, J, K), averaged over the members and over the image and its mirror image."""
    part = np.ascontiguousarray(image[box])
    there = ensemble.predict(part).mean(axis=0)
    mirrored = ensemble.predict(np.ascontiguousarray(part[::-1])).mean(axis=0)
    probabilities = np.zeros((len(HeadLabel), *image.shape), np.float32)
    probabilities[HeadLabel.BACKGROUND] = 1.0
    probabilities[(slice(None), *box)] = 0.5 * (there + mirrored[list(MIRRORED), ::-1])
    return probabilities
