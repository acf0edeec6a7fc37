"""Where in a scan the members of an ensemble disagree, slice by slice, so that a person can look there first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from types import MappingProxyType

import numpy as np

from quantseg.measure.statistics import bounding_box
from quantseg.volume import Grid, Volume

_MOST_SLICES = 30


@dataclass(frozen=True)
class DoubtfulVoxels:
    """Which voxels of a slice the members disagree about, in a box of their own grid.

    Attributes:
        shape: of the box, (I, J, K).
        affine: from (i, j, k) of the box to RAS in mm, its first three rows one after the other.
        runs: how many voxels without and with doubt follow each other by turns, k running fastest; numbers with blanks
            between them.
    """

    shape: tuple[int, int, int]
    affine: tuple[float, ...]
    runs: str

    @classmethod
    def of(cls, doubted: np.ndarray, grid: Grid) -> DoubtfulVoxels:
        """Describe a mask.

        Args:
            doubted: bool, shape of the grid, with at least one voxel.
            grid: where its voxels lie.
        """
        box = bounding_box(doubted)
        if box is None:
            raise ValueError("No voxel is in doubt, expected at least one.")
        i, j, k = (one.start for one in box)
        inner = doubted[box]
        affine = grid.window((i, j, k), inner.shape).affine
        steps = np.flatnonzero(np.diff(inner.ravel().astype(np.int8), prepend=0, append=2))
        runs = np.diff(steps, prepend=0)
        return cls(inner.shape, tuple(float(mm) for mm in affine[:3].ravel()), " ".join(map(str, runs)))

    def volume(self) -> Volume:
        """Return them as a mask of 0 and 1, uint8."""
        voxels = np.zeros(int(np.prod(self.shape)), np.uint8)
        ends = list(accumulate(int(run) for run in self.runs.split()))
        for start, end in zip(ends[::2], ends[1::2], strict=False):
            voxels[start:end] = 1
        affine = np.vstack([np.reshape(self.affine, (3, 4)), (0, 0, 0, 1)])
        return Volume(voxels.reshape(self.shape), affine)


@dataclass(frozen=True)
class Effect:
    """What a person who decides otherwise may change in one number of the result.

    Attributes:
        key: of the measurement.
        region: of the measurement, or the key of a segment.
        change: by how much at most, either way.
        unit: of the change, such as ``mm3``; ``%`` are points of the measurement.
    """

    key: str
    region: str
    change: float
    unit: str


@dataclass(frozen=True)
class DoubtfulSlice:
    """A slice in which the members of an ensemble disagree.

    Attributes:
        region: of which structure, such as ``left``, ``right`` or ``whole``.
        centre_ras_mm: middle of the disagreement in this slice, RAS in mm.
        disagreement_mm3: volume of the slice's voxels, each weighted by the share of members that hold another
            label than most.
        frame_number: frame of a cine, as the input counts, from 1; None in a single volume.
        segment: key of the segment about which they disagree most; None where an older version wrote it.
        effect: what it can change; None where an older version wrote it.
        voxels: which voxels they disagree about; None where an older version wrote it.
    """

    region: str
    centre_ras_mm: tuple[float, float, float]
    disagreement_mm3: float
    frame_number: int | None = None
    segment: str | None = None
    effect: Effect | None = None
    voxels: DoubtfulVoxels | None = None


def disagreement(member_labels: np.ndarray) -> np.ndarray:
    """Return the share of members that hold another label than most, voxel by voxel.

    Args:
        member_labels: label map of every member, shape (M, I, J, K).

    Returns:
        0 where all agree; float32, shape (I, J, K).
    """
    votes = np.stack([(member_labels == value).sum(axis=0) for value in np.unique(member_labels)])
    return np.asarray(1 - votes.max(axis=0) / len(member_labels), dtype=np.float32)


def segment_disagreement(member_labels: np.ndarray, value: int) -> np.ndarray:
    """Return, voxel by voxel, the share of members that would have to change their mind about one label to agree.

    Args:
        member_labels: label map of every member, shape (M, I, J, K).
        value: the label.

    Returns:
        0 where all agree, 0.5 at most; float32, shape (I, J, K).
    """
    share = (member_labels == value).mean(axis=0, dtype=np.float32)
    return np.asarray(np.minimum(share, 1 - share), dtype=np.float32)


def doubtful_slices(
    region: str,
    disagreeing: np.ndarray,
    grid: Grid,
    axis: int,
    by_segment: Mapping[str, np.ndarray] = MappingProxyType({}),
) -> list[DoubtfulSlice]:
    """Describe every slice with any disagreement.

    Args:
        region: of which structure.
        disagreeing: from :func:`disagreement`.
        grid: where its voxels lie.
        axis: the axis across the slices.
        by_segment: from :func:`segment_disagreement`, by the key of the segment; what can change is the volume of the
            segment that they disagree about most.
    """
    found, voxel_mm3 = [], grid.voxel_volume_mm3
    for index in range(grid.shape[axis]):
        here = np.take(disagreeing, index, axis)
        total = float(here.sum())
        if not total:
            continue
        within = np.argwhere(here)
        centre = (within * here[tuple(within.T)][:, None]).sum(axis=0) / total
        x, y, z = (float(mm) for mm in grid.to_world(np.insert(centre, axis, index)))
        changing = {key: float(np.take(share, index, axis).sum()) for key, share in by_segment.items()}
        segment = max(changing, key=lambda key: changing[key], default=None)
        doubted = np.zeros(grid.shape, bool)
        place = [slice(None)] * 3
        place[axis] = slice(index, index + 1)
        doubted[tuple(place)] = disagreeing[tuple(place)] > 0
        found.append(
            DoubtfulSlice(
                region,
                (x, y, z),
                total * voxel_mm3,
                segment=segment,
                effect=None if segment is None else Effect("volume", segment, changing[segment] * voxel_mm3, "mm3"),
                voxels=DoubtfulVoxels.of(doubted, grid),
            )
        )
    return found


def most_doubtful_first(slices: Iterable[DoubtfulSlice]) -> tuple[DoubtfulSlice, ...]:
    """Return the slices that can change the most, first; where that is not known, those with the most disagreement."""
    return tuple(sorted(slices, key=_changing_most_first)[:_MOST_SLICES])


def _changing_most_first(one: DoubtfulSlice) -> float:
    return -(one.disagreement_mm3 if one.effect is None else one.effect.change)
