"""Which cases the inputs of a command hold, and what each is called."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from quantseg.errors import InputRefused, UsageError
from quantseg.printable import printable
from quantseg.reading.archive import is_archive, members_of
from quantseg.reading.bids import bids_images
from quantseg.reading.dicom_series import Series, list_series
from quantseg.reading.folders import files_below
from quantseg.reading.guard import MRI, MRI_LIMITS
from quantseg.reading.image_file import FORMATS, ending_of, named_image
from quantseg.reading.scan import CaseInput

NAME_SEPARATOR = "__"
"""Stands in case names for the separator of paths."""
LONGEST_NAME_BYTES = 200
"""Of a case's name: file systems take 255 in a name, and a folder that is being written has a longer one."""
_HASH_DIGITS = 8
_BIDS_SUFFIX = "T1w"
"""Of the images that are taken from a BIDS data set."""
_MOST_NAMED = 10
"""How many series or files a message lists."""

CaseFinder = Callable[[Path, frozenset[str]], tuple[list[CaseInput], list[Series]]]
"""From an input and the keys of wanted series to its cases, and all DICOM series in it."""


def find_cases(
    inputs: Sequence[Path], series: Sequence[str] | None = None, modalities: frozenset[str] = MRI
) -> list[CaseInput]:
    """Find the cases in image files, DICOM folders, and folders of either at any depth.

    A file's case is named after its path relative to its input, without the ending and with separators written
    ``__``, shortened where no folder could have the name; a DICOM case after series number and a hash, never after a
    folder, which might name a patient. Of a BIDS data set the T1-weighted images are taken, named as there. Within a
    DICOM study localizers, single images, objects derived from images, and other modalities beside those wanted are
    passed over. A study of nothing else is a case all the same, to be refused by name when it is read.

    Args:
        inputs: files and folders, as the user gave them.
        series: picks DICOM series by number, hash, case name or SeriesInstanceUID; None takes all suitable ones.
        modalities: DICOM modalities that are preferred within a study.

    Returns:
        the cases, in the order of the inputs, within a folder by path, then DICOM by series number. Of several inputs
        one that is missing is a case, too, which is refused when it is read.

    Raises:
        UsageError: all inputs are missing, one holds no image, a series is not there, or two cases have one name.
    """

    def cases_in(place: Path, wanted: frozenset[str]) -> tuple[list[CaseInput], list[Series]]:
        return _cases_in(place, wanted, modalities)

    return collect_cases(inputs, series, cases_in)


def collect_cases(inputs: Sequence[Path], series: Sequence[str] | None, cases_in: CaseFinder) -> list[CaseInput]:
    """Gather the cases of several inputs, whichever way a task finds them in each.

    Args:
        inputs: files and folders, as the user gave them.
        series: picks DICOM series by number, hash, case name or SeriesInstanceUID; None takes all suitable ones.
        cases_in: finds the cases of one input.

    Raises:
        UsageError: all inputs are missing, a series is not there, or two cases have one name.
    """
    wanted = frozenset(series or ())
    unseen = set(wanted)
    listed: list[Series] = []
    cases: list[CaseInput] = []
    places = [named_image(Path(given)) for given in inputs]
    if places and not any(place.exists() for place in places):
        raise UsageError(f"The input {places[0]} does not exist; expected an image file, a DICOM folder or a folder.")
    for number, place in enumerate(places, start=1):
        if not place.exists() or (is_archive(place) and not _is_readable(place)):
            # Reading it says why; the others can be done all the same.
            cases.append(CaseInput(_name_of_input(place, number), place))
            continue
        found, here = cases_in(place, wanted)
        cases.extend(found)
        listed.extend(here)
    for one in listed:
        unseen -= series_keys(one)
    if unseen:
        raise UsageError(f"No series {', '.join(sorted(unseen))} was found; the inputs hold {_in_words(listed)}.")
    cases = [replace(case, name=_of_a_folder(case.name)) for case in cases]
    _refuse_equal_names(cases)
    return cases


def _is_readable(archive: Path) -> bool:
    try:
        members_of(archive)
    except InputRefused:
        return False
    return True


def _name_of_input(place: Path, number: int) -> str:
    """Return the name of a case that cannot be read; that of a folder or an archive might name a patient."""
    return f"input{number}" if ending_of(place) is None else name_without_ending(place)


def _of_a_folder(name: str) -> str:
    """Return a name that a folder can have and a message can show.

    Of one too long the beginning stays, and what cannot be shown becomes a ``_``; a hash then tells it from others.
    """
    shown = "".join(letter if printable(letter) == letter else "_" for letter in name)
    if shown == name and len(name.encode()) <= LONGEST_NAME_BYTES:
        return name
    ending = f"_{hashlib.sha256(os.fsencode(name)).hexdigest()[:_HASH_DIGITS]}"
    return shown.encode()[: LONGEST_NAME_BYTES - len(ending)].decode(errors="ignore") + ending


def _cases_in(place: Path, wanted: frozenset[str], modalities: frozenset[str]) -> tuple[list[CaseInput], list[Series]]:
    """Return the cases of one input, and all DICOM series in it."""
    if place.is_file() and ending_of(place) is not None:
        return [CaseInput(name_without_ending(place), place)], []
    of_data_set = bids_cases(place, _BIDS_SUFFIX)
    if of_data_set is not None:
        return of_data_set, []
    images = [path for path in files_below(place) if ending_of(path) is not None] if place.is_dir() else []
    cases = [CaseInput(name_below(path, place), path) for path in images]
    listed, damaged = list_series(place)
    chosen = [one for one in listed if wanted & series_keys(one)] if wanted else _suitable(listed, modalities)
    if not cases and not chosen and not (wanted and listed):
        raise UsageError(nothing_found(place, listed, damaged))
    passed_over = {} if wanted else passed_over_by_study(listed, chosen)
    return cases + [series_case(one, passed_over.get(one.study_uid, ())) for one in chosen], listed


def bids_cases(place: Path, suffix: str) -> list[CaseInput] | None:
    """Return the cases of a BIDS data set, named as there; None where a folder belongs to none.

    Raises:
        UsageError: it holds no image of this suffix.
    """
    images = bids_images(place, suffix) if place.is_dir() else None
    if images is None:
        return None
    if not images:
        raise UsageError(f"The BIDS data set {place} holds no image of a subject with the suffix {suffix}.")
    return [CaseInput(name, path) for name, path in images]


def series_case(one: Series, passed_over: Sequence[Series] = ()) -> CaseInput:
    """Return the case that a DICOM series is, with notes on what was left out of it and of its study."""
    notes = (*one.notes, *passed_over_note(passed_over))
    return CaseInput(one.case_name, one.folder, one.uid, files=one.files, notes=notes)


def passed_over_note(passed_over: Sequence[Series]) -> tuple[str, ...]:
    """Return what report and ``run.json`` say of the other series of a study; nothing where there are none."""
    if not passed_over:
        return ()
    place = "study" if all(one.study_uid for one in passed_over) else "input"
    return (f"Of the same {place} were passed over: {_in_words(passed_over)}; --series picks them.",)


def passed_over_by_study(listed: Sequence[Series], chosen: Sequence[Series]) -> dict[str, list[Series]]:
    """Return the series of each study that are no cases, by StudyInstanceUID."""
    taken = {id(one) for one in chosen}
    rest: dict[str, list[Series]] = defaultdict(list)
    for one in listed:
        if id(one) not in taken:
            rest[one.study_uid].append(one)
    return rest


def _suitable(listed: Sequence[Series], modalities: frozenset[str]) -> list[Series]:
    """Return the series worth reading; none where no study of the input has a stack of slices."""
    if not any(one.is_suitable for one in listed):
        return []
    studies: dict[str, list[Series]] = defaultdict(list)
    for one in listed:
        studies[one.study_uid].append(one)
    return [one for one in listed if one in _of_study(studies[one.study_uid], modalities)]


def _of_study(listed: Sequence[Series], modalities: frozenset[str]) -> list[Series]:
    stacks = [one for one in listed if one.is_suitable]
    if not stacks:
        return [one for one in listed if one.is_image]
    wanted = [one for one in stacks if one.modality in modalities] or stacks
    series: dict[str, list[Series]] = defaultdict(list)
    for one in wanted:
        series[one.uid].append(one)
    return [one for one in wanted if one in _of_series(series[one.uid])]


def _of_series(acquisitions: Sequence[Series]) -> Sequence[Series]:
    """Return those acquisitions of one series that are worth reading: whole stacks, and magnitudes before phases."""
    if len(acquisitions) == 1:
        return acquisitions
    magnitudes = [one for one in acquisitions if one.is_magnitude] or acquisitions
    return [one for one in magnitudes if one.images >= MRI_LIMITS.min_voxels] or magnitudes


def series_keys(one: Series) -> set[str]:
    """Return all by which a user may pick a series."""
    keys = {one.uid, one.hash, one.case_name, one.series_name}
    return keys if one.number is None else keys | {str(one.number)}


def name_below(path: Path, place: Path) -> str:
    """Return the case name of an image file in a folder."""
    *folders, _ = path.relative_to(place).parts
    return NAME_SEPARATOR.join([*folders, name_without_ending(path)])


def name_without_ending(path: Path) -> str:
    """Return the name of an image file without its known ending."""
    return path.name[: -len(ending_of(path) or "")]


def _refuse_equal_names(cases: Sequence[CaseInput]) -> None:
    """Refuse names that are equal, or equal on a disk that knows no capitals."""
    seen: dict[str, CaseInput] = {}
    for case in cases:
        key = unicodedata.normalize("NFC", case.name).casefold()
        if key in seen:
            first = seen[key]
            where = "" if case.series_uid is not None else f" ({first.path} and {case.path})"
            raise UsageError(f"Two inputs have the case name {case.name}{where}; rename one or run them apart.")
        seen[key] = case


def nothing_found(place: Path, listed: Sequence[Series], damaged: int) -> str:
    """Return in words that an input holds no case, and what it holds."""
    expected = f"expected an image ({', '.join(FORMATS)}) or a DICOM series of at least two slices"
    if listed:
        return f"No suitable image was found in {place}: it holds {_in_words(listed)}; {expected}."
    if damaged:
        return f"No image was found in {place}: {damaged} DICOM files there are damaged; copy them again."
    return f"No image was found in {place}; {expected}."


def _in_words(listed: Sequence[Series]) -> str:
    if not listed:
        return "no DICOM series"
    named = [f"{one.case_name} ({_kind_in_words(one)})" for one in listed[:_MOST_NAMED]]
    more = len(listed) - len(named)
    return ", ".join(named) + (f" and {more} more" if more > 0 else "")


def _kind_in_words(one: Series) -> str:
    noun = "image" if one.images == 1 else "images"
    placed = "" if one.has_positions or not one.is_image else ", none of which says where in the patient it lies"
    return f"{one.modality or 'no modality'}, {one.images} {noun}{placed}"
