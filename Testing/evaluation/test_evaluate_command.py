"""``quantseg evaluate`` on real files: pairing, grids, failures, tables and JSON."""

import json

import nibabel
import numpy as np
import pytest
from nibabel import orientations

from quantseg.cli.main import main

_AFFINE = np.array([[1.0, 0, 0, -10], [0, 1.0, 0, -20], [0, 0, 1.0, 5], [0, 0, 0, 1]])


def _labels(seed=0):
    labels = np.zeros((12, 16, 10), dtype=np.uint8)
    labels[3:8, 8 : 13 + seed % 2, 3:7] = 1
    labels[3:8, 3:8, 3 : 7 + seed % 3] = 2
    return labels


def _save(labels, path, affine=_AFFINE):
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(labels, affine), path)


@pytest.fixture
def references(tmp_path):
    folder = tmp_path / "reference labels"
    for index in range(4):
        _save(_labels(index), folder / f"case_{index}.nii.gz")
    return folder


@pytest.fixture
def predictions(tmp_path, references):
    folder = tmp_path / "predicted"
    for path in references.iterdir():
        _save(np.asarray(nibabel.load(path).dataobj), folder / path.name)
    return folder


def _evaluate(predictions, references, *options):
    named = predictions if isinstance(predictions, list) else [predictions]
    paths = ["--predictions", *map(str, named), "--labels", str(references)]
    return main(["evaluate", "hippocampus", *paths, "--resamples", "200", *map(str, options)])


def _scores(tmp_path, predictions, references, *options):
    report = tmp_path / "scores.json"
    status = _evaluate(predictions, references, "--json", report, *options)
    return status, json.loads(report.read_text(encoding="utf-8"))


@pytest.mark.slow
def test_equal_labels_score_one(tmp_path, predictions, references, capsys):
    status, report = _scores(tmp_path, predictions, references)
    assert status == 0
    assert report["schema"] == "quantseg-evaluation/1"
    for part in ("anterior", "posterior", "whole"):
        assert report["summary"][part]["metrics"]["dice"]["mean"] == 1
        assert report["summary"][part]["volume_agreement_mm3"]["bias"] == 0
    printed = capsys.readouterr().out
    assert "case_3" in printed
    assert "limits of agreement" in printed


def test_output_folders_of_segment_are_found_by_case(tmp_path, references):
    folder = tmp_path / "out"
    for path in references.iterdir():
        _save(np.asarray(nibabel.load(path).dataobj), folder / path.name.removesuffix(".nii.gz") / "labels.nii.gz")
    (folder / "summary.csv").write_text("case\n")
    status, report = _scores(tmp_path, folder, references)
    assert status == 0
    assert len(report["cases"]) == 4


def test_another_axis_order_of_the_same_labels_scores_one(tmp_path, predictions, references):
    path = predictions / "case_1.nii.gz"
    image = nibabel.load(path)
    turned = orientations.axcodes2ornt("PIR")
    array = orientations.apply_orientation(np.asarray(image.dataobj), turned_from_ras := _transform("RAS", turned))
    affine = image.affine @ orientations.inv_ornt_aff(turned_from_ras, image.shape)
    _save(np.ascontiguousarray(array), path, affine)
    status, report = _scores(tmp_path, predictions, references)
    assert status == 0
    assert report["cases"][1]["scores"]["anterior"]["dice"] == 1


def _transform(start, end):
    return orientations.ornt_transform(orientations.axcodes2ornt(start), end)


def test_a_shifted_affine_is_refused_in_words_and_counts_as_failure(tmp_path, predictions, references, capsys):
    shifted = _AFFINE.copy()
    shifted[0, 3] += 2
    _save(_labels(2), predictions / "case_2.nii.gz", shifted)
    status, report = _scores(tmp_path, predictions, references)
    assert status == 1
    assert report["cases"][2]["scores"]["whole"]["dice"] == 0
    assert "another grid" in report["cases"][2]["failure"]
    assert "resample" in capsys.readouterr().out


def test_missing_predictions_are_named_and_count_as_zero(tmp_path, predictions, references, capsys):
    (predictions / "case_0.nii.gz").unlink()
    status, report = _scores(tmp_path, predictions, references)
    assert status == 1
    dice = report["summary"]["whole"]["metrics"]["dice"]
    assert dice["mean"] == pytest.approx(0.75)
    assert report["summary"]["whole"]["metrics"]["hausdorff95_mm"]["missing"] == 1
    assert "case_0" in capsys.readouterr().out.split("without a usable prediction")[1]


def test_missing_predictions_can_be_left_out_but_never_silently(tmp_path, predictions, references, capsys):
    (predictions / "case_0.nii.gz").unlink()
    status, report = _scores(tmp_path, predictions, references, "--leave-out-failures")
    assert status == 1
    assert report["summary"]["whole"]["metrics"]["dice"]["mean"] == 1
    assert [case["case"] for case in report["cases"] if case["failure"]] == ["case_0"]
    assert "not counted" in capsys.readouterr().out


def test_a_truncated_prediction_is_a_named_failure(tmp_path, predictions, references):
    path = predictions / "case_3.nii.gz"
    path.write_bytes(path.read_bytes()[:60])
    status, report = _scores(tmp_path, predictions, references)
    assert status == 1
    assert "cannot be read" in report["cases"][3]["failure"]


def test_predictions_without_reference_are_named(tmp_path, predictions, references, capsys):
    _save(_labels(), predictions / "stranger.nii.gz")
    status, report = _scores(tmp_path, predictions, references)
    assert status == 0
    assert report["without_reference"] == ["stranger"]
    assert "stranger" in capsys.readouterr().out


def test_values_beyond_two_need_sided(predictions, references, tmp_path):
    for folder in (predictions, references):
        _save(_labels(0) + 2 * (_labels(0) > 0).astype(np.uint8), folder / "case_0.nii.gz")
    assert _evaluate(predictions, references) == 1
    status, report = _scores(tmp_path, predictions, references, "--sided")
    assert status == 0
    assert report["cases"][0]["scores"]["right anterior"]["dice"] == 1
    assert report["cases"][0]["scores"]["left whole"]["reference_volume_mm3"] == 0


def test_swapped_sides_score_zero(tmp_path, predictions, references):
    right = _labels(0) + 2 * (_labels(0) > 0).astype(np.uint8)
    _save(right, predictions / "case_0.nii.gz")
    _, report = _scores(tmp_path, predictions, references, "--sided")
    assert report["cases"][0]["scores"]["left whole"]["dice"] == 0
    assert report["cases"][0]["scores"]["right whole"]["dice"] == 0


def test_scores_are_of_masks_not_of_label_values(tmp_path, predictions, references):
    """Everything called posterior: whole still agrees, and no Dice exceeds one."""
    for path in references.iterdir():
        labels = np.asarray(nibabel.load(path).dataobj)
        _save(np.where(labels > 0, 2, 0).astype(np.uint8), predictions / path.name)
    _, report = _scores(tmp_path, predictions, references)
    summary = report["summary"]
    assert summary["whole"]["metrics"]["dice"]["mean"] == 1
    assert summary["anterior"]["metrics"]["dice"]["mean"] == 0
    assert 0 < summary["posterior"]["metrics"]["dice"]["mean"] < 1


def test_interval_draws_the_patients_that_a_table_names(tmp_path, predictions, references):
    """With two patients the interval spans the means of one and of the other."""
    for index in (2, 3):
        halved = _labels(index)
        halved[:, :, 5:] = 0
        _save(halved, predictions / f"case_{index}.nii.gz")
    table = tmp_path / "patients.csv"
    table.write_text("case,patient\ncase_0,x\ncase_1,x\ncase_2,y\ncase_3,y\n", encoding="utf-8")
    _, report = _scores(tmp_path, predictions, references, "--patients", table)
    dice = [case["scores"]["whole"]["dice"] for case in report["cases"]]
    interval = report["summary"]["whole"]["metrics"]["dice"]["interval"]
    assert interval["low"] == pytest.approx(sum(dice[2:]) / 2)
    assert interval["high"] == 1
    assert [case["patient"] for case in report["cases"]] == ["x", "x", "y", "y"]


def test_patients_come_from_a_decathlon_index_too(tmp_path, predictions, references):
    index = tmp_path / "dataset.json"
    entries = [{"image": f"./imagesTr/case_{i}.nii.gz", "label": "", "patient": f"p{i // 2}"} for i in range(4)]
    index.write_text(json.dumps({"training": entries}))
    _, report = _scores(tmp_path, predictions, references, "--patients", index)
    assert [case["patient"] for case in report["cases"]] == ["p0", "p0", "p1", "p1"]


def test_a_part_of_the_split_is_scored_alone(tmp_path, predictions, references):
    split = tmp_path / "split.json"
    split.write_text(json.dumps({"held_out": ["case_0"], "folds": [["case_1"], ["case_2", "case_3"]]}))
    for part, expected in (("held-out", ["case_0"]), ("1", ["case_2", "case_3"])):
        _, report = _scores(tmp_path, predictions, references, "--split", split, "--part", part)
        assert [case["case"] for case in report["cases"]] == expected
    assert _evaluate(predictions, references, "--split", split, "--part", "9") == 2
    assert _evaluate(predictions, references, "--split", split) == 2
    bundle = tmp_path / "metadata.json"
    bundle.write_text(json.dumps({"name": "a bundle", "training_split": json.loads(split.read_text())}))
    _, report = _scores(tmp_path, predictions, references, "--split", bundle, "--part", "held-out")
    assert [case["case"] for case in report["cases"]] == ["case_0"]
    bundle.write_text("[1]")
    assert _evaluate(predictions, references, "--split", bundle, "--part", "held-out") == 2


def test_folders_of_several_folds_are_scored_together(tmp_path, predictions, references):
    other = tmp_path / "fold_1"
    other.mkdir()
    (predictions / "case_3.nii.gz").rename(other / "case_3.nii.gz")
    status, report = _scores(tmp_path, [predictions, other], references)
    assert status == 0
    assert len(report["cases"]) == 4
    _save(_labels(2), other / "case_2.nii.gz")
    assert _evaluate([predictions, other], references) == 2


def test_a_folder_without_label_maps_is_wrong_use(tmp_path, references, capsys):
    (tmp_path / "empty").mkdir()
    assert _evaluate(tmp_path / "empty", references) == 2
    assert "holds no label maps" in capsys.readouterr().err


def test_an_unreadable_reference_stops_the_evaluation(predictions, references, capsys):
    (references / "case_1.nii.gz").write_bytes(b"no nifti")
    assert _evaluate(predictions, references) == 1
    assert "case_1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (["--resamples", "0"], "--resamples 0"),
        (["--seed", "-1"], "--seed -1"),
        (["--json", "nowhere/scores.json"], "--json nowhere"),
        (["--json", "."], "--json ."),
    ],
)
def test_what_cannot_be_drawn_or_written_is_wrong_use_before_any_scoring(
    predictions, references, capsys, tmp_path, monkeypatch, wrong, sentence
):
    monkeypatch.chdir(tmp_path)
    assert _evaluate(predictions, references, *wrong) == 2
    said = capsys.readouterr()
    assert sentence in said.err.replace("\\", "/")
    assert not said.out
