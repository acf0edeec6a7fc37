"""What the members of the ensemble disagree about in one frame of a cine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from quantseg.measure.doubt import disagreement, segment_disagreement
from quantseg.tasks.heart.stray_labels import without_stray_labels

_VALUES = 4


@dataclass(frozen=True)
class FrameDoubt:
    """The doubt about one frame, slice by slice; K slices.

    Attributes:
        pixels: pixels in doubt, each weighted by the share of members that hold another label than most, float64,
            shape (K,).
        middle: their middle along i and j, shape (K, 2); 0 where there are none.
        pixels_of_label: pixels of each label value, each weighted by the share of members that would have to change
            their mind about this label, shape (K, 4).
        doubted: which voxels are in doubt, bool, shape (I, J, K).
    """

    pixels: np.ndarray
    middle: np.ndarray
    pixels_of_label: np.ndarray
    doubted: np.ndarray

    @classmethod
    def of(cls, member_labels: np.ndarray) -> Self:
        """Look at the members' labels.

        What a member sees apart from its ventricles does not count: it would be taken away from the labels. Where only
        few members see some of it, it would otherwise be the largest doubt of all, in a slice without any label.

        Args:
            member_labels: ``HeartLabel`` values, shape (M, I, J, K), of two members or more.
        """
        kept = np.stack([without_stray_labels(labels)[0] for labels in member_labels])
        share = disagreement(kept).astype(np.float64)
        pixels = share.sum(axis=(0, 1))
        rows, columns = (np.arange(size) for size in share.shape[:2])
        sums = [np.tensordot(rows, share.sum(axis=1), 1), np.tensordot(columns, share.sum(axis=0), 1)]
        middle = np.column_stack(sums) / np.maximum(pixels, 1e-12)[:, None]
        of_label = [segment_disagreement(kept, value).sum(axis=(0, 1), dtype=np.float64) for value in range(_VALUES)]
        return cls(pixels, middle, np.column_stack(of_label), share > 0)
