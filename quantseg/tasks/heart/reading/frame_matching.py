"""Slices with different numbers of frames brought to one: each frame interpolated at its share of the heart beat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from quantseg.tasks.heart.reading.cine_takes import COMPLETE_SHARE, Take
from quantseg.tasks.heart.reading.cine_times import TimeField

_LONGEST_GAP = 1 / 8
"""Share of the beat between two images over which a frame is interpolated: 100 ms of a beat of 800."""


@dataclass(frozen=True)
class Matched:
    """A slice's images brought to the frames of a cine.

    Attributes:
        times: of each frame, shape (T,), in the unit of the field that gave the order; ranks where none did.
        weights: shape (T, images), what each image contributes to each frame; None where the images are the frames.
    """

    times: np.ndarray
    weights: np.ndarray | None


def phases_of_beat(takes: Sequence[Take], field: TimeField | None) -> np.ndarray:
    """Return when the frames of a cine are, as shares of the beat: the medians over slices of the usual number.

    Args:
        takes: one a slice, of one number of images.
        field: which gave their order; None for a single frame.
    """
    phases: np.ndarray = np.median([_phases(_times(take, field)) for take in takes], axis=0)
    return phases


def matched(take: Take, phases: np.ndarray, field: TimeField | None) -> Matched | None:
    """Return how a slice's images make up the frames of a cine; None where they cannot.

    As many images as frames are the frames, in their order. Otherwise each frame is a mean of the two images that are
    next to its share of the beat, linearly weighted, the last image followed by the first; that calls for images all
    over the beat.

    Args:
        take: of one slice.
        phases: of the frames, shares of the beat, shape (T,).
        field: by which the images are in order; None for a single frame.
    """
    times = _times(take, field)
    if len(times) == len(phases):
        return Matched(times, None)
    if len(times) < 2 or not COMPLETE_SHARE <= len(times) / len(phases) <= 1 / COMPLETE_SHARE:
        return None
    own = _phases(times)
    closed = np.concatenate([own, [own[0] + 1]])
    # Without times, ranks say nothing of gaps: the number of images has to do.
    if np.diff(closed).max() > _LONGEST_GAP and _is_in_time(field):
        return None
    places = np.interp(phases, closed, np.arange(len(closed)))
    lower = np.minimum(places.astype(int), len(own) - 1)
    weights = np.zeros((len(phases), len(own)))
    rows = np.arange(len(phases))
    weights[rows, lower] = 1 - (places - lower)
    weights[rows, (lower + 1) % len(own)] += places - lower
    return Matched(times[0] + phases * _beat(times), weights)


def _is_in_time(field: TimeField | None) -> bool:
    return field is TimeField.TRIGGER_TIME


def _times(take: Take, field: TimeField | None) -> np.ndarray:
    if field is None or not _is_in_time(field):
        # Numbers tell the order alone.
        return np.arange(len(take.images), dtype=float)
    return np.array([image.times[field] for image in take.images])


def _phases(times: np.ndarray) -> np.ndarray:
    phases: np.ndarray = (times - times[0]) / _beat(times)
    return phases


def _beat(times: np.ndarray) -> float:
    return float(times[-1] - times[0] + np.median(np.diff(times))) if len(times) > 1 else 1.0
