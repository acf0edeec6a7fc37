"""Why a DICOM series is no stack, or a doubtful one: the refusal names the true cause, in one sentence."""

import numpy as np
import pytest
from dicom_reading import read, refusal
from made_volumes import affine_of, noisy_array

from quantseg.errors import InputRefused, UsageError
from quantseg.reading import find_cases, read_scan
from quantseg.reading.spacing import SpacingChoice, SpacingSource
from quantseg.volume import Volume


def shifted_by(shift_mm):
    def change(dataset, k):
        x, y, z = dataset.ImagePositionPatient
        dataset.ImagePositionPatient = [x, y + shift_mm(k), z]

    return change


def test_a_tilted_gantry_is_refused(tmp_path, dicom_series):
    dicom_series(tmp_path, change=shifted_by(lambda k: k * np.tan(np.radians(12))))
    assert "sheared by 12.0° (gantry tilt)" in refusal(tmp_path)


JITTER_MM = np.random.default_rng(3).normal(0, 0.8, 64)


@pytest.mark.parametrize(
    "shift_mm",
    [
        lambda k: 2.0 if k == 8 else 0.0,
        lambda k: 2.0 if k == 0 else 0.0,
        lambda k: 2.0 if k == 15 else 0.0,
        lambda k: JITTER_MM[k],
        lambda k: JITTER_MM[k] + k * np.tan(np.radians(12)),
        lambda k: 1.0 * (k % 2),
        lambda k: 1.0 * (k >= 8),
    ],
    ids=["middle", "first", "last", "jitter", "tilt and jitter", "every second", "a step"],
)
def test_slices_beside_each_other_are_refused_and_not_called_tilted(tmp_path, dicom_series, shift_mm):
    dicom_series(tmp_path, change=shifted_by(shift_mm))
    message = refusal(tmp_path)
    assert "beside each other, by irregular distances" in message
    assert "tilt" not in message


PLACE = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing")


@pytest.mark.parametrize("keyword", PLACE[1:])
def test_images_without_place_are_refused_by_what_they_lack(tmp_path, dicom_series, keyword):
    dicom_series(tmp_path, change=lambda dataset, _k: delattr(dataset, keyword))
    assert f"no image of the series says where in the patient it lies ({keyword} is absent)" in refusal(tmp_path)


@pytest.mark.parametrize("lost", [delattr, lambda dataset, keyword: setattr(dataset, keyword, None)])
def test_a_series_in_which_no_image_has_a_position_is_refused_as_that(tmp_path, dicom_series, lost):
    files = dicom_series(tmp_path, change=lambda dataset, _k: lost(dataset, "ImagePositionPatient"))
    for place in (tmp_path, files[0]):
        with pytest.raises(UsageError) as caught:
            find_cases([place])
        assert ", none of which says where in the patient it lies)" in str(caught.value) or place is files[0]
    (case,) = find_cases([tmp_path], series=["7"])
    with pytest.raises(InputRefused, match=r"no image of the series says where .*\(ImagePositionPatient is absent\)"):
        read_scan(case)


@pytest.mark.parametrize("lost", [(3,), (0, 5, 9)])
def test_images_without_position_beside_others_are_counted(tmp_path, dicom_series, lost):
    def change(dataset, k):
        if k in lost:
            del dataset.ImagePositionPatient

    dicom_series(tmp_path, change=change)
    assert f"{len(lost)} of 16 images do" in refusal(tmp_path)


def every_second(_dataset, k):
    return k % 2 == 0


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"SliceThickness": 1.5}, "Slices lie 3 mm apart while each is 1.5 mm thick, so slices may be missing"),
        ({"SliceThickness": 3, "SpacingBetweenSlices": 1.5}, "3 mm apart while the header says 1.5 mm"),
        ({"SpacingBetweenSlices": -1.5}, "3 mm apart while the header says 1.5 mm"),
        ({"SliceThickness": 1.5, "SpacingBetweenSlices": 3}, None),
        ({"SliceThickness": 1.5, "SpacingBetweenSlices": 1.5}, "3 mm apart while the header says 1.5 mm"),
        ({"SliceThickness": 2.5, "SpacingBetweenSlices": 0.5}, None),
        ({"SliceThickness": 2.5}, None),
        ({"SliceThickness": 5}, None),
        ({"SliceThickness": 0, "SpacingBetweenSlices": 0}, None),
        ({}, None),
    ],
)
def test_slices_twice_as_far_apart_as_the_header_says_ask_for_a_look(tmp_path, dicom_series, fields, said):
    volume = Volume(noisy_array(), affine_of(np.eye(3), (1, 1, 1.5)))
    dicom_series(tmp_path, volume, change=every_second, **fields)
    doubts = read(tmp_path).doubts
    assert doubts == () if said is None else said in doubts[0]
    (case,) = find_cases([tmp_path])
    given = SpacingChoice(SpacingSource.GIVEN, (1.0, 1.0, 3.0))
    assert read_scan(case, given).doubts == ()


@pytest.mark.parametrize(
    "orientation",
    [[0, 0, 0, 0, 0, 0], [1, 0, 0, 1, 0, 0], [1, 0, 0, 0.5, 0.866, 0]],
    ids=["no directions", "parallel", "askew"],
)
def test_directions_that_are_none_are_called_damaged_and_no_gantry_tilt(tmp_path, dicom_series, orientation):
    dicom_series(tmp_path, ImageOrientationPatient=orientation)
    message = refusal(tmp_path)
    assert "says where in the patient it lies (the position, orientation or pixel spacing is damaged)" in message


def test_one_image_far_away_is_no_sign_of_thousands_of_missing_slices(tmp_path, dicom_series):
    dicom_series(tmp_path, change=shifted_far)
    assert "the distances between slices are uneven" in refusal(tmp_path)


def shifted_far(dataset, k):
    if k == 4:
        x, y, _ = dataset.ImagePositionPatient
        dataset.ImagePositionPatient = [x, y, 5000]


def test_images_of_several_patients_make_up_no_stack_though_some_name_none(tmp_path, dicom_series):
    dicom_series(tmp_path, change=lambda dataset, k: setattr(dataset, "PatientID", ["A", "", "B"][k // 6]))
    for case in find_cases([tmp_path]):
        with pytest.raises(InputRefused, match="slab"):
            read_scan(case)


def test_a_stack_whose_images_name_several_studies_asks_for_a_look(tmp_path, dicom_series):
    dicom_series(tmp_path, change=lambda dataset, k: setattr(dataset, "StudyInstanceUID", f"1.2.{k % 2}"))
    (doubt,) = read(tmp_path).doubts
    assert doubt.startswith("The images of the stack name 2 studies")


def test_numbers_of_colours_are_no_grey_values(tmp_path, dicom_series):
    dicom_series(tmp_path, PhotometricInterpretation="PALETTE COLOR")
    assert "in colour" in refusal(tmp_path)


def test_a_slice_whose_rescaling_leaves_no_picture_is_refused(tmp_path, dicom_series):
    def flattened(dataset, k):
        dataset.RescaleSlope, dataset.RescaleIntercept = int(k != 4), 0

    dicom_series(tmp_path, change=flattened)
    assert "RescaleSlope that leaves no picture" in refusal(tmp_path)


def test_an_image_that_is_shown_inverted_asks_for_a_look(tmp_path, dicom_series):
    dicom_series(tmp_path, PhotometricInterpretation="MONOCHROME1")
    (doubt,) = read(tmp_path).doubts
    assert "MONOCHROME1" in doubt
