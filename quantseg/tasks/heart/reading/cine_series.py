"""Which cines a DICOM folder holds, and which of a study's many series are worth reading."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from quantseg.errors import InputRefused
from quantseg.reading.dicom_frames import Frame, frames_of
from quantseg.reading.dicom_headers import DicomFile, read_headers
from quantseg.reading.dicom_series import LISTING_TAGS, Series, common_folder, described_series
from quantseg.reading.scan import CaseInput
from quantseg.tasks.heart.reading.cine_frames import SAME_SLICE_MM
from quantseg.tasks.heart.reading.heart_beat import stated_number
from quantseg.tasks.heart.reading.short_axis import CINE_LIMITS, stands_short_axis

_SAME_DIRECTION = 1e-3
_SAME_ECHO_TIME_MS = 0.05
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
    """

    series: Series
    first: Frame | None
    along_mm: tuple[float, ...]
    images: int
    echo_time_ms: float | None

    @property
    def is_one_slice_over_time(self) -> bool:
        """Tell whether it may be one slice of a cine whose slices are series of their own."""
        return self.series.is_suitable and len(self.along_mm) == 1 and self.images > 1

    def continues(self, other: ListedSeries) -> bool:
        """Tell whether both may hold slices of one cine: parallel, of one study, size, spacing and echo time."""
        one, two = self.first, other.first
        if one is None or two is None or self.series.study_uid != other.series.study_uid or one.size != two.size:
            return False
        first, second = (np.concatenate([frame.row_direction, frame.column_direction]) for frame in (one, two))
        echoes = [listed.echo_time_ms or 0.0 for listed in (self, other)]
        return (
            np.allclose(one.spacing_mm, two.spacing_mm, rtol=_SAME_DIRECTION, atol=0)
            and np.allclose(first, second, rtol=0, atol=_SAME_DIRECTION)
            and abs(echoes[0] - echoes[1]) <= _SAME_ECHO_TIME_MS
        )


@dataclass(frozen=True)
class ListedCine:
    """Series that belong together: one as a rule, one a slice where they were stored so."""

    members: tuple[ListedSeries, ...]

    @property
    def likelihood(self) -> int:
        """How much of a short-axis cine it looks like, from 0: a stack, over time, that stands in the short axis."""
        first = self.members[0].first
        positions = {round(along_mm / SAME_SLICE_MM) for member in self.members for along_mm in member.along_mm}
        if first is None or len(positions) < CINE_LIMITS.min_voxels or self.members[0].series.is_localizer:
            return 0
        images = sum(member.images for member in self.members)
        return 1 + 2 * int(images > len(positions)) + int(stands_short_axis(first.normal * _RAS_FROM_LPS))

    def case(self, place: Path) -> CaseInput:
        """Return the case, named after its first series."""
        first, *further = (member.series for member in self.members)
        folder = common_folder([series.folder / "file" for series in (first, *further)], place)
        files = dict.fromkeys(file for series in (first, *further) for file in series.files)
        notes = dict.fromkeys(note for series in (first, *further) for note in series.notes)
        return CaseInput(
            first.case_name, folder, first.uid, tuple(series.uid for series in further), tuple(files), tuple(notes)
        )


def list_cine_series(place: Path) -> tuple[list[ListedSeries], int]:
    """Return the series below a folder or in a file, by number, and how many files are damaged."""
    files, damaged = read_headers(place, LISTING_TAGS)
    described = described_series(files, damaged, place, over_time=True)
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
        chosen += [cine for cine in magnetic if cine.likelihood == best]
    return chosen


def picked_cines(listed: Sequence[ListedSeries], uids: frozenset[str]) -> list[ListedCine]:
    """Return the cines of picked series.

    One slice's series stands for the whole cine; several stand for just these slices, so that a repeated slice can be
    left out.

    Args:
        listed: all series.
        uids: SeriesInstanceUIDs of those that the user picked.
    """
    picked = []
    for cine in grouped(listed):
        members = tuple(member for member in cine.members if member.series.uid in uids)
        if members:
            picked.append(cine if len(members) == 1 else ListedCine(members))
    return picked


def grouped(listed: Sequence[ListedSeries]) -> list[ListedCine]:
    """Return all series, those of single slices put together where they make up a stack."""
    groups: list[list[ListedSeries]] = []
    for one in listed:
        home = next((group for group in groups if _belongs(one, group)), None)
        if home is None:
            groups.append([one])
        else:
            home.append(one)
    cines = []
    for group in groups:
        together = ListedCine(tuple(group))
        cines += [together] if together.likelihood else [ListedCine((one,)) for one in group]
    return cines


def _belongs(one: ListedSeries, group: Sequence[ListedSeries]) -> bool:
    return one.is_one_slice_over_time and group[0].is_one_slice_over_time and one.continues(group[0])


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
    )
