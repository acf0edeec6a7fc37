"""Which cines, perfusions and maps lie under one SeriesInstanceUID, told apart by contrast, frame count and time.

What geometry and the fields of all DICOM tell apart is divided before; here comes what only images over time show.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from quantseg.errors import InputRefused
from quantseg.reading.dicom_acquisitions import acquisitions
from quantseg.reading.dicom_headers import DicomFile
from quantseg.reading.dicom_planes import plane_digests
from quantseg.tasks.heart.reading.cine_frames import order_field
from quantseg.tasks.heart.reading.cine_grid import reference_of
from quantseg.tasks.heart.reading.cine_takes import Take, is_whole, takes_of, usual_count
from quantseg.tasks.heart.reading.cine_times import TimedFrame, timed_frames_of
from quantseg.tasks.heart.reading.short_axis import CINE_LIMITS

_MIN_SLICES = CINE_LIMITS.min_voxels
"""Fewer slices of another number of frames are no acquisition but slices that went wrong."""


def cine_acquisitions(files: Sequence[DicomFile]) -> list[list[DicomFile]]:
    """Return the files, or frames of them, of each acquisition among those of one series.

    Args:
        files: of images that all say where they lie.
    """
    found = []
    for part in acquisitions(files, over_time=True):
        images = [image for file in part for image in timed_frames_of(file)]
        pieces = [piece for alike in _by_inversion(images) for piece in _by_takes(alike)]
        found += [part] if len(pieces) == 1 else [_files_of(piece, part) for piece in pieces]
    return found


def _by_inversion(images: Sequence[TimedFrame]) -> list[list[TimedFrame]]:
    """Divide images that state an inversion time, as those of maps do, from those that state none, or 0."""
    groups: dict[bool, list[TimedFrame]] = defaultdict(list)
    for image in images:
        groups[image.contrast[1] not in ("", "0", "0.0")].append(image)
    return list(groups.values())


def _by_takes(images: Sequence[TimedFrame]) -> list[list[TimedFrame]]:
    """Divide takes of very different numbers of frames, and whole takes of most slices that follow each other."""
    try:
        places = takes_of(images, order_field(images), reference_of([image.frame for image in images]))
    except InputRefused:
        return [list(images)]
    usual = usual_count(places)
    own, others = [], []
    for takes in places:
        own.append([take for take in takes if is_whole(take, usual)])
        others += [take for take in takes if not is_whole(take, usual)]
    longer = [take for take in others if len(take.images) > usual]
    parts = _in_turn([takes for takes in own if takes])
    if len({round(take.along_mm) for take in longer}) >= _MIN_SLICES:
        others = [take for take in others if len(take.images) <= usual]
        parts.append(longer)
    # What is shorter was broken off, or is one slice of something else: it is named where the cine is read.
    parts[0] += others
    return [[image for take in part for image in take.images] for part in parts]


def _in_turn(places: Sequence[Sequence[Take]]) -> list[list[Take]]:
    """Return the takes of each turn, where most places had as many turns: rest and stress; else all in one."""
    turns = max(len(takes) for takes in places)
    if turns == 1 or len(places) < _MIN_SLICES or 2 * sum(len(takes) == turns for takes in places) <= len(places):
        return [[take for takes in places for take in takes]]
    ordered = [sorted(takes, key=lambda take: take.age) for takes in places]
    if all(_hold_copies(takes) for takes in ordered):
        return [[take for takes in places for take in takes]]
    return [[takes[turn] for takes in ordered if turn < len(takes)] for turn in range(turns)]


def _hold_copies(takes: Sequence[Take]) -> bool:
    """Tell whether takes of one slice show the same, so that they are files that are there more than once."""
    try:
        shown = [set(plane_digests([image.frame for image in take.images])) for take in takes]
    except InputRefused:
        return False  # What cannot be decoded is refused when the cine is read, with the reason.
    return all(one == shown[0] for one in shown)


def _files_of(images: Sequence[TimedFrame], files: Sequence[DicomFile]) -> list[DicomFile]:
    frames: dict[Path, list[int]] = defaultdict(list)
    for image in images:
        frames[image.frame.path].append(image.frame.index)
    return [replace(file, frames=tuple(sorted(frames[file.path]))) for file in files if file.path in frames]
