"""What a heart network is shown in training, and what its loss asks for."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from made_hearts import heart_image, heart_labels

from quantseg.models.intensity import intensity_transform
from quantseg.tasks.heart.training.augmentation import SliceAugmenter, SliceVariation
from quantseg.tasks.heart.training.loss import heart_loss
from quantseg.tasks.heart.training.recipe import INFERENCE, RECIPE
from quantseg.tasks.heart.training.samples import Sampling, heart_batches, training_stack
from quantseg.tasks.heart.training.sunnybrook import UNDRAWN
from quantseg.training.cohort import LoadedCase
from quantseg.training.decathlon import LabelledCase
from quantseg.training.shuffle import Shuffle

_NONE = dict.fromkeys(RECIPE["augmentation"], 0.0) | {"elastic_knots": 4, "low_resolution_factor": 1.0}
_SPACE = _NONE | {
    key: RECIPE["augmentation"][key] for key in ("mirror_probability", "scale", "stretch", "shift_mm", "elastic_sd_mm")
}
_BRIGHTER = {"tissue_probability": 1.0, "tissue_sd": 0.5}
_EVERY_SLICE = Sampling(end_repeats=1, coarse_share=0.0, unturned_share=0.0, empty_share=0.0, alone_share=0.0)


def _augmenter(changes=None, seed=0, patch=(64, 64)):
    return SliceAugmenter(SliceVariation(**_NONE | (changes or {})), patch, torch.Generator().manual_seed(seed))


def _case(labels=None):
    labels = heart_labels() if labels is None else labels
    image = heart_image(np.where(labels > 3, 0, labels), np.random.default_rng(0)).astype(np.float32)
    return LoadedCase(LabelledCase("a", None, None, "a"), image, labels, (2.0, 2.0, 8.0))


def _batches(stacks, sampling, batch_size, classes=4, seed=0, **more):
    generator = torch.Generator().manual_seed(seed)
    augmenter = SliceAugmenter(SliceVariation(**_NONE), (64, 64), generator)
    intensity = intensity_transform(INFERENCE["intensity"])
    return heart_batches(stacks, classes, sampling, augmenter, intensity, batch_size, Shuffle(generator), **more)


def _shown(stack, k):
    masks = torch.nn.functional.one_hot(stack.labels[k].long(), 4)[..., 1:].permute(2, 0, 1).float()
    return stack.slices[[k, k, k]], masks, stack.centre, stack.pixel_mm


def test_both_looks_cover_the_same_field_of_view():
    stacks = training_stack(_case(), [0, 1, 2, 3], INFERENCE)
    assert stacks.fine.slices.shape == (4, 96, 85)
    assert stacks.coarse.slices.shape == (4, 48, 43)
    assert stacks.ends == {0, 1, 3}
    for stack in (stacks.fine, stacks.coarse):
        area_mm2 = [(stack.labels[2] == number).sum() * stack.pixel_mm**2 for number in (1, 2, 3)]
        expected_mm2 = [(heart_labels()[..., 2] == number).sum() * 4 for number in (1, 2, 3)]
        assert area_mm2 == pytest.approx(expected_mm2, rel=0.08)  # Pixels of 9 mm2 on 580 mm2.


def test_without_variation_the_heart_is_shown_in_the_middle():
    stack = training_stack(_case(), [0, 1, 2, 3], INFERENCE).fine
    images, numbers = _augmenter()(*_shown(stack, 2))
    used = torch.nonzero(numbers).float()
    assert (used.amin(0) + used.amax(0)) / 2 == pytest.approx(torch.tensor([31.5, 31.5]), abs=12)
    assert (numbers > 0).sum() > 0.8 * (stack.labels[2] > 0).sum()
    assert images[0][numbers == 3].mean() > 2 * images[0][numbers == 2].mean()


@pytest.mark.parametrize("seed", range(6))
def test_blood_stays_bright_under_its_label_however_space_is_varied(seed):
    stack = training_stack(_case(), [0, 1, 2, 3], INFERENCE).fine
    augmenter = _augmenter(_SPACE | {"elastic_probability": 1.0, "elastic_knots": 6}, seed, (96, 96))
    images, numbers = augmenter(*_shown(stack, 2))
    assert images[0][numbers == 3].median() == pytest.approx(320, rel=0.06)
    assert images[0][numbers == 2].median() < 90


def _directions_deg(stack, turn, changes=None):
    """Return the directions in 40 windows from the right to the left ventricle, from their first axis."""
    directions = []
    for seed in range(40):
        _, numbers = _augmenter(changes, seed, patch=(96, 96))(*_shown(stack, 2), turn)
        right, left = (torch.nonzero(numbers == number).float().mean(0) for number in (1, 3))
        i, j = (left - right).tolist()
        directions.append(np.degrees(np.arctan2(j, i)))
    return directions


def test_slices_of_unknown_direction_are_turned_by_any_angle():
    stack = training_stack(_case(), [0, 1, 2, 3], INFERENCE).fine
    assert len({int((angle + 180) // 90) % 4 for angle in _directions_deg(stack, None)}) == 4


def test_close_slices_are_turned_to_the_right_ventricle_but_for_an_error():
    stack = training_stack(_case(), [0, 1, 2, 3], INFERENCE).fine
    assert np.abs(_directions_deg(stack, stack.turn)).max() < 8
    varied = _directions_deg(stack, stack.turn, {"turn_deg": 30.0, "mirror_probability": 0.5})
    assert 20 < np.abs(varied).max() < 38
    assert min(varied) < -10 < 10 < max(varied)


@pytest.mark.parametrize("seed", range(4))
def test_varied_intensities_are_finite_and_leave_labels_in_place(seed):
    stack = training_stack(_case(), [0, 1, 2, 3], INFERENCE).fine
    space = {key: 0.0 for key in (*_SPACE, "neighbour_shift_mm") if not key.endswith("probability")}
    recipe = RECIPE["augmentation"] | space | {"mirror_probability": 0.0, "elastic_probability": 0.0}
    certain = {key: 1.0 for key in recipe if key.endswith("probability") and recipe[key]}
    images, numbers = SliceAugmenter(SliceVariation(**recipe | certain), (64, 64), torch.Generator().manual_seed(seed))(
        *_shown(stack, 2)
    )
    assert images.isfinite().all()
    assert images[0][numbers == 3].mean() > images[0][numbers == 2].mean()


def test_a_lost_neighbour_is_replaced():
    recipe = {"neighbour_loss_probability": 1.0}
    images = torch.stack([torch.full((64, 64), value) for value in (1.0, 2.0, 3.0)])
    varied, _ = _augmenter(recipe)(images, torch.zeros(3, 64, 64), torch.tensor([31.5, 31.5]), 1.4)
    inner = varied[:, 28:36, 28:36]
    assert torch.allclose(inner, torch.ones_like(inner))


def test_ends_of_the_heart_come_more_often_than_its_middle():
    stack = training_stack(_case(), [0, 1, 2, 3], INFERENCE)
    batches = _batches([stack], replace(_EVERY_SLICE, end_repeats=3), 10)
    _, targets = next(batches)
    empty = int((targets.flatten(1) == 0).all(1).sum())
    assert empty == 3  # Slice 0 lies beyond the base: three of the ten cards of the deck.


def test_samples_are_normalised_and_show_the_neighbours():
    stack = training_stack(_case(), [0, 1, 2, 3], INFERENCE)
    images, targets = next(_batches([stack], _EVERY_SLICE, 4))
    assert images.shape == (4, 3, 64, 64)
    assert targets.shape == (4, 1, 64, 64)
    assert images.flatten(1).mean(1) == pytest.approx(torch.zeros(4), abs=1e-4)
    assert images.flatten(1).std(1) == pytest.approx(torch.ones(4), abs=1e-2)
    assert (images[:, 2] >= images[:, 1]).all()


def _with_end_diastole():
    """A stack whose end-diastole is another image: its mirror image."""
    case = _case()
    return training_stack(case, [0, 1, 2, 3], INFERENCE, end_diastole=case.image[:, ::-1].copy())


def test_samples_show_end_diastole_normalised_on_its_own():
    stack = _with_end_diastole()
    images, _ = next(_batches([stack], _EVERY_SLICE, 4, end_diastolic_channel=True))
    without, _ = next(_batches([training_stack(_case(), [0, 1, 2, 3], INFERENCE)], _EVERY_SLICE, 4))
    assert images.shape == (4, 4, 64, 64)
    assert images[:, :3] == pytest.approx(without, abs=1e-5)
    assert images[:, 3].flatten(1).mean(1) == pytest.approx(torch.zeros(4), abs=1e-4)
    assert (images[:, 3] - images[:, 0]).abs().mean() > 0.2


@pytest.mark.parametrize("share", ["alone_share", "coarse_share"])
def test_a_single_frame_and_the_coarse_look_are_shown_no_end_diastole(share):
    sampling = replace(_EVERY_SLICE, **{share: 1.0})
    images, _ = next(_batches([_with_end_diastole()], sampling, 4, end_diastolic_channel=True))
    assert not images[:, 3].any()
    assert images[:, 0].any()


def test_another_brightness_of_tissues_draws_no_outline_into_end_diastole():
    stack = _with_end_diastole().fine
    images, masks, *place = _shown(stack, 2)
    shown = torch.cat([images, stack.end_diastole[2:3]])
    plain, changed = (_augmenter(recipe)(shown, masks, *place)[0] for recipe in ({}, _BRIGHTER))
    assert not torch.equal(plain[0], changed[0])
    assert torch.equal(plain[3], changed[3])


def test_windows_away_from_the_heart_are_mostly_empty():
    labels = heart_labels((200, 200, 2), centre=(100.0, 90.0), empty_slices=())
    stack = training_stack(_case(labels), [0, 1, 2, 3], INFERENCE)
    _, near = next(_batches([stack], _EVERY_SLICE, 12))
    _, away = next(_batches([stack], replace(_EVERY_SLICE, empty_share=1.0), 12))
    assert (away > 0).float().mean() < 0.1 * (near > 0).float().mean()


def test_what_was_not_drawn_gets_the_class_after_the_last():
    labels = np.where(heart_labels(empty_slices=()) == 3, 3, UNDRAWN).astype(np.uint8)
    stacks = training_stack(_case(labels), [0, 2, 3], INFERENCE, [UNDRAWN])
    assert set(stacks.fine.labels.unique().tolist()) == {2, 3}
    cavity = torch.nonzero(stacks.fine.labels[0] == 2).float().mean(0)
    assert stacks.fine.centre == pytest.approx(cavity, abs=1.0)
    _, targets = next(_batches([stacks], _EVERY_SLICE, 4, classes=4))
    assert set(targets.unique().tolist()) <= {0, 2, 3}


def _scores(target, classes, sure=12.0):
    return sure * torch.nn.functional.one_hot(target[:, 0], classes).permute(0, 3, 1, 2).float()


def test_the_right_answer_costs_nothing_and_a_wrong_one_does():
    target = torch.from_numpy(heart_labels()).permute(2, 0, 1)[:, None].long()
    loss = heart_loss(4)
    assert loss(_scores(target, 4), target) < 0.02
    wrong = target.clone()
    wrong[target == 1] = 3
    assert loss(_scores(wrong, 4), target) > 0.3


def test_a_pixel_that_was_not_drawn_may_be_muscle_or_background_but_no_cavity():
    truth = torch.from_numpy(heart_labels(empty_slices=())).permute(2, 0, 1)[:, None].long()
    truth = torch.where(truth == 1, 0, (truth - 1).clamp(min=0))
    target = truth.clone()
    target[1:][truth[1:] != 2] = 3
    loss = heart_loss(3, [[0, 1]])
    without_wall = truth.clone()
    without_wall[1:][truth[1:] == 1] = 0
    assert loss(_scores(truth, 3), target) < 0.02
    assert loss(_scores(without_wall, 3), target) < 0.02
    too_large = truth.clone()
    too_large[1:][truth[1:] == 1] = 2
    assert loss(_scores(too_large, 3), target) > 0.2
