"""A correction of one frame carried to its neighbours, and the way back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quantseg.errors import UsageError
from quantseg.tasks.heart.propagating import carry_labels
from quantseg.tasks.heart.reading.cine import CineKind
from quantseg.tasks.heart.review.case import HeartCase

if TYPE_CHECKING:
    import slicer


@dataclass(frozen=True)
class CopiedCorrection:
    """What was copied.

    Attributes:
        frames: that were changed, counted from 0, ascending.
        slices: in which they were changed, counted along the stack.
    """

    frames: tuple[int, ...]
    slices: tuple[int, ...]


def copy_to_neighbours(case: HeartCase, frame: int, reach: int) -> CopiedCorrection:
    """Carry the corrected slices of a frame to its neighbours, deformed along with the image.

    Slices that nobody has corrected in the frame are left alone in its neighbours, and so is every structure that
    nobody has corrected there. The heart cycle is closed: the last frame's neighbour is the first one.

    Args:
        case: all frames of a cycle.
        frame: that was corrected, counted from 0.
        reach: how many frames either way.

    Raises:
        UsageError: the case is no cycle, or nothing was corrected in the frame.
    """
    cine = case.cine()
    if cine.kind is not CineKind.CYCLE or len(case.frames) != len(cine.frames):
        raise UsageError("A correction is carried along a whole heart cycle; segment all frames first.")
    corrected = case.corrected_values(frame)
    slices = tuple(sorted(corrected))
    if not slices:
        raise UsageError(f"Nothing was corrected in frame {frame + 1}; correct it first, or show the corrected frame.")
    count, axis = len(cine.frames), cine.geometry.slice_axis
    reach = min(reach, (count - 1) // 2)
    images = np.moveaxis(cine.frames, 1 + axis, 3)
    labels = np.moveaxis(case.labels()[frame], axis, 2)
    changed = []
    for direction in (1, -1):
        path = [(frame + direction * step) % count for step in range(reach + 1)]
        for target, carried in carry_labels(labels, images, path, slices).items():
            new = np.moveaxis(case.labels()[target], axis, 2).copy()
            for k, values in corrected.items():
                new[:, :, k] = _with_structures(new[:, :, k], carried[:, :, k], values)
            case.replace_labels(target, np.moveaxis(new, 2, axis))
            changed.append(target)
    return CopiedCorrection(tuple(sorted(changed)), slices)


def _with_structures(labels: np.ndarray, carried: np.ndarray, values: Collection[int]) -> np.ndarray:
    """Return labels of a slice with some structures as they were carried, and all others as they are."""
    own = np.isin(labels, [*values, 0], invert=True)
    moved = np.where(np.isin(carried, list(values)), carried, 0)
    return np.where(own, labels, moved).astype(labels.dtype)


class FramesBackup:
    """The segmentations of all frames and what is known of them, as they were at one moment.

    Slicer's editor takes back what was done to the frame that is shown; this takes back what was done to many.

    Args:
        case: to be kept.
    """

    def __init__(self, case: HeartCase) -> None:
        import slicer

        self._case = case
        self._copies: list[slicer.vtkSegmentation] = []
        for node in case.segmentations():
            copy = slicer.vtkSegmentation()
            copy.DeepCopy(node.GetSegmentation())
            self._copies.append(copy)
        names = case.keeper.GetAttributeNames()
        self._attributes = {name: case.keeper.GetAttribute(name) for name in names if name.startswith("QuantSeg.")}

    def restore(self) -> None:
        """Bring everything back."""
        for node, copy in zip(self._case.segmentations(), self._copies, strict=True):
            node.GetSegmentation().DeepCopy(copy)
        for name in self._case.keeper.GetAttributeNames():
            if name.startswith("QuantSeg.") and name not in self._attributes:
                self._case.keeper.SetAttribute(name, None)
        for name, value in self._attributes.items():
            self._case.keeper.SetAttribute(name, value)
        self._case.note_edits()
