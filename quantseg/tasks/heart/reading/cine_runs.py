"""Which images of one slice of a cine were taken one after another: rest and stress, or a slice that was repeated.

Most often the same times come again. Where they do not, as with another heart rate, the time of day, or the order in
which the images were made, shows that a second beat begins.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from quantseg.reading.dicom_folders import folder_numbers
from quantseg.tasks.heart.reading.cine_times import TimedFrame, TimeField, repeated_times

_LONGEST_HOLD_S = 30.0
"""No breath is held for longer between two images of one slice."""
_FEWEST_OF_BEAT = 5
"""Fewer images are no beat of their own, and may lie in any order by chance."""
_SHARED_RANGE = 0.5
"""Share of the shorter of two runs of times in which the other one lies, too, where both show a whole beat."""
_LIKE_SIZE = 0.8
"""Share of the longest run that others have where none was broken off."""
_UNEVEN_STEP = 0.25
"""Share of the usual step of time, below which two images follow each other as no scanner takes them in one beat."""
_FEW_UNEVEN = 0.1

_Run = list[TimedFrame]


def runs_of(images: Sequence[TimedFrame], field: TimeField | None) -> list[_Run]:
    """Return images of one slice by what was taken together, each in the order of time.

    Args:
        images: of one series, matrix and place.
        field: which tells their time; None where there is one image of each slice.
    """
    if field is None:
        return [[image] for image in images]
    runs = [run for held in _by_breath_hold(images) for run in _of_one_breath_hold(held, field)]
    return [sorted(run, key=lambda image: image.times[field]) for run in runs]


def times_are_uneven(images: Sequence[TimedFrame], field: TimeField | None) -> bool:
    """Tell whether images that should be of one beat follow each other as those of two beats do, put together."""
    if field is not TimeField.TRIGGER_TIME or len(images) < 2 * _FEWEST_OF_BEAT:
        return False
    steps = np.diff(np.sort([image.times[field] for image in images]))
    uneven = int(np.sum(steps < _UNEVEN_STEP * np.median(steps)))
    return uneven >= max(2, _FEW_UNEVEN * len(steps))


def _by_breath_hold(images: Sequence[TimedFrame]) -> list[_Run]:
    """Divide images where much time lies between taking two of them, if all state it; a pause in storing is none."""
    if not all(image.acquired_s for image in images):
        return [list(images)]
    ordered = sorted(images, key=_by_time_of_day)
    return _cut(ordered, np.flatnonzero(np.diff([image.acquired_s for image in ordered]) > _LONGEST_HOLD_S))


def _of_one_breath_hold(images: Sequence[TimedFrame], field: TimeField) -> list[_Run]:
    if not repeated_times(images, field):
        return _by_new_beats(images, field)
    if len({(*_by_acquisition(image)[:3], image.times[field]) for image in images}) < len(images):
        return _by_folder(images, field)
    candidates = []
    for order in (_by_acquisition, _by_time_of_day):
        runs: list[_Run] = []
        for image in sorted(images, key=order):
            if not runs or repeated_times([*runs[-1], image], field):
                runs.append([])
            runs[-1].append(image)
        candidates.append(runs)
    return min(candidates, key=len)


def _by_new_beats(images: Sequence[TimedFrame], field: TimeField) -> list[_Run]:
    """Divide images of different times where these begin anew in the order in which the images were made."""
    if field is TimeField.INSTANCE_NUMBER:
        return _by_blocks(images)
    for order in (_by_acquisition, _by_time_of_day):
        ordered = sorted(images, key=order)
        if len({order(image)[:-2] for image in images}) < len(images):
            continue
        times = np.array([image.times[field] for image in ordered])
        runs = _cut(ordered, np.flatnonzero(np.diff(times) < 0))
        spans = [(run[0].times[field], run[-1].times[field]) for run in runs]
        shared = min(last for _, last in spans) - max(first for first, _ in spans)
        whole = min(len(run) for run in runs) >= _FEWEST_OF_BEAT
        if len(runs) > 1 and whole and shared >= _SHARED_RANGE * min(last - first for first, last in spans):
            return runs
    return [list(images)]


def _by_blocks(images: Sequence[TimedFrame]) -> list[_Run]:
    """Divide images where more instance numbers are left out between them than a beat has, into like blocks."""
    ordered = sorted(images, key=lambda image: image.instance_number)
    steps = np.diff([image.instance_number for image in ordered])
    if not len(steps):
        return [ordered]
    blocks = _cut(ordered, np.flatnonzero(steps > _FEWEST_OF_BEAT * np.median(steps)))
    gaps = steps[steps > _FEWEST_OF_BEAT * np.median(steps)]
    far = np.all(gaps > max(len(block) for block in blocks) * np.median(steps))
    return blocks if far and _are_beats_of_like_size(blocks) else [ordered]


def _cut(ordered: Sequence[TimedFrame], after: np.ndarray) -> list[_Run]:
    """Return images cut behind those with these numbers."""
    edges = [0, *(int(number) + 1 for number in after), len(ordered)]
    return [list(ordered[start:stop]) for start, stop in itertools.pairwise(edges)]


def _by_folder(images: Sequence[TimedFrame], field: TimeField) -> list[_Run]:
    """Divide images whose times come again where each of several folders has a beat, unless they hold copies."""
    times = sorted({image.times[field] for image in images})
    numbers = folder_numbers([image.frame for image in images], [times.index(image.times[field]) for image in images])
    runs = [[image for image, of in zip(images, numbers, strict=True) if of == number] for number in set(numbers)]
    if _are_beats_of_like_size(runs) and not any(repeated_times(run, field) for run in runs):
        return runs
    # Nothing tells which of two images of one time was taken with the others.
    return [list(images)]


def _are_beats_of_like_size(runs: Sequence[_Run]) -> bool:
    sizes = [len(run) for run in runs]
    return min(sizes) >= max(_FEWEST_OF_BEAT, _LIKE_SIZE * max(sizes))


def _by_acquisition(image: TimedFrame) -> tuple[float, float, float, str, int]:
    return image.acquisition_number, *_by_time_of_day(image)


def _by_time_of_day(image: TimedFrame) -> tuple[float, float, str, int]:
    # Path and index break ties, so that the same files always give the same order.
    return image.made_s, image.instance_number, str(image.frame.path), image.frame.index
