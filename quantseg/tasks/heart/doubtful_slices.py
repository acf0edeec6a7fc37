"""The frames and slices of a cine at which a person should look first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from quantseg.measure.doubt import DoubtfulSlice, DoubtfulVoxels, Effect
from quantseg.tasks.heart.anatomy import HEART_SEGMENTS
from quantseg.tasks.heart.function import CAVITY_OF, ejection_fraction_percent
from quantseg.tasks.heart.phases import Phases
from quantseg.tasks.heart.segmenting import CycleSegmentation
from quantseg.volume import Grid

_REGION = "heart"
_MOST_SLICES, _MOST_PER_FRAME, _MOST_PER_PHASE = 30, 3, 8
_KEYS = {segment.value: segment.key for segment in HEART_SEGMENTS}


def doubtful_slices_of_cycle(
    found: CycleSegmentation, phases: Phases, grid: Grid, frame_numbers: Sequence[int]
) -> tuple[DoubtfulSlice, ...]:
    """Return where members disagree, what can change the ejection fraction first.

    Function is read off end-diastole and end-systole; frames that fit nowhere come next, then all others. A slice that
    is doubtful in one frame is so in its neighbours as well, so that few slices of a frame are enough.

    Args:
        found: the labelled cycle.
        phases: its phases.
        grid: where the voxels of a frame lie, slices along the last axis.
        frame_numbers: number of each frame in the input.

    Returns:
        nothing for a single member.
    """
    if found.frame_doubts is None:
        return ()
    moving = phases.end_diastole != phases.end_systole
    decisive = (phases.end_diastole, phases.end_systole) if moving else ()
    listed: list[tuple[int, float, DoubtfulSlice]] = []
    for frame, doubt in enumerate(found.frame_doubts):
        most = _MOST_PER_PHASE if frame in decisive else _MOST_PER_FRAME
        for k in np.argsort(-doubt.pixels, kind="stable")[:most]:
            if not doubt.pixels[k]:
                continue
            x, y, z = (float(mm) for mm in grid.to_world(np.array([*doubt.middle[k], k])))
            by_label = {value: float(doubt.pixels_of_label[k, value]) for value in _KEYS}
            points = _points(by_label, found, phases, frame) if frame in decisive else {}
            region = max(points, key=lambda name: points[name], default=None)
            if region is not None and points[region] > 0:
                rank, label = 0, int(CAVITY_OF[region])
                effect = Effect("ejection_fraction", region, points[region], "%")
            else:
                rank = 1 if frame in {*decisive, *phases.outliers} else 2
                label = max(by_label, key=lambda value: by_label[value])
                effect = Effect("volume", _KEYS[label], by_label[label] * grid.voxel_volume_mm3, "mm3")
            doubted = np.zeros(grid.shape, bool)
            doubted[..., k] = doubt.doubted[..., k]
            one = DoubtfulSlice(
                _REGION,
                (x, y, z),
                float(doubt.pixels[k]) * grid.voxel_volume_mm3,
                frame_numbers[frame],
                _KEYS[label],
                effect,
                DoubtfulVoxels.of(doubted, grid),
            )
            listed.append((rank, -effect.change, one))
    listed.sort(key=lambda entry: entry[:2])
    return tuple(one for _, _, one in listed[:_MOST_SLICES])


def _points(by_label: Mapping[int, float], found: CycleSegmentation, phases: Phases, frame: int) -> Mapping[str, float]:
    """Return by how many points one slice of a phase can change the ejection fraction of each ventricle."""
    changes = {}
    for region, label in CAVITY_OF.items():
        ed, es = (
            int(np.count_nonzero(found.labels[phase] == label)) for phase in (phases.end_diastole, phases.end_systole)
        )
        doubt = by_label.get(int(label), 0.0)
        if not ed or not doubt:
            continue
        at_ed, at_es = (doubt if frame == phase else 0.0 for phase in (phases.end_diastole, phases.end_systole))
        now = ejection_fraction_percent(ed, es)
        # A doubt counts either way; that with the larger effect is stated, as far as a volume is left.
        either = [
            ejection_fraction_percent(ed + sign * at_ed, es + sign * at_es) for sign in (-1, 1) if ed + sign * at_ed > 0
        ]
        changes[region] = max(abs(float(one) - now) for one in either)
    return changes
