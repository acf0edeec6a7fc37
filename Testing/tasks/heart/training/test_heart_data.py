"""Heart data sets from files: which frame is whose, sizes in mm, what is known where, and who is set aside."""

import shutil
from collections import Counter

import nibabel
import numpy as np
import pytest
from made_hearts import SPACING_MM, heart_labels, write_acdc, write_sunnybrook

from quantseg.errors import UsageError
from quantseg.tasks.heart.evaluation.acdc_labels import Phase, list_phases
from quantseg.tasks.heart.training.acdc import load_acdc, write_acdc_labels
from quantseg.tasks.heart.training.sunnybrook import (
    ASSUMED_SPACING_MM,
    UNDRAWN,
    load_shared_slices,
    load_sunnybrook,
    sunnybrook_dice,
)
from quantseg.training.cohort import divide
from quantseg.training.splits import draw_split


@pytest.fixture
def acdc_folder(tmp_path):
    return write_acdc(tmp_path / "acdc")


def test_a_patient_has_its_two_frames_with_spacing_and_group(acdc_folder):
    cohort = load_acdc(acdc_folder)
    assert list(cohort) == [f"patient00{n}" for n in range(1, 7)]
    end_diastole, end_systole = cohort["patient002"]
    assert (end_diastole.case.name, end_systole.case.name) == ("patient002_ED", "patient002_ES")
    assert end_diastole.spacing_mm == pytest.approx(SPACING_MM)
    assert end_diastole.group == "NOR"
    assert (end_diastole.labels == 3).sum() > 1.5 * (end_systole.labels == 3).sum()


def test_pixdim_gives_the_spacing_where_the_affine_says_one_millimetre(acdc_folder):
    """As in the files that ACDC itself distributes."""
    path = acdc_folder / "patient001" / "patient001_frame01.nii.gz"
    image = nibabel.load(path)
    header = image.header.copy()
    header.set_qform(None, 0)
    header.set_sform(np.eye(4), 2)
    nibabel.save(nibabel.Nifti1Image(np.asarray(image.dataobj), None, header), path)
    reread = nibabel.load(path)
    assert np.allclose(reread.affine, np.eye(4))
    assert load_acdc(acdc_folder)["patient001"][0].spacing_mm == pytest.approx(SPACING_MM)


def test_labels_are_written_where_segment_writes_them_on_the_grid_of_the_image(acdc_folder, tmp_path):
    case = load_acdc(acdc_folder)["patient003"][1]
    path = write_acdc_labels(case.case, case.labels, tmp_path / "out")
    assert path == tmp_path / "out" / "patient003" / "ES_labels.nii.gz"
    written, truth = nibabel.load(path), nibabel.load(case.case.labels)
    assert np.array_equal(np.asarray(written.dataobj), np.asarray(truth.dataobj))
    assert np.allclose(written.affine, truth.affine)


def test_a_missing_frame_and_a_folder_without_patients_are_named(acdc_folder, tmp_path):
    with pytest.raises(UsageError, match=r"Info\.cfg"):
        load_acdc(tmp_path / "nothing")
    (acdc_folder / "patient002" / "patient002_frame09.nii.gz").unlink()
    with pytest.raises(UsageError, match=r"patient002_frame09\.nii\.gz is missing"):
        load_acdc(acdc_folder)
    (acdc_folder / "patient001" / "Info.cfg").write_text("Group: DCM\n", encoding="utf-8")
    with pytest.raises(UsageError, match="name the ED frame"):
        load_acdc(acdc_folder)


def test_labels_of_another_data_set_are_refused(acdc_folder):
    path = acdc_folder / "patient001" / "patient001_frame01_gt.nii.gz"
    labels = nibabel.load(path)
    nibabel.save(nibabel.Nifti1Image(np.asarray(labels.dataobj) * 2, labels.affine), path)
    with pytest.raises(UsageError, match="holds the value 6"):
        load_acdc(acdc_folder)


def test_as_many_of_each_group_are_set_aside_and_folds_share_the_groups(acdc_folder, tmp_path):
    split = divide(load_acdc(acdc_folder), {"held_out_cases": 2, "folds": 2, "seed": 1}, tmp_path)
    groups = {files.patient: files.group for files in list_phases(acdc_folder)}
    assert Counter(groups[patient] for patient in split.held_out) == {"DCM": 1, "NOR": 1}
    assert [Counter(groups[p] for p in fold) for fold in split.folds] == [{"DCM": 1, "NOR": 1}] * 2
    with pytest.raises(UsageError, match="set aside evenly"):
        divide(load_acdc(acdc_folder), {"held_out_cases": 3, "folds": 2, "seed": 1}, tmp_path / "another_run")


def test_ten_of_eighty_patients_are_set_aside_two_a_group():
    groups = {f"patient{n:03d}": ("DCM", "HCM", "MINF", "NOR", "RV")[n % 5] for n in range(80)}
    volumes = {patient: float(index**2 % 97) for index, patient in enumerate(groups)}
    split = draw_split(volumes, 10, 5, 2026, groups)
    assert Counter(groups[patient] for patient in split.held_out) == dict.fromkeys(groups.values(), 2)
    assert [len(fold) for fold in split.folds] == [14] * 5
    for fold in split.folds:
        assert set(Counter(groups[patient] for patient in fold).values()) <= {2, 3}


def test_real_patients_are_read_as_the_data_describe_them(data_folder, tmp_path):
    if data_folder is None:
        pytest.skip("QUANTSEG_DATA does not name the real data")
    frames = list_phases(data_folder / "ACDC")
    assert len(frames) == 160
    assert Counter(files.group for files in frames) == dict.fromkeys(("DCM", "HCM", "MINF", "NOR", "RV"), 32)
    for name in ("patient001", "patient062"):
        (tmp_path / name).symlink_to(data_folder / "ACDC" / name)
    for cases in load_acdc(tmp_path).values():
        volumes = {Phase(case.case.name[-2:]): float((case.labels == 3).sum()) for case in cases}
        assert volumes[Phase.ED] > volumes[Phase.ES]
        for case in cases:
            assert 0.7 <= case.spacing_mm[0] < 2
            assert 5 <= case.spacing_mm[2] <= 10
            assert set(np.unique(case.labels)) == {0, 1, 2, 3}


def test_sunnybrook_slices_become_one_stack_a_phase(tmp_path):
    cohort = load_sunnybrook(write_sunnybrook(tmp_path))
    end_diastole, end_systole = cohort["SC-HF-I-01"]
    assert end_diastole.image.shape == (96, 96, 3)
    assert end_diastole.spacing_mm == ASSUMED_SPACING_MM
    assert end_diastole.group == "HF-I"
    expected = heart_labels((96, 96, 3), 9.0, (45.0, 50.0), empty_slices=())
    assert np.array_equal(end_diastole.labels, np.where(expected == 1, 0, expected))
    assert set(np.unique(end_systole.labels)) == {3, UNDRAWN}
    assert (end_systole.labels == 3).sum() < (end_diastole.labels == 3).sum()


def test_slices_that_are_labelled_at_both_phases_become_one_cine(tmp_path):
    data = write_sunnybrook(tmp_path)
    name = "SC-HF-I-02-IM-0001-0028.dcm.png"
    # Of the second patient the basal slice was drawn at end-diastole alone: two are shared, too few.
    for kind in ("images", "i_labels"):
        (data / kind / name).unlink()
    found = load_shared_slices(data)
    assert set(found) == {"SC-HF-I-01", "SC-HF-I-03", "SC-HF-I-04"}
    shared = found["SC-HF-I-01"]
    diastole, systole = load_sunnybrook(write_sunnybrook(tmp_path / "again"))["SC-HF-I-01"]
    assert np.array_equal(shared.labels, np.stack([diastole.labels, systole.labels]))
    assert np.array_equal(shared.frames, np.stack([diastole.image, systole.image]))


def test_slices_that_one_phase_alone_shows_are_missing_from_the_cine(tmp_path):
    data = write_sunnybrook(tmp_path)
    for kind in ("images", "i_labels", "o_labels"):
        for beyond in (0, 80):
            drawn = data / kind / "SC-HF-I-01-IM-0001-0020.dcm.png"
            shutil.copy(drawn, drawn.with_name(f"SC-HF-I-01-IM-0001-{beyond:04d}.dcm.png"))
    found = load_shared_slices(data)
    assert {patient: shared.missing_slices for patient, shared in found.items()} == dict.fromkeys(found, 0) | {
        "SC-HF-I-01": 2
    }
    assert found["SC-HF-I-01"].labels.shape[-1] == 3


def test_what_was_not_drawn_is_not_scored():
    truth = np.zeros((8, 8, 2), dtype=np.uint8)
    truth[2:6, 2:6] = 2
    truth[3:5, 3:5] = 3
    predicted = truth.copy()
    truth[..., 1][truth[..., 1] != 3] = UNDRAWN
    predicted[..., 1] = np.where(predicted[..., 1] == 2, 0, predicted[..., 1])
    assert sunnybrook_dice(predicted, truth) == {"cavity": 1, "epicardium": 1, "myocardium": 1}
    predicted[0, 0, 1] = 3
    assert sunnybrook_dice(predicted, truth)["cavity"] < 1
    truth[..., 0] = UNDRAWN
    assert np.isnan(sunnybrook_dice(predicted, truth)["myocardium"])


def test_every_real_sunnybrook_patient_has_two_frames_and_mostly_drawn_ends(data_folder):
    if data_folder is None:
        pytest.skip("QUANTSEG_DATA does not name the real data")
    cohort = load_sunnybrook(data_folder / "Sunnybrook_LV")
    cases = [case for cases in cohort.values() for case in cases]
    assert len(cohort) == 45
    assert sum(case.labels.shape[2] for case in cases) == 805
    drawn = sum(int((~(case.labels == UNDRAWN).any(axis=(0, 1))).sum()) for case in cases)
    assert drawn == 420
