"""The samples as DICOM: the same every time, nothing wrong with them, and the image that the sample is."""

import dataclasses

import nibabel
import numpy as np
import pydicom
import pytest
from dicom_checking import errors_of

from quantseg.node.sample_study import PATIENT_ID, write_sample_study
from quantseg.reading import find_cases, read_scan
from quantseg.tasks.registry import TASKS, find_task

_AFFINE = np.array([[2.0, 0, 0, -40], [0, 2.5, 0, -60], [0, 0, 3.0, -50], [0, 0, 0, 1]])
_WITH_STUDY = [name for name in TASKS if find_task(name).samples and find_task(name).samples.study]


@pytest.fixture
def an_image(tmp_path):
    array = np.random.default_rng(0).integers(0, 900, (21, 18, 12)).astype(np.int16)
    nibabel.save(nibabel.Nifti1Image(array, _AFFINE), tmp_path / "image.nii")
    return tmp_path / "image.nii", array


def _sample(axes):
    return dataclasses.replace(find_task(_WITH_STUDY[0]).samples.study, axes=axes)


@pytest.mark.parametrize("axes", ["LIP", "PIR", "LPS", ""])
def test_every_voxel_is_where_it_was(an_image, tmp_path, axes):
    path, array = an_image
    write_sample_study(path, _sample(axes), tmp_path / "study")
    (case,) = find_cases([tmp_path / "study"])
    volume = read_scan(case).volume
    indices = np.argwhere(array >= 0)
    places = indices @ _AFFINE[:3, :3].T + _AFFINE[:3, 3]
    found = np.rint((places - volume.affine[:3, 3]) @ np.linalg.inv(volume.affine[:3, :3]).T).astype(int)
    assert np.array_equal(volume.array[tuple(found.T)], array[tuple(indices.T)])
    # What was added to whole rows is dark.
    assert volume.array.sum() == array.sum()


@pytest.mark.parametrize("name", _WITH_STUDY)
def test_a_shipped_sample_is_a_study_without_fault(name, repository, tmp_path):
    study = find_task(name).samples.study
    files = write_sample_study(repository / "Resources" / "SampleData" / study.file, study, tmp_path / "study")
    assert errors_of(files[len(files) // 2]) == set()
    headers = [pydicom.dcmread(path, stop_before_pixels=True) for path in files]
    assert len({one.SOPInstanceUID for one in headers}) == len(files)
    assert {(one.PatientID, one.SeriesInstanceUID) for one in headers} == {(PATIENT_ID, headers[0].SeriesInstanceUID)}
    # Frames of a segmentation of such images begin at whole bytes.
    assert headers[0].Rows * headers[0].Columns % 8 == 0


def test_the_same_sample_gives_the_same_files(an_image, tmp_path):
    path, _ = an_image
    first, second = (write_sample_study(path, _sample("LIP"), tmp_path / name) for name in ("first", "second"))
    assert [one.read_bytes() for one in first] == [one.read_bytes() for one in second]
