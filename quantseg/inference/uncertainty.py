"""Doubt, measured by how far the members of an ensemble disagree.

Arrays carry the members first and the classes second: probabilities are (M, C, I, J, K), label maps (M, I, J, K).
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import combinations

import numpy as np


def mean_probabilities(probabilities: np.ndarray) -> np.ndarray:
    """Return the mean over the members, shape (C, I, J, K), float32, for probabilities of shape (M, C, I, J, K)."""
    return np.asarray(probabilities.mean(axis=0, dtype=np.float32))


def voxel_entropy(mean: np.ndarray) -> np.ndarray:
    """Return Shannon's entropy of each voxel as a share of the largest possible, ln C.

    Args:
        mean: class probabilities that sum to one, shape (C, I, J, K).

    Returns:
        0 where one class is certain, 1 where all are equally likely; float32, shape (I, J, K).
    """
    # p ln p tends to 0 with p: the smallest float in place of 0 keeps the logarithm finite without changing the sum.
    logarithm = np.log(np.maximum(mean, np.finfo(np.float32).tiny))
    entropy = -(mean * logarithm).sum(axis=0) / np.log(mean.shape[0])
    return np.asarray(np.clip(entropy, 0.0, 1.0), dtype=np.float32)


def member_pairs(count: int, witness: int | None = None) -> list[tuple[int, int]]:
    """Return the pairs of members whose agreement counts.

    Args:
        count: number of members.
        witness: where only this member had not seen the case: only its pairs with each other member count, since the
            others agree with each other on what they memorised.
    """
    return [pair for pair in combinations(range(count), 2) if witness is None or witness in pair]


def pairwise_dice(member_labels: np.ndarray, values: Collection[int], witness: int | None = None) -> float:
    """Return the mean Dice over pairs of members, of the voxels labelled with any of some values.

    Two members that both found nothing agree: their Dice is 1.

    Args:
        member_labels: label maps, shape (M, I, J, K), at least two.
        values: label values that make up the structure, e.g. (1, 2) for both parts together.
        witness: as for :func:`member_pairs`; all pairs by default.

    Raises:
        ValueError: there are fewer than two members.
    """
    if len(member_labels) < 2:
        raise ValueError(f"{len(member_labels)} member given; agreement needs at least two.")
    masks = np.isin(member_labels, list(values)).reshape(len(member_labels), -1)
    sizes = masks.sum(axis=1)
    scores = []
    for a, b in member_pairs(len(masks), witness):
        total = int(sizes[a]) + int(sizes[b])
        scores.append(2 * int((masks[a] & masks[b]).sum()) / total if total else 1.0)
    return float(np.mean(scores))


def promised_dice(foreground: np.ndarray, mask: np.ndarray) -> float:
    """Return the Dice that a mask would reach if the probabilities were right and the truth drawn from them.

    Args:
        foreground: probability of belonging to the structure, of any shape.
        mask: what was labelled, bool, same shape.

    Returns:
        the ratio of expectations, 2 Σ p over the mask / (Σ p + size of the mask); 0 where nothing was labelled.
    """
    size = int(mask.sum())
    if not size:
        return 0.0
    inside, everywhere = (float(values.sum(dtype=np.float64)) for values in (foreground[mask], foreground))
    return 2 * inside / (everywhere + size)
