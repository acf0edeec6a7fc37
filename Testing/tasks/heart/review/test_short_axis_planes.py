"""Slice views that show a heart as it was acquired, in whatever order its stack was stored."""

import numpy as np
import pytest
from heart_phantom import phantom_affine
from nibabel import orientations
from storage_orders import ALL_48_ORDERS

from quantseg.reading.scan import ImageFormat
from quantseg.tasks.heart.anatomy import BASEWARDS_RAS
from quantseg.tasks.heart.reading.cine import Cine, CineGeometry, CineKind, SpacingOrigin
from quantseg.tasks.heart.review.short_axis_planes import short_axis_planes, shows_short_axis

_SHAPE = (40, 42, 9)


def _cine(affine, shape=_SHAPE, trusted=True):
    slice_axis = int(np.argmax(np.linalg.norm(affine[:3, :3], axis=0)))
    placed = CineGeometry(affine, affine, SpacingOrigin.HEADER, slice_axis, trusted)
    return Cine(np.zeros((1, *shape), np.int16), placed, ImageFormat.NIFTI, CineKind.SINGLE_FRAME, (1,))


@pytest.fixture
def planes():
    return short_axis_planes(_cine(phantom_affine()))


def test_every_order_of_storage_gives_the_same_planes(planes):
    for order in ALL_48_ORDERS:
        shape = np.empty(3, int)
        shape[order[:, 0].astype(int)] = _SHAPE
        found = short_axis_planes(_cine(phantom_affine() @ orientations.inv_ornt_aff(order, _SHAPE), shape))
        for name in ("short_axis", "along_rows", "along_columns"):
            assert np.allclose(getattr(found, name), getattr(planes, name), atol=1e-4), name


def test_short_axis_is_seen_from_the_apex_and_long_ones_have_the_base_at_the_top(planes):
    right, up, away = planes.short_axis[:3, :3].T
    assert away @ BASEWARDS_RAS > 0
    assert right @ [1, 1, 0] < 0
    assert up @ [0, 0, 1] > 0
    for plane in (planes.along_rows, planes.along_columns):
        assert plane[:3, 1] @ BASEWARDS_RAS > 0
        assert abs(plane[:3, 2] @ away) < 1e-6


def test_views_are_turned_as_slicers_own_and_pass_through_the_middle_of_a_slice(planes):
    # Slicer's axial view: left is right, front is up, and the head lies away from whoever looks.
    axial = np.diag([-1.0, 1.0, 1.0])
    for plane in (planes.short_axis, planes.along_rows, planes.along_columns):
        turned = plane[:3, :3]
        assert np.allclose(turned.T @ turned, np.eye(3), atol=1e-6)
        assert np.linalg.det(turned) == pytest.approx(np.linalg.det(axial))
        index = np.linalg.inv(phantom_affine()) @ plane[:, 3]
        assert index[:3] == pytest.approx([19.5, 20.5, 4], abs=1e-4)


def test_a_view_shows_the_short_axis_from_either_side_and_turned_but_not_tilted(planes):
    turned = planes.short_axis.copy()
    turned[:3, :2] = planes.short_axis[:3, [1, 0]]
    turned[:3, 2] *= -1
    assert shows_short_axis(turned, planes)
    assert not shows_short_axis(planes.along_rows, planes)
    assert not shows_short_axis(np.diag([-1.0, 1.0, 1.0, 1.0]), planes)
