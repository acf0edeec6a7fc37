"""By which hash an input is known again."""

import hashlib
import shutil

import numpy as np
import pytest
import SimpleITK as sitk
from made_volumes import noisy_array

from quantseg.reading import find_cases
from quantseg.reading.content_hash import case_content_hash, input_content_hash
from quantseg.reading.scan import CaseInput


def test_the_hash_of_one_file_is_that_of_sha256sum(nifti):
    path = nifti()
    assert input_content_hash(path) == hashlib.sha256(path.read_bytes()).hexdigest()
    assert case_content_hash(CaseInput("scan", path)) == input_content_hash([path])


def test_two_files_of_one_name_have_different_hashes(nifti):
    paths = [nifti(noisy_array(seed=seed), name=f"{seed}/T1.nii.gz") for seed in (1, 2)]
    assert input_content_hash(paths[0]) != input_content_hash(paths[1])


def test_a_series_keeps_its_hash_where_its_files_move_and_are_renamed(tmp_path, dicom_series):
    files = dicom_series(tmp_path / "here")
    (case,) = find_cases([tmp_path / "here"])
    (tmp_path / "there" / "deeper").mkdir(parents=True)
    for k, path in enumerate(reversed(files)):
        shutil.copy(path, tmp_path / "there" / "deeper" / f"{k:03d}.dcm")
    (moved,) = find_cases([tmp_path / "there"])
    assert case_content_hash(moved) == case_content_hash(case)


def test_other_series_of_a_folder_do_not_change_the_hash_and_a_changed_slice_does(tmp_path, dicom_series):
    files = dicom_series(tmp_path, SeriesInstanceUID="1.1")
    (case,) = find_cases([tmp_path])
    alone = case_content_hash(case)
    dicom_series(tmp_path / "other", SeriesInstanceUID="1.2", SeriesNumber=8)
    assert case_content_hash(case) == alone
    content = files[0].read_bytes()
    files[0].write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert case_content_hash(case) != alone


@pytest.mark.parametrize(("ending", "voxels"), [(".mhd", "scan.raw"), (".nhdr", "scan.raw")])
def test_voxels_in_a_file_of_their_own_count(tmp_path, ending, voxels):
    path = tmp_path / f"scan{ending}"
    sitk.WriteImage(sitk.GetImageFromArray(noisy_array().astype(np.int16)), str(path))
    before = case_content_hash(CaseInput("scan", path))
    content = (tmp_path / voxels).read_bytes()
    (tmp_path / voxels).write_bytes(bytes([content[0] ^ 1]) + content[1:])
    assert case_content_hash(CaseInput("scan", path)) != before


_GRID = "\nsizes: 4 4 3\nspace directions: (1,0,0) (0,1,0) (0,0,1)\nspace origin: (0,0,0)\nencoding: raw\ndata file: "
_NRRD = "NRRD0004\ntype: uchar\ndimension: 3\nspace: right-anterior-superior" + _GRID
_META = "ObjectType = Image\nNDims = 3\nDimSize = 4 4 3\nElementType = MET_UCHAR\nElementDataFile = "
_LISTED = "slice7.raw\nslice8.raw\nslice9.raw\n"


@pytest.mark.parametrize(
    ("name", "header"),
    {
        "NRRD, numbered": ("scan.nhdr", f"{_NRRD}slice%d.raw 7 9 1\n"),
        "NRRD, numbered, of two dimensions": ("scan.nhdr", f"{_NRRD}slice%d.raw 7 9 1 2\n"),
        "NRRD, listed": ("scan.nhdr", f"{_NRRD}LIST\n{_LISTED}"),
        "NRRD, listed, of two dimensions": ("scan.nhdr", f"{_NRRD}LIST 2\n{_LISTED}"),
        "MetaImage, numbered": ("scan.mhd", f"{_META}slice%d.raw 7 9 1\n"),
        "MetaImage, listed": ("scan.mhd", f"{_META}LIST\n{_LISTED}"),
        "MetaImage, listed, of two dimensions": ("scan.mhd", f"{_META}LIST 2D\r\n{_LISTED}"),
    }.values(),
)
def test_voxels_in_a_file_a_slice_count_each(tmp_path, name, header):
    (tmp_path / name).write_text(header, newline="")
    slices = [tmp_path / f"slice{number}.raw" for number in (7, 8, 9)]
    for number, path in enumerate(slices):
        path.write_bytes(bytes([number]) * 16)
    assert sitk.ReadImage(str(tmp_path / name)).GetPixel(0, 0, 2) == 2
    case = CaseInput("scan", tmp_path / name)
    seen = {case_content_hash(case)}
    for path in slices:
        path.write_bytes(b"\x07" + path.read_bytes()[1:])
        seen.add(case_content_hash(case))
    assert len(seen) == 4


def test_images_of_further_roles_count_and_their_roles_too(nifti):
    one, two = (CaseInput("scan", nifti(noisy_array(seed=seed), name=f"{seed}.nii")) for seed in (1, 2))
    both = CaseInput("scan", one.path, further_roles=(("low_dose", two),))
    swapped = CaseInput("scan", two.path, further_roles=(("low_dose", one),))
    assert len({case_content_hash(case) for case in (one, two, both, swapped)}) == 4
