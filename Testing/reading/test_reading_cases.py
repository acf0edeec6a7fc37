"""Which cases are found, and what they are called."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from made_volumes import affine_of, noisy_array
from pydicom.uid import generate_uid

from quantseg.errors import InputRefused, UsageError
from quantseg.reading import find_cases, read_scan
from quantseg.reading.scan import CaseInput
from quantseg.volume import Volume


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return path


def names(cases: list[CaseInput]) -> list[str]:
    return [case.name for case in cases]


@pytest.mark.parametrize("ending", [".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd", ".NII.GZ"])
def test_a_file_is_named_without_its_ending(tmp_path, ending):
    path = touch(tmp_path / f"sub-01.T1w{ending}")
    assert find_cases([path]) == [CaseInput("sub-01.T1w", path)]


@pytest.mark.parametrize(
    ("path", "start"),
    [
        (f"{'n' * 240}.nii.gz", "nnn"),
        (f"{'é' * 110}.nii", "ééé"),
        (f"{'/'.join(['deep' * 20] * 4)}/t1.nii", "deepdeep"),
    ],
)
def test_a_name_too_long_for_a_folder_is_shortened_and_stays_its_own(tmp_path, path, start):
    touch(tmp_path / path)
    twin = tmp_path / path.replace(".nii", "x.nii", 1)
    touch(twin)
    found = names(find_cases([tmp_path]))
    assert all(name.startswith(start) and 190 <= len(name.encode()) <= 200 for name in found)
    assert len(set(found)) == 2
    assert found == names(find_cases([tmp_path]))


def test_files_in_a_folder_are_named_by_their_path_in_a_fixed_order(tmp_path):
    for name in ("b/x/scan.nrrd", "a.nii.gz", "b/scan.mha", "äöü und Leerzeichen/Kopf 1.nii"):
        touch(tmp_path / name)
    cases = find_cases([tmp_path])
    assert names(cases) == ["a", "b__scan", "b__x__scan", "äöü und Leerzeichen__Kopf 1"]
    assert cases == find_cases([tmp_path])


def test_raw_data_text_and_hidden_files_are_no_cases(tmp_path):
    for name in ("scan.mhd", "scan.raw", "notes.txt", "LICENSE", "table.csv", ".hidden.nii", ".git/scan.nii"):
        touch(tmp_path / name)
    assert names(find_cases([tmp_path])) == ["scan"]


def test_own_results_are_no_cases_but_labels_elsewhere_are(tmp_path):
    for name in ("labels.nii.gz", "ED_labels.nii.gz", "segmentation.seg.nrrd", "measurements.json", "scan.nii"):
        touch(tmp_path / "out" / name)
    touch(tmp_path / "other" / "labels.nii.gz")
    assert names(find_cases([tmp_path])) == ["other__labels", "out__scan"]


def test_linked_folders_are_followed_once(tmp_path):
    touch(tmp_path / "store" / "scan.nii")
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "linked").symlink_to(tmp_path / "store", target_is_directory=True)
    (tmp_path / "study" / "loop").symlink_to(tmp_path / "study", target_is_directory=True)
    assert names(find_cases([tmp_path / "study"])) == ["linked__scan"]


@pytest.mark.parametrize(
    "paths", [("a.nii", "a.nii.gz"), ("a/b__c.nii", "a__b/c.nii"), ("Head.nii", "head.nii"), ("é.nii", "e\u0301.nrrd")]
)
def test_equal_names_are_wrong_use(tmp_path, paths):
    for path in paths:
        touch(tmp_path / path)
    with pytest.raises(UsageError, match="Two inputs have the case name"):
        find_cases([tmp_path])


def test_equal_names_across_inputs_are_wrong_use(tmp_path):
    inputs = [touch(tmp_path / "one" / "t1.nii.gz"), touch(tmp_path / "two" / "t1.nii.gz")]
    with pytest.raises(UsageError, match="case name t1"):
        find_cases(inputs)


def test_a_missing_input_is_wrong_use(tmp_path):
    with pytest.raises(UsageError, match="does not exist"):
        find_cases([tmp_path / "nowhere.nii"])


@pytest.mark.parametrize(
    ("missing", "name"), [("nowhere.nii", "nowhere"), ("Doe_Jane", "input2"), ("Doe_Jane/study.zip", "input2")]
)
def test_of_several_inputs_a_missing_one_is_refused_alone(tmp_path, missing, name):
    cases = find_cases([touch(tmp_path / "t1.nii.gz"), tmp_path / missing])
    assert names(cases) == ["t1", name]
    with pytest.raises(
        InputRefused, match=f"^{Path(missing).name if name == 'nowhere' else name}.*: the file does not exist"
    ):
        read_scan(cases[1])


def test_an_input_without_images_is_wrong_use(tmp_path):
    touch(tmp_path / "readme.txt")
    with pytest.raises(UsageError, match="No image was found"):
        find_cases([tmp_path])
    with pytest.raises(UsageError, match="No image was found"):
        find_cases([tmp_path / "readme.txt"])


def test_a_dicom_case_is_named_by_number_and_hash_alone(tmp_path, dicom_series):
    folder = tmp_path / "Doe_Jane_19660101"
    dicom_series(folder / "study", SeriesInstanceUID="1.2.840.99", SeriesNumber=401)
    digits = hashlib.sha256(b"1.2.840.99").hexdigest()[:8]
    (case,) = find_cases([tmp_path])
    assert (case.name, case.path, case.series_uid) == (f"series401_{digits}", folder / "study", "1.2.840.99")


def test_a_dicom_case_without_number_is_named_by_its_hash(tmp_path, dicom_series):
    dicom_series(tmp_path, SeriesNumber=None)
    (case,) = find_cases([tmp_path])
    assert case.name == f"series_{hashlib.sha256(b'1.2.3.4.5').hexdigest()[:8]}"


@pytest.mark.parametrize("ending", ["", ".dcm", ".IMA", ".1", ".MR"])
def test_dicom_files_may_have_any_ending(tmp_path, dicom_series, ending):
    dicom_series(tmp_path, ending=ending)
    assert len(find_cases([tmp_path])) == 1


def test_dicom_files_without_preamble_are_found_and_read(tmp_path, dicom_series):
    for path in dicom_series(tmp_path, ending=".dcm"):
        content = path.read_bytes()
        path.write_bytes(content[132:])
    (case,) = find_cases([tmp_path])
    assert np.array_equal(np.sort(read_scan(case).volume.array.ravel()), np.sort(noisy_array().ravel()))


@pytest.fixture
def study(tmp_path, dicom_series) -> Path:
    """Two stacks, a localizer, a single image, a segmentation, and a CT of one patient, in folders of her name."""
    folder = tmp_path / "Doe^Jane"
    dicom_series(folder / "t1", SeriesInstanceUID="1.1", SeriesNumber=2)
    dicom_series(folder / "t2", SeriesInstanceUID="1.2", SeriesNumber=3)
    dicom_series(
        folder / "scout", SeriesInstanceUID="1.3", SeriesNumber=1, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"]
    )
    dicom_series(folder, Volume(noisy_array((9, 9, 1)), np.eye(4)), SeriesInstanceUID="1.4", SeriesNumber=9)
    dicom_series(folder / "seg", SeriesInstanceUID="1.5", SeriesNumber=10, Modality="SEG")
    dicom_series(folder / "ct", SeriesInstanceUID="1.6", SeriesNumber=11, Modality="CT")
    return folder


def test_every_stack_of_mr_slices_is_a_case_and_the_rest_of_its_study_is_passed_over(study):
    assert [case.series_uid for case in find_cases([study])] == ["1.1", "1.2"]


def test_no_name_holds_what_identifies_a_patient(study):
    assert not any("doe" in name.lower() or "jane" in name.lower() for name in names(find_cases([study])))


@pytest.mark.parametrize("key", ["3", "1.2", hashlib.sha256(b"1.2").hexdigest()[:8]])
def test_a_series_is_picked_by_number_uid_or_hash(study, key):
    assert [case.series_uid for case in find_cases([study], series=[key])] == ["1.2"]


def test_a_series_passed_over_can_be_picked(study):
    assert [case.series_uid for case in find_cases([study], series=["11", "1"])] == ["1.3", "1.6"]


def test_an_unknown_series_is_wrong_use_and_says_which_there_are(study):
    with pytest.raises(UsageError, match=r"No series 77 was found.*series2_.*\(MR, 16 images\)") as caught:
        find_cases([study], series=["2", "77"])
    assert "Doe" not in str(caught.value).split("hold", 1)[1]


def test_a_series_spread_over_folders_is_one_case(tmp_path, dicom_series):
    for index, path in enumerate(dicom_series(tmp_path / "all")):
        part = tmp_path / "all" / f"part{index % 2}"
        part.mkdir(exist_ok=True)
        path.rename(part / path.name)
    (case,) = find_cases([tmp_path])
    assert case.path == tmp_path / "all"
    assert read_scan(case).volume.array.shape == noisy_array().shape


def test_a_copy_of_a_file_changes_nothing(tmp_path, dicom_series):
    path = dicom_series(tmp_path)[0]
    (tmp_path / "copy").write_bytes(path.read_bytes())
    (case,) = find_cases([tmp_path])
    assert read_scan(case).volume.array.shape == noisy_array().shape


def test_a_folder_with_nothing_but_a_single_image_is_wrong_use_and_says_so(tmp_path, dicom_series):
    dicom_series(tmp_path, Volume(noisy_array((9, 9, 1)), np.eye(4)))
    with pytest.raises(UsageError, match=r"No suitable image was found .* holds series7_\w{8} \(MR, 1 image\)"):
        find_cases([tmp_path])


def test_a_study_of_ct_alone_is_a_case_that_is_refused_by_name(tmp_path, dicom_series):
    dicom_series(tmp_path, Modality="CT")
    (case,) = find_cases([tmp_path])
    with pytest.raises(InputRefused, match=rf"^{case.name}: the DICOM modality is CT, expected MR"):
        read_scan(case)


def test_one_unsuitable_study_among_others_is_not_lost(tmp_path, dicom_series):
    dicom_series(tmp_path / "a", SeriesInstanceUID="1.1", StudyInstanceUID="9.1")
    single = Volume(noisy_array((9, 9, 1)), np.eye(4))
    dicom_series(tmp_path / "b", single, SeriesInstanceUID="1.2", StudyInstanceUID="9.2")
    cases = find_cases([tmp_path])
    assert {case.series_uid for case in cases} == {"1.1", "1.2"}


def test_images_and_dicom_beside_each_other_are_all_cases(tmp_path, dicom_series, nifti):
    nifti(name="data/scan.nii.gz")
    dicom_series(tmp_path / "data" / "dicom")
    assert [case.series_uid for case in find_cases([tmp_path / "data"])] == [None, "1.2.3.4.5"]


def test_a_dicomdir_is_no_damaged_file(tmp_path, dicom_series):
    dicom_series(tmp_path)
    (tmp_path / "DICOMDIR").write_bytes(b"\0" * 128 + b"DICM" + b"\0" * 40)
    (case,) = find_cases([tmp_path])
    assert read_scan(case).volume.array.shape == noisy_array().shape


def test_the_same_series_under_two_inputs_is_wrong_use(tmp_path, dicom_series):
    uid = generate_uid()
    dicom_series(tmp_path / "a", SeriesInstanceUID=uid)
    dicom_series(tmp_path / "b", Volume(noisy_array(), affine_of(np.eye(3))), SeriesInstanceUID=uid)
    with pytest.raises(UsageError, match="Two inputs"):
        find_cases([tmp_path / "a", tmp_path / "b"])
