"""From a PET to the one with all counts: to voxels of 2 mm and back, slice by slice through the network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quantseg.errors import InputRefused, ModelError
from quantseg.inference.patches import pad_for_network
from quantseg.tasks.low_dose_pet.dose import DoseFromNoise
from quantseg.tasks.low_dose_pet.level import Level, level_of, smoothed
from quantseg.tasks.low_dose_pet.network_input import (
    CHANNELS,
    SMOOTH_VOXELS,
    as_channels,
    estimated,
    slices_around,
)
from quantseg.volume import Volume, aligned_grid, resample

if TYPE_CHECKING:
    from quantseg.inference.ensemble import Ensemble

SPACING_MM = 2.0
# Voxels that differ by less are taken as they are: nothing is interpolated that need not be.
_SAME_SPACING = 0.06
_LEAST_SLICES = 6
# From terabecquerels in a millilitre to becquerels in a cubic metre; float32 holds squares of what lies between.
_BRIGHTEST = (1e-9, 1e15)
_BATCH = 6
_IN_VIEW, _MARGIN_VOXELS = 0.03, 6
# SD of a Gaussian at a noise of 0.2. It widens with the noise, so that always the same share of noise comes back with
# what is kept: on the validation map 0.1 dB, for which regions' bias falls by a third.
_KEPT_VOXELS, _AT_NOISE = 2.3, 0.2
_KEPT_VOXELS_RANGE = (1.5, 4.0)


@dataclass(frozen=True)
class Estimate:
    """What is made of one PET, on the voxels on which the network works.

    Attributes:
        low: the image that it was made from.
        estimate: of the scan with all counts; same unit and grid.
        sd: of the difference between that scan and the estimate; same unit and grid.
        level: of the low image.
        fraction: share of the counts that the network was told.
        interpolated: whether the input's voxels were not those of the network.
        correction: factor by which the network's estimate was multiplied so that the region's mean is kept.
    """

    low: Volume
    estimate: np.ndarray
    sd: np.ndarray
    level: Level
    fraction: float
    interpolated: bool
    correction: float


def estimate_full_counts(
    canonical: Volume,
    ensemble: Ensemble,
    dose: DoseFromNoise,
    fraction: float | None,
    advance: Callable[[int, int], None],
) -> Estimate:
    """Estimate what a scan with all counts would show.

    Args:
        canonical: the PET, in canonical order.
        ensemble: of the network.
        dose: tells the dose fraction from noise.
        fraction: of the counts; None takes what noise tells.
        advance: is told how many slices of how many are done.

    Raises:
        InputRefused: nothing in it is active, it has too few slices, or its numbers are beyond any unit.
        ModelError: the network was trained to be shown something else.
    """
    taken = int(ensemble.bundle.inference["network_def"]["in_channels"])
    if taken != CHANNELS:
        raise ModelError(
            f"Model {ensemble.bundle.name!r} was trained on {taken} channels, and this version shows it {CHANNELS}; "
            "train it again."
        )
    spacing_mm = np.array(canonical.spacing_mm)
    interpolated = bool(np.any(np.abs(spacing_mm / SPACING_MM - 1) > _SAME_SPACING))
    low = resample(canonical, aligned_grid(canonical.grid, SPACING_MM)) if interpolated else canonical
    low = low.with_array(low.array.astype(np.float32))
    if low.array.shape[2] < _LEAST_SLICES:
        raise InputRefused(
            f"The PET covers {low.grid.extent_mm[2]:.0f} mm along the body, expected at least "
            f"{_LEAST_SLICES * SPACING_MM:.0f} mm; give the whole stack."
        )
    brightest = float(low.array.max())
    if brightest > 0 and not _BRIGHTEST[0] <= brightest <= _BRIGHTEST[1]:
        raise InputRefused(
            f"The brightest voxel of the PET is {brightest:.3g}, expected {_BRIGHTEST[0]:g} to {_BRIGHTEST[1]:g} in "
            "any unit of activity; export the image again."
        )
    try:
        level = level_of(low.array)
    except ValueError:
        raise InputRefused("The PET shows no activity: no voxel is above zero; export the image again.") from None
    told = dose.fraction(level) if fraction is None else fraction
    estimate, sd = _by_slices(low.array, level, told, ensemble, advance)
    region = level.region
    correction = level.mean / max(float(estimate[region].mean(dtype=np.float64)), 1e-12)
    scale = np.float32(correction)
    kept = with_means_of_scan(estimate * scale, low.array, level.noise)
    return Estimate(low, kept, sd * scale, level, told, interpolated, correction)


def with_means_of_scan(estimate: np.ndarray, low: np.ndarray, noise: float) -> np.ndarray:
    """Return an estimate to which what neighbourhoods of the scan have on average is given back.

    Means over many voxels of a scan with few counts are true, whereas a network draws them towards what it saw in
    training: what a wide Gaussian leaves of scan less estimate is added, which is hardly any noise.

    Args:
        estimate: not below zero, float32, shape (I, J, K).
        low: the scan, same unit and shape.
        noise: of the scan, relative SD.
    """
    # White noise of SD s has s / width^1.5 after a Gaussian in three dimensions.
    width = float(np.clip(_KEPT_VOXELS * (noise / _AT_NOISE) ** (2 / 3), *_KEPT_VOXELS_RANGE))
    kept: np.ndarray = np.maximum(estimate + smoothed(low - estimate, width), 0)
    return kept


def _by_slices(
    low: np.ndarray, level: Level, fraction: float, ensemble: Ensemble, advance: Callable[[int, int], None]
) -> tuple[np.ndarray, np.ndarray]:
    shown = low / np.float32(level.mean)
    box = _box_in_view(shown)
    inference = ensemble.bundle.inference
    part = shown[box]
    _, padding = pad_for_network(part[:, :, 0], tuple(inference["minimum_patch"]), inference["patch_multiple"], 0.0)
    widths = (*zip(padding.before, padding.after, strict=True), (0, 0))
    padded = np.pad(part, widths)
    smooth = np.stack([np.pad(smoothed(shown, sd)[box], widths) for sd in SMOOTH_VOXELS])
    count = low.shape[2]
    # Where there is nothing, nothing is estimated.
    estimate, sd = np.maximum(shown, 0), np.zeros(low.shape, np.float32)
    for first in range(0, count, _BATCH):
        numbers = list(range(first, min(first + _BATCH, count)))
        samples = [
            as_channels(np.moveaxis(padded[:, :, slices_around(k, count)], 2, 0), smooth[..., k], level.noise, fraction)
            for k in numbers
        ]
        answers = padding.remove(ensemble.predict_samples(np.stack(samples)).mean(axis=0))
        for k, answer in zip(numbers, answers, strict=True):
            estimate[(*box, k)], sd[(*box, k)] = estimated(answer, part[:, :, k], level.noise)
        advance(numbers[-1] + 1, count)
    return estimate * np.float32(level.mean), sd * np.float32(level.mean)


def _box_in_view(shown: np.ndarray) -> tuple[slice, slice]:
    """Return the box within slices outside of which there is no activity."""
    seen = smoothed(shown, 2.0).max(axis=2) > _IN_VIEW
    ends = []
    for axis in (0, 1):
        places = np.flatnonzero(seen.any(axis=1 - axis))
        ends.append(slice(max(0, places[0] - _MARGIN_VOXELS), int(places[-1]) + _MARGIN_VOXELS + 1))
    return ends[0], ends[1]


def on_input(values: np.ndarray, made: Estimate, canonical: Volume) -> np.ndarray:
    """Return an image of the network's voxels on those of the input, float32."""
    if not made.interpolated:
        return values
    found = resample(made.low.with_array(values), canonical.grid, "linear", antialias=False)
    return np.asarray(found.array, np.float32)
