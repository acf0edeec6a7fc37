"""Where in a scan the members of an ensemble disagree, slice by slice, so that a person can look there first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from quantseg.volume import Grid

_MOST_SLICES = 30


@dataclass(frozen=True)
class DoubtfulSlice:
    """A slice in which the members of an ensemble disagree.

    Attributes:
        region: of which structure, such as ``left``, ``right`` or ``whole``.
        centre_ras_mm: middle of the disagreement in this slice, RAS in mm.
        disagreement_mm3: volume of the slice's voxels, each weighted by the share of members that hold another
            label than most.
        frame_number: frame of a cine, as the input counts, from 1; None in a single volume.
    """

    region: str
    centre_ras_mm: tuple[float, float, float]
    disagreement_mm3: float
    frame_number: int | None = None


def disagreement(member_labels: np.ndarray) -> np.ndarray:
    """Return the share of members that hold another label than most, voxel by voxel.

    Args:
        member_labels: label map of every member, shape (M, I, J, K).

    Returns:
        0 where all agree; float32, shape (I, J, K).
    """
    votes = np.stack([(member_labels == value).sum(axis=0) for value in np.unique(member_labels)])
    return np.asarray(1 - votes.max(axis=0) / len(member_labels), dtype=np.float32)


def doubtful_slices(region: str, disagreeing: np.ndarray, grid: Grid, axis: int) -> list[DoubtfulSlice]:
    """Describe every slice with any disagreement.

    Args:
        region: of which structure.
        disagreeing: from :func:`disagreement`.
        grid: where its voxels lie.
        axis: the axis across the slices.
    """
    found = []
    for index in range(grid.shape[axis]):
        here = np.take(disagreeing, index, axis)
        total = float(here.sum())
        if not total:
            continue
        within = np.argwhere(here)
        centre = (within * here[tuple(within.T)][:, None]).sum(axis=0) / total
        x, y, z = (float(mm) for mm in grid.to_world(np.insert(centre, axis, index)))
        found.append(DoubtfulSlice(region, (x, y, z), total * grid.voxel_volume_mm3))
    return found


def most_doubtful_first(slices: Iterable[DoubtfulSlice]) -> tuple[DoubtfulSlice, ...]:
    """Return the slices with the most disagreement, the worst first."""
    return tuple(sorted(slices, key=lambda one: -one.disagreement_mm3)[:_MOST_SLICES])
