"""The 2D model: slices with and without hippocampus, the split of the 3D model, predictions that score in 3D."""

import json

import nibabel
import numpy as np
import pytest
import torch

from quantseg.cli.main import main
from quantseg.models.building import build
from quantseg.models.intensity import intensity_transform
from quantseg.tasks.hippocampus.training.coronal_slices import (
    NETWORK_DEFINITION,
    SliceAugmentation,
    coronal_slices,
    slice_batches,
    slice_loss,
    slice_predictor,
    vary_slices,
)
from quantseg.training.cohort import divide, load_cohort
from quantseg.training.shuffle import Shuffle

_INTENSITY = {"_target_": "Compose", "transforms": [{"_target_": "NormalizeIntensityd", "keys": "image"}]}
_NO_VARIATION = SliceAugmentation(flip_probability=0.0, rotation_deg=0.0, scale=0.0)
_SMALL_NETWORK = NETWORK_DEFINITION | {"backbone": "resnet10", "decoder_channels": [32, 16, 8, 8, 8]}
_QUICK = {
    "held_out_cases": 2,
    "folds": 2,
    "optimisation": {"samples": 400, "batch_size": 8, "learning_rate": 0.004, "weight_average_decay": 0.8},
}


@pytest.fixture
def cases(decathlon_folder):
    return [case for cases in load_cohort(decathlon_folder).values() for case in cases]


def test_every_coronal_slice_takes_part_empty_ones_too(cases):
    images, targets = coronal_slices(cases, intensity_transform(_INTENSITY))
    assert images.shape == (10 * 28, 1, 64, 64)
    assert targets.shape == (10 * 28, 2, 64, 64)
    holds_hippocampus = targets.flatten(1).any(1)
    assert int(holds_hippocampus.sum()) == 10 * (22 - 5)
    assert not holds_hippocampus.all()


def test_slices_run_across_j_and_carry_each_part_in_its_channel(cases):
    images, targets = coronal_slices(cases[:1], intensity_transform(_INTENSITY))
    labels = cases[0].labels
    for j in (5, 13, 14, 21):
        for part in range(2):
            assert int(targets[j, part].sum()) == int((labels[:, j] == part + 1).sum())
            if targets[j, part].any():
                assert images[j, 0][targets[j, part]].min() > images[j, 0][~targets[j].any(0)].median()


def test_every_slice_comes_once_before_any_comes_again():
    images = torch.arange(10.0).view(10, 1, 1, 1).expand(10, 1, 8, 8).contiguous()
    targets = torch.zeros(10, 2, 8, 8, dtype=torch.bool)
    batches = slice_batches(images, targets, _NO_VARIATION, 5, Shuffle(torch.Generator().manual_seed(0)))
    drawn = [sorted(float(v) for _ in range(2) for v in next(batches)[0].amax((1, 2, 3))) for _ in range(2)]
    assert drawn == [pytest.approx(list(range(10)), abs=1e-4)] * 2


def _marked_slice():
    targets = torch.zeros(1, 2, 64, 64, dtype=torch.bool)
    targets[:, 0, 12:22, 30:44], targets[:, 1, 38:50, 18:30] = True, True
    return targets[:, :1] * 3.0 + targets[:, 1:] * 6.0 - 1, targets


@pytest.mark.parametrize("seed", range(6))
def test_image_and_target_vary_alike(seed):
    augmentation = SliceAugmentation(flip_probability=0.5, rotation_deg=5.0, scale=0.1)
    images, targets = vary_slices(*_marked_slice(), augmentation, torch.Generator().manual_seed(seed))
    assert images[0, 0][targets[0, 0] > 0].median() == pytest.approx(2, abs=0.1)
    assert images[0, 0][targets[0, 1] > 0].median() == pytest.approx(5, abs=0.1)
    assert images[0, 0][targets[0].sum(0) == 0].median() == pytest.approx(-1, abs=0.1)
    assert 0.75 * 140 < targets[0, 0].sum() < 1.35 * 140


def test_a_flip_exchanges_left_and_right_alone():
    images, targets = _marked_slice()
    flipped, flipped_targets = vary_slices(
        images, targets, SliceAugmentation(1.0, 0.0, 0.0), torch.Generator().manual_seed(0)
    )
    assert torch.equal(flipped_targets, targets.flip(2).float())
    assert torch.allclose(flipped, images.flip(2), atol=1e-4)


def test_a_rotation_stays_within_five_degrees():
    images = torch.zeros(200, 1, 64, 64)
    images[:, :, 32, 60] = 1
    targets = torch.zeros(200, 2, 64, 64, dtype=torch.bool)
    targets[:, 0, 30:34, 56:62] = True
    _, varied = vary_slices(images, targets, SliceAugmentation(0.0, 5.0, 0.0), torch.Generator().manual_seed(0))
    centres = torch.stack([torch.argwhere(v[0] > 0).float().mean(0) for v in varied]) - 31.5
    degrees = torch.rad2deg(torch.atan2(centres[:, 0], centres[:, 1]))
    assert 4 < degrees.abs().max() < 5.6


def test_false_positives_on_empty_slices_cost():
    targets = torch.zeros(4, 2, 16, 16)
    targets[0, :, 4:8, 4:8] = 1
    good = torch.where(targets > 0, 6.0, -6.0)
    bad = good.clone()
    bad[1:, 0, 4:8, 4:8] = 6.0
    assert slice_loss(bad, targets) > slice_loss(good, targets) + 0.1


def test_an_untrained_network_labels_every_voxel_of_a_case_on_its_own_shape(cases):
    predict = slice_predictor(build(NETWORK_DEFINITION).eval(), {"intensity": _INTENSITY}, torch.device("cpu"))
    labels = predict(cases[0].image)
    assert labels.shape == cases[0].image.shape
    assert labels.dtype == np.uint8
    assert labels.max() <= 2


def test_both_kinds_of_model_face_the_same_split(decathlon_folder, tmp_path):
    config = {"held_out_cases": 2, "folds": 2, "seed": 2026}
    split = divide(load_cohort(decathlon_folder), config, tmp_path)
    assert len(split.held_out) == 2
    assert json.loads((tmp_path / "split.json").read_text())["held_out"] == list(split.held_out)
    assert divide(load_cohort(decathlon_folder), {**config, "optimisation": {}}, tmp_path / "other") == split


def test_the_patient_of_several_cases_stands_on_one_side_with_all_of_them(decathlon_folder, tmp_path):
    index = decathlon_folder / "dataset.json"
    document = json.loads(index.read_text())
    for number, entry in enumerate(document["training"]):
        entry["patient"] = f"p{number // 2}"
    index.write_text(json.dumps(document))
    cohort = load_cohort(decathlon_folder)
    split = divide(cohort, {"held_out_cases": 1, "folds": 2, "seed": 1}, tmp_path)
    assert {patient: len(cases) for patient, cases in cohort.items()} == {f"p{n}": 2 for n in range(5)}
    assert sorted([*split.held_out, *split.folds[0], *split.folds[1]]) == sorted(cohort)


def test_the_command_trains_predicts_and_its_predictions_score_in_3d(decathlon_folder, tmp_path):
    """Whole way on an easy task, on files stored in another axis order than RAS; the saved weights predict alike."""
    _store_as_psr(decathlon_folder)
    recipe, run, report = tmp_path / "recipe.json", tmp_path / "run", tmp_path / "scores.json"
    recipe.write_text(json.dumps(_QUICK))
    (tmp_path / "network.json").write_text(json.dumps(_SMALL_NETWORK))
    train = ["train", "hippocampus", "--data", str(decathlon_folder), "-o", str(run), "--model", "slices"]
    assert main([*train, "--folds", "1", "--recipe", str(recipe), "--network", str(tmp_path / "network.json")]) == 0
    split = json.loads((run / "split.json").read_text())
    predictions = run / "fold_1" / "predictions"
    written = {path.name.removesuffix(".nii.gz"): path.read_bytes() for path in predictions.iterdir()}
    assert sorted(written) == split["folds"][1]
    for name in written:
        image, labels = (nibabel.load(p / f"{name}.nii.gz") for p in (decathlon_folder / "imagesTr", predictions))
        assert image.shape == labels.shape
        assert np.allclose(image.affine, labels.affine)

    score = ["evaluate", "hippocampus", "--labels", str(decathlon_folder / "labelsTr"), "--resamples", "200"]
    score += ["--split", str(run / "split.json"), "--part", "1", "--json", str(report)]
    assert main([*score, "--predictions", str(predictions)]) == 0
    trained = json.loads(report.read_text())["summary"]["whole"]["metrics"]["dice"]["mean"]
    assert trained > 0.8
    validation = json.loads((run / "fold_1" / "validation.json").read_text())
    assert validation["dice_whole"] == pytest.approx(trained, abs=1e-6)

    for path in predictions.iterdir():
        path.unlink()
    assert main([*train[:6], "--predict-only"]) == 0
    assert main([*score, "--predictions", str(predictions)]) == 0
    again = json.loads(report.read_text())["summary"]["whole"]["metrics"]["dice"]["mean"]
    assert again == pytest.approx(trained, abs=0.01)


def _store_as_psr(folder):
    for path in sorted(folder.glob("*Tr/*.nii.gz")):
        image = nibabel.load(path)
        order = nibabel.orientations.ornt_transform(
            nibabel.orientations.io_orientation(image.affine), nibabel.orientations.axcodes2ornt("PSR")
        )
        turned = image.as_reoriented(order)
        array = np.asarray(turned.dataobj).copy()
        nibabel.save(nibabel.Nifti1Image(array, turned.affine), path)


def test_predicting_needs_a_trained_member(decathlon_folder, tmp_path, capsys):
    command = ["train", "hippocampus", "--data", str(decathlon_folder), "-o", str(tmp_path / "none"), "--predict-only"]
    assert main(command) == 2
    assert "no trained member" in capsys.readouterr().err
