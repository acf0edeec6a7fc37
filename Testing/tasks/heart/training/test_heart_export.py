"""A run of the heart becomes a bundle: licence, card, metadata, and a configuration that MONAI runs by itself."""

import json

import monai.bundle
import nibabel
import numpy as np
import pytest
from bundles import write_random_members
from heart_model import write_heart_model

from quantseg.errors import UsageError
from quantseg.inference.device import Precision, choose_device
from quantseg.inference.ensemble import Ensemble
from quantseg.models.bundle import INFERENCE, open_bundle
from quantseg.models.intensity import intensity_transform
from quantseg.models.licence import forbids_commercial_use
from quantseg.models.trust import hash_bundle
from quantseg.tasks.heart.stack_input import normalised, with_end_diastole
from quantseg.tasks.heart.training.recipe import INFERENCE as BOTH_VENTRICLES
from quantseg.tasks.heart.training.recipe import LV_OPEN_INFERENCE
from quantseg.tasks.registry import find_trainable
from quantseg.training.export import export_bundle


def _starter(run):
    """What writes the words of a bundle of the kind that a run trained."""
    return find_trainable(json.loads((run / "command.json").read_text(encoding="utf-8"))).start_bundle


@pytest.fixture
def write_run(tmp_path):
    """Write what training leaves: so many finished folds of two."""

    def write(approach, inference, finished):
        run, weights = tmp_path / "run", tmp_path / "weights"
        (weights / "configs").mkdir(parents=True)
        (weights / INFERENCE).write_text(json.dumps(inference), encoding="utf-8")
        write_random_members(weights, finished)
        for fold in range(finished):
            (run / f"fold_{fold}").mkdir(parents=True)
            member = weights / "models" / f"member_{fold}.safetensors"
            member.rename(run / f"fold_{fold}" / "weights.safetensors")
            scores = {"fold": fold, "seed": fold, "cases": ["a_ED", "a_ES"], "dice_lv_cavity": 0.9}
            (run / f"fold_{fold}" / "validation.json").write_text(json.dumps(scores), encoding="utf-8")
        (run / "split.json").write_text(json.dumps({"held_out": ["h"], "folds": [["a"], ["b"]]}), encoding="utf-8")
        command = {"approach": approach, "recipe": {"seed": 1}, "inference": inference}
        (run / "command.json").write_text(json.dumps(command), encoding="utf-8")
        return run

    return write


@pytest.mark.parametrize(
    ("approach", "inference", "licence", "forbidden"),
    [("acdc", BOTH_VENTRICLES, "CC-BY-NC-SA-4.0", True), ("lv-open", LV_OPEN_INFERENCE, "CC0-1.0", False)],
)
def test_a_bundle_that_is_not_there_yet_is_started_with_licence_and_card(
    write_run, tmp_path, approach, inference, licence, forbidden
):
    run, folder = write_run(approach, inference, finished=2), tmp_path / "Models" / "heart"
    bundle = export_bundle(run, folder, start_bundle=_starter(run))
    assert bundle.members == ("member_0.safetensors", "member_1.safetensors")
    assert (bundle.licence, forbids_commercial_use(bundle.licence)) == (licence, forbidden)
    assert ("commercial_alternative" in bundle.metadata) == forbidden
    assert {key: bundle.inference[key] for key in inference} == inference
    assert bundle.metadata["training_split"]["held_out"] == ["h"]
    assert "research use only" in bundle.metadata["intended_use"]
    assert licence in (folder / "LICENSE").read_text(encoding="utf-8")
    assert "Please cite" in (folder / "LICENSE").read_text(encoding="utf-8")
    assert "Not for clinical diagnosis" in (folder / "docs" / "README.md").read_text(encoding="utf-8")
    assert json.loads((folder / "configs" / "train.json").read_text(encoding="utf-8")) == {"seed": 1}
    # Cross-validated scores count patients' frames, each seen by the member that never did.
    assert bundle.metadata["eval_metrics"] == {"cross_validated_dice_lv_cavity": 0.9}


def test_finished_folds_are_exported_only_when_asked_for(write_run, tmp_path):
    run, folder = write_run("acdc", BOTH_VENTRICLES, finished=1), tmp_path / "heart"
    with pytest.raises(UsageError, match="--partial"):
        export_bundle(run, folder, start_bundle=_starter(run))
    assert not folder.exists()
    bundle = export_bundle(run, folder, start_bundle=_starter(run), partial=True)
    assert bundle.members == ("member_0.safetensors",)


def test_words_that_a_maintainer_wrote_are_kept(write_run, tmp_path):
    run, folder = write_run("acdc", BOTH_VENTRICLES, finished=2), tmp_path / "heart"
    export_bundle(run, folder, start_bundle=_starter(run))
    (folder / "docs" / "README.md").write_text("my own card", encoding="utf-8")
    export_bundle(run, folder, "2.0.0", start_bundle=_starter(run))
    assert (folder / "docs" / "README.md").read_text(encoding="utf-8") == "my own card"


@pytest.mark.slow
def test_monai_alone_gives_a_slice_the_classes_that_the_member_gives_it(tmp_path):
    folder = write_heart_model(tmp_path)
    draw = np.random.default_rng(3)
    sample = draw.normal(300, 60, (72, 64, 3)).clip(0).astype(np.float32)
    sample[20:50, 15:45] += 400
    nibabel.save(nibabel.Nifti1Image(sample, np.diag([3.0, 3.0, 1.0, 1.0])), tmp_path / "slice.nii.gz")
    monai.bundle.run(
        config_file=str(folder / INFERENCE),
        bundle_root=str(folder),
        image=str(tmp_path / "slice.nii.gz"),
        output_dir=str(tmp_path / "out"),
        member="member_1",
    )
    (written,) = (tmp_path / "out").iterdir()
    found = np.asarray(nibabel.load(written).dataobj).squeeze()

    bundle = open_bundle(folder, hash_bundle(folder))
    device = choose_device("cpu", Precision.FLOAT32)
    ensemble = Ensemble(bundle, device, ["member_1.safetensors"])
    channels = np.moveaxis(sample, 2, 0)
    intensity = intensity_transform(bundle.inference["intensity"])
    prepared = with_end_diastole(normalised((channels - channels.min())[None], intensity), None)
    expected = ensemble.predict_samples(prepared)[0, 0].argmax(axis=0)
    assert found.shape == expected.shape
    assert len(np.unique(expected)) >= 2
    assert (found != expected).mean() < 1e-3
