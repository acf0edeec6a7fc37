"""What speaks for giving the clicked label to a voxel near a click: where it lies, and how it looks.

All lengths are shares of the brush, the one length in which an organ's size comes in. The weights are rounded from
logistic regressions (``Testing/benchmarks/smart_correction.py`` names the data), apart for clicks right at a border,
where an error is a thin layer, and for deep ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from quantseg.volume.masks import distance_mm

_THIN_SHARE, _DEEP_SHARE = 0.4, 0.8
_SHAPE_SHARE, _NEIGHBOURHOOD_SHARE, _SMOOTHING_SHARE = 1.4, 1.2, 0.32
_CORE_SHARE, _RING_SHARES = 0.6, (0.36, 2.4)
_SURE_OF_DEPTH = 0.7
_LEAST_SAMPLE = 20
_LEAST_ALONG_AXIS = 4
_MOST_BEYOND, _MOST_STEPS_OF_NOISE, _MOST_EVIDENCE = 2.0, 5.0, 3.0
_LEAST_NOISE = 0.03


@dataclass(frozen=True)
class _Weights:
    """Log-odds for each piece of evidence; see :func:`prior` for what each one weighs."""

    constant: float
    sideways: float
    beyond: float
    looks_like_label: float
    unlike_click: float
    surrounded: float
    surrounded_at_click: float
    uncertainty: float

    def towards(self, other: _Weights, share: float) -> _Weights:
        """Return weights a share of the way to others."""
        own, theirs = vars(self), vars(other)
        return _Weights(**{name: (1 - share) * own[name] + share * theirs[name] for name in own})


_THIN = _Weights(0.3, -0.5, -4.2, 0.15, -0.28, 0.8, -1.4, 3.5)
_DEEP = _Weights(0.8, -1.9, -0.4, 0.15, -0.95, 10.5, -5.0, 4.0)


@dataclass(frozen=True)
class Surroundings:
    """A box of image and labels around a click.

    Attributes:
        image: intensities, float32, shape (I, J, K).
        own: which voxels have the clicked label already, bool, same shape.
        click: the clicked voxel, in the box.
        offsets_mm: distance of each voxel from the click, same shape.
        spacing_mm: between neighbouring voxels along i, j and k.
        brush_mm: the organ's brush.
        uncertainty: from 0 to 1, same shape; None where nobody knows it.
    """

    image: np.ndarray
    own: np.ndarray
    click: tuple[int, int, int]
    offsets_mm: np.ndarray
    spacing_mm: tuple[float, float, float]
    brush_mm: float
    uncertainty: np.ndarray | None


@dataclass(frozen=True)
class Evidence:
    """What is known of each voxel of a box.

    Attributes:
        probability: to belong to the clicked label, from 0 to 1, shape (I, J, K).
        sure: voxels that belong to it by the click itself, bool, same shape.
        image: intensities in units of their noise within tissues, same shape.
    """

    probability: np.ndarray
    sure: np.ndarray
    image: np.ndarray


def prior(around: Surroundings, reach_mm: float) -> Evidence:
    """Weigh what speaks for the clicked label at each voxel.

    A click stands in the middle of an error: it lies as far from the label as the error is half thick. So a voxel
    speaks for itself by how far it lies from the click beyond that depth (sideways), how much farther from the label
    than the click (beyond), how much its intensity is that of the label nearby rather than of what lies around
    (looks like label), how it differs from the click's (unlike click), how much of the label surrounds it (a gap, a
    bump on the other side), and how uncertain the model was there.

    Args:
        around: the box.
        reach_mm: how far from the click the label is looked for.
    """
    brush = around.brush_mm
    to_label_mm = distance_mm(around.own, around.spacing_mm)
    depth_mm = float(to_label_mm[around.click])
    is_island = depth_mm > reach_mm
    if is_island:
        # Nothing of this label nearby: a piece of its own, as large as the brush.
        depth_mm = _DEEP_SHARE * brush
        to_label_mm = np.full_like(to_label_mm, depth_mm)
    sure = around.offsets_mm <= _SURE_OF_DEPTH * depth_mm
    sure[around.click] = True
    share = np.clip((depth_mm / brush - _THIN_SHARE) / (_DEEP_SHARE - _THIN_SHARE), 0.0, 1.0)
    weights = _THIN.towards(_DEEP, float(share))
    image, evidence = _looks(around, to_label_mm, depth_mm, sure)
    smooth = smoothed(image, _SMOOTHING_SHARE * brush, around.spacing_mm)
    surrounded = smoothed(around.own.astype(np.float32), _SHAPE_SHARE * brush, around.spacing_mm)
    log_odds = (
        weights.constant
        + weights.sideways * np.maximum(around.offsets_mm - depth_mm, 0) / brush
        + weights.beyond * np.clip(to_label_mm / depth_mm - 1, 0, _MOST_BEYOND)
        + weights.looks_like_label * evidence
        + weights.unlike_click * np.minimum(np.abs(smooth - smooth[around.click]), _MOST_STEPS_OF_NOISE)
        + weights.surrounded * surrounded
        + weights.surrounded_at_click * surrounded[around.click]
    )
    if around.uncertainty is not None:
        log_odds += weights.uncertainty * around.uncertainty
    return Evidence(1 / (1 + np.exp(-log_odds)), sure, image)


def _looks(
    around: Surroundings, to_label_mm: np.ndarray, depth_mm: float, sure: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return intensities in units of noise, and the log-likelihood that each is of the label rather than of around it.

    Both tissues' means are taken near each voxel (after S. Lankton and A. Tannenbaum, IEEE TIP 2008; 17: 2029-2039):
    brightness varies over an image, and with it what is around an organ.
    """
    low, high = np.percentile(around.image, [1, 99])
    image = np.clip((around.image - low) / max(float(high - low), 1e-6), -0.5, 1.5)
    brush, (nearest, farthest) = around.brush_mm, _RING_SHARES
    within_mm = distance_mm(~around.own, around.spacing_mm)
    label = (within_mm >= _CORE_SHARE * brush) | sure
    if label.sum() < _LEAST_SAMPLE:
        label = around.own | sure
    ring_mm = to_label_mm - 2 * depth_mm
    outside = ~sure & (ring_mm > nearest * brush) & (ring_mm <= farthest * brush)
    if outside.sum() < _LEAST_SAMPLE:
        outside = ~sure & ~around.own & (to_label_mm >= depth_mm)
    sigma_mm = _NEIGHBOURHOOD_SHARE * brush
    of_label, of_outside = (_local_mean(image, mask, sigma_mm, around.spacing_mm) for mask in (label, outside))
    variances = [
        float(((image - mean)[mask] ** 2).mean()) if mask.any() else 0.0
        for mask, mean in ((label, of_label), (outside, of_outside))
    ]
    noise = float(np.sqrt(np.mean(variances))) + _LEAST_NOISE
    likelihood = ((image - of_outside) ** 2 - (image - of_label) ** 2) / (2 * noise**2)
    return image / noise, np.clip(likelihood, -_MOST_EVIDENCE, _MOST_EVIDENCE)


def _local_mean(
    image: np.ndarray, mask: np.ndarray, sigma_mm: float, spacing_mm: tuple[float, float, float]
) -> np.ndarray:
    """Return the mean of the masked intensities near each voxel; far from all of them, of all."""
    weight = mask.astype(np.float32)
    everywhere = float(image[mask].mean()) if mask.any() else float(image.mean())
    share = smoothed(weight, sigma_mm, spacing_mm)
    nearby = smoothed(weight * image, sigma_mm, spacing_mm) / np.maximum(share, 1e-6)
    trust = np.clip(share / 0.05, 0, 1)
    return np.asarray(trust * nearby + (1 - trust) * everywhere)


def smoothed(values: np.ndarray, sigma_mm: float, spacing_mm: tuple[float, float, float]) -> np.ndarray:
    """Blur by a Gaussian, with the values at an end of the array going on beyond it."""
    # The recursive filter takes four voxels along an axis at least.
    short = [(0, max(0, _LEAST_ALONG_AXIS - n)) for n in values.shape]
    image = sitk.GetImageFromArray(np.pad(values.astype(np.float32), short, mode="edge"))
    # SimpleITK counts axes the other way round.
    image.SetSpacing(spacing_mm[::-1])
    i, j, k = values.shape
    return np.asarray(sitk.GetArrayFromImage(sitk.SmoothingRecursiveGaussian(image, sigma_mm))[:i, :j, :k])
