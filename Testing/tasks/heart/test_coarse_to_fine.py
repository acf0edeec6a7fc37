"""From a stack to labels on its own grid: the heart found wherever it lies, however the stack is stored."""

import numpy as np
import pytest
import torch

from quantseg.inference.device import Device, Precision
from quantseg.inference.ensemble import PlainNetworks
from quantseg.inference.torch_network import TorchNetwork
from quantseg.tasks.heart.coarse_to_fine import EndDiastole, find_heart, stack_probabilities
from quantseg.tasks.heart.region import HeartRegion, heart_region
from quantseg.tasks.heart.window import Window, whole_view, window_around

_CPU = Device("cpu", "CPU", Precision.FLOAT32)
_INFERENCE = {
    "spacing_mm": [1.4, 1.4],
    "coarse_spacing_mm": 2.8,
    "minimum_patch": [64, 64],
    "patch_multiple": 16,
    "margin_mm": 20.0,
    "label_values": [0, 3],
    "intensity": {"_target_": "Compose", "transforms": [{"_target_": "NormalizeIntensityd", "keys": "image"}]},
}
_SPACING_MM = (1.8, 1.6)


class _BrightIsCavity(torch.nn.Module):
    """Calls class 1 what is brighter than the sample's mean, and keeps the sizes of its inputs."""

    def __init__(self):
        super().__init__()
        self.sizes = []

    def forward(self, samples):
        self.sizes.append(tuple(samples.shape[2:]))
        bright = samples[:, :1] > 1.0
        return torch.cat([torch.where(bright, -9.0, 9.0), torch.where(bright, 9.0, -9.0)], dim=1)


def _stack(centre=(110, 60), shape=(150, 140, 5), radius=14):
    i, j = np.meshgrid(np.arange(shape[0]), np.arange(shape[1]), indexing="ij")
    disc = np.hypot(i - centre[0], j - centre[1]) < radius
    return np.repeat(disc[..., None], shape[2], axis=2) * 500.0 + 100.0


def _cavity(image, network=None, **more):
    network = network or _BrightIsCavity()
    return (
        stack_probabilities(PlainNetworks([TorchNetwork(network)], _CPU), image, _SPACING_MM, _INFERENCE, **more)[0, 1]
        > 0.5
    )


@pytest.mark.parametrize("centre", [(110, 60), (20, 20), (75, 125)])
def test_labels_come_back_where_the_heart_lies_even_at_the_rim(centre):
    image = _stack(centre)
    found = _cavity(image)
    assert found.shape == image.shape
    truth = image > 300
    assert 2 * (found & truth).sum() / (found.sum() + truth.sum()) > 0.97


def test_the_close_look_takes_a_small_window_around_the_heart():
    network = _BrightIsCavity()
    _cavity(_stack(), network)
    coarse, close, mirrored = network.sizes
    assert coarse == (112, 80)
    assert close == mirrored == (80, 64)


def test_probabilities_sum_to_one_and_every_member_has_its_own():
    probabilities = stack_probabilities(
        PlainNetworks([TorchNetwork(_BrightIsCavity())] * 2, _CPU), _stack(), _SPACING_MM, _INFERENCE
    )
    assert probabilities.shape == (2, 2, 150, 140, 5)
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def test_slices_in_reverse_order_get_the_same_labels():
    image = _stack() * np.linspace(0.6, 1, 5) + np.random.default_rng(0).normal(0, 30, (150, 140, 5))
    assert np.array_equal(_cavity(image), _cavity(image[..., ::-1])[..., ::-1])


def test_a_single_slice_has_labels_too():
    assert _cavity(_stack()[..., :1]).sum() == pytest.approx(np.pi * 14**2, rel=0.05)


def test_where_the_heart_was_found_can_be_used_for_another_frame():
    region = find_heart(PlainNetworks([TorchNetwork(_BrightIsCavity())], _CPU), [_stack()], _SPACING_MM, _INFERENCE)
    assert region.found
    network = _BrightIsCavity()
    assert _cavity(_stack(radius=10), network, region=region).any()
    assert len(network.sizes) == 2  # As it is and mirrored, without a coarse look.


@pytest.mark.parametrize(("slices", "shown"), [(6, (2, 3)), (10, (4, 5)), (9, (4,)), (10, (0,))])
def test_a_heart_in_few_slices_is_found_though_only_every_other_is_looked_at(slices, shown):
    image = np.full((150, 140, slices), 100.0)
    image[..., shown] = _stack()[..., : len(shown)]
    network = _BrightIsCavity()

    region = find_heart(PlainNetworks([TorchNetwork(network)], _CPU), [image], _SPACING_MM, _INFERENCE)

    assert region.found
    assert region.centre_mm == pytest.approx((110 * 1.8, 60 * 1.6), abs=4)


def test_a_heart_in_all_slices_is_found_in_one_look_at_half_of_them():
    network = _BrightIsCavity()
    find_heart(PlainNetworks([TorchNetwork(network)], _CPU), [_stack(shape=(150, 140, 10))], _SPACING_MM, _INFERENCE)
    assert len(network.sizes) == 1


def test_a_false_finding_in_one_slice_does_not_move_the_region():
    probability = np.zeros((6, 50, 40))
    probability[:, 10:25, 12:20] = 0.9
    probability[3, 35:50, 25:40] = 1.0
    region = heart_region(probability, (3.0, 2.0))
    assert region.found
    assert region.turn is None
    assert region.centre_mm == pytest.approx((52.5, 32.0))
    assert region.extent_mm == pytest.approx((45.0, 16.0))


def test_where_nothing_looks_like_a_heart_the_middle_stands_in():
    region = heart_region(np.full((3, 20, 20), 0.1), (4.0, 4.0))
    assert region == HeartRegion((40.0, 40.0), (0.0, 0.0), None, found=False)
    assert window_around(region, 1.5, (64, 64), 10.0, 16) == Window((40.0, 40.0), 0.0, (64, 64), 1.5)


def test_a_large_heart_gets_a_larger_window():
    region = HeartRegion((75.0, 60.0), (160.0, 80.0), None, found=True)
    window = window_around(region, 1.0, (128, 128), 14.0, 16)
    assert window.size == (192, 128)
    assert window.centre_mm == (75.0, 60.0)


def _two_ventricles(angle_deg, pixel_mm=(2.0, 3.0)):
    """Return the probabilities of heart and right ventricle, which lies at this angle from the left one."""
    i, j = np.meshgrid(np.arange(100) * pixel_mm[0], np.arange(80) * pixel_mm[1], indexing="ij")
    angle = np.radians(angle_deg)
    left = np.hypot(i - 110, j - 120) < 35
    right = np.hypot(i - 110 - 50 * np.cos(angle), j - 120 - 50 * np.sin(angle)) < 25
    right &= ~left
    stack = [np.repeat(mask[None].astype(float), 4, axis=0) for mask in (left | right, right)]
    return stack[0], stack[1]


@pytest.mark.parametrize("angle_deg", [0, 35, 90, 160, -20, -135])
def test_the_region_turns_with_the_heart(angle_deg):
    heart, right = _two_ventricles(angle_deg)
    region = heart_region(heart, (2.0, 3.0), right)
    away = np.degrees(region.turn) - (angle_deg - 180)
    assert (away + 180) % 360 - 180 == pytest.approx(0, abs=4)
    assert region.extent_mm == pytest.approx((110.0, 70.0), abs=7.0)
    middle = np.array([110.0, 120.0]) + 20 * np.array([np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))])
    assert region.centre_mm == pytest.approx(middle, abs=5.0)


@pytest.mark.parametrize("angle_deg", [0, 35, 90, 160, -135])
def test_in_the_window_the_right_ventricle_always_lies_on_the_same_side(angle_deg):
    heart, right = _two_ventricles(angle_deg)
    region = heart_region(heart, (2.0, 3.0), right)
    window = window_around(region, 1.5, (112, 112), 20.0, 16)
    seen = window.cut(right.astype(np.float32), (2.0, 3.0))[0]
    rows = np.argwhere(seen > 0.5).mean(axis=0) - (np.array(window.size) - 1) / 2
    assert rows[0] < -15
    assert abs(rows[1]) < 4


def test_what_a_turned_window_saw_goes_back_to_its_place():
    heart, _ = _two_ventricles(35)
    window = Window((105.0, 125.0), 0.6, (128, 112), 1.5)
    seen = window.cut(heart.astype(np.float32), (2.0, 3.0))
    back = window.paste(np.stack([1 - seen, seen], axis=1), (100, 80), (2.0, 3.0))
    assert back.shape == (4, 2, 100, 80)
    assert np.allclose(back.sum(axis=1), 1, atol=1e-5)
    found = back[:, 1] > 0.5
    assert 2 * (found & (heart > 0.5)).sum() / (found.sum() + heart.sum()) > 0.98


def test_nothing_tells_right_from_left_where_no_right_ventricle_was_seen():
    heart, right = _two_ventricles(35)
    assert heart_region(heart, (2.0, 3.0), np.zeros_like(right)).turn is None


class _KnowsRightFromFarOff(torch.nn.Module):
    """Calls what is very bright left and what is bright right ventricle, but the coarse look takes a blob for right."""

    def __init__(self):
        super().__init__()
        self.looks = 0

    def forward(self, samples):
        self.looks += 1
        left = samples[:, 0] > 275
        right = (samples[:, 0] > 75) & ~left
        if self.looks == 1:
            halfway = torch.arange(samples.shape[3]) < samples.shape[3] // 2
            right = left & halfway
        scores = torch.full((len(samples), 3, *samples.shape[2:]), -9.0)
        scores[:, 1][right] = 9.0
        scores[:, 2][left] = 9.0
        scores[:, 0][~(left | right)] = 9.0
        return scores


def test_a_close_look_corrects_the_direction_that_the_coarse_one_got_wrong():
    heart, right = _two_ventricles(35)
    image = (heart * 400 - right * 250).transpose(1, 2, 0)
    network = _KnowsRightFromFarOff()
    unchanged = {"_target_": "Compose", "transforms": []}
    inference = _INFERENCE | {"label_values": [0, 1, 3], "coarse_spacing_mm": 3.0, "intensity": unchanged}
    region = find_heart(PlainNetworks([TorchNetwork(network)], _CPU), [image], (2.0, 3.0), inference)
    assert np.degrees(region.turn) == pytest.approx(35 - 180, abs=6)
    assert network.looks == 3  # Coarse, two corrections.


def test_end_diastole_is_cut_and_normalised_once_for_all_frames(monkeypatch):
    stack = np.random.default_rng(0).random((40, 44, 3), np.float32)
    inference = _INFERENCE | {"end_diastolic_channel": True}
    beside, window = EndDiastole(stack, inference), whole_view((40, 44), _SPACING_MM, 2.0, (32, 32), 8)
    once = beside.seen_through(window, _SPACING_MM)
    monkeypatch.setattr("quantseg.tasks.heart.coarse_to_fine.normalised", None)

    assert beside.seen_through(whole_view((40, 44), _SPACING_MM, 2.0, (32, 32), 8), _SPACING_MM) is once
    assert once.shape == (3, 1, *window.size)
