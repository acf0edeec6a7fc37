"""From a stack to labels on its own grid: the heart found wherever it lies, however the stack is stored."""

import numpy as np
import pytest
import torch

from quantseg.heart.region import HeartRegion, heart_region, window_around
from quantseg.heart.two_looks import find_heart, stack_probabilities
from quantseg.inference.device import Device, Precision
from quantseg.inference.ensemble import PlainNetworks

_CPU = Device("cpu", "CPU", Precision.FLOAT32)
_INFERENCE = {
    "spacing_mm": [1.4, 1.4],
    "coarse_spacing_mm": 2.8,
    "minimum_patch": [64, 64],
    "patch_multiple": 16,
    "margin_mm": 20.0,
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
    return stack_probabilities(PlainNetworks([network], _CPU), image, _SPACING_MM, _INFERENCE, **more)[0, 1] > 0.5


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
    coarse, close = network.sizes
    assert coarse == (96, 80)
    assert close == (80, 64)


def test_probabilities_sum_to_one_and_every_member_has_its_own():
    probabilities = stack_probabilities(
        PlainNetworks([_BrightIsCavity(), _BrightIsCavity()], _CPU), _stack(), _SPACING_MM, _INFERENCE
    )
    assert probabilities.shape == (2, 2, 150, 140, 5)
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def test_slices_in_reverse_order_get_the_same_labels():
    image = _stack() * np.linspace(0.6, 1, 5) + np.random.default_rng(0).normal(0, 30, (150, 140, 5))
    assert np.array_equal(_cavity(image), _cavity(image[..., ::-1])[..., ::-1])


def test_a_single_slice_has_labels_too():
    assert _cavity(_stack()[..., :1]).sum() == pytest.approx(np.pi * 14**2, rel=0.05)


def test_where_the_heart_was_found_can_be_used_for_another_frame():
    region = find_heart(PlainNetworks([_BrightIsCavity()], _CPU), [_stack()], _SPACING_MM, _INFERENCE)
    assert region.found
    network = _BrightIsCavity()
    assert _cavity(_stack(radius=10), network, region=region).any()
    assert len(network.sizes) == 1


def test_a_false_finding_in_one_slice_does_not_move_the_region():
    probability = np.zeros((6, 50, 40))
    probability[:, 10:25, 12:20] = 0.9
    probability[3, 35:50, 25:40] = 1.0
    region = heart_region(probability)
    assert region == HeartRegion((0.2, 0.3), (0.5, 0.5), found=True)


def test_where_nothing_looks_like_a_heart_the_middle_stands_in():
    region = heart_region(np.full((3, 20, 20), 0.1))
    assert not region.found
    assert window_around(region, (100, 80), (64, 64), 10, 16) == ((18, 8), (64, 64))


def test_a_large_heart_gets_a_larger_window():
    region = HeartRegion((0.1, 0.2), (0.9, 0.6), found=True)
    start, size = window_around(region, (200, 200), (128, 128), 14, 16)
    assert size == (192, 128)
    assert start == (4, 16)
    assert size[0] >= 0.8 * 200 + 28
