"""Real images: each is read, each label map refused. Where no data folder is named, the shipped samples stand in."""

import tarfile
from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest
from made_volumes import assert_same_in_space

from quantseg.errors import InputRefused
from quantseg.reading import find_cases, read_scan
from quantseg.tasks.heart.reading import find_cine_cases, read_cine
from quantseg.tasks.heart.reading.cine import CineKind
from quantseg.volume import Volume, resample


def _is_brain(path: Path) -> bool:
    return path.name.startswith(("head_", "hippocampus_"))


def _is_pet(path: Path) -> bool:
    return path.name.startswith("pet_")


@pytest.fixture
def images(data_folder: Path | None, repository: Path) -> list[Path]:
    """Files and folders of heads and crops that must be read."""
    samples = [path for path in (repository / "Resources" / "SampleData").glob("*.nii.gz") if _is_brain(path)]
    if data_folder is None:
        return samples
    return [*samples, data_folder / "Task04_Hippocampus" / "imagesTr", data_folder / "heads"]


def test_every_real_image_is_read(images, data_folder):
    cases = [case for folder in images for case in find_cases([folder])]
    assert len(cases) == (4 if data_folder is None else 4 + 220 + 2)
    for case in cases:
        scan = read_scan(case)
        assert scan.notes == ()
        assert scan.header is not None
        assert scan.volume.array.shape == nibabel.load(case.path).shape


def test_each_organ_reads_its_own_samples_and_refuses_the_others_in_a_sentence(repository):
    samples = repository / "Resources" / "SampleData"
    for find, read, is_own in (
        # A head by PET may be one by MRI, and three thick slices of a trunk a short axis: only verdicts can tell.
        (find_cases, read_scan, lambda path: _is_brain(path) or _is_pet(path)),
        (find_cine_cases, read_cine, lambda path: not (_is_brain(path) or _is_pet(path))),
    ):
        cases = find([samples])
        assert len(cases) == 9
        for case in cases:
            if is_own(case.path):
                read(case)
                continue
            with pytest.raises(InputRefused, match=rf"^{case.path.name}: .+, expected .+\.$"):
                read(case)


def test_the_sample_hearts_say_what_is_known_of_them(repository):
    phantom, stack = (read_cine(case) for case in find_cine_cases([repository / "Resources" / "SampleData"])[1:3])
    assert (phantom.kind, len(phantom.frames), len(phantom.frame_times_ms)) == (CineKind.CYCLE, 20, 20)
    assert phantom.geometry.orientation_trusted
    assert stack.kind is CineKind.SINGLE_FRAME
    assert stack.frames.shape == (1, 256, 256, 10)
    assert not stack.geometry.orientation_trusted
    assert stack.spacing_mm == pytest.approx((1.37, 1.37, 8.0))
    assert b"spacing 1.37x1.37x8 mm is assumed" in stack.header["descrip"].tobytes()


@pytest.fixture
def label_maps(data_folder: Path | None, repository: Path, tmp_path) -> list[Path]:
    """Folders of label maps; without real ones, the thresholded sample crops."""
    if data_folder is not None:
        return [data_folder / "Task04_Hippocampus" / "labelsTr", data_folder / "synthseg_label_maps"]
    for path in (repository / "Resources" / "SampleData").glob("hippocampus_*.nii.gz"):
        image = nibabel.load(path)
        array = np.asarray(image.dataobj)
        labels = np.digitize(array, np.percentile(array, [50, 90])).astype(np.float32)
        nibabel.save(nibabel.Nifti1Image(labels, image.affine), tmp_path / path.name)
    return [tmp_path]


def test_every_real_label_map_is_refused(label_maps, data_folder):
    cases = [case for folder in label_maps for case in find_cases([folder])]
    whole_heads = [case for case in cases if case.name.startswith("training_seg")]
    # Whole heads take a second each: the first, a middle and the last stand for the twenty.
    chosen = [case for case in cases if case not in whole_heads] + whole_heads[::9]
    assert len(chosen) == (3 if data_folder is None else 220 + 3)
    for case in chosen:
        with pytest.raises(InputRefused, match="look like labels"):
            read_scan(case)


@pytest.fixture
def series_folder(data_folder: Path | None, tmp_path, dicom_series, repository) -> Path:
    """A real DICOM series whose file names do not sort into slice order; else one made from a sample crop."""
    if data_folder is not None:
        return data_folder / "dicom" / "HippoCrop" / "study1"
    image = nibabel.load(repository / "Resources" / "SampleData" / "hippocampus_242.nii.gz")
    dicom_series(tmp_path, Volume(np.asarray(image.dataobj).astype(np.int16), image.affine))
    return tmp_path


def test_a_series_is_stacked_by_position_not_by_name(series_folder):
    (case,) = find_cases([series_folder])
    volume = read_scan(case).volume
    files = [pydicom.dcmread(path) for path in sorted(series_folder.iterdir())]
    heights_mm = [float(file.ImagePositionPatient[2]) for file in files]
    assert heights_mm != sorted(heights_mm)
    for file, height_mm in zip(files, heights_mm, strict=True):
        x, y, _ = file.ImagePositionPatient
        _, _, k = np.rint(volume.grid.to_voxel(np.array([-float(x), -float(y), height_mm]))).astype(int)
        assert np.array_equal(volume.array[:, :, k], file.pixel_array.T)


@pytest.fixture
def head_series(data_folder: Path | None, repository, tmp_path, dicom_series) -> Path:
    """The series that the sample head was made from; else that head written as DICOM."""
    if data_folder is not None:
        with tarfile.open(data_folder / "dicom" / "head_t1_pddl.tar.gz") as archive:
            archive.extractall(tmp_path, filter="data")
        return tmp_path
    head = nibabel.load(repository / "Resources" / "SampleData" / "head_t1.nii.gz")
    dicom_series(tmp_path, Volume(np.asarray(head.dataobj), head.affine))
    return tmp_path


def test_the_head_as_dicom_lies_where_the_shipped_head_lies(head_series, repository):
    (case,) = find_cases([head_series])
    scan = read_scan(case)
    assert scan.acquisition.modality == "MR"
    (shipped,) = find_cases([repository / "Resources" / "SampleData" / "head_t1.nii.gz"])
    head = read_scan(shipped).volume
    middle = Volume(head.array[60:120:2, 80:160:2, 90:190:2], head.affine @ np.diag([2.0, 2.0, 2.0, 1.0]))
    window = head.grid.window((60, 80, 90), (1, 1, 1))
    middle.affine[:3, 3] = window.affine[:3, 3]
    sampled = resample(scan.volume, middle.grid, antialias=False)
    assert np.corrcoef(sampled.array.ravel(), middle.array.ravel())[0, 1] > 0.97


def test_a_sample_crop_through_dicom_is_the_same_in_space(tmp_path, dicom_series, repository):
    image = nibabel.load(repository / "Resources" / "SampleData" / "hippocampus_242.nii.gz")
    volume = Volume(np.asarray(image.dataobj).astype(np.int16), image.affine)
    dicom_series(tmp_path, volume)
    (case,) = find_cases([tmp_path])
    assert_same_in_space(volume, read_scan(case).volume)
