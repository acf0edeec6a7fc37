"""A case of several images, each with limits of its own, and the person whose images they are."""

import dataclasses

import numpy as np
import pytest
from made_dicom import MR_CLASS, write_series
from pydicom.dataset import Dataset
from small_scans import write_scan

from quantseg.errors import InputRefused, UsageError
from quantseg.reading import InputLimits, find_cases, read_roles, read_scan
from quantseg.reading.dicom_person import person_of
from quantseg.reading.person import Person, Sex
from quantseg.reading.roles import find_role_input
from quantseg.volume import Volume

_CT = InputLimits(modalities=frozenset({"CT"}))
_PET = InputLimits(modalities=frozenset({"PT"}), max_spacing_mm=6.0)
_LIMITS = {"mri": InputLimits(), "pet": _PET, "ct": _CT}


@pytest.fixture
def a_volume():
    array = np.random.default_rng(5).uniform(100, 3000, (12, 10, 9)).astype(np.uint16)
    return Volume(array, np.diag([2.0, 2.0, 2.0, 1.0]))


@pytest.fixture
def hounsfield():
    array = np.random.default_rng(6).normal(40, 30, (16, 16, 16)).astype(np.int16)
    array[:6] = np.random.default_rng(7).normal(-1000, 5, (6, 16, 16)).astype(np.int16)
    return Volume(array, np.diag([2.0, 2.0, 2.0, 1.0]))


def _case(path, **further):
    (case,) = find_cases([path])
    return dataclasses.replace(case, further_roles=tuple(further.items()))


def test_each_role_is_read_with_limits_of_its_own(tmp_path, a_volume, nifti, hounsfield):
    write_scan(tmp_path / "head.nii.gz")
    coarse = Volume(a_volume.array, np.diag([5.0, 5.0, 5.0, 1.0]))
    write_series(tmp_path / "pet", coarse, Modality="PT", SeriesInstanceUID="1.2.9")
    ct = nifti(hounsfield.array, hounsfield.affine, "ct.nii")
    case = _case(
        tmp_path / "head.nii.gz",
        pet=find_role_input("pet", tmp_path / "pet", _PET),
        ct=find_role_input("ct", ct, _CT),
    )
    images = read_roles(case, _LIMITS)

    assert list(images.scans) == ["mri", "pet", "ct"]
    assert images.first is images.scans["mri"]
    assert images.further["pet"].spacing_mm == (5.0, 5.0, 5.0)
    assert images.further["pet"].acquisition.modality == "PT"
    np.testing.assert_array_equal(images.further["ct"].volume.array, hounsfield.array)


def test_a_role_that_is_not_given_is_absent(tmp_path):
    write_scan(tmp_path / "head.nii.gz")
    assert list(read_roles(_case(tmp_path / "head.nii.gz"), _LIMITS).scans) == ["mri"]


def test_one_file_cannot_be_two_images(tmp_path):
    head = tmp_path / "head.nii.gz"
    write_scan(head)
    case = _case(head, pet=find_role_input("pet", head, _PET))
    with pytest.raises(InputRefused, match=r"^head\.nii\.gz is given as mri and as pet, expected an image for each\.$"):
        read_roles(case, _LIMITS)


def test_series_of_two_patients_are_no_case(tmp_path, a_volume):
    fields = {"water": {}, "fat": {"SeriesInstanceUID": "1.2.9", "PatientID": "4712"}}
    for name, told in fields.items():
        write_series(tmp_path / name, a_volume, **told)
    limits = {"mri": InputLimits(), "fat": InputLimits()}
    case = _case(tmp_path / "water", fat=find_role_input("fat", tmp_path / "fat", limits["fat"]))
    with pytest.raises(InputRefused, match=r"given as mri and as fat name different patients") as refused:
        read_roles(case, limits)
    assert "471" not in str(refused.value)


def test_an_image_of_another_kind_than_its_role_is_refused_with_the_role(tmp_path, nifti, hounsfield):
    write_scan(tmp_path / "head.nii.gz")
    ct = nifti(hounsfield.array, hounsfield.affine, "ct.nii")
    case = _case(tmp_path / "head.nii.gz", pet=find_role_input("pet", ct, _PET))

    with pytest.raises(InputRefused, match=r"^pet: ct.nii: the values look like Hounsfield units .* expected PET\."):
        read_roles(case, _LIMITS)
    with pytest.raises(InputRefused, match="expected MRI"):
        read_scan(find_cases([ct])[0])


def test_the_series_of_a_roles_modality_is_found_in_a_study(tmp_path, a_volume):
    for uid, modality in (("1.1", "MR"), ("1.2", "PT"), ("1.3", "CT")):
        write_series(
            tmp_path, a_volume, prefix=modality, SeriesInstanceUID=uid, Modality=modality, SOPClassUID=MR_CLASS
        )

    assert find_role_input("pet", tmp_path, _PET).series_uid == "1.2"
    assert find_role_input("ct", tmp_path, _CT).series_uid == "1.3"
    assert [case.series_uid for case in find_cases([tmp_path])] == ["1.1"]


def test_a_path_with_two_images_of_a_role_is_wrong_use(tmp_path):
    for name in ("one", "two"):
        write_scan(tmp_path / f"{name}.nii.gz")
    with pytest.raises(UsageError, match=r"2 images \(one, two\), expected the one that is the pet"):
        find_role_input("pet", tmp_path, _PET)


@pytest.mark.parametrize(
    ("fields", "age_years"),
    [
        ({"PatientAge": "072Y", "PatientBirthDate": "19000101", "StudyDate": "20200101"}, 72.0),
        ({"PatientAge": "018M"}, 1.5),
        ({"PatientBirthDate": "19480615", "AcquisitionDate": "20200615", "StudyDate": "20210101"}, 72.0),
        ({"PatientBirthDate": "19480615", "StudyDate": "20201214"}, 72.5),
        ({"PatientBirthDate": "19480615"}, None),
        ({"PatientBirthDate": "18000101", "StudyDate": "20200101"}, None),
        ({"PatientBirthDate": "20200101", "StudyDate": "20190101"}, None),
        ({"PatientAge": "old", "PatientBirthDate": "1948", "StudyDate": "20200231"}, None),
        ({}, None),
    ],
)
def test_age_is_that_at_the_time_of_the_scan(fields, age_years):
    header = Dataset()
    for keyword, value in fields.items():
        setattr(header, keyword, value)
    found = person_of(header).age_years

    assert found == (None if age_years is None else pytest.approx(age_years, abs=0.01))


@pytest.mark.parametrize(
    ("letter", "sex"), [("F", Sex.FEMALE), ("m", Sex.MALE), ("O", Sex.OTHER), ("?", None), ("", None)]
)
def test_sex_is_dicoms_letter(letter, sex):
    header = Dataset()
    header.PatientSex = letter
    assert person_of(header).sex is sex


def test_the_users_word_goes_before_that_of_the_images(tmp_path, a_volume):
    write_series(tmp_path, a_volume, PatientAge="072Y", PatientSex="F")
    (case,) = find_cases([tmp_path])

    assert read_roles(case, {"mri": InputLimits()}).person == Person(72.0, Sex.FEMALE)
    told = dataclasses.replace(case, person=Person(age_years=70.5))
    assert read_roles(told, {"mri": InputLimits()}).person == Person(70.5, Sex.FEMALE)
