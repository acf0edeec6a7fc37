"""Which series of a study a task measures: a rule with reasons, which a site may sharpen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from quantseg.errors import InputRefused, UsageError
from quantseg.reading.dicom_frames import FRAME_TAGS, Frame, frames_of_all
from quantseg.reading.dicom_headers import read_files, text_of
from quantseg.reading.dicom_series import Series, list_series
from quantseg.reading.scan import CaseInput

_WORD_TAGS = ("SeriesDescription", "ProtocolName", "SequenceName", "MRAcquisitionType", "Manufacturer", "Modality")
_OWN_MANUFACTURER = "quantseg"
_SAME_POSITION_MM = 0.01


@dataclass(frozen=True)
class SeriesRule:
    """How the series of a study are told apart; patterns are regular expressions, whatever the case of letters.

    Attributes:
        kind: what is looked for, such as "T1"; said in the reasons.
        usual: patterns of what description, protocol or sequence usually say of it; goes before everything else.
        unusual: patterns of what is taken last.
        description: patterns of a site, of which SeriesDescription must fit one; none lets all through.
        protocol: patterns of a site, of which ProtocolName must fit one; none lets all through.
        leave_out: patterns of a site for descriptions and protocols that are never measured.
        take_all: measure every series that is left, instead of the one with the finest voxels.
    """

    kind: str = ""
    usual: tuple[str, ...] = ()
    unusual: tuple[str, ...] = ()
    description: tuple[str, ...] = ()
    protocol: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    take_all: bool = False


T1_WEIGHTED = SeriesRule(
    "T1",
    usual=(r"(?<![a-z0-9])t1", r"mp2?.?rage", r"bravo", r"spgr", r"(?<![a-z])tfl", r"(?<![a-z])tfe"),
    unusual=(
        r"(?<![a-z0-9])t2",
        "flair",
        r"post|contrast|gado|(?<![a-z])gd(?![a-z])|[+] ?c(?![a-z])",
        r"(?<![a-z])mra|tof",
    ),
)
"""Series of a T1-weighted head."""


@dataclass(frozen=True)
class ChosenSeries:
    """What is measured, and why.

    Attributes:
        cases: the series that are measured.
        reasons: a line for each series of the study, which quotes nothing that a header says in words.
    """

    cases: tuple[CaseInput, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class _Candidate:
    """A series that a task could read, as far as choosing needs it."""

    case: CaseInput
    description: str
    protocol: str
    words: str
    is_own: bool
    images: int
    spacing_mm: tuple[float, float, float] | None
    in_words: str

    def fits(self, rule: SeriesRule) -> bool:
        """Tell whether its words are those usual of what is looked for."""
        return _fits(rule.usual, self.words) and not _fits(rule.unusual, self.words)


def choose_series(place: Path, found: Sequence[CaseInput], rule: SeriesRule) -> ChosenSeries:
    """Choose which series of a study are measured.

    Args:
        place: the study's folder.
        found: the cases that the task's finder sees in it.
        rule: of the task, sharpened by the site.

    Raises:
        UsageError: none is left.
    """
    candidates = [_candidate(case, rule) for case in found if case.series_uid is not None]
    left_out = {one.case.name: reason for one in candidates if (reason := _why_left_out(one, rule))}
    left = sorted((one for one in candidates if one.case.name not in left_out), key=lambda one: _rank(one, rule))
    if not left:
        why = "; ".join(f"{name}: {reason}" for name, reason in left_out.items()) or "it holds no series to measure"
        raise UsageError(f"No series of {place} fits the rule ({why}); change the site's rules or pick with --series.")
    taken = left if rule.take_all else left[:1]
    reasons = [f"Measured: {one.case.name} ({one.in_words})" for one in taken]
    reasons += [f"Passed over: {one.case.name} ({one.in_words}): {_why_later(one, left[0], rule)}" for one in left]
    reasons = [line for line in reasons if not any(line.startswith(f"Passed over: {one.case.name} ") for one in taken)]
    reasons += [f"Passed over: {name}: {reason}" for name, reason in left_out.items()]
    cases = [case for one in candidates for case in (one.case, *(case for _, case in one.case.further_roles))]
    uids = {uid for case in cases for uid in (case.series_uid, *case.further_series)}
    reasons += [f"Passed over: {one.case_name}: {_kind(one)}" for one in list_series(place)[0] if one.uid not in uids]
    return ChosenSeries(tuple(one.case for one in taken), tuple(reasons))


def _candidate(case: CaseInput, rule: SeriesRule) -> _Candidate:
    files, _ = read_files(case.files, (*_WORD_TAGS, *FRAME_TAGS))
    header = files[0].header if files else None
    said = {tag: "" if header is None else text_of(header, tag) for tag in _WORD_TAGS}
    try:
        frames = frames_of_all(files)
    except InputRefused:
        frames = []
    spacing_mm = _spacing_mm(frames)
    images = sum(len(file.frame_numbers) for file in files)
    words = " ".join(said[tag] for tag in ("SeriesDescription", "ProtocolName", "SequenceName"))
    kind = [said["MRAcquisitionType"] or said["Modality"]]
    if rule.kind and (not rule.usual or (_fits(rule.usual, words) and not _fits(rule.unusual, words))):
        kind.append(rule.kind)
    size = "" if spacing_mm is None else " × ".join(f"{mm:.3g}" for mm in spacing_mm) + " mm"
    in_words = ", ".join(part for part in (" ".join(filter(None, kind)), size, f"{images} images") if part)
    own = said["Manufacturer"].lower() == _OWN_MANUFACTURER
    return _Candidate(case, said["SeriesDescription"], said["ProtocolName"], words, own, images, spacing_mm, in_words)


def _spacing_mm(frames: Sequence[Frame]) -> tuple[float, float, float] | None:
    """Return pixel size and mean distance between slices; None where they are unknown."""
    if not frames:
        return None
    along_mm = np.sort([frame.position_mm @ frames[0].normal for frame in frames])
    distances_mm = np.diff(along_mm)
    apart_mm = distances_mm[distances_mm > _SAME_POSITION_MM]
    if not apart_mm.size:
        return None
    between_rows_mm, between_columns_mm = frames[0].spacing_mm
    return between_columns_mm, between_rows_mm, float(np.mean(apart_mm))


def _why_left_out(one: _Candidate, rule: SeriesRule) -> str:
    if one.is_own:
        return "QuantSeg made it"
    if _fits(rule.leave_out, f"{one.description} {one.protocol}"):
        return "the site leaves such series out"
    if rule.description and not _fits(rule.description, one.description):
        return "its description fits none of the site's patterns"
    if rule.protocol and not _fits(rule.protocol, one.protocol):
        return "its protocol fits none of the site's patterns"
    return ""


def _rank(one: _Candidate, rule: SeriesRule) -> tuple[bool, float, int]:
    return not one.fits(rule), _coarsest_mm(one), -one.images


def _coarsest_mm(one: _Candidate) -> float:
    return float("inf") if one.spacing_mm is None else round(max(one.spacing_mm), 1)


def _why_later(one: _Candidate, first: _Candidate, rule: SeriesRule) -> str:
    if first.fits(rule) and not one.fits(rule):
        return f"its words are not those of a {rule.kind} series"
    if _coarsest_mm(one) > _coarsest_mm(first):
        return f"coarser than {first.case.name}"
    if one.images < first.images:
        return f"fewer images than {first.case.name}"
    return f"like {first.case.name}, which comes first"


def _kind(one: Series) -> str:
    """Say what a series is that the task's finder did not take for a case."""
    if one.is_localizer:
        return "a localiser"
    if not one.is_image:
        return f"no images of a scanner ({one.modality or 'no modality'})"
    if one.images == 1:
        return f"one image ({one.modality or 'no modality'})"
    return f"not what the task looks for ({one.modality or 'no modality'}, {one.images} images)"


def _fits(patterns: Sequence[str], text: str) -> bool:
    return any(re.search(pattern, text, re.IGNORECASE) for pattern in patterns)
