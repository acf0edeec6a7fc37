"""Carrying values between grids."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quantseg.volume import Grid, Volume, aligned_grid, resample
from quantseg.volume.resampling import as_sitk, from_sitk


def a_grid(shape=(20, 24, 28), spacing_mm=(1.0, 1.0, 1.0), origin_mm=(-3.0, 5.0, 9.0), turn_deg=0.0) -> Grid:
    angle = np.deg2rad(turn_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3] = turn @ np.diag(spacing_mm)
    affine[:3, 3] = origin_mm
    return Grid(shape, affine)


def a_ramp_on(grid: Grid) -> Volume:
    """A volume whose value is a linear function of position, which linear interpolation must reproduce."""
    axes = [np.arange(n) for n in grid.shape]
    positions_mm = grid.to_world(np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1))
    return Volume((positions_mm @ [2.0, -3.0, 0.5]).astype(np.float32), grid.affine)


def test_simpleitk_round_trip_keeps_values_and_positions():
    volume = a_ramp_on(a_grid(spacing_mm=(0.7, 1.1, 2.0), turn_deg=20))
    back = from_sitk(as_sitk(volume))
    assert np.array_equal(back.array, volume.array)
    assert np.allclose(back.affine, volume.affine)


@pytest.mark.parametrize("turn_deg", [0, 12])
def test_linear_functions_of_position_survive_resampling(turn_deg):
    source = a_ramp_on(a_grid(spacing_mm=(1.2, 0.9, 1.5), turn_deg=turn_deg))
    centre_mm = source.grid.centre_mm
    affine = np.eye(4)
    affine[:3, 3] = centre_mm - 4
    target = Grid((9, 9, 9), affine)
    sampled = resample(source, target, antialias=False)
    assert np.allclose(sampled.array, a_ramp_on(target).array, atol=1e-3)


def test_resampling_to_the_same_grid_copies_the_values():
    volume = a_ramp_on(a_grid())
    same = resample(volume, volume.grid)
    assert np.array_equal(same.array, volume.array)
    assert same.array is not volume.array


def test_values_outside_the_source_are_the_fill():
    volume = a_ramp_on(a_grid(shape=(4, 4, 4)))
    far = volume.grid.window((20, 20, 20), (3, 3, 3))
    assert np.all(resample(volume, far, fill=-7).array == -7)


def test_nearest_never_invents_a_label():
    labels = Volume(np.random.default_rng(0).choice([0, 3, 9], (12, 12, 12)).astype(np.uint8), np.eye(4))
    target = a_grid(shape=(9, 9, 9), spacing_mm=(0.8, 0.8, 0.8), origin_mm=(1, 1, 1), turn_deg=30)
    sampled = resample(labels, target, "nearest")
    assert sampled.array.dtype == np.uint8
    assert set(np.unique(sampled.array)) <= {0, 3, 9}


def test_going_coarser_smooths_noise_instead_of_aliasing_it():
    noise = Volume(np.random.default_rng(0).normal(size=(40, 40, 40)).astype(np.float32), np.eye(4))
    coarse = aligned_grid(Grid(noise.array.shape, noise.affine), 3.0)
    smoothed = resample(noise, coarse).array.std()
    aliased = resample(noise, coarse, antialias=False).array.std()
    assert smoothed < 0.5 * aliased


@settings(max_examples=60, deadline=None)
@given(
    shape=st.tuples(*[st.integers(2, 30)] * 3),
    spacing_mm=st.tuples(*[st.floats(0.4, 3)] * 3),
    turn_deg=st.floats(-44, 44),
    target_mm=st.floats(0.5, 3),
)
def test_an_aligned_grid_covers_the_volume_and_is_centred_on_it(shape, spacing_mm, turn_deg, target_mm):
    grid = a_grid(shape, spacing_mm, turn_deg=turn_deg)
    aligned = aligned_grid(grid, target_mm)
    corners = grid.to_world(np.array(list(np.ndindex(2, 2, 2))) * (np.array(shape) - 1))
    voxels = aligned.to_voxel(corners)
    assert np.all(voxels >= -0.5 - 1e-2)
    assert np.all(voxels <= np.array(aligned.shape) - 0.5 + 1e-2)
    assert np.allclose(aligned.centre_mm, grid.centre_mm, atol=1e-2 if aligned is not grid else 1e-9)


def test_a_mirrored_volume_gets_the_mirrored_grid():
    grid = a_grid(shape=(31, 20, 20), spacing_mm=(0.7, 1, 1))
    mirror = np.diag([-1.0, 1, 1, 1])
    flipped = Grid(grid.shape, mirror @ grid.affine @ _flip_first_axis(grid.shape[0]))
    there, mirrored = aligned_grid(grid, 1.0), aligned_grid(flipped, 1.0)
    assert there.shape == mirrored.shape
    ends = [[0, 0, 0], [there.shape[0] - 1, 0, 0]]
    assert np.allclose(there.to_world(ends)[:, 0], -mirrored.to_world(ends)[::-1, 0])


def _flip_first_axis(size: int) -> np.ndarray:
    flip = np.diag([-1.0, 1, 1, 1])
    flip[0, 3] = size - 1
    return flip
