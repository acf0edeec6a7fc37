"""Where in a head the segmenter looks: at what was found, and on voxels as large as the head asks for."""

from __future__ import annotations

import numpy as np

from quantseg.measure.values import Check, Verdict
from quantseg.tasks.hippocampus.segmenting import (
    Seen,
    SideSegmentation,
    SupportsPrediction,
    head_patch_grid,
    look_at,
    on_scan,
)
from quantseg.tasks.hippocampus.volume_correction import VolumeCorrection
from quantseg.volume import Volume

WINDOW = "window"

_MOST_MOVES = 2
# Every training label keeps so many voxels from each face of its crop.
_TRAINING_MARGIN_VOXELS = 3
# Of heads between 900 and 2,100 ml, as adults have them, the size is left to the network; 1,500 ml is a usual one.
_USUAL_HEAD_MM3 = 1_500_000.0
_SMALLEST_HEAD_MM3, _LARGEST_HEAD_MM3 = 900_000.0, 2_100_000.0
_SMALLEST_SCALE, _LARGEST_SCALE = 0.7, 1.5
# Sizes this much alike are not worth a second look.
_SAME_SCALE = 0.03
_STEP, _MOST_STEPS = 1.12, 3
# By axis, at its low and its high end, of a left hippocampus in RAS order.
_FACES = (("the outer side", "the inner side"), ("the back", "the front"), ("the bottom", "the top"))


def segment_left_in_head(
    volume: Volume,
    box_centre_mm: np.ndarray,
    ensemble: SupportsPrediction,
    head_mm3: float | None = None,
    correction: VolumeCorrection | None = None,
) -> SideSegmentation:
    """Segment the left hippocampus of a head, moving the patch until what was found lies where a training crop has it.

    The localiser is coarse; after this the result hardly depends on where exactly it pointed. What comes too near a
    face of the patch, or belongs to a head of a size that no adult has, as in a template's space, is looked at again on
    voxels that make the head as large as a usual one.

    Args:
        volume: the head in canonical order; mirrored if the hippocampus is a right one.
        box_centre_mm: RAS centre of the hippocampus's bounding box, as the localiser sees it.
        ensemble: predicts the patch.
        head_mm3: intracranial volume as the localiser sees it; None where that is not known.
        correction: tells how large the labels shall be; None takes the likeliest class of each voxel.
    """
    seen = _settled(volume, box_centre_mm, ensemble, 1.0)
    scale = 1.0 if head_mm3 is None else float(np.cbrt(head_mm3 / _USUAL_HEAD_MM3))
    if head_mm3 is None or _SMALLEST_HEAD_MM3 <= head_mm3 <= _LARGEST_HEAD_MM3:
        if _room_voxels(seen.labels) >= _TRAINING_MARGIN_VOXELS:
            return on_scan(volume, seen, correction)
        scale = max(scale, 1.0)
    scale, seen_at = float(np.clip(scale, _SMALLEST_SCALE, _LARGEST_SCALE)), 1.0
    for _ in range(_MOST_STEPS):
        if abs(scale / seen_at - 1) > _SAME_SCALE:
            middle_mm = _box_centre_mm(seen)
            seen = _settled(volume, box_centre_mm if middle_mm is None else middle_mm, ensemble, scale)
            seen_at = scale
        if not _clipped_faces(seen.labels, seen.in_view):
            break
        scale = min(scale * _STEP, _LARGEST_SCALE)
    return on_scan(volume, seen, correction)


def check_window(found: SideSegmentation, whose: str) -> tuple[Check, ...]:
    """Fail a hippocampus of a head that the patch clips, and say where; nothing for one that lies whole in it.

    Args:
        found: of one hippocampus.
        whose: how to call it in a sentence.
    """
    faces = _clipped_faces(found.patch_labels, found.patch_in_view)
    if not faces:
        return ()
    reason = (
        f"{whose}: clipped at {' and '.join(faces)} of what the models are shown, expected to lie whole in it: its "
        "volumes are too small."
    )
    return (Check(WINDOW, Verdict.FAIL, reason),)


def _clipped_faces(labels: np.ndarray, in_view: np.ndarray) -> list[str]:
    """Return in words the faces of the patch, within the scan, that labels touch and may go on beyond."""
    touching = (labels > 0) & in_view
    return [
        name
        for axis, names in enumerate(_FACES)
        for end, name in zip((0, -1), names, strict=True)
        if touching.take(end, axis).any()
    ]


def _settled(volume: Volume, centre_mm: np.ndarray, ensemble: SupportsPrediction, scale: float) -> Seen:
    """Look at a patch of this scale, moved until its middle holds still."""
    grid = head_patch_grid(volume.grid, centre_mm, scale)
    seen = look_at(volume, grid, ensemble)
    for _ in range(_MOST_MOVES):
        middle_mm = _box_centre_mm(seen)
        if middle_mm is None:
            break
        moved = head_patch_grid(volume.grid, middle_mm, scale)
        if moved.same_as(grid):
            break
        grid, seen = moved, look_at(volume, moved, ensemble)
    return seen


def _box_centre_mm(seen: Seen) -> np.ndarray | None:
    """Return the middle of the box around what was found, shape (3,); None where nothing was."""
    voxels = np.argwhere(seen.labels > 0)
    if not len(voxels):
        return None
    return np.asarray(seen.patch.grid.to_world((voxels.min(axis=0) + voxels.max(axis=0)) / 2))


def _room_voxels(labels: np.ndarray) -> int:
    """Return the fewest voxels between what was found and a face of the patch."""
    voxels, last = np.argwhere(labels > 0), np.array(labels.shape) - 1
    return int(min(voxels.min(), (last - voxels).min())) if len(voxels) else int(last.min())
