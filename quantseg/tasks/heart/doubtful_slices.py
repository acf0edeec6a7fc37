"""The frames and slices of a cine at which a person should look first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from quantseg.measure.doubt import DoubtfulSlice
from quantseg.tasks.heart.phases import Phases
from quantseg.tasks.heart.segmenting import CycleSegmentation
from quantseg.volume import Grid

_REGION = "heart"
_MOST_SLICES, _MOST_PER_FRAME = 30, 3


def doubtful_slices_of_cycle(
    found: CycleSegmentation, phases: Phases, grid: Grid, frame_numbers: Sequence[int]
) -> tuple[DoubtfulSlice, ...]:
    """Return where members disagree: at end-diastole, end-systole and in frames that fit nowhere, then elsewhere.

    Function is read off the first two; a slice that is doubtful in one frame is so in its neighbours as well, so that
    few slices of a frame are enough.

    Args:
        found: the labelled cycle.
        phases: its phases.
        grid: where the voxels of a frame lie, slices along the last axis.
        frame_numbers: number of each frame in the input.

    Returns:
        in both groups the most doubtful first; nothing for a single member.
    """
    if found.disagreement is None:
        return ()
    decisive = {phases.end_diastole, phases.end_systole, *phases.outliers}
    listed: list[tuple[bool, DoubtfulSlice]] = []
    for frame, slices in enumerate(found.disagreement):
        for k in np.argsort(-slices[:, 0], kind="stable")[:_MOST_PER_FRAME]:
            pixels, i, j = slices[k]
            if pixels <= 0:
                continue
            x, y, z = (float(mm) for mm in grid.to_world(np.array([i, j, k])))
            mm3 = float(pixels) * grid.voxel_volume_mm3
            listed.append((frame not in decisive, DoubtfulSlice(_REGION, (x, y, z), mm3, frame_numbers[frame])))
    listed.sort(key=lambda one: (one[0], -one[1].disagreement_mm3))
    return tuple(doubtful for _, doubtful in listed[:_MOST_SLICES])
