"""BIDS data sets as inputs, files that no case is read from, and what is no file at all."""

import json
import os

import pytest

from quantseg.errors import UsageError
from quantseg.reading import find_cases
from quantseg.reading.archive import content_of
from quantseg.reading.passed_over import in_words, passed_over
from quantseg.tasks.heart.reading import find_cine_cases

_DATA_SET = {
    "sub-01/ses-01/anat/sub-01_ses-01_T1w.nii.gz": "sub-01_ses-01",
    "sub-01/ses-02/anat/sub-01_ses-02_acq-mprage_run-1_T1w.nii": "sub-01_ses-02_acq-mprage_run-1",
    "sub-02/anat/sub-02_T1w.nii.gz": "sub-02",
    "sub-02/anat/sub-02_part-phase_T1w.nii.gz": None,
    "sub-02/anat/sub-02_T2w.nii.gz": None,
    "sub-02/anat/sub-02_T1w.json": None,
    "sub-02/func/sub-02_task-rest_bold.nii.gz": None,
    "sub-03/heart/sub-03_cine.nii.gz": None,
    "derivatives/fmriprep/sub-01/anat/sub-01_desc-preproc_T1w.nii.gz": None,
    "sourcedata/sub-01/sub-01_T1w.nii.gz": None,
}


@pytest.fixture
def data_set(tmp_path):
    folder = tmp_path / "study"
    for name in _DATA_SET:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    (folder / "dataset_description.json").write_text(json.dumps({"Name": "x", "BIDSVersion": "1.9.0"}))
    return folder


def test_the_t1_images_of_a_data_set_are_cases_named_as_there(data_set):
    cases = find_cases([data_set])
    assert {str(case.path.relative_to(data_set)): case.name for case in cases} == {
        path: name for path, name in _DATA_SET.items() if name is not None
    }


@pytest.mark.parametrize("part", ["sub-01", "sub-01/ses-02", "sub-01/ses-02/anat"])
def test_a_part_of_a_data_set_has_the_names_of_the_whole(data_set, part):
    names = [case.name for case in find_cases([data_set / part])]
    assert names == [name for path, name in _DATA_SET.items() if path.startswith(f"{part}/") and name]


def test_the_cine_images_are_cases_of_the_heart(data_set):
    assert [case.name for case in find_cine_cases([data_set])] == ["sub-03"]


def test_a_data_set_without_such_an_image_is_wrong_use(data_set):
    with pytest.raises(UsageError, match="no image of a subject with the suffix T1w"):
        find_cases([data_set / "sub-03"])


@pytest.mark.parametrize("content", ["", "[]", json.dumps({"Name": "no BIDS"})])
def test_another_folder_with_such_a_file_is_no_data_set(data_set, content):
    (data_set / "dataset_description.json").write_text(content)
    assert "sub-02__anat__sub-02_T2w" in [case.name for case in find_cases([data_set])]


def test_what_no_case_is_read_from_is_counted_and_named(data_set):
    left = passed_over([data_set], find_cases([data_set]), data_set / "out")
    assert {path.name for path in left} == {
        "dataset_description.json", *(path.rsplit("/", 1)[1] for path, name in _DATA_SET.items() if name is None)
    }  # fmt: skip
    assert in_words(left).startswith("8 files were passed over (6 .gz, 2 .json): ")
    assert in_words(left).endswith(" and 3 more")


def test_files_of_cases_are_not_passed_over(tmp_path, dicom_series):
    import nibabel
    import numpy as np
    from made_volumes import noisy_array

    folder = tmp_path / "in"
    dicom_series(folder / "dicom", SeriesInstanceUID="1.1")
    dicom_series(
        folder / "scout", SeriesInstanceUID="1.2", ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"], ending=".dcm"
    )
    nibabel.save(nibabel.AnalyzeImage(noisy_array(), np.eye(4)), folder / "pair.img")
    for name in (
        "out/a/measurements.json",
        "out/cases.csv",
        "out/index.html",
        ".hidden",
        "scan.par",
        "scan.rec",
        "notes",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    left = passed_over([folder], find_cases([folder]), tmp_path / "results")
    assert [path.name for path in left] == ["notes", "scan.par", "scan.rec"]
    assert in_words(left) == "3 files were passed over (1 .par, 1 .rec, 1 no ending): notes, scan.par, scan.rec"
    assert passed_over([folder / "pair.hdr"], [], tmp_path) == []
    assert in_words([]) == ""


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
@pytest.mark.parametrize("name", ["pipe.nii.gz", "pipe"])
def test_a_pipe_is_no_file_and_is_not_waited_for(tmp_path, nifti, name):
    image = nifti(name="scan.nii.gz")
    os.mkfifo(image.parent / name)
    (case,) = find_cases([image.parent])
    assert case.path == image
    assert passed_over([image.parent], [case], tmp_path / "out") == []
    with pytest.raises(OSError, match="is no file"):
        content_of(image.parent / name)


def test_a_link_to_nowhere_is_a_case_to_be_refused_and_not_passed_over(tmp_path):
    (tmp_path / "in").mkdir()
    link = tmp_path / "in" / "scan.nii.gz"
    link.symlink_to(tmp_path / "nowhere")
    cases = find_cases([tmp_path / "in"])
    assert [case.path for case in cases] == [link]
    assert passed_over([tmp_path / "in"], cases, tmp_path / "out") == []
