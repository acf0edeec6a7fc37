"""Sampling in NumPy is that of PyTorch, with which models were trained."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from quantseg.tasks.heart.plane_sampling import resize_in_plane, sample


def _slices(shape=(3, 2, 61, 47)):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("size", [(61, 47), (30, 20), (90, 100), (45, 90), (1, 1), (17, 47)])
def test_another_number_of_pixels_gives_what_antialiased_interpolation_gives(size):
    values = _slices()

    expected = functional.interpolate(
        torch.from_numpy(values), size=size, mode="bilinear", align_corners=False, antialias=True
    )

    assert np.allclose(resize_in_plane(values, size), expected.numpy(), atol=2e-5)


@pytest.mark.parametrize("turn", [0.0, 0.4, 2.5])
def test_places_between_pixels_give_what_bilinear_sampling_gives_and_zero_outside(turn):
    values = _slices()
    axes = np.stack(np.meshgrid(np.linspace(-0.7, 0.7, 33), np.linspace(-0.8, 0.8, 29), indexing="ij"), axis=-1)
    turning = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    shares = axes @ turning.T + 0.5

    grid = torch.from_numpy(2 * shares - 1).float().flip(-1).expand(len(values), -1, -1, -1)
    expected = functional.grid_sample(
        torch.from_numpy(values), grid, mode="bilinear", padding_mode="zeros", align_corners=False
    )

    found = sample(values, shares)
    assert found.shape == (3, 2, 33, 29)
    assert np.allclose(found, expected.numpy(), atol=2e-5)
    assert (found == 0).any()
