"""Which cases of the heart the inputs of a command hold, and what each is called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from quantseg.errors import UsageError
from quantseg.reading.cases import (
    NAME_SEPARATOR,
    bids_cases,
    collect_cases,
    name_below,
    name_without_ending,
    nothing_found,
    passed_over_by_study,
    passed_over_note,
    series_keys,
)
from quantseg.reading.dicom_series import Series
from quantseg.reading.folders import files_below
from quantseg.reading.image_file import ending_of
from quantseg.reading.scan import CaseInput
from quantseg.results.layout import LABELS, phase_file
from quantseg.tasks.heart.phases import PHASES
from quantseg.tasks.heart.reading.acdc_folder import INFO_NAME, is_truth
from quantseg.tasks.heart.reading.cine_series import ListedCine, list_cine_series, picked_cines, suitable_cines

_BIDS_SUFFIX = "cine"
"""Of images over time in a BIDS data set; the standard has no word of its own for hearts yet."""
_SEQUENCE_ENDING = ".seq"
"""What stands before ``.nrrd`` in the names of Slicer's volume sequences."""
_PHASE_LABELS = frozenset(phase_file(phase, LABELS) for phase in PHASES)


def find_cine_cases(inputs: Sequence[Path], series: Sequence[str] | None = None) -> list[CaseInput]:
    """Find the cases in image files, patients' folders in ACDC layout, DICOM folders, and folders of these.

    A folder with ``Info.cfg`` is one case named after it, and its files are no cases of their own; files with true
    labels (``_gt``) and labels of a phase (``ED_labels.nii.gz``) never are, unless they are given by name. Any other
    image file is a case: frames are never paired by their names. Of a DICOM study the short-axis cines are taken, and
    other series passed over; a study without one is a case all the same, to be refused by name when it is read. Of a
    BIDS data set the images with the suffix "cine" are taken, named as there.

    Args:
        inputs: files and folders, as the user gave them.
        series: picks DICOM series by number, hash, case name or SeriesInstanceUID; None takes the suitable ones.

    Returns:
        the cases, in the order of the inputs, within a folder by path, then DICOM by series number.

    Raises:
        UsageError: an input is missing or holds no image, a series is not there, or two cases have one name.
    """
    return collect_cases(inputs, series, _cines_in)


def _cines_in(place: Path, wanted: frozenset[str]) -> tuple[list[CaseInput], list[Series]]:
    """Return the cases of one input, and all DICOM series in it."""
    if place.is_file() and ending_of(place) is not None:
        return [CaseInput(_without_sequence(name_without_ending(place)), place)], []
    of_data_set = bids_cases(place, _BIDS_SUFFIX)
    if of_data_set is not None:
        return of_data_set, []
    cases = _stored_in(place) if place.is_dir() else []
    listed, damaged = list_cine_series(place)
    described = [one.series for one in listed]
    if wanted:
        cines = picked_cines(listed, frozenset(one.uid for one in described if wanted & series_keys(one)))
    else:
        cines = suitable_cines(listed)
    if not cases and not cines and not (wanted and listed):
        raise UsageError(nothing_found(place, described, damaged))
    chosen = [member.series for cine in cines for member in cine.members]
    passed_over = {} if wanted else passed_over_by_study(described, chosen)
    return cases + [_with_note(cine, place, passed_over) for cine in cines], described


def _with_note(cine: ListedCine, place: Path, passed_over: Mapping[str, Sequence[Series]]) -> CaseInput:
    """Return the case of a cine, with a note on the other series of its study, but those that its doubts name."""
    case = cine.case(place)
    doubts = " ".join(cine.doubts)
    others = passed_over.get(cine.members[0].series.study_uid, ())
    unnamed = [one for one in others if f"{one.case_name}," not in doubts]
    return replace(case, notes=(*case.notes, *passed_over_note(unnamed)))


def _stored_in(folder: Path) -> list[CaseInput]:
    """Return the cases of image files and patients' folders, by path."""
    files = list(files_below(folder))
    patients = {path.parent for path in files if path.name == INFO_NAME}
    cases = [CaseInput(_patient_name(patient, folder), patient) for patient in patients]
    for path in files:
        if ending_of(path) is not None and path.parent not in patients and not _is_labels(path):
            cases.append(CaseInput(_without_sequence(name_below(path, folder)), path))
    return sorted(cases, key=lambda case: case.path)


def _is_labels(path: Path) -> bool:
    """Tell by its name whether a file holds labels: a challenge's true ones, or a phase's of an earlier result."""
    return is_truth(path) or path.name in _PHASE_LABELS


def _patient_name(patient: Path, folder: Path) -> str:
    return NAME_SEPARATOR.join(patient.relative_to(folder).parts) or patient.resolve().name


def _without_sequence(name: str) -> str:
    return name.removesuffix(_SEQUENCE_ENDING)
