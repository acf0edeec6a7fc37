"""Cases of the heart: patients' folders in ACDC layout, files beside them, and what they are called."""

from pathlib import Path

import nibabel
import numpy as np
import pytest
from made_cines import PLACEHOLDER, SHORT_AXIS, frames_of, nifti_array, write_nifti, write_patient

from quantseg.errors import InputRefused, UsageError
from quantseg.tasks.heart.reading.cine import Body, Cine, CineKind, SpacingOrigin
from quantseg.tasks.heart.reading.cine_cases import find_cine_cases
from quantseg.tasks.heart.reading.cine_reader import read_cine


def names(*inputs: Path) -> list[str]:
    return [case.name for case in find_cine_cases(inputs)]


def read(folder: Path) -> Cine:
    (case,) = find_cine_cases([folder])
    return read_cine(case)


def refusal(folder: Path) -> str:
    """Return why a case is refused: one sentence that begins with its name and gives no folder away."""
    (case,) = find_cine_cases([folder])
    with pytest.raises(InputRefused) as caught:
        read_cine(case)
    message = str(caught.value)
    subject = f"{case.path.name if case.path.is_file() else case.name}: "
    assert message.startswith(subject)
    assert message.endswith(".")
    assert ". " not in message.removeprefix(subject)
    assert str(folder) not in message
    return message


def test_a_patients_folder_is_one_case_of_two_frames(tmp_path):
    frames = write_patient(tmp_path / "p7")
    cine = read(tmp_path / "p7")
    assert names(tmp_path / "p7") == ["p7"]
    assert cine.kind is CineKind.ED_AND_ES
    assert np.array_equal(cine.frames, frames)
    assert (cine.frame_numbers, cine.ed_frame, cine.es_frame) == ((1, 3), 0, 1)
    assert cine.header.get_data_shape() == frames.shape[1:]
    assert cine.body == Body()


def test_end_diastole_comes_first_whichever_number_it_has(tmp_path):
    frames = write_patient(tmp_path / "p", "ES: 2\nED: 13\nGroup: NOR\nHeight: 184.0\nWeight: 95.0\n", (2, 13))
    cine = read(tmp_path / "p")
    assert np.array_equal(cine.frames, frames[::-1])
    assert cine.frame_numbers == (13, 2)
    assert cine.body == Body(184.0, 95.0)


def test_folders_one_level_down_are_cases_and_their_files_are_none(tmp_path):
    for patient in ("b", "a"):
        write_patient(tmp_path / patient)
    write_nifti(tmp_path / "a" / "a_4d.nii.gz", nifti_array(frames_of()))
    write_nifti(tmp_path / "lone.nii.gz", frames_of(1)[0])
    assert names(tmp_path) == ["a", "b", "lone"]
    assert names(tmp_path / "a", tmp_path / "lone.nii.gz") == ["a", "lone"]


def test_without_info_frames_are_cases_of_their_own_and_labels_are_none(tmp_path):
    write_patient(tmp_path / "p")
    (tmp_path / "p" / "Info.cfg").unlink()
    assert names(tmp_path) == ["p__p_frame01", "p__p_frame03"]
    with pytest.raises(InputRefused, match="look like labels"):
        read(tmp_path / "p" / "p_frame01_gt.nii.gz")


def test_a_sequence_is_named_without_its_whole_ending(tmp_path):
    (tmp_path / "beat.seq.nrrd").write_bytes(b"x")
    assert names(tmp_path) == ["beat"]
    write_nifti(tmp_path / "beat.nii", frames_of(1)[0])
    with pytest.raises(UsageError, match="Two inputs have the case name beat"):
        find_cine_cases([tmp_path])


@pytest.mark.parametrize(
    "name", ["ED_segmentation.seg.nrrd", "ES_segmentation.seg.nrrd", "ED_labels.nii.gz", "ES_labels.nii.gz"]
)
def test_labels_of_an_earlier_result_are_no_cines_even_without_its_table(tmp_path, name):
    write_nifti(tmp_path / "cine.nii.gz", nifti_array(frames_of()))
    (tmp_path / "earlier").mkdir()
    (tmp_path / "earlier" / name).write_bytes(b"labels")
    assert names(tmp_path) == ["cine"]


def test_an_empty_folder_is_wrong_use(tmp_path):
    with pytest.raises(UsageError, match="No image was found"):
        find_cine_cases([tmp_path])


@pytest.mark.parametrize("info", ["", "ED: 1\n", "ED: one\nES: 3\n", "ES: 3\nED:\n"])
def test_info_that_names_no_frame_is_refused(tmp_path, info):
    write_patient(tmp_path / "p", info)
    assert "does not name the E" in refusal(tmp_path)


def test_one_frame_for_both_phases_is_refused(tmp_path):
    write_patient(tmp_path / "p", "ED: 1\nES: 1\n")
    assert "names frame 1 for both" in refusal(tmp_path)


def test_a_frame_that_is_absent_is_named(tmp_path):
    write_patient(tmp_path / "p", "ED: 1\nES: 12\n")
    assert "names frame 12, and the folder holds none" in refusal(tmp_path)


def test_a_frame_that_is_there_twice_is_named(tmp_path):
    write_patient(tmp_path / "p")
    write_nifti(tmp_path / "p" / "copy_frame03.nii", frames_of(1)[0])
    assert "names frame 3, and the folder holds 2" in refusal(tmp_path)


def test_frames_of_different_grids_are_refused(tmp_path):
    write_patient(tmp_path / "p")
    other = tmp_path / "p" / "p_frame03.nii.gz"
    write_nifti(other, frames_of(1)[0], SHORT_AXIS)
    assert "lie at different places" in refusal(tmp_path)
    write_nifti(other, frames_of(1)[0][:, :, :-1])
    assert "36×40×5 voxels and the ES frame 36×40×4" in refusal(tmp_path)
    write_nifti(other, nifti_array(frames_of()))
    assert "frame 3: the file holds 4 frames" in refusal(tmp_path)


def test_a_damaged_frame_is_named_by_its_number(tmp_path):
    write_patient(tmp_path / "p")
    frame = tmp_path / "p" / "p_frame03.nii.gz"
    frame.write_bytes(frame.read_bytes()[:2000])
    assert "p: frame 3: the file is truncated" in refusal(tmp_path)


def test_a_patients_folder_as_the_challenge_distributes_it_needs_a_look(tmp_path):
    def write_as_it_is(path, array, **_options):
        image = nibabel.Nifti1Image(array, PLACEHOLDER)
        image.header.set_sform(np.eye(4), code=2)
        image.header["qform_code"], image.header["vox_offset"] = 0, 352
        image.header["pixdim"][1:4] = (2.4, 2.4, 10)
        path.parent.mkdir(parents=True, exist_ok=True)
        content = image.header.binaryblock + b"\0" * 4 + array.tobytes(order="F")
        path.with_name(path.name.removesuffix(".gz")).write_bytes(content)

    write_patient(tmp_path / "p", write=write_as_it_is)
    cine = read(tmp_path)
    assert cine.spacing_needs_look
    assert cine.spacing_mm == pytest.approx((2.4, 2.4, 10))
    assert len(cine.notes) == 1


def test_every_real_patient_is_read(data_folder, tmp_path):
    folder = tmp_path if data_folder is None else data_folder / "ACDC"
    if data_folder is None:
        for number in range(3):
            write_patient(tmp_path / f"patient{number}")
    cases = find_cine_cases([folder])
    assert len(cases) == (3 if data_folder is None else 80)
    assert [case.name for case in cases] == sorted(path.name for path in folder.iterdir())
    # Every patient takes long: one in ten stands for all.
    for case in cases[::10]:
        cine = read_cine(case)
        assert cine.geometry.spacing_origin is SpacingOrigin.HEADER
        assert cine.geometry.slice_axis == 2
        assert not cine.geometry.orientation_trusted
        assert cine.notes == ()
        for number, frame in zip(cine.frame_numbers, cine.frames, strict=True):
            (path,) = case.path.glob(f"*_frame{number:02d}.nii.gz")
            assert np.array_equal(frame, np.asarray(nibabel.load(path).dataobj))
