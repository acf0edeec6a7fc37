"""Synthetic heads, drawn from a small made-up label map: the truth must follow whatever is done to the image."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from made_head_maps import a_head_map, save_head_map

from quantseg.cli.main import main
from quantseg.errors import UsageError
from quantseg.tasks.hippocampus.head_labels import MIRRORED, HeadLabel
from quantseg.tasks.hippocampus.training.contrast import Contrast, tissue_means
from quantseg.tasks.hippocampus.training.head_maps import (
    STRUCTURES,
    TARGET_OF_STRUCTURE,
    TISSUES,
    read_head_map,
)
from quantseg.tasks.hippocampus.training.head_recipe import Centre
from quantseg.tasks.hippocampus.training.localiser import read_recipe, train_localiser
from quantseg.tasks.hippocampus.training.synthetic_heads import HeadSynthesiser, Skull
from quantseg.training.head_label_maps import list_head_maps

LEFT, RIGHT = HeadLabel.LEFT_HIPPOCAMPUS, HeadLabel.RIGHT_HIPPOCAMPUS
LEFT_WHITE = 2


@pytest.fixture
def head(tmp_path):
    save_head_map(a_head_map(), tmp_path / "head.nii.gz", "LIA")
    return read_head_map(tmp_path / "head.nii.gz")


@pytest.fixture
def shipped(repository):
    return json.loads((repository / "Resources/Models/head-localiser/configs/train.json").read_text(encoding="utf-8"))


@pytest.fixture
def still(shipped):
    """A recipe that varies nothing."""
    return replace(
        read_recipe(shipped["heads"]),
        spacing_mm=1.0,
        sizes=((80,), (80,), (80,)),
        rotation_deg=0.0,
        scale=0.0,
        shear=0.0,
        elastic_sd_mm=0.0,
        shift_mm=(0.0, 0.0, 0.0),
        mirror_probability=0.0,
        contrast_weights={"T1": 1.0},
        skull_weights={"WHOLE": 1.0},
        tilted_view_probability=0.0,
        deface_probability=0.0,
        cut_away_probability=0.0,
        no_head_probability=0.0,
        bias_field_sd=0.0,
        gamma_log_sd=0.0,
        noise_sd=0.0,
        blur_sd_mm=0.0,
        coarse_probability=0.0,
    )


def draw(head, recipe, seed: int = 0):
    return HeadSynthesiser([head], recipe, torch.Generator().manual_seed(seed)).draw()


def centroid(labels: torch.Tensor, label: int) -> np.ndarray:
    return (labels == label).nonzero().float().mean(dim=0).numpy()


def test_every_structure_has_one_row_and_the_left_hippocampus_is_freesurfers_17():
    values = [value for structure in STRUCTURES for value in structure.values]
    assert len(values) == len(set(values))
    target = {value: structure.target for structure in STRUCTURES for value in structure.values}
    assert (target[17], target[53]) == (LEFT, RIGHT)
    assert all(target[value] is HeadLabel.BACKGROUND for value in values if 500 <= value < 600)
    assert [MIRRORED[MIRRORED[label]] for label in HeadLabel] == list(HeadLabel)


@pytest.mark.parametrize("axis_codes", ["RAS", "LIA", "PSR"])
def test_the_left_hippocampus_lies_at_smaller_x_however_the_map_is_stored(tmp_path, axis_codes):
    save_head_map(a_head_map(), tmp_path / "head.nii.gz", axis_codes)
    targets = read_head_map(tmp_path / "head.nii.gz").targets()
    assert centroid(targets, LEFT)[0] < centroid(targets, RIGHT)[0]
    assert int((targets == LEFT).sum()) == 6 * 18 * 6
    assert int((targets == RIGHT).sum()) == 4 * 10 * 6


def test_spinal_canal_and_stray_fluid_are_not_intracranial(head):
    targets = head.targets().numpy()
    low = np.argwhere(targets > 0)[:, 2].min()
    # The map is cut to the head, one voxel of air around it: the ball begins at 4, its air at 3.
    cerebellum = 18 - 3
    assert low == cerebellum - 5
    assert not (targets[:7] > 0).any()


def test_maps_that_do_not_fit_are_refused_in_words(tmp_path):
    with pytest.raises(UsageError, match=r"no \.nii\.gz"):
        list_head_maps(tmp_path)
    strange = a_head_map()
    strange[40, 40, 40] = 999
    save_head_map(strange, tmp_path / "strange.nii.gz")
    with pytest.raises(UsageError, match="999"):
        read_head_map(tmp_path / "strange.nii.gz")
    save_head_map(a_head_map(), tmp_path / "coarse.nii.gz", spacing_mm=2.0)
    with pytest.raises(UsageError, match="1 mm"):
        read_head_map(tmp_path / "coarse.nii.gz")


def test_a_map_without_a_hippocampus_is_refused_in_words(tmp_path):
    values = a_head_map()
    values[(values == 17) | (values == 53)] = LEFT_WHITE
    save_head_map(values, tmp_path / "without.nii.gz")
    with pytest.raises(UsageError, match="no hippocampus"):
        read_head_map(tmp_path / "without.nii.gz")


def test_a_sample_can_be_centred_on_the_hippocampi(head, still):
    size = ((40,), (30,), (20,))
    _, labels = draw(head, replace(still, sizes=size, centre=Centre.HIPPOCAMPI))
    voxels = ((labels == LEFT) | (labels == RIGHT)).nonzero().float()
    middle = (voxels.min(0).values + voxels.max(0).values) / 2
    np.testing.assert_allclose(middle, [(n - 1) / 2 for (n,) in size], atol=0.51)


def test_without_variation_the_map_comes_out_as_it_is(head, still):
    _, labels = draw(head, still)
    targets = head.targets()
    assert torch.equal(
        torch.bincount(labels.flatten(), minlength=6)[1:], torch.bincount(targets.flatten(), minlength=6)[1:]
    )


def test_a_2_mm_sample_keeps_places_and_volumes(head, still):
    _, labels = draw(head, replace(still, spacing_mm=2.0, sizes=((40,), (40,), (40,))))
    targets = head.targets()
    for side in (LEFT, RIGHT):
        expected_mm = centroid(targets, side) - head.brain_centre.numpy()
        assert np.allclose((centroid(labels, side) - 19.5) * 2, expected_mm, atol=1.0)
    assert int((labels > 0).sum()) * 8 == pytest.approx(int((targets > 0).sum()), rel=0.02)


def test_a_mirrored_head_keeps_left_at_the_left(head, still):
    _, labels = draw(head, still)
    _, mirrored = draw(head, replace(still, mirror_probability=1.0))
    assert centroid(mirrored, LEFT)[0] < centroid(mirrored, RIGHT)[0]
    assert int((mirrored == LEFT).sum()) == int((labels == RIGHT).sum())
    assert int((mirrored == RIGHT).sum()) == int((labels == LEFT).sum())


def test_image_and_labels_are_varied_together(head, still):
    varied = replace(still, rotation_deg=25.0, scale=0.15, shear=0.05, elastic_sd_mm=3.0, shift_mm=(8.0, 8.0, 8.0))
    for seed in range(4):
        image, labels = draw(head, varied, seed)
        white, fluid = image[labels == HeadLabel.WHITE_MATTER].median(), image[labels == HeadLabel.FLUID].median()
        assert white > fluid + 0.3


@pytest.mark.parametrize(
    ("contrast", "order"),
    [("T1", ("white", "grey", "fluid")), ("T2", ("fluid", "grey", "white")), ("FLAIR", ("grey", "white", "fluid"))],
)
def test_contrasts_order_the_tissues(contrast, order):
    means = tissue_means(Contrast[contrast], torch.rand(len(TISSUES)))
    names = {"white": "cerebral white matter", "grey": "cerebral cortex", "fluid": "ventricle"}
    greys = [float(means[TISSUES.index(names[tissue])]) for tissue in order]
    assert greys == sorted(greys, reverse=True)


def test_a_stripped_head_has_nothing_outside_its_skull(head, still):
    for skull in (Skull.STRIPPED, Skull.BRAIN_ONLY):
        recipe = replace(still, skull_weights={skull.name: 1.0})
        for seed in range(3):
            image, labels = draw(head, recipe, seed)
            far = torch.nn.functional.max_pool3d((labels > 0)[None, None].float(), 5, 1, 2)[0, 0] == 0
            # Air in scans is not exactly nothing; skin would be far brighter.
            assert float(image[far].max()) < 0.05


def test_what_a_tilted_view_cuts_off_is_not_labelled(head, still):
    narrow = replace(still, sizes=((56,), (56,), (56,)))
    image, labels = draw(head, replace(narrow, tilted_view_probability=1.0, tilted_view_deg=20.0), seed=3)
    _, whole = draw(head, narrow)
    assert 0 < int((labels > 0).sum()) < int((whole > 0).sum())
    assert float(image[labels > 0].median()) > 0.1


def test_views_without_hippocampi_and_shapes_without_a_head_hold_none(head, still):
    small = replace(still, sizes=((40,), (40,), (40,)), shift_mm=(4.0, 4.0, 4.0))
    for seed in range(4):
        _, labels = draw(head, replace(small, cut_away_probability=1.0), seed)
        assert not ((labels == LEFT) | (labels == RIGHT)).any()
        image, labels = draw(head, replace(small, no_head_probability=1.0), seed)
        assert not labels.any()
        assert float(image.std()) > 0


def test_the_shipped_recipe_draws_finite_images_that_a_seed_repeats(head, shipped):
    recipe = read_recipe(shipped["heads"])
    for seed in range(3):
        image, labels = draw(head, recipe, seed)
        again, labels_again = draw(head, recipe, seed)
        assert torch.equal(image, again)
        assert torch.equal(labels, labels_again)
        assert torch.isfinite(image).all()
        assert all(n % 8 == 0 for n in image.shape)
        assert labels.dtype == torch.uint8


def test_test_maps_are_never_trained_on(tmp_path, shipped, repository):
    for name in (*shipped["test_maps"], "training_seg_99"):
        save_head_map(a_head_map(), tmp_path / f"{name}.nii.gz")
    inference = json.loads(
        (repository / "Resources/Models/head-localiser/configs/inference.json").read_text(encoding="utf-8")
    )
    small = shipped | {"validation_heads": 1, "optimisation": shipped["optimisation"] | {"samples": 1}}
    small["heads"] = small["heads"] | {"sizes": [[32], [32], [32]]}
    run = tmp_path / "run"
    train_localiser(tmp_path, run, inference, small, torch.device("cpu"), str)
    assert json.loads((run / "validation.json").read_text(encoding="utf-8"))["maps"] == ["training_seg_99"]
    assert (run / "weights.safetensors").stat().st_size > 100_000
    assert len(TARGET_OF_STRUCTURE) == len(STRUCTURES)


@pytest.mark.parametrize(("model", "spacing_mm"), [((), 3.0), (("--model", "close-up"), 2.0)], ids=["head", "close-up"])
def test_each_look_is_trained_from_its_own_bundle(tmp_path, model, spacing_mm):
    save_head_map(a_head_map(), tmp_path / "maps" / "head.nii.gz")
    recipe = {"optimisation": {"samples": 1}, "validation_heads": 1}
    (tmp_path / "recipe.json").write_text(json.dumps(recipe), encoding="utf-8")
    command = ["train", "localiser", "--data", str(tmp_path / "maps"), "-o", str(tmp_path / "run"), *model]
    assert main([*command, "--recipe", str(tmp_path / "recipe.json")]) == 0
    written = json.loads((tmp_path / "run" / "command.json").read_text(encoding="utf-8"))
    assert written["inference"]["spacing_mm"] == [spacing_mm] * 3
    assert written["recipe"]["heads"]["spacing_mm"] == spacing_mm
    assert (tmp_path / "run" / "weights.safetensors").is_file()


def test_a_run_whose_data_are_refused_leaves_no_folder(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert main(["train", "localiser", "--data", str(tmp_path / "empty"), "-o", str(tmp_path / "run")]) == 2
    assert "holds no .nii.gz file" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
