"""``quantseg evaluate heart`` on labels whose volumes are known: overlap, function, agreement, who is missing."""

import json

import nibabel
import numpy as np
import pytest

from quantseg.cli.main import main

_AFFINE = np.diag([-1.5, -1.5, 8.0, 1.0])
_VOXEL_ML = 1.5 * 1.5 * 8 / 1000


def _labels(cavity, right=6):
    labels = np.zeros((30, 30, 5), dtype=np.uint8)
    labels[2 : 2 + right, 10:20, 1:4] = 1
    labels[10:24, 8:22, 1:4] = 2
    labels[12 : 12 + cavity, 10:20, 1:4] = 3
    return labels


def _save(labels, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(labels, _AFFINE), path)


@pytest.fixture
def references(tmp_path):
    """LV EF 50 %, RV EF 33 % in three patients of two groups."""
    folder = tmp_path / "acdc"
    for index, group in enumerate(("DCM", "DCM", "NOR")):
        patient = folder / f"patient{index:03d}"
        _save(_labels(10), patient / f"{patient.name}_frame01_gt.nii.gz")
        _save(_labels(5, right=4), patient / f"{patient.name}_frame12_gt.nii.gz")
        (patient / "Info.cfg").write_text(f"ED: 1\nES: 12\nGroup: {group}\n", encoding="utf-8")
    return folder


@pytest.fixture
def predictions(tmp_path):
    folder = tmp_path / "predicted"
    for index in range(3):
        _save(_labels(10), folder / f"patient{index:03d}" / "ED_labels.nii.gz")
        _save(_labels(5, right=4), folder / f"patient{index:03d}" / "ES_labels.nii.gz")
    return folder


def _scores(tmp_path, predictions, references, *options):
    report = tmp_path / "scores.json"
    command = ["evaluate", "heart", "--predictions", str(predictions), "--labels", str(references)]
    status = main([*command, "--resamples", "100", "--json", str(report), *map(str, options)])
    return status, json.loads(report.read_text(encoding="utf-8")) if report.is_file() else {}


@pytest.mark.slow
def test_equal_labels_agree_in_everything(tmp_path, predictions, references, capsys):
    status, report = _scores(tmp_path, predictions, references)
    assert status == 0
    first = report["function"][0]["reference"]
    assert first["lv_edv"] == pytest.approx(300 * _VOXEL_ML)
    assert first["lv_ef"] == pytest.approx(50)
    assert first["rv_ef"] == pytest.approx(100 / 3)
    assert first["lv_mass"] == pytest.approx((14 * 14 - 100) * 3 * _VOXEL_ML * 1.05)
    assert {summary["absolute_error"] for summary in report["measures"].values()} == {0}
    for phase in ("ED", "ES"):
        assert report["by_phase"][phase]["RV cavity"]["metrics"]["dice"]["mean"] == 1
    printed = capsys.readouterr().out
    assert "Papillary muscles and trabeculae count as cavity" in printed
    assert "patient002" in printed
    assert "mean Dice of the 3 parts 1.0000" in printed


def test_an_end_systole_drawn_too_large_lowers_the_ejection_fraction(tmp_path, predictions, references):
    """6 instead of 5 of 10: EF 40 % instead of 50 % in one patient of three."""
    _save(_labels(6, right=4), predictions / "patient001" / "ES_labels.nii.gz")
    _, report = _scores(tmp_path, predictions, references)
    lv_ef = report["measures"]["lv_ef"]
    assert lv_ef["absolute_error"] == pytest.approx(10 / 3)
    assert lv_ef["worst"] == pytest.approx(10)
    assert lv_ef["agreement"]["bias"] == pytest.approx(-10 / 3)
    assert lv_ef["agreement"]["sd"] == pytest.approx(10 / np.sqrt(3))
    assert report["measures"]["lv_esv"]["agreement"]["bias"] == pytest.approx(30 * _VOXEL_ML / 3)
    assert report["measures"]["rv_ef"]["absolute_error"] == 0
    assert report["by_group"]["DCM"]["lv_ef"]["absolute_error"] == pytest.approx(5)
    assert report["by_group"]["NOR"]["lv_ef"]["absolute_error"] == 0
    assert report["by_phase"]["ED"]["LV cavity"]["metrics"]["dice"]["mean"] == 1
    assert report["by_phase"]["ES"]["LV cavity"]["metrics"]["dice"]["mean"] < 1


def test_a_patient_without_a_phase_is_named_and_has_no_function(tmp_path, predictions, references, capsys):
    (predictions / "patient001" / "ES_labels.nii.gz").unlink()
    status, report = _scores(tmp_path, predictions, references)
    assert status == 1
    assert [patient["patient"] for patient in report["function"]] == ["patient000", "patient002"]
    assert report["by_phase"]["ES"]["LV cavity"]["metrics"]["dice"]["mean"] == pytest.approx(2 / 3)
    assert "patient001 ES" in capsys.readouterr().out


def test_an_empty_cavity_gives_no_ejection_fraction(tmp_path, predictions, references):
    for phase in ("ED", "ES"):
        labels = _labels(10)
        labels[labels == 1] = 0
        _save(labels, predictions / "patient000" / f"{phase}_labels.nii.gz")
    _, report = _scores(tmp_path, predictions, references)
    assert report["function"][0]["predicted"]["rv_ef"] is None
    assert report["measures"]["rv_ef"]["missing"] == 1
    assert report["measures"]["rv_ef"]["absolute_error"] == 0


def test_part_of_a_split_is_scored_alone(tmp_path, predictions, references):
    split = tmp_path / "split.json"
    split.write_text(json.dumps({"held_out": ["patient002"], "folds": [["patient000"], ["patient001"]]}))
    _, report = _scores(tmp_path, predictions, references, "--split", split, "--part", "held-out")
    assert [patient["patient"] for patient in report["function"]] == ["patient002"]


def test_folders_without_predictions_or_references_are_wrong_use(tmp_path, predictions, references, capsys):
    assert _scores(tmp_path, references, references)[0] == 2
    assert "ED_labels.nii.gz" in capsys.readouterr().err
    assert _scores(tmp_path, predictions, predictions)[0] == 2
    assert "ACDC layout" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        _scores(tmp_path, predictions, references, "--sided")


def test_files_like_the_challenges_own_are_measured_by_pixdim(tmp_path, predictions, references):
    """Their affine says 1 mm, their ``pixdim`` the truth; labels of ``segment heart`` keep that header."""
    for path in [*references.rglob("*_gt.nii.gz"), *predictions.rglob("*_labels.nii.gz")]:
        image = nibabel.load(path)
        trapped = nibabel.Nifti1Image(np.asarray(image.dataobj), None)
        trapped.header.set_sform(np.eye(4), code=2)
        trapped.header["qform_code"] = 0
        trapped.header["pixdim"][1:4] = (1.5, 1.5, 8.0)
        nibabel.save(trapped, path)
    _, report = _scores(tmp_path, predictions, references)
    assert report["function"][0]["reference"]["lv_edv"] == pytest.approx(300 * _VOXEL_ML)
    assert report["function"][0]["predicted"]["lv_edv"] == pytest.approx(300 * _VOXEL_ML)
