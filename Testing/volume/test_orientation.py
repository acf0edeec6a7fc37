"""Axis order: 48 ways to store the same anatomy, one canonical array."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from nibabel import orientations
from storage_orders import ALL_48_ORDERS, stored_in_order

from quantseg.volume import Volume, to_canonical


def an_oblique_affine(angle_deg: float, spacing_mm: tuple[float, float, float]) -> np.ndarray:
    angle = np.deg2rad(angle_deg)
    turn_x = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    affine = np.eye(4)
    affine[:3, :3] = turn_x @ np.diag(spacing_mm)
    affine[:3, 3] = [-7.25, 11.5, 3.125]
    return affine


@pytest.mark.parametrize("angle_deg", [0, 17])
@pytest.mark.parametrize("order", ALL_48_ORDERS, ids=lambda o: "".join(orientations.ornt2axcodes(o)))
def test_every_storage_order_yields_the_same_canonical_volume_and_goes_back_exactly(order, angle_deg):
    array = np.random.default_rng(1).normal(size=(4, 5, 6))
    original, _ = to_canonical(Volume(array, an_oblique_affine(angle_deg, (0.9, 1.2, 2.5))))
    stored = stored_in_order(original, order)
    canonical, reorientation = to_canonical(stored)
    assert np.array_equal(canonical.array, original.array)
    assert np.array_equal(canonical.affine, original.affine)
    assert np.array_equal(reorientation.undo(canonical.array), stored.array)


@settings(max_examples=50, deadline=None)
@given(
    array=arrays(np.int16, st.tuples(*[st.integers(1, 6)] * 3)),
    order=st.sampled_from(ALL_48_ORDERS),
    spacing_mm=st.tuples(*[st.floats(0.3, 3)] * 3),
)
def test_undo_is_the_inverse_of_reorientation_for_any_array(array, order, spacing_mm):
    stored = stored_in_order(Volume(array, an_oblique_affine(5, spacing_mm)), order)
    canonical, reorientation = to_canonical(stored)
    assert np.array_equal(reorientation.undo(canonical.array), stored.array)


def test_positions_in_space_do_not_move():
    volume = Volume(np.arange(24.0).reshape(2, 3, 4), np.diag([-1.0, 2.0, -3.0, 1.0]))
    canonical, _ = to_canonical(volume)
    for index in np.ndindex(2, 3, 4):
        there = canonical.grid.to_voxel(volume.grid.to_world(np.array(index)))
        assert canonical.array[tuple(np.round(there).astype(int))] == volume.array[index]
