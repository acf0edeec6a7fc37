"""Water and fat of a Dixon become one case, by headers or by names, and nothing else does."""

import nibabel
import numpy as np
import pytest
from made_dicom import write_series

from quantseg.batch.study import find_study
from quantseg.reading.spacing import HEADER_SPACING
from quantseg.tasks.lumbar_muscle.pairing import find_dixon_cases, is_fat_of
from quantseg.tasks.lumbar_muscle.review.corrector import LumbarMuscleCorrector
from quantseg.tasks.lumbar_muscle.task import TASK
from quantseg.volume import Volume


def _write(folder, number, description, kind=("ORIGINAL", "PRIMARY"), planes=9, study="1.2.3.4"):
    array = np.random.default_rng(number).integers(0, 900, (64, 60, planes)).astype(np.int16)
    volume = Volume(array, np.diag([-1.5, -1.5, 4.0, 1.0]))
    fields = {"SeriesDescription": description, "SeriesNumber": number, "SeriesInstanceUID": f"1.2.3.4.{number}"}
    fields["StudyInstanceUID"] = study
    write_series(folder / str(number), volume, ImageType=list(kind), FrameOfReferenceUID="1.2.3", **fields)


def _numbers(cases):
    return [(one.name.split("_")[0], [case.name.split("_")[0] for _, case in one.further_roles]) for one in cases]


@pytest.mark.parametrize(
    ("water", "fat"),
    [
        pytest.param(("t1_vibe_dixon_tra_W",), ("t1_vibe_dixon_tra_F",), id="Siemens' endings"),
        pytest.param(("WATER: Ax LAVA",), ("FAT: Ax LAVA",), id="GE's words"),
        pytest.param(
            ("mDIXON", ("ORIGINAL", "PRIMARY", "W")), ("mDIXON", ("ORIGINAL", "PRIMARY", "F")), id="ImageType alone"
        ),
    ],
)
def test_water_and_fat_of_one_scan_are_one_case(tmp_path, water, fat):
    _write(tmp_path, 3, *fat)
    _write(tmp_path, 4, *water)
    assert _numbers(find_dixon_cases([tmp_path])) == [("series4", ["series3"])]


def test_a_fat_saturated_image_and_fat_of_another_scan_are_cases_of_their_own(tmp_path):
    _write(tmp_path, 3, "dixon_tra_W")
    _write(tmp_path, 4, "T2 fat sat")
    _write(tmp_path, 5, "dixon_cor_F")
    _write(tmp_path, 6, "dixon_tra_F", planes=12)
    assert _numbers(find_dixon_cases([tmp_path])) == [(f"series{n}", []) for n in (3, 4, 5, 6)]


def test_series_that_name_no_study_are_not_taken_for_those_of_one(tmp_path):
    for number, description in ((3, "dixon_tra_W"), (4, "dixon_tra_F")):
        _write(tmp_path, number, description, study="")
    assert _numbers(find_dixon_cases([tmp_path])) == [("series3", []), ("series4", [])]


def _save(folder, *names):
    folder.mkdir(exist_ok=True)
    for name in names:
        array = np.random.default_rng(0).integers(0, 900, (64, 60, 9)).astype(np.int16)
        nibabel.save(nibabel.Nifti1Image(array, np.eye(4)), folder / f"{name}.nii.gz")
    return folder


def test_files_are_paired_by_names_that_differ_in_the_part_alone_so_that_a_worklist_has_fat(tmp_path):
    one = _save(tmp_path / "one", "p1_W", "p1_F", "p2.5_water", "p2.5_fat", "p3_W", "p4_F", "p5_T1")
    _save(tmp_path / "other", "p3_F")
    found = LumbarMuscleCorrector().find(tmp_path)
    pairs = {case.path.name: [fat.path.name for _, fat in case.further_roles] for case in found}
    assert pairs == {
        "p1_W.nii.gz": ["p1_F.nii.gz"],
        "p2.5_water.nii.gz": ["p2.5_fat.nii.gz"],
        **{f"{name}.nii.gz": [] for name in ("p3_W", "p4_F", "p5_T1", "p3_F")},
    }
    read = TASK.read(next(case for case in found if case.path == one / "p1_W.nii.gz"), HEADER_SPACING)
    assert set(read.scans) == {TASK.inputs[0].name, "fat"}
    assert any("fat image p1_F.nii.gz" in note and "by its name alone" in note for note in read.first.notes)


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(("P1_W", "P10_F"), id="one number begins the other"),
        pytest.param(("1water2", "12_fat"), id="the part stands at another place"),
        pytest.param(("P1_water2", "P1_2_fat"), id="a number stands on the other side of the part"),
        pytest.param(("P1_W", "p1_F"), id="upper and lower case tell people apart"),
        pytest.param(("P_A", "P_F", "P_M", "P_W"), id="letters number people"),
    ],
)
def test_files_that_may_be_of_two_people_stay_apart(tmp_path, names):
    found = find_dixon_cases([_save(tmp_path, *names)])
    assert [case.further_roles for case in found] == [()] * len(names)


def test_letters_of_other_parts_of_a_dixon_number_nobody(tmp_path):
    (pair,) = (case for case in find_dixon_cases([_save(tmp_path, "P_W", "P_F", "P_I", "P_O")]) if case.further_roles)
    assert (pair.name, pair.further_roles[0][1].name) == ("P_W", "P_F")


def test_of_a_study_the_pair_is_measured_and_said(tmp_path):
    _write(tmp_path, 2, "T2 tra")
    _write(tmp_path, 3, "dixon_F")
    _write(tmp_path, 4, "dixon_W")
    study = find_study(tmp_path, TASK)
    assert _numbers(study.chosen) == [("series4", ["series3"])]
    assert not any("series3" in line for line in study.reasons)


@pytest.mark.parametrize(
    ("name", "is_fat"),
    [("Spine_F", True), ("spine_f", True), ("Spine_F2", False), ("Fat suppressed T2", False), ("Knee_F", False)],
)
def test_names_alone_tell_the_fat_of_a_water_image(name, is_fat):
    assert is_fat_of(name, "Spine_W") is is_fat
    assert not is_fat_of(name, "Spine_T2")
