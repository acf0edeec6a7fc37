"""Results that are no labels: images and scores are written, known as ours, and never taken for a person's files."""

import dataclasses
import json

import nibabel
import numpy as np
import pytest

from quantseg.reading import find_cases
from quantseg.results.edited import edited_files, is_whole, read_document
from quantseg.results.outputs import ImageMap, LabelMap
from quantseg.results.writing import write_case
from quantseg.tasks.hippocampus.task import TASK

_NAME = "standard_dose.nii.gz"


@pytest.fixture
def with_image(head):
    """A head with an image beside its labels."""
    voxels = np.linspace(-1.5, 2.5, head.labels.size, dtype=np.float32).reshape(head.labels.shape)
    image = ImageMap("standard_dose", "Standard-dose PET", voxels, "Bq/ml")
    return dataclasses.replace(head, outputs=(*head.outputs, image))


@pytest.fixture
def image_alone(with_image):
    """The same without labels."""
    outputs = tuple(one for one in with_image.outputs if not isinstance(one, LabelMap))
    return dataclasses.replace(with_image, outputs=outputs)


def write(result, folder):
    return write_case(result, folder, TASK.presenter, report=False)


def test_image_lies_on_the_inputs_grid_with_its_header_and_without_its_text(with_image, tmp_path):
    folder = write(with_image, tmp_path).folder
    original, stored = with_image.scan.header, nibabel.load(folder / _NAME)
    assert stored.get_data_dtype() == np.float32
    assert np.array_equal(np.asarray(stored.dataobj), with_image.outputs[1].array)
    for field in ("qform_code", "sform_code", "xyzt_units", "quatern_b", "srow_x", "srow_z", "pixdim"):
        assert np.array_equal(stored.header[field], original[field]), field
    assert b"DOE" not in stored.header.binaryblock


def test_image_of_an_input_that_was_no_nifti_lies_at_its_place(crop, tmp_path):
    image = ImageMap("standard_dose", "Standard-dose PET", crop.scan.volume.array, "Bq/ml")
    folder = write(dataclasses.replace(crop, outputs=(image,)), tmp_path).folder
    assert np.allclose(nibabel.load(folder / _NAME).affine, crop.scan.volume.affine, atol=1e-4)


def test_result_without_labels_writes_none_and_misses_none(image_alone, tmp_path, monkeypatch):
    monkeypatch.setattr("quantseg.mrml.scene.slicer_is_available", lambda: False)
    written = write(image_alone, tmp_path)
    assert sorted(path.name for path in written.folder.iterdir()) == ["measurements.json", _NAME]
    assert set(written.label_hashes) == {_NAME}
    assert (written.seg_nrrd_written, written.seg_nrrd_reason) == (False, "")
    assert json.loads((written.folder / "measurements.json").read_text(encoding="utf-8"))["absent_files"] == {}
    assert is_whole(written.folder)


def test_image_that_a_person_changed_counts_as_edited(with_image, tmp_path):
    folder = write(with_image, tmp_path).folder
    assert edited_files(folder) == ()
    (folder / _NAME).write_bytes((folder / _NAME).read_bytes() + b" ")
    assert edited_files(folder) == (_NAME,)


def test_missing_image_makes_a_result_incomplete(with_image, tmp_path):
    folder = write(with_image, tmp_path).folder
    (folder / _NAME).unlink()
    assert not is_whole(folder)


def test_image_of_an_earlier_result_goes_and_a_persons_files_stay(with_image, head, tmp_path):
    folder = write(with_image, tmp_path).folder
    theirs = ("mine.nii.gz", "mine_labels.nii.gz", "notes.txt")
    for name in theirs:
        (folder / name).write_bytes(b"a person's")
    write(head, tmp_path)
    assert {path.name for path in folder.iterdir()} == {
        "labels.nii.gz",
        "measurements.json",
        "segmentation.seg.nrrd",
        *theirs,
    }
    assert all((folder / name).read_bytes() == b"a person's" for name in theirs)


def test_new_labels_take_the_place_of_those_that_nothing_records(head, tmp_path):
    folder = write(head, tmp_path).folder
    written = (folder / "labels.nii.gz").read_bytes()
    (folder / "measurements.json").write_text("{ damaged")
    (folder / "labels.nii.gz").write_bytes(b"drawn")
    write(head, tmp_path)
    assert (folder / "labels.nii.gz").read_bytes() == written
    assert read_document(folder).case == head.name


@pytest.mark.parametrize("name", ["ES_labels.nii.gz", "late_labels.nii.gz", "ED_segmentation.seg.nrrd"])
def test_labels_that_nothing_records_count_as_edited_whatever_their_phase(head, tmp_path, name):
    folder = write(head, tmp_path).folder
    (folder / name).write_bytes(b"drawn")
    (folder / f"._{name}").write_bytes(b"a Mac's")
    assert edited_files(folder) == (name,)


def test_results_are_no_images_to_process(with_image, tmp_path):
    folder = write(with_image, tmp_path).folder
    for name in ("late_labels.nii.gz", "scan.nii.gz"):
        (folder / name).write_bytes(b"\x1f\x8b")
    assert [case.path.name for case in find_cases([tmp_path])] == ["scan.nii.gz"]
