"""A thin layer that is missing all around a structure, told from one click on it.

Where labels are a little too small or too large everywhere, each click of many would mend but its own surroundings.
Whether such a click stands for the whole layer, the image says: the mean log-likelihood of the layer's voxels to be of
the label that grows rather than of what they are labelled as.
"""

from __future__ import annotations

import numpy as np

from quantseg.review.border_evidence import smoothed
from quantseg.volume.masks import components, distance_mm

THIN_SHARE = 0.5
"""Of the brush: a click no deeper than this may stand for a layer."""
# What a layer lies upon is thicker than a stray piece or a thin end, of which a click says nothing about the border
# elsewhere: on grown labels of other persons than the benchmark's it is 1.2 brushes deep or more.
_BODY_SHARE, _BODY_WITHIN_SHARE = 0.9, 1.5
_CORE_SHARE, _FARTHEST_SHARE, _NEIGHBOURHOOD_SHARE = 0.5, 2.4, 1.4
_LEAST_SAMPLE = 20
_LEAST_NOISE = 0.03
_MOST_EVIDENCE = 3.0
# Likelier of the other label than not. On crops of other persons than the benchmark's this held for 26 of 34 clicks on
# labels that were off all around, and for none of 69 on good results of the model.
_LEAST_MEAN = 0.0
# Between labels that look alike, as parts of one organ do, the image tells nothing.
_LEAST_SEPARATION = 1.5


def wrong_layer(
    image: np.ndarray,
    labels: np.ndarray,
    click: tuple[int, int, int],
    value: int,
    spacing_mm: tuple[float, float, float],
    brush_mm: float,
) -> np.ndarray | None:
    """Return the layer around a label that a click stands for, bool, shape (I, J, K); None if it stands for itself.

    Args:
        image: intensities, float32, shape (I, J, K), of a box that holds most of the structure.
        labels: in this box, same shape.
        click: the clicked voxel, in the box.
        value: the label that belongs there; the layer is taken from the label that is there now.
        spacing_mm: between neighbouring voxels along i, j and k.
        brush_mm: the organ's brush.
    """
    own, other = labels == value, labels == labels[click]
    if not own.any() or not np.isfinite(image).all():
        return None
    from_own_mm = distance_mm(own, spacing_mm)
    depth_mm = float(from_own_mm[click])
    if depth_mm > THIN_SHARE * brush_mm:
        return None
    if not _lies_upon_a_body(other, click, spacing_mm, brush_mm):
        return None
    evidence, separation = _evidence(image, own, other, spacing_mm, brush_mm)
    if separation < _LEAST_SEPARATION:
        return None
    # The click is in the middle of the layer; its distance is counted from the middle of the label's last voxel.
    thickness_mm = 2 * depth_mm - min(spacing_mm)
    layer = other & (from_own_mm <= max(thickness_mm, depth_mm) + 1e-2)
    if evidence[layer].mean() <= _LEAST_MEAN:
        return None
    pieces = components(layer)
    return np.asarray(pieces == pieces[click])


def _lies_upon_a_body(
    other: np.ndarray, click: tuple[int, int, int], spacing_mm: tuple[float, float, float], brush_mm: float
) -> bool:
    """Tell whether what is labelled as the click is now is thick nearby, so that a layer can be taken from it."""
    away_mm = distance_mm(_only(click, other.shape), spacing_mm)
    near = other & (away_mm <= _BODY_WITHIN_SHARE * brush_mm)
    return bool(distance_mm(~other, spacing_mm)[near].max() >= _BODY_SHARE * brush_mm)


def _only(voxel: tuple[int, int, int], shape: tuple[int, ...]) -> np.ndarray:
    mask = np.zeros(shape, bool)
    mask[voxel] = True
    return mask


def _evidence(
    image: np.ndarray, own: np.ndarray, other: np.ndarray, spacing_mm: tuple[float, float, float], brush_mm: float
) -> tuple[np.ndarray, float]:
    """Return the log-likelihood of each voxel to be of one label rather than of the other, and how far these differ.

    Means and variances are taken near each voxel, as in :mod:`quantseg.review.border_evidence`.
    """
    low, high = np.percentile(image, [1, 99])
    seen = np.clip((image - low) / max(float(high - low), 1e-6), -0.5, 1.5).astype(np.float32)
    likelihoods, cores = [], []
    for mask in (own, other):
        within_mm = distance_mm(~mask, spacing_mm)
        core = mask & (within_mm >= _CORE_SHARE * brush_mm) & (within_mm <= _FARTHEST_SHARE * brush_mm)
        core = core if core.sum() >= _LEAST_SAMPLE else mask
        mean, variance = _local_statistics(seen, core, _NEIGHBOURHOOD_SHARE * brush_mm, spacing_mm)
        variance += _LEAST_NOISE**2
        likelihoods.append(-((seen - mean) ** 2) / (2 * variance) - np.log(variance) / 2)
        cores.append(core)
    evidence = np.clip(likelihoods[0] - likelihoods[1], -_MOST_EVIDENCE, _MOST_EVIDENCE)
    return evidence, float(evidence[cores[0]].mean() - evidence[cores[1]].mean())


def _local_statistics(
    image: np.ndarray, mask: np.ndarray, sigma_mm: float, spacing_mm: tuple[float, float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and variance of the masked intensities near each voxel; far from all of them, of all."""
    weight = mask.astype(np.float32)
    share = smoothed(weight, sigma_mm, spacing_mm)
    mean, square = (
        smoothed(weight * values, sigma_mm, spacing_mm) / np.maximum(share, 1e-5) for values in (image, image**2)
    )
    trust = np.clip(share / 0.05, 0, 1)
    variance = np.maximum(square - mean**2, 0)
    return (
        trust * mean + (1 - trust) * float(image[mask].mean()),
        trust * variance + (1 - trust) * float(image[mask].var()),
    )
