"""Which cines a DICOM folder holds, and which of a study's many series are worth reading."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from quantseg.errors import InputRefused
from quantseg.reading.dicom_frames import Frame, frames_of
from quantseg.reading.dicom_headers import DicomFile, read_headers
from quantseg.reading.dicom_series import LISTING_TAGS, Series, common_folder, described_series
from quantseg.reading.scan import CaseInput
from quantseg.tasks.heart.reading.cine_acquisitions import cine_acquisitions
from quantseg.tasks.heart.reading.cine_grid import along_mm, hindrance
from quantseg.tasks.heart.reading.cine_takes import SAME_SLICE_MM, same_places
from quantseg.tasks.heart.reading.cine_times import TIME_TAGS, TimedFrame, TimeField, timed_frames_of
from quantseg.tasks.heart.reading.heart_beat import stated_number
from quantseg.tasks.heart.reading.short_axis import CINE_LIMITS, stands_short_axis

_MAX_ECHO_DIFFERENCE_MS = 0.5
"""Scanners fit the echo time to each slice within this; echoes of one slice lie further apart."""
_PARALLEL_COSINE = np.cos(np.radians(10.0))
_SAME_PLACE_MM = 2.0
"""Slices of two cines no further apart show the same place; those of one lie at least twice as far."""
_LONGEST_BEAT_MS = 3000.0
_RAS_FROM_LPS = np.array([-1.0, -1.0, 1.0])


@dataclass(frozen=True)
class ListedSeries:
    """A DICOM series, and what choosing among cines needs of its geometry.

    Attributes:
        series: what it is.
        first: one of its images; None where they do not say where they lie.
        along_mm: different positions of its images along their normal.
        images: how many say where they lie.
        echo_time_ms: (0018,0081), where it is stated.
        is_one_beat: its images can be those of one heart beat: of one contrast, and not spread over many beats.
    """

    series: Series
    first: Frame | None
    along_mm: tuple[float, ...]
    images: int
    echo_time_ms: float | None
    is_one_beat: bool = True

    @property
    def is_one_slice_over_time(self) -> bool:
        """Tell whether it may be one slice of a cine whose slices are series of their own."""
        return self.series.is_suitable and len(self.along_mm) == 1 and self.images > 1

    def is_beside(self, other: ListedSeries) -> bool:
        """Tell whether both are single slices over time, of one study and about parallel."""
        if self.first is None or other.first is None or self.series.study_uid != other.series.study_uid:
            return False
        single = self.is_one_slice_over_time and other.is_one_slice_over_time
        return single and abs(float(self.first.normal @ other.first.normal)) >= _PARALLEL_COSINE

    def hindrance(self, other: ListedSeries, by_hand: bool = False) -> str | None:
        """Return in words why its slice cannot be of one cine with another's; None where it can.

        Args:
            other: is beside it.
            by_hand: the user picked both, so that contrast counts no more.
        """
        if self.first is None or other.first is None:
            return "its images do not say where they lie"
        echoes_ms = (self.echo_time_ms or 0.0, other.echo_time_ms or 0.0)
        if not by_hand and abs(echoes_ms[0] - echoes_ms[1]) > _MAX_ECHO_DIFFERENCE_MS:
            return f"its echo time is {echoes_ms[0]:g} ms, the others' {echoes_ms[1]:g} ms"
        if not by_hand and self.is_one_beat != other.is_one_beat:
            return "its images are spread over several heart beats or inversion times"
        return hindrance(self.first, other.first)


@dataclass(frozen=True)
class ListedCine:
    """Series that belong together: one as a rule, one a slice where they were stored so.

    Attributes:
        members: the series, by number.
        doubts: what was left out of it, a sentence each.
    """

    members: tuple[ListedSeries, ...]
    doubts: tuple[str, ...] = ()

    @property
    def likelihood(self) -> int:
        """How much of a short-axis cine it looks like, from 0: a stack, over time, of one beat, in the short axis."""
        first = self.members[0].first
        positions = {round(along_mm / SAME_SLICE_MM) for member in self.members for along_mm in member.along_mm}
        if first is None or len(positions) < CINE_LIMITS.min_voxels or self.members[0].series.is_localizer:
            return 0
        over_time = sum(member.images for member in self.members) > len(positions)
        one_beat = over_time and all(member.is_one_beat for member in self.members)
        return 1 + 2 * int(over_time) + 2 * int(one_beat) + int(stands_short_axis(first.normal * _RAS_FROM_LPS))

    def case(self, place: Path) -> CaseInput:
        """Return the case, named after its first series."""
        first, *further = (member.series for member in self.members)
        folder = common_folder([series.folder / "file" for series in (first, *further)], place)
        files = dict.fromkeys(file for series in (first, *further) for file in series.files)
        notes = dict.fromkeys(note for series in (first, *further) for note in series.notes)
        return CaseInput(
            first.case_name,
            folder,
            first.uid,
            tuple(series.uid for series in further),
            tuple(files),
            tuple(notes),
            doubts=self.doubts,
        )


def list_cine_series(place: Path) -> tuple[list[ListedSeries], int]:
    """Return the series below a folder or in a file, by number, and how many files are damaged."""
    files, damaged = read_headers(place, (*LISTING_TAGS, *TIME_TAGS))
    described = described_series(files, damaged, place, cine_acquisitions)
    return [_listed(series, members) for series, members in described], len(damaged)


def suitable_cines(listed: Sequence[ListedSeries]) -> list[ListedCine]:
    """Return what is worth reading: of each study, that which looks most like a short-axis cine.

    Where a study has no such thing, all its series of several images are returned, to be refused by name.
    """
    studies: dict[str, list[ListedCine]] = defaultdict(list)
    for cine in grouped(listed):
        if any(member.series.is_suitable for member in cine.members):
            studies[cine.members[0].series.study_uid].append(cine)
    chosen = []
    for cines in studies.values():
        magnetic = [cine for cine in cines if cine.members[0].series.modality == "MR"] or cines
        best = max(cine.likelihood for cine in magnetic)
        best_cines = [cine for cine in magnetic if cine.likelihood == best]
        chosen += [replace(cine, doubts=_left_out(cine, best_cines, listed)) for cine in best_cines]
    return chosen


def picked_cines(listed: Sequence[ListedSeries], uids: frozenset[str]) -> list[ListedCine]:
    """Return the cines of picked series.

    One slice's series stands for the whole cine; several stand for just these slices, put together whatever their
    contrast, so that a slice can be left out or brought back.

    Args:
        listed: all series.
        uids: SeriesInstanceUIDs of those that the user picked.
    """
    wanted = [one for one in listed if one.series.uid in uids]
    picked = [cine for cine in grouped(listed) if any(member.series.uid in uids for member in cine.members)]
    several = any(sum(member.series.uid in uids for member in cine.members) > 1 for cine in picked)
    brought_back = len(picked) > 1 and any(not cine.likelihood for cine in picked)
    return grouped(wanted, by_hand=True) if several or brought_back else picked


def grouped(listed: Sequence[ListedSeries], by_hand: bool = False) -> list[ListedCine]:
    """Return all series, those of single slices put together where they make up a stack.

    Args:
        listed: the series.
        by_hand: the user picked them, so that contrast counts no more.
    """
    groups: list[list[ListedSeries]] = []
    for one in listed:
        home = next(
            (group for group in groups if one.is_beside(group[0]) and one.hindrance(group[0], by_hand) is None), None
        )
        if home is None:
            groups.append([one])
        else:
            home.append(one)
    cines = []
    for group in groups:
        together = [ListedCine(tuple(part)) for part in _acquired_together(group)]
        cines += together if together[0].likelihood else [ListedCine((one,)) for one in group]
    return cines


def _acquired_together(group: Sequence[ListedSeries]) -> list[list[ListedSeries]]:
    """Return the slices of each cine, where most places were imaged more than once: at rest and under stress, say.

    The order is that of series numbers; a slice that was merely repeated stays in its cine.
    """
    first = group[0].first
    if first is None or len(group) == 1:
        return [list(group)]
    places = _numbered([along_mm(one.first, first) for one in group if one.first is not None])
    counts = Counter(places)
    if sum(count > 1 for count in counts.values()) * 2 < len(counts) or len(counts) < CINE_LIMITS.min_voxels:
        return [list(group)]
    parts: list[list[ListedSeries]] = [[]]
    covered: set[int] = set()
    for one, place in zip(group, places, strict=True):
        if place in covered and 2 * len(covered) > len(counts):
            parts.append([])
            covered = set()
        parts[-1].append(one)
        covered.add(place)
    return parts


def _numbered(along: Sequence[float]) -> list[int]:
    """Return a number for each position, equal where they lie at the same place."""
    order = np.argsort(along, kind="stable")
    numbers = np.empty(len(along), dtype=int)
    numbers[order] = np.cumsum(np.concatenate([[0], np.diff(np.array(along)[order]) > _SAME_PLACE_MM]))
    return [int(number) for number in numbers]


def _left_out(cine: ListedCine, chosen: Sequence[ListedCine], listed: Sequence[ListedSeries]) -> tuple[str, ...]:
    """Return a sentence about each slice that lies beside those of a cine and belongs to none."""
    if len(cine.members) == 1:
        return ()
    taken = {id(member) for one in chosen for member in one.members}
    sentences = []
    for one in listed:
        if id(one) not in taken and one.is_beside(cine.members[0]):
            reason = one.hindrance(cine.members[0]) or "it makes up no stack with the others"
            sentences.append(f"{one.series.case_name}, one slice of {one.images} images, was left out: {reason}.")
    return tuple(sentences)


def _listed(series: Series, files: Sequence[DicomFile]) -> ListedSeries:
    try:
        frames = [frame for file in files for frame in frames_of(file)] if series.is_image else []
    except InputRefused:
        frames = []
    if not frames:
        return ListedSeries(series, None, (), 0, None)
    along_mm = np.sort([frame.position_mm @ frames[0].normal for frame in frames])
    distinct = along_mm[np.concatenate([[True], np.diff(along_mm) > SAME_SLICE_MM])]
    return ListedSeries(
        series,
        frames[0],
        tuple(float(value) for value in distinct),
        len(frames),
        stated_number(files[0].header.get("EchoTime")),
        _is_one_beat([image for file in files for image in timed_frames_of(file)]),
    )


def _is_one_beat(images: Sequence[TimedFrame]) -> bool:
    """Tell whether the images at each place can be those of one heart beat."""
    for group in same_places(images):
        times_ms = [image.times.get(TimeField.TRIGGER_TIME, 0.0) for image in group]
        if len({image.contrast for image in group}) > 1 or max(times_ms) - min(times_ms) > _LONGEST_BEAT_MS:
            return False
    return True
