"""Training of the lumbar muscle network by the command, on drawn slices, and on real ones beside them."""

import dataclasses
import json

import nibabel
import numpy as np
import pytest
import torch
from finished_muscles import PIXEL_MM, build_muscles

from quantseg.cli.main import main
from quantseg.tasks.lumbar_muscle.channels import CHANNELS
from quantseg.tasks.lumbar_muscle.review.training_data import export_training_slices
from quantseg.tasks.lumbar_muscle.training.loss import LossKind, ShareLoss
from quantseg.tasks.lumbar_muscle.training.real_slices import RealSlices
from quantseg.tasks.lumbar_muscle.training.scanning import Contrast
from quantseg.tasks.lumbar_muscle.training.synthetic_slices import draw_slice

_FEW = {"validation_slices": 2, "optimisation": {"samples": 20, "batch_size": 2}, "slices": {"sizes": [[160, 128]]}}


@pytest.fixture
def few(tmp_path):
    path = tmp_path / "few.json"
    path.write_text(json.dumps(_FEW), encoding="utf-8")
    return str(path)


def _write_real(folder, recipe, values=None):
    """Write one case of two slices, water and fat, as if it were real."""
    slices = [draw_slice(seed, (160, 128), 1.25, recipe, Contrast.DIXON) for seed in (1, 2)]
    image = np.stack([np.moveaxis(one.images, 0, -1) for one in slices], axis=2)
    labels = np.stack([one.shares.argmax(axis=0) for one in slices], axis=2).astype(np.uint8)
    if values is not None:
        labels[~np.isin(labels, values)] = 0
    affine = np.diag([1.25, 1.25, 5, 1])
    for name, array in (("imagesTr", image), ("labelsTr", labels)):
        (folder / name).mkdir(parents=True)
        nibabel.save(nibabel.Nifti1Image(array, affine), folder / name / "a.nii.gz")
    entries = [{"image": "imagesTr/a.nii.gz", "label": "labelsTr/a.nii.gz"}]
    (folder / "dataset.json").write_text(json.dumps({"training": entries}), encoding="utf-8")


def test_ten_steps_on_drawn_slices_leave_weights_curves_and_scores_of_every_muscle(tmp_path, few):
    output = tmp_path / "run"
    assert main(["train", "lumbar-muscle", "-o", str(output), "--recipe", few, "--threads", "1"]) == 0
    scores = json.loads((output / "validation.json").read_text(encoding="utf-8"))
    assert {"dice_psoas", "dice_erector_spinae", "dice_multifidus", "dice_quadratus_lumborum"} <= scores.keys()
    assert scores["real_slices"] == 0
    assert 0 < (output / "weights.safetensors").stat().st_size < 1_000_000


def test_real_slices_are_trained_on_beside_drawn_ones(tmp_path, few, recipe):
    _write_real(tmp_path / "data", recipe)
    output = tmp_path / "run"
    command = ["train", "lumbar-muscle", "--data", str(tmp_path / "data"), "-o", str(output), "--recipe", few]
    assert main([*command, "--threads", "1"]) == 0
    assert json.loads((output / "validation.json").read_text(encoding="utf-8"))["real_slices"] == 2


def test_real_data_that_leave_a_muscle_out_are_refused_and_leave_no_run_behind(tmp_path, few, recipe, capsys):
    _write_real(tmp_path / "data", recipe, values=[3, 4, 5, 6])
    command = ["train", "lumbar-muscle", "--data", str(tmp_path / "data"), "-o", str(tmp_path / "run"), "--recipe", few]
    assert main(command) == 2
    assert "labels no left_psoas, right_psoas" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("kind", list(LossKind))
def test_the_loss_is_least_where_each_pixel_gets_its_own_shares(kind):
    torch.manual_seed(1)
    shares = torch.softmax(3 * torch.randn(2, len(CHANNELS), 12, 10), dim=1)
    loss = ShareLoss(kind)
    best = loss(shares.log(), shares)
    for _ in range(5):
        assert loss(shares.log() + 0.5 * torch.randn_like(shares), shares) > best


def test_exchanged_water_and_fat_are_exported_in_the_order_that_training_takes(tmp_path):
    case = build_muscles("exchanged")
    water, fat = case.scan, case.further_scans["fat"]
    exchanged = dataclasses.replace(case, scan=fat, further_scans={"fat": water})
    export_training_slices([exchanged], tmp_path)
    written = nibabel.load(tmp_path / "imagesTr" / "exchanged.nii.gz").get_fdata()
    np.testing.assert_allclose(written[..., 0], water.volume.array)
    np.testing.assert_allclose(written[..., 1], fat.volume.array)


def test_corrected_cases_are_what_training_takes(tmp_path):
    pair = build_muscles("pair")
    alone = dataclasses.replace(build_muscles("alone"), further_scans={})
    assert export_training_slices([pair, alone], tmp_path) == 2
    entries = json.loads((tmp_path / "dataset.json").read_text(encoding="utf-8"))["training"]
    shapes = [nibabel.load(tmp_path / one["image"]).shape for one in entries]
    assert shapes == [(80, 60, 3, 2), (80, 60, 3)]
    labels = nibabel.load(tmp_path / entries[0]["label"])
    assert np.array_equal(np.asarray(labels.dataobj), pair.labels)
    assert labels.header.get_zooms()[:2] == (PIXEL_MM, PIXEL_MM)
    assert len(RealSlices(tmp_path, 1.25)) == 6
