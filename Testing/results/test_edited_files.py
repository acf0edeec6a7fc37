import gzip

import nibabel
import numpy as np
import pytest

from quantseg.results.edited import edited_files, is_whole, read_document
from quantseg.results.writing import write_case
from quantseg.tasks.hippocampus.task import TASK


@pytest.fixture
def folder(head, tmp_path):
    return write_case(head, tmp_path, TASK.presenter, report=False).folder


def test_untouched_result_is_whole_and_not_edited(folder):
    assert is_whole(folder)
    assert edited_files(folder) == ()
    assert read_document(folder).case == "study__head"


def test_one_changed_voxel_counts_as_an_edit(folder):
    path = folder / "labels.nii.gz"
    stored = nibabel.load(path)
    labels = np.asarray(stored.dataobj).copy()
    labels[0, 0, 0] = 1
    nibabel.save(nibabel.Nifti1Image(labels, stored.affine, stored.header), path)
    assert edited_files(folder) == ("labels.nii.gz",)
    assert is_whole(folder)


def test_segmentation_saved_from_slicer_counts_as_an_edit(folder):
    path = folder / "segmentation.seg.nrrd"
    path.write_bytes(path.read_bytes() + b" ")
    assert edited_files(folder) == ("segmentation.seg.nrrd",)


def test_labels_of_unknown_origin_count_as_edited(folder):
    (folder / "measurements.json").write_text("{ damaged")
    assert edited_files(folder) == ("labels.nii.gz", "segmentation.seg.nrrd")
    assert not is_whole(folder)


def test_missing_file_makes_a_result_incomplete_but_not_edited(folder):
    (folder / "labels.nii.gz").unlink()
    assert not is_whole(folder)
    assert edited_files(folder) == ()


def test_folder_that_is_not_there_is_neither_whole_nor_edited(tmp_path):
    assert not is_whole(tmp_path / "nothing")
    assert edited_files(tmp_path / "nothing") == ()


def test_same_voxels_packed_anew_count_as_an_edit(folder):
    path = folder / "labels.nii.gz"
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()), compresslevel=1))
    assert edited_files(folder) == ("labels.nii.gz",)
