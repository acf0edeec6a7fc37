"""Two persons' images whose identifiers were taken away, or made equal: they stay two cases, each whole."""

from pathlib import Path

import numpy as np
import pytest
from dicom_reading import refusal
from made_volumes import GEOMETRIES, noisy_array
from pydicom.config import disable_value_validation

from quantseg.errors import InputRefused
from quantseg.reading import find_cases, read_scan
from quantseg.volume import Volume

FIRST, SECOND = (Volume(noisy_array(seed=seed), GEOMETRIES["straight"]) for seed in (0, 1))
SHARED = ("SeriesInstanceUID", "SOPInstanceUID", "StudyInstanceUID", "PatientID", "FrameOfReferenceUID")


def without(values: dict[str, str]):
    """Return a change of a data set that gives it these values."""

    def change(dataset, _k):
        for keyword, value in values.items():
            setattr(dataset, keyword, value)

    return change


def volumes(folder: Path) -> list[np.ndarray]:
    return [read_scan(case).volume.array for case in find_cases([folder])]


def holds_both(found: list[np.ndarray]) -> bool:
    return len(found) == 2 and all(
        any(np.array_equal(one, volume.array) for one in found) for volume in (FIRST, SECOND)
    )


@pytest.mark.parametrize("series", ["", "anonymized", "1.2.3"])
@pytest.mark.parametrize("others", ["", "anonymized", "1.2.3", None])
def test_two_persons_in_folders_of_their_own_stay_two_cases(tmp_path, dicom_series, series, others):
    values = {} if others is None else dict.fromkeys(SHARED, others)
    change = without({**values, "SeriesInstanceUID": series})
    with disable_value_validation():
        dicom_series(tmp_path / "a", FIRST, change=change)
        dicom_series(tmp_path / "b", SECOND, change=change)
    assert holds_both(volumes(tmp_path))
    assert len({case.name for case in find_cases([tmp_path])}) == 2


@pytest.mark.parametrize("told_by", ["PatientID", "StudyInstanceUID", "SeriesNumber"])
def test_two_persons_in_one_folder_are_told_apart_by_what_is_left(tmp_path, dicom_series, told_by):
    for number, volume in ((1, FIRST), (2, SECOND)):
        left = {told_by: number if told_by == "SeriesNumber" else f"1.2.{number}"}
        blank = dict.fromkeys(SHARED, "") | left
        dicom_series(tmp_path, volume, change=without(blank), prefix=f"P{number}_")
    assert holds_both(volumes(tmp_path))


def test_two_persons_in_one_folder_of_whom_nothing_tells_are_refused(tmp_path, dicom_series):
    for number, volume in ((1, FIRST), (2, SECOND)):
        dicom_series(tmp_path, volume, change=without(dict.fromkeys(SHARED, "")), prefix=f"P{number}_")
    assert "2 images at each of 16 positions" in refusal(tmp_path)


@pytest.mark.parametrize("told_by", ["PatientID", "StudyInstanceUID"])
def test_halves_of_two_persons_make_up_no_stack(tmp_path, dicom_series, told_by):
    for half, volume in enumerate((FIRST, SECOND)):
        blank = dict.fromkeys(SHARED, "") | {told_by: f"1.2.{half}"}

        def change(dataset, k, half=half, blank=blank):
            without(blank)(dataset, k)
            return (k < 8) == (half == 0)

        dicom_series(tmp_path / str(half), volume, change=change)
    found = volumes(tmp_path)
    assert [one.shape[2] for one in found] == [8, 8]


@pytest.mark.parametrize("identifiers", [{}, dict.fromkeys(SHARED, "")], ids=["whole", "blank"])
def test_a_whole_copy_of_a_series_in_another_folder_is_no_second_case(tmp_path, dicom_series, identifiers):
    for name in ("a", "b"):
        dicom_series(tmp_path / name, FIRST, change=without(identifiers))
    (found,) = volumes(tmp_path)
    assert np.array_equal(found, FIRST.array)


def test_the_name_of_a_case_without_identifiers_stays_where_its_folder_moves(tmp_path, dicom_series):
    blank = without(dict.fromkeys(SHARED, ""))
    for name in ("a", "b"):
        dicom_series(tmp_path / name, FIRST if name == "a" else SECOND, change=blank)
    names = {case.name for case in find_cases([tmp_path])}
    (tmp_path / "a").rename(tmp_path / "z")
    assert {case.name for case in find_cases([tmp_path])} == names
    assert {case.name for folder in ("b", "z") for case in find_cases([tmp_path / folder])} == names


def test_two_persons_slices_in_one_folder_are_never_mixed(tmp_path, dicom_series):
    """Half of the positions of one and all of the other, and nothing that tells them apart."""
    blank = dict.fromkeys(SHARED, "")
    dicom_series(tmp_path, FIRST, change=without(blank), prefix="A")

    def half(dataset, k):
        without(blank)(dataset, k)
        return k < 8

    dicom_series(tmp_path, SECOND, change=half, prefix="B")
    for case in find_cases([tmp_path]):
        with pytest.raises(InputRefused, match="more than one image at 8 of 16 positions"):
            read_scan(case)
