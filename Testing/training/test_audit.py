"""What the audit of a data set finds, and that training heeds it."""

import json

import nibabel
import numpy as np
import pytest
from made_nifti import save_nifti

from quantseg.cli.main import main
from quantseg.errors import UsageError
from quantseg.training.audit import Severity, audit_dataset

_SPACING_MM = (1.0, 1.0, 1.0)


def _audit(folder):
    return audit_dataset(folder, (1, 2), _SPACING_MM)


def _only(findings):
    assert len(findings) == 1, [str(finding) for finding in findings]
    return findings[0]


def _load(path):
    image = nibabel.load(path)
    return np.asarray(image.dataobj), image.affine


def test_a_sound_data_set_has_no_findings(decathlon_folder):
    assert _audit(decathlon_folder) == []


def test_the_decathlon_hippocampi_are_sound(data_folder):
    folder = None if data_folder is None else data_folder / "Task04_Hippocampus"
    if folder is None:
        pytest.skip("QUANTSEG_DATA names no folder of data sets; the blocks above stand in for it")
    assert [str(f) for f in _audit(folder) if f.severity is Severity.ERROR] == []


@pytest.mark.parametrize("part", ["imagesTr", "labelsTr"])
def test_a_missing_half_of_a_pair_is_an_error(decathlon_folder, part):
    (decathlon_folder / part / "block_004.nii.gz").unlink()
    finding = _only(_audit(decathlon_folder))
    assert (finding.severity, finding.case) == (Severity.ERROR, "block_004")
    assert "does not exist" in finding.message


def test_a_truncated_file_is_an_error(decathlon_folder):
    path = decathlon_folder / "imagesTr" / "block_002.nii.gz"
    path.write_bytes(path.read_bytes()[:500])
    finding = _only(_audit(decathlon_folder))
    assert finding.case == "block_002"
    assert "cannot be read" in finding.message


def test_a_file_that_no_entry_names_is_a_warning(decathlon_folder):
    save_nifti(np.zeros((4, 4, 4), dtype=np.uint8), decathlon_folder / "labelsTr" / "stray.nii.gz")
    (decathlon_folder / "labelsTr" / "._block_001.nii.gz").write_bytes(b"resource fork")
    finding = _only(_audit(decathlon_folder))
    assert (finding.severity, finding.case) == (Severity.WARNING, "labelsTr/stray.nii.gz")


@pytest.mark.parametrize(("value", "shown"), [(3, "3"), (1.5, "1.5"), (-1, "-1")])
def test_wrong_label_values_are_named(decathlon_folder, value, shown):
    path = decathlon_folder / "labelsTr" / "block_003.nii.gz"
    labels, _ = _load(path)
    labels = labels.astype(np.float32)
    labels[0, 0, 0] = value
    save_nifti(labels, path)
    finding = _only(_audit(decathlon_folder))
    assert finding.severity is Severity.ERROR
    assert f"hold {shown};" in finding.message


def test_whole_numbers_stored_as_float_are_fine(decathlon_folder):
    path = decathlon_folder / "labelsTr" / "block_003.nii.gz"
    save_nifti(_load(path)[0].astype(np.float32), path)
    assert _audit(decathlon_folder) == []


def test_an_absent_structure_is_a_warning(decathlon_folder):
    path = decathlon_folder / "labelsTr" / "block_003.nii.gz"
    labels, _ = _load(path)
    save_nifti(np.where(labels == 2, 0, labels), path)
    findings = [f for f in _audit(decathlon_folder) if "no voxel is labelled 2" in f.message]
    assert _only(findings).severity is Severity.WARNING


def test_differing_shapes_and_affines_are_errors(decathlon_folder):
    labels, affine = _load(decathlon_folder / "labelsTr" / "block_005.nii.gz")
    save_nifti(labels[:-1], decathlon_folder / "labelsTr" / "block_005.nii.gz")
    shifted = affine.copy()
    shifted[1, 3] += 4
    save_nifti(labels, decathlon_folder / "labelsTr" / "block_008.nii.gz", shifted)
    findings = {finding.case: finding for finding in _audit(decathlon_folder)}
    assert "24x28x20" in findings["block_005"].message
    assert "23x28x20" in findings["block_005"].message
    assert "4 mm apart" in findings["block_008"].message
    assert all(finding.severity is Severity.ERROR for finding in findings.values())


def test_another_voxel_size_is_an_error_that_names_both(decathlon_folder):
    for part in ("imagesTr", "labelsTr"):
        path = decathlon_folder / part / "block_001.nii.gz"
        save_nifti(_load(path)[0], path, np.diag([1.0, 1.0, 1.2, 1.0]))
    finding = _only([f for f in _audit(decathlon_folder) if f.severity is Severity.ERROR])
    assert "1x1x1.2" in finding.message
    assert "1x1x1 mm" in finding.message


def test_an_outlying_volume_is_a_warning_with_its_score(decathlon_folder):
    path = decathlon_folder / "labelsTr" / "block_006.nii.gz"
    labels, _ = _load(path)
    labels[4:20, 14:26, 2:16] = 1
    save_nifti(labels, path)
    finding = _only([f for f in _audit(decathlon_folder) if "label 1" in f.message])
    assert (finding.case, finding.severity) == ("block_006", Severity.WARNING)
    assert "robust z +" in finding.message


@pytest.mark.parametrize("value", [np.nan, None])
def test_an_image_without_content_is_an_error(decathlon_folder, value):
    path = decathlon_folder / "imagesTr" / "block_007.nii.gz"
    image, _ = _load(path)
    image = np.full_like(image, 5.0) if value is None else np.where(image > 200, value, image)
    save_nifti(image.astype(np.float32), path)
    assert _only(_audit(decathlon_folder)).severity is Severity.ERROR


def test_a_case_named_twice_is_an_error(decathlon_folder):
    index = decathlon_folder / "dataset.json"
    document = json.loads(index.read_text())
    document["training"].append(document["training"][0])
    index.write_text(json.dumps(document))
    assert "more than once" in _only(_audit(decathlon_folder)).message


def test_errors_come_before_warnings(decathlon_folder):
    save_nifti(np.zeros((4, 4, 4), dtype=np.uint8), decathlon_folder / "imagesTr" / "a_stray.nii.gz")
    (decathlon_folder / "labelsTr" / "block_009.nii.gz").unlink()
    assert [f.severity for f in _audit(decathlon_folder)] == [Severity.ERROR, Severity.WARNING]


@pytest.mark.parametrize("content", [None, "{", '{"training": [{"image": 3}]}', "[]"])
def test_a_folder_without_a_usable_index_is_wrong_use(tmp_path, content):
    if content is not None:
        (tmp_path / "dataset.json").write_text(content)
    with pytest.raises(UsageError, match=r"dataset\.json"):
        _audit(tmp_path)


def test_training_stops_before_it_starts_where_the_audit_finds_errors(decathlon_folder, tmp_path, capsys):
    (decathlon_folder / "labelsTr" / "block_009.nii.gz").unlink()
    run = tmp_path / "run"
    assert main(["train", "hippocampus", "--data", str(decathlon_folder), "-o", str(run)]) == 2
    assert "error: block_009" in capsys.readouterr().err
    assert not run.exists()
