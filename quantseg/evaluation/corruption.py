"""Images spoiled as clinical images are, to measure whether a bad result is noticed."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

import numpy as np
import SimpleITK as sitk

from quantseg.volume import Volume
from quantseg.volume.resampling import as_sitk, from_sitk


class Corruption(Enum):
    """How an image is spoiled."""

    CLEAN = "clean"
    MOTION = "motion blur"
    NOISE = "noise"
    INVERTED = "inverted contrast"
    CUT = "cut field of view"
    SHIFTED = "shifted crop"
    OTHER = "other anatomy"


LabelledVolume = tuple[Volume, np.ndarray]


def corrupt(image: Volume, labels: np.ndarray, corruption: Corruption, random: np.random.Generator) -> LabelledVolume:
    """Spoil an image; strengths are drawn from mild, where the result stays good, to severe.

    Args:
        image: a crop around the labelled structure, canonical order.
        labels: its label map.
        corruption: what to do; not OTHER, for which a task cuts an image of its own.
        random: source of the strength.

    Returns:
        the spoiled image, and the truth that its segmentation is scored against: the labels that are still in view.
    """
    return _ACTIONS[corruption](image, labels, random)


def _clean(image: Volume, labels: np.ndarray, random: np.random.Generator) -> LabelledVolume:
    del random
    return image, labels


def _motion(image: Volume, labels: np.ndarray, random: np.random.Generator) -> LabelledVolume:
    """Blur along one axis and all, and add a ghost displaced along it."""
    axis = int(random.integers(3))
    variance_mm2 = [float(random.uniform(0.3, 2.0)) ** 2] * 3
    variance_mm2[axis] = float(random.uniform(1.0, 6.0)) ** 2
    blurred = from_sitk(sitk.DiscreteGaussian(as_sitk(_as_float(image)), variance_mm2)).array
    ghost = np.roll(blurred, int(random.integers(4, 14)), axis)
    share = float(random.uniform(0.0, 0.4))
    return image.with_array((1 - share) * blurred + share * ghost), labels


def _noise(image: Volume, labels: np.ndarray, random: np.random.Generator) -> LabelledVolume:
    """Add Rician noise of 0.1 to 1.2 times the image's SD."""
    values = _as_float(image).array
    sd = float(random.uniform(0.1, 1.2)) * values.std()
    real, imaginary = (random.normal(0, sd, values.shape) for _ in range(2))
    return image.with_array(np.hypot(values + real, imaginary).astype(np.float32)), labels


def _inverted(image: Volume, labels: np.ndarray, random: np.random.Generator) -> LabelledVolume:
    """Turn bright into dark, as between T1 and T2, with a random exponent."""
    values = _as_float(image).array
    low, high = np.percentile(values, [1, 99])
    scaled = np.clip((values - low) / max(float(high - low), 1e-6), 0, 1)
    return image.with_array(((1 - scaled) ** float(random.uniform(0.7, 1.5)) * 1000).astype(np.float32)), labels


def _cut(image: Volume, labels: np.ndarray, random: np.random.Generator) -> LabelledVolume:
    """Blank the part of the picture beyond a plane that may pass through the structure."""
    values = _as_float(image).array.copy()
    truth = labels.copy()
    axis = int(random.integers(3))
    occupied = np.flatnonzero(labels.any(axis=tuple(a for a in range(3) if a != axis)))
    depth = int(random.uniform(-0.1, 0.7) * len(occupied))
    index: list[slice] = [slice(None)] * 3
    if random.random() < 0.5:
        index[axis] = slice(0, max(0, int(occupied[0]) + depth))
    else:
        index[axis] = slice(int(occupied[-1]) + 1 - depth, None)
    values[tuple(index)] = values.min()
    truth[tuple(index)] = 0
    return image.with_array(values), truth


def _shifted(image: Volume, labels: np.ndarray, random: np.random.Generator) -> LabelledVolume:
    """Move the window so that part of the structure leaves it; what enters is unknown and stays empty."""
    values = _as_float(image).array
    direction = random.normal(size=3)
    displacement = np.round(direction / np.linalg.norm(direction) * random.uniform(3, 28)).astype(int)
    moved, truth = np.full_like(values, values.min()), np.zeros_like(labels)
    source = tuple(slice(max(0, d), n + min(0, d)) for d, n in zip(displacement, values.shape, strict=True))
    target = tuple(slice(max(0, -d), n + min(0, -d)) for d, n in zip(displacement, values.shape, strict=True))
    moved[target], truth[target] = values[source], labels[source]
    return image.with_array(moved), truth


def _as_float(image: Volume) -> Volume:
    return image.with_array(image.array.astype(np.float32))


_ACTIONS: dict[Corruption, Callable[[Volume, np.ndarray, np.random.Generator], LabelledVolume]] = {
    Corruption.CLEAN: _clean,
    Corruption.MOTION: _motion,
    Corruption.NOISE: _noise,
    Corruption.INVERTED: _inverted,
    Corruption.CUT: _cut,
    Corruption.SHIFTED: _shifted,
}
