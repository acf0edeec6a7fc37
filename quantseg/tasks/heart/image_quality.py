"""How well a frame shows the heart: blood against muscle, sharp walls, little noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quantseg.measure.noise import noise_sd
from quantseg.measure.statistics import bounding_box
from quantseg.tasks.heart.anatomy import HeartLabel
from quantseg.volume.masks import grown

_ROBUST_PERCENTILES = (2.0, 98.0)
_IN_PLANE = (0, 1)
_AROUND_MM = 25.0


@dataclass(frozen=True)
class ImageQuality:
    """Seen around the heart, in units of the range of brightness there.

    Attributes:
        contrast: how much brighter the blood is than the muscle.
        sharpness: mean gradient in plane where blood meets muscle, a millimetre.
        noise: SD of the noise.
    """

    contrast: float
    sharpness: float
    noise: float


def image_quality(frame: np.ndarray, labels: np.ndarray, pixel_mm: tuple[float, float]) -> ImageQuality:
    """Measure one frame.

    Args:
        frame: raw intensities, slices along k, shape (I, J, K).
        labels: ``HeartLabel`` values, same shape.
        pixel_mm: distance between pixels along i and j.

    Returns:
        the worst values there are where nothing is labelled.
    """
    box = bounding_box(labels)
    if box is None:
        return ImageQuality(0.0, 0.0, 1.0)
    margins = [round(_AROUND_MM / mm) for mm in pixel_mm]
    window = (
        *(slice(max(0, side.start - more), side.stop + more) for side, more in zip(box[:2], margins, strict=True)),
        box[2],
    )
    image, seen = frame[window].astype(np.float32), labels[window]
    low, high = np.percentile(image, _ROBUST_PERCENTILES)
    scaled = np.clip((image - low) / max(float(high - low), 1e-6), -0.5, 1.5)
    muscle, left = seen == HeartLabel.LV_MYOCARDIUM, seen == HeartLabel.LV_CAVITY
    steps = [np.gradient(scaled, axis=axis) / mm for axis, mm in zip(_IN_PLANE, pixel_mm, strict=True)]
    return ImageQuality(
        contrast=_mean_in(scaled, left) - _mean_in(scaled, muscle),
        sharpness=_mean_in(np.hypot(*steps), left & grown(muscle, 1)),
        noise=noise_sd(scaled, image > image.min(), _IN_PLANE),
    )


def _mean_in(values: np.ndarray, mask: np.ndarray) -> float:
    return float(values[mask].mean()) if mask.any() else 0.0
