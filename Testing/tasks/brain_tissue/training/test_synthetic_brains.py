"""Synthetic brains, drawn from a small made-up label map: image and fractions follow whatever is done to the shape."""

import copy
from dataclasses import replace

import pytest
import torch
from made_head_maps import a_head_map, save_head_map

from quantseg.brain.regions import MIRRORED, REGIONS_OF_PART, REGIONS_OF_TISSUE, Region, Tissue
from quantseg.errors import UsageError
from quantseg.tasks.brain_tissue.training.brain_maps import LOOKS, STRUCTURES, read_brain_map
from quantseg.tasks.brain_tissue.training.contrast import Contrast, look_means
from quantseg.tasks.brain_tissue.training.loss import summed, sums_of
from quantseg.tasks.brain_tissue.training.recipe import read_recipe
from quantseg.tasks.brain_tissue.training.starting_point import RECIPE
from quantseg.tasks.brain_tissue.training.synthetic_brains import BrainSynthesiser, Skull

LEFT, RIGHT = Region.LEFT_GREY, Region.RIGHT_GREY


@pytest.fixture(scope="module")
def head(tmp_path_factory):
    path = tmp_path_factory.mktemp("maps") / "head.nii.gz"
    save_head_map(a_head_map(), path, "LIA")
    return read_brain_map(path)


@pytest.fixture
def still():
    """A recipe that varies nothing and shows the whole head."""
    return replace(
        read_recipe(RECIPE["brains"]),
        spacing_mm=1.0,
        sizes=((80,), (80,), (80,)),
        rotation_deg=0.0,
        scale=0.0,
        shear=0.0,
        elastic_sd_mm=0.0,
        overhang_mm=0.0,
        mirror_probability=0.0,
        contrast_weights={"T1": 1.0},
        skull_weights={"WHOLE": 1.0},
        deface_probability=0.0,
        cut_probability=0.0,
        bias_field_sd=0.0,
        gamma_log_sd=0.0,
        noise_sd=0.0,
        texture_sd=0.0,
        blur_sd_mm=0.0,
        coarse_probability=0.0,
    )


def draw(head, recipe, seed: int = 0):
    return BrainSynthesiser([head], recipe, torch.Generator().manual_seed(seed)).draw()


def volumes(brain) -> torch.Tensor:
    """Return the volume of each region in mm³."""
    return brain.fractions.sum((0, 1, 2), dtype=torch.float64)


def middle(brain, region) -> torch.Tensor:
    places = torch.stack(torch.meshgrid(*(torch.arange(n) for n in brain.image.shape), indexing="ij"), -1).float()
    share = brain.fractions[..., region, None]
    return (places * share).sum((0, 1, 2)) / share.sum()


def test_every_value_has_one_row_and_each_region_one_tissue():
    values = [value for structure in STRUCTURES for value in structure.values]
    assert len(values) == len(set(values))
    region = {value: structure.region for structure in STRUCTURES for value in structure.values}
    assert (region[17], region[53], region[3], region[42]) == (LEFT, RIGHT, LEFT, RIGHT)
    assert all(region[value] is Region.BACKGROUND for value in values if value >= 500)
    of_tissues = [member for members in REGIONS_OF_TISSUE.values() for member in members]
    assert sorted(of_tissues) == list(Region)[1:]
    assert {member for members in REGIONS_OF_PART.values() for member in members} < set(of_tissues)
    assert [MIRRORED[MIRRORED[one]] for one in Region] == list(Region)


@pytest.mark.parametrize("spin_deg", [0.0, 15.0])
def test_fractions_sum_to_one_are_soft_at_borders_and_keep_volumes(head, still, spin_deg):
    brain = draw(head, replace(still, rotation_deg=spin_deg), seed=3)
    assert torch.allclose(brain.fractions.sum(-1), torch.ones(80, 80, 80), atol=1e-5)
    soft = (brain.fractions.max(-1).values < 0.9).float().mean()
    assert 0.01 < float(soft) < 0.3
    drawn = torch.bincount(head.regions().flatten(), minlength=len(Region)).double()
    assert torch.allclose(volumes(brain)[1:], drawn[1:], rtol=0.02, atol=1.0)


def test_a_voxel_is_as_bright_as_what_it_holds(head, still):
    """Partial volume is the same in image and truth: brightness is linear in the fractions."""
    brain = draw(head, still)
    white = brain.fractions[..., Region.LEFT_WHITE] + brain.fractions[..., Region.RIGHT_WHITE]
    fluid = brain.fractions[..., Region.OUTER_FLUID]
    border = (white + fluid > 0.999) & (white > 0.05) & (fluid > 0.05)
    assert int(border.sum()) > 500
    bright, dark = (float(brain.image[share > 0.999].median()) for share in (white, fluid))
    expected = dark + (bright - dark) * white[border]
    assert torch.allclose(brain.image[border], expected, atol=0.01)


def test_large_voxels_hold_what_lies_in_them_in_image_and_truth_alike(head, still):
    fine, coarse = draw(head, still), draw(head, replace(still, spacing_mm=2.0, sizes=((40,), (40,), (40,))))
    assert torch.allclose(8 * volumes(coarse)[1:], volumes(fine)[1:], rtol=0.05, atol=4.0)
    binned = fine.fractions.view(40, 2, 40, 2, 40, 2, -1).mean((1, 3, 5))
    assert float((binned - coarse.fractions).abs().mean()) < 0.01
    assert float((coarse.fractions.max(-1).values < 0.9).float().mean()) > 0.02
    pooled = fine.image.view(40, 2, 40, 2, 40, 2).mean((1, 3, 5))
    assert float(torch.corrcoef(torch.stack([pooled.flatten(), coarse.image.flatten()]))[0, 1]) > 0.97


@pytest.mark.parametrize("mirror_probability", [0.0, 1.0])
def test_the_left_lies_at_smaller_x_in_a_mirror_too(head, still, mirror_probability):
    brain = draw(head, replace(still, mirror_probability=mirror_probability))
    assert middle(brain, LEFT)[0] < middle(brain, RIGHT)[0]
    assert middle(brain, Region.LEFT_WHITE)[0] < middle(brain, Region.RIGHT_WHITE)[0]
    larger = (RIGHT if mirror_probability else LEFT), (LEFT if mirror_probability else RIGHT)
    assert volumes(brain)[larger[0]] == pytest.approx(6 * 18 * 6, rel=0.01)
    assert volumes(brain)[larger[1]] == pytest.approx(4 * 10 * 6, rel=0.01)


def test_image_and_truth_are_varied_together(head, still):
    varied = replace(still, rotation_deg=20.0, scale=0.15, shear=0.05, elastic_sd_mm=3.0, overhang_mm=10.0)
    for seed in range(4):
        brain = draw(head, replace(varied, sizes=((48,), (56,), (48,))), seed)
        to_tissues = sums_of([(region,) for region in Region], list(REGIONS_OF_TISSUE.values()))
        tissues = summed(brain.fractions.movedim(-1, 0)[None], to_tissues)[0]
        white, fluid = (float(brain.image[tissues[t - 1] > 0.99].median()) for t in (Tissue.WHITE, Tissue.FLUID))
        assert white > fluid + 0.3


@pytest.mark.parametrize(
    ("contrast", "order"),
    [
        ("T1", ("cerebral white matter", "cerebral cortex", "fluid")),
        ("T2", ("fluid", "cerebral cortex", "cerebral white matter")),
        ("FLAIR", ("cerebral cortex", "cerebral white matter", "fluid")),
    ],
)
def test_contrasts_order_the_tissues(contrast, order):
    drawn = torch.stack([look_means(Contrast[contrast], torch.Generator().manual_seed(seed)) for seed in range(40)])
    means = [float(drawn[:, LOOKS.index(look)].mean()) for look in order]
    assert means == sorted(means, reverse=True)
    assert float(drawn.min()) >= 0


@pytest.mark.parametrize("skull", [Skull.STRIPPED, Skull.BRAIN_ONLY])
def test_what_is_stripped_away_is_dark_and_background(head, still, skull):
    whole = volumes(draw(head, still))
    for seed in range(2):
        brain = draw(head, replace(still, skull_weights={skull.name: 1.0}), seed)
        inner = brain.fractions[..., Region.BACKGROUND] < 0.5
        far = torch.nn.functional.max_pool3d(inner[None, None].float(), 7, 1, 3)[0, 0] == 0
        assert float(brain.image[far].max()) == 0.0
        assert float(brain.fractions[far][:, Region.BACKGROUND].min()) == 1.0
        inside = volumes(brain)
        assert inside[Region.LEFT_WHITE] > 0.97 * whole[Region.LEFT_WHITE]
        kept_fluid = float(inside[Region.OUTER_FLUID] / whole[Region.OUTER_FLUID])
        assert kept_fluid > 0.9 if skull is Skull.STRIPPED else kept_fluid < 0.7


def test_a_cut_field_of_view_ends_image_and_truth_alike(head, still):
    inner = replace(still, sizes=((48,), (48,), (48,)))
    for seed in range(3):
        brain = draw(head, replace(inner, cut_probability=1.0), seed)
        hidden = brain.image == 0
        assert 0 < int(hidden.sum()) < hidden.numel()
        assert not brain.fractions[hidden][:, 1:].any()
        assert not (draw(head, inner, seed).image == 0).any()


def test_no_brain_is_lost_with_the_face(head, still):
    whole, defaced = draw(head, still), draw(head, replace(still, deface_probability=1.0))
    assert torch.equal(volumes(whole)[1:], volumes(defaced)[1:])


def test_the_recipe_draws_finite_images_that_a_seed_repeats(head):
    recipe = read_recipe(copy.deepcopy(RECIPE["brains"]))
    for seed in range(2):
        brain, again, other = (draw(head, recipe, s) for s in (seed, seed, seed + 100))
        assert torch.equal(brain.image, again.image)
        assert torch.equal(brain.fractions, again.fractions)
        assert brain.image.shape != other.image.shape or not torch.equal(brain.image, other.image)
        assert torch.isfinite(brain.image).all()
        assert all(n % 8 == 0 for n in brain.image.shape)


def test_a_map_without_a_brain_is_refused_in_words(tmp_path):
    values = a_head_map()
    values[(values > 0) & (values < 500)] = 511
    save_head_map(values, tmp_path / "none.nii.gz")
    with pytest.raises(UsageError, match="no brain"):
        read_brain_map(tmp_path / "none.nii.gz")
