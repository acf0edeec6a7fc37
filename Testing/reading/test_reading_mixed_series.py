"""Folders as archives and scanners leave them: other objects, copies, lost identifiers, several acquisitions."""

from pathlib import Path

import numpy as np
import pytest
from dicom_reading import read, refusal
from made_dicom import MR_CLASS
from made_volumes import GEOMETRIES, noisy_array
from pydicom import dcmread
from pydicom.config import disable_value_validation
from pydicom.uid import generate_uid

from quantseg.errors import InputRefused
from quantseg.reading import find_cases, read_scan
from quantseg.volume import Volume

STRAIGHT = Volume(noisy_array(), GEOMETRIES["straight"])
RAW = "1.2.840.10008.5.1.4.1.1.66"
CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
REPORT = "1.2.840.10008.5.1.4.1.1.88.22"
PRESENTATION = "1.2.840.10008.5.1.4.1.1.11.1"
SPECTROSCOPY = "1.2.840.10008.5.1.4.1.1.4.2"
PRIVATE = "1.3.46.670589.11.0.0.12.1"
_PIXELS = ("Rows", "Columns", "PixelData", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation")
_PLACE = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing")


def same_volume(found: Volume, expected: Volume = STRAIGHT) -> bool:
    return np.array_equal(found.array, expected.array) and np.allclose(found.affine, expected.affine, atol=1e-4)


def save(dataset, path: Path) -> None:
    dataset.save_as(path, enforce_file_format=True)


def another_object(folder: Path, sop_class: str, *, without=(), name="XX_1", **fields) -> None:
    """Add an object to a series, made of its first image."""
    dataset = dcmread(sorted(folder.iterdir())[0])
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = sop_class
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    for keyword in without:
        delattr(dataset, keyword)
    for keyword, value in fields.items():
        setattr(dataset, keyword, value)
    save(dataset, folder / name)


def with_new_identifier(dataset, _k=0) -> None:
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()


@pytest.mark.parametrize(
    ("sop_class", "name", "without", "fields"),
    [
        (RAW, "Raw Data Storage", (*_PIXELS, *_PLACE), {}),
        (REPORT, "Enhanced SR Storage", (*_PIXELS, *_PLACE), {"Modality": "SR"}),
        (PRESENTATION, "Grayscale Softcopy Presentation State Storage", (*_PIXELS, *_PLACE), {"Modality": "PR"}),
        (PRIVATE, "an unknown kind", (*_PIXELS, *_PLACE), {}),
        (CAPTURE, "Secondary Capture Image Storage", _PLACE, {"ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]}),
        (MR_CLASS, "MR Image Storage", _PLACE, {"ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]}),
        (MR_CLASS, "MR Image Storage", (), {"ImageType": ["DERIVED", "SECONDARY", "FUSED"], "SamplesPerPixel": 3}),
        (SPECTROSCOPY, "MR Spectroscopy Storage", (), {}),
    ],
)
def test_an_object_that_is_no_image_in_space_leaves_its_series_and_is_counted(
    tmp_path, dicom_series, sop_class, name, without, fields
):
    dicom_series(tmp_path, STRAIGHT)
    another_object(tmp_path, sop_class, without=without, **fields)
    scan = read(tmp_path)
    assert same_volume(scan.volume)
    (note,) = scan.notes
    assert note == f"1 DICOM object of the series is no image in space and was left out: 1 {name}."


def test_several_left_out_objects_are_counted_by_kind(tmp_path, dicom_series):
    dicom_series(tmp_path, STRAIGHT)
    for number in range(3):
        another_object(tmp_path, RAW, without=(*_PIXELS, *_PLACE), name=f"XX_{number}")
    another_object(tmp_path, CAPTURE, without=_PLACE, name="XX_3")
    (note,) = read(tmp_path).notes
    assert note.startswith("4 DICOM objects of the series are no images in space and were left out: 3 Raw Data Storage")


def test_an_image_cut_in_its_header_is_damaged_and_not_left_out(tmp_path, dicom_series):
    dicom_series(tmp_path, STRAIGHT)
    another_object(tmp_path, MR_CLASS, without=(*_PIXELS, *_PLACE))
    assert "1 DICOM file is damaged" in refusal(tmp_path)


@pytest.mark.parametrize("keyword", ["SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID", "SOPClassUID"])
@pytest.mark.parametrize("value", ["", "anonymized", "1.2.3"])
def test_blank_and_equal_identifiers_drop_no_image(tmp_path, dicom_series, keyword, value):
    def change(dataset, _k):
        setattr(dataset, keyword, value)

    with disable_value_validation():
        dicom_series(tmp_path, STRAIGHT, change=change)
    assert same_volume(read(tmp_path).volume)


def test_files_without_a_series_identifier_are_named_as_such(tmp_path, dicom_series):
    def change(dataset, k):
        if k % 2:
            dataset.SeriesInstanceUID = ""

    dicom_series(tmp_path, STRAIGHT, change=change)
    scan = read(tmp_path)
    assert same_volume(scan.volume)
    assert "8 of 16 DICOM files have no valid SeriesInstanceUID" in scan.notes[0]


def test_two_folders_without_identifiers_stay_two_cases_and_the_halves_of_one_stack_are_joined(tmp_path, dicom_series):
    other = Volume(noisy_array(seed=1), GEOMETRIES["straight"])
    for name, volume in (("one", STRAIGHT), ("two", other)):
        dicom_series(
            tmp_path / "apart" / name, volume, SeriesInstanceUID="", SeriesNumber=len(name + str(volume is other))
        )
    scans = [read_scan(case) for case in find_cases([tmp_path / "apart"])]
    assert len(scans) == 2
    assert any(same_volume(scan.volume) for scan in scans)
    assert any(same_volume(scan.volume, other) for scan in scans)
    for half in (0, 1):
        dicom_series(
            tmp_path / "halves" / str(half),
            STRAIGHT,
            change=lambda _d, k, half=half: k % 2 == half,
            SeriesInstanceUID="",
        )
    assert same_volume(read(tmp_path / "halves").volume)


@pytest.mark.parametrize("renamed", [False, True])
def test_copies_of_images_count_once_whatever_their_identifiers(tmp_path, dicom_series, renamed):
    dicom_series(tmp_path, STRAIGHT)
    dicom_series(
        tmp_path / "again",
        STRAIGHT,
        change=lambda d, k: k in (2, 3, 9) and (with_new_identifier(d) if renamed else None) is None,
    )
    scan = read(tmp_path)
    assert same_volume(scan.volume)
    assert scan.notes == ("3 images of the DICOM series are copies of another, in place and values, and counted once.",)


def test_an_image_of_other_values_at_the_same_position_is_no_copy(tmp_path, dicom_series):
    dicom_series(tmp_path, STRAIGHT)
    other = Volume(noisy_array(seed=1), GEOMETRIES["straight"])
    dicom_series(tmp_path / "again", other, change=lambda _dataset, k: k == 4)
    assert "more than one image at 1 of 16 positions" in refusal(tmp_path)


def test_a_slice_repeated_a_little_beside_itself_is_called_repeated(tmp_path, dicom_series):
    def moved(dataset, k):
        x, y, z = dataset.ImagePositionPatient
        dataset.ImagePositionPatient = [x, y, z + 0.04]
        return k == 4

    dicom_series(tmp_path, STRAIGHT)
    dicom_series(tmp_path / "again", Volume(noisy_array(seed=1), GEOMETRIES["straight"]), change=moved)
    assert "more than one image at 1 of 16 positions" in refusal(tmp_path)


def _turned(dataset, _k=0):
    dataset.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]
    dataset.ImagePositionPatient = [dataset.ImagePositionPatient[2], 0, 0]


def _phase(dataset, _k=0):
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "P"]


@pytest.mark.parametrize(
    ("change", "fields", "cases"),
    [
        (_turned, {}, 2),
        (None, {"EchoTime": 99}, 2),
        (None, {"AcquisitionNumber": 2}, 2),
        (None, {"AcquisitionTime": "121500"}, 2),
        (None, {"SeriesNumber": 8}, 2),
        (None, {"PatientID": "4712"}, 2),
        (_phase, {}, 1),
    ],
    ids=["orientation", "echo", "acquisition", "time", "series number", "patient", "phase beside magnitude"],
)
def test_acquisitions_under_one_series_identifier_are_told_apart(tmp_path, dicom_series, change, fields, cases):
    common = {"AcquisitionNumber": 1, "AcquisitionTime": "120000"}
    other = Volume(noisy_array(seed=1), GEOMETRIES["straight"])
    dicom_series(tmp_path, STRAIGHT, **common)

    def changed(dataset, k):
        with_new_identifier(dataset)
        if change is not None:
            change(dataset, k)

    dicom_series(tmp_path / "second", other, change=changed, **{**common, **fields})
    found = find_cases([tmp_path])
    assert len(found) == cases
    assert len({case.name for case in found}) == cases
    scans = [read_scan(case) for case in found]
    assert any(same_volume(scan.volume) for scan in scans)
    assert all("holds 2 acquisitions" in scan.notes[0] for scan in scans)
    assert not any("4712" in f"{case.name} {scan.notes}" for case, scan in zip(found, scans, strict=True))
    assert len(find_cases([tmp_path], series=[found[0].name])) == 1


def test_the_planes_of_a_localizer_in_a_series_are_passed_over_and_named(tmp_path, dicom_series):
    dicom_series(tmp_path, STRAIGHT)

    def scout(dataset, k):
        with_new_identifier(dataset)
        _turned(dataset)
        return k < 3

    dicom_series(tmp_path / "scout", STRAIGHT, change=scout)
    scan = read(tmp_path)
    assert same_volume(scan.volume)
    assert "_acquisition" in scan.notes[-1]
    assert "(MR, 3 images)" in scan.notes[-1]


def test_slices_of_one_stack_in_several_acquisitions_stay_together(tmp_path, dicom_series):
    def change(dataset, k):
        dataset.AcquisitionNumber = k % 2
        dataset.EchoTime = 3.5 + 0.01 * (k % 3)

    dicom_series(tmp_path, STRAIGHT, change=change)
    assert same_volume(read(tmp_path).volume)


def test_frames_of_one_enhanced_file_are_told_apart_by_orientation(tmp_path, enhanced_file):
    def turned(dataset):
        for group in dataset.PerFrameFunctionalGroupsSequence[10:]:
            group.PlaneOrientationSequence[0].ImageOrientationPatient = [0, 1, 0, 0, 0, -1]
            position = group.PlanePositionSequence[0].ImagePositionPatient
            group.PlanePositionSequence[0].ImagePositionPatient = [position[2], 0, 0]

    enhanced_file(tmp_path / "file", STRAIGHT, change=turned)
    # Frames lie in any order in the file, so that neither half is a whole stack.
    found = find_cases([tmp_path])
    assert [sum(len(file.frames) for file in case.files) for case in found] == [10]


@pytest.mark.parametrize("left", [0, 60, 131])
@pytest.mark.parametrize("index", [0, -1])
def test_an_image_emptied_by_a_full_disk_is_no_slice_lost_in_silence(tmp_path, dicom_series, left, index):
    files = dicom_series(tmp_path, STRAIGHT)
    assert {file.suffix for file in files} == {""}
    files[index].write_bytes(files[index].read_bytes()[:left])

    assert "1 DICOM file is damaged" in refusal(tmp_path)


def test_a_stray_empty_file_of_another_name_spoils_no_series(tmp_path, dicom_series):
    dicom_series(tmp_path, STRAIGHT)
    (tmp_path / "LOCKFILE").touch()

    assert same_volume(read(tmp_path).volume)


def test_another_series_of_the_study_that_is_passed_over_is_named(tmp_path, dicom_series):
    dicom_series(tmp_path / "mr", STRAIGHT)
    dicom_series(tmp_path / "ct", STRAIGHT, SeriesInstanceUID="1.6", SeriesNumber=11, Modality="CT")
    (note,) = read(tmp_path).notes
    assert note.startswith("Of the same study were passed over: series11_")
    assert "(CT, 16 images); --series picks them." in note


def test_series_passed_over_that_name_no_study_are_not_said_to_be_of_one(tmp_path, dicom_series):
    dicom_series(tmp_path / "mr", STRAIGHT, StudyInstanceUID="")
    dicom_series(tmp_path / "ct", STRAIGHT, SeriesInstanceUID="1.6", Modality="CT", StudyInstanceUID="")
    (note,) = read(tmp_path).notes
    assert note.startswith("Of the same input were passed over: series7_")


def test_a_damaged_file_of_another_series_refuses_that_one_alone(tmp_path, dicom_series):
    dicom_series(tmp_path / "a", STRAIGHT, SeriesInstanceUID="1.1", SeriesNumber=1)
    damaged = dicom_series(tmp_path / "b", STRAIGHT, SeriesInstanceUID="1.2", SeriesNumber=2)[0]
    damaged.write_bytes(damaged.read_bytes()[:140])
    first, second = find_cases([tmp_path])
    assert same_volume(read_scan(first).volume)
    with pytest.raises(InputRefused, match="1 DICOM file is damaged"):
        read_scan(second)


def test_a_damaged_file_among_several_series_is_said_to_each(tmp_path, dicom_series):
    for number in (1, 2):
        dicom_series(tmp_path, STRAIGHT, SeriesInstanceUID=f"1.{number}", SeriesNumber=number, prefix=f"S{number}_")
    (tmp_path / "broken.dcm").touch()
    for case in find_cases([tmp_path]):
        assert "1 DICOM file is damaged and names no series" in read_scan(case).notes[0]


def test_headers_are_read_once_to_find_and_once_to_read(tmp_path, dicom_series, monkeypatch):
    import pydicom

    for number in range(1, 5):
        dicom_series(tmp_path, STRAIGHT, SeriesInstanceUID=f"1.{number}", SeriesNumber=number, prefix=f"S{number}_")
    real, opened = pydicom.dcmread, []
    monkeypatch.setattr(
        pydicom, "dcmread", lambda path, **rest: opened.append("specific_tags" in rest) or real(path, **rest)
    )
    for case in find_cases([tmp_path]):
        read_scan(case)
    assert sum(opened) == 2 * 4 * 16
