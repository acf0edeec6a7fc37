"""At the desk: the doubtful slices of a result as a page lists them, each by its place in the planes of the viewer."""

from __future__ import annotations

from typing import Any

import numpy as np

from quantseg.measure.doubt import DoubtfulSlice
from quantseg.results.case import CaseResult
from quantseg.results.numbers import effect_in_words
from quantseg.tasks.contract import Task
from quantseg.web.seeing import shown_planes_of

_MOST_DOUBTS = 30


def listed_doubts(task: Task[Any, Any], result: CaseResult) -> list[dict[str, Any]]:
    """Return what a page says of each doubtful slice: what, where, in which frame, and what it may change."""
    doubts = result.doubtful_slices[:_MOST_DOUBTS]
    names = {segment.key: segment.name for segment in result.segments}
    normal = _normal_of(doubts)
    return [
        {
            "what": names.get(one.segment or "", one.region.replace("_", " ")),
            "where": "" if normal is None else _place(task, result, normal, one),
            "frame": one.frame_number,
            "centre_ras_mm": list(one.centre_ras_mm),
            "effect": effect_in_words(one.effect) if one.effect else "",
        }
        for one in doubts
    ]


def _normal_of(doubts: tuple[DoubtfulSlice, ...]) -> np.ndarray | None:
    """Return the direction across these slices, RAS; None where they do not tell it."""
    boxes = [one.voxels for one in doubts if one.voxels is not None]
    # One slice may have a single voxel; all of them are one voxel thick along one axis.
    thin = [axis for axis in range(3) if boxes and all(box.shape[axis] == 1 for box in boxes)]
    return np.reshape(boxes[0].affine, (3, 4))[:, thin[0]] if len(thin) == 1 else None


def _place(task: Task[Any, Any], result: CaseResult, normal: np.ndarray, one: DoubtfulSlice) -> str:
    """Return plane and number as the viewer counts them, such as "coronal 114"."""
    grid = result.scan.grid
    planes = shown_planes_of(task, result.scan)
    right, down, depth = planes.axes_of(grid.affine)
    across = (depth, down, right)
    columns = [grid.affine[:3, axis.stored] for axis in across]
    nearest = int(np.argmax([abs(column @ normal) / np.linalg.norm(column) for column in columns]))
    axis, size = across[nearest], grid.shape[across[nearest].stored]
    index = int(np.clip(np.rint(grid.to_voxel(np.array(one.centre_ras_mm))[axis.stored]), 0, size - 1))
    # Counted in the direction in which the eye goes through the planes.
    return f"{planes.names[nearest]} {index + 1 if axis.sign > 0 else size - index}"
