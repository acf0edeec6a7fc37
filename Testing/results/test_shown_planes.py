"""Planes along a scan's own voxels: whatever the order of storage, the same picture with the letters of the report."""

import numpy as np
import pytest
from nibabel import orientations
from storage_orders import ALL_48_ORDERS

from quantseg.results.planes import Plane
from quantseg.results.shown_planes import ShownPlanes, planes_of_the_body

_SHAPE = (5, 6, 7)
_AFFINE = np.array([[1.0, 0, 0.1, -10], [0, 1.1, 0, -20], [-0.1, 0, 1.5, 5], [0, 0, 0, 1]])


def _shown(array, axes):
    """The array with its axes in the order and direction of the planes."""
    moved = np.transpose(array, [axis.stored for axis in axes])
    return moved[tuple(slice(None, None, axis.sign) for axis in axes)]


def test_every_order_of_storage_is_shown_alike_with_the_reports_letters():
    array = np.arange(np.prod(_SHAPE)).reshape(_SHAPE)
    expected = _shown(array, planes_of_the_body(_AFFINE, _SHAPE).axes_of(_AFFINE))
    for order in ALL_48_ORDERS:
        stored = orientations.apply_orientation(array, order)
        affine = _AFFINE @ orientations.inv_ornt_aff(order, _SHAPE)
        planes = planes_of_the_body(affine, stored.shape)
        assert np.array_equal(_shown(stored, planes.axes_of(affine)), expected)
        assert planes.letters == tuple(plane.edge_letters for plane in (Plane.AXIAL, Plane.CORONAL, Plane.SAGITTAL))


def test_where_directions_are_a_placeholder_there_are_no_letters():
    planes = ShownPlanes(("short axis", "a cut", "another"), _AFFINE, orientation_trusted=False)
    assert planes.letters is None
    assert "left and right may be exchanged" in planes.note


def test_planes_of_another_scan_are_no_planes_of_this_one():
    turned = np.array([[0.7, -0.7, 0, 0], [0.7, 0.7, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]])
    with pytest.raises(ValueError, match="do not run along"):
        planes_of_the_body(_AFFINE, _SHAPE).axes_of(turned)
