"""One view of a stack, however it is stored, and the way back."""

import numpy as np
import pytest
from heart_phantom import phantom_affine
from nibabel import orientations
from storage_orders import ALL_48_ORDERS

from quantseg.reading.scan import ImageFormat
from quantseg.tasks.heart.anatomy import BASEWARDS_RAS
from quantseg.tasks.heart.reading.cine import Cine, CineGeometry, CineKind, SpacingOrigin
from quantseg.tasks.heart.view import short_axis_view, shown_planes

_SHAPE = (5, 6, 3)


def _cine(frames, affine, trusted=True):
    slice_axis = int(np.argmax(np.linalg.norm(affine[:3, :3], axis=0)))
    placed = CineGeometry(affine, affine, SpacingOrigin.HEADER, slice_axis, trusted)
    return Cine(frames, placed, ImageFormat.NIFTI, CineKind.CYCLE, (1, 2))


@pytest.fixture
def frames():
    return np.arange(2 * np.prod(_SHAPE)).reshape(2, *_SHAPE)


@pytest.mark.parametrize("trusted", [True, False])
def test_every_order_of_storage_gives_the_same_view_and_comes_back(frames, trusted):
    expected = short_axis_view(_cine(frames, phantom_affine(), trusted))
    for order in ALL_48_ORDERS:
        stored = np.stack([orientations.apply_orientation(frame, order) for frame in frames])
        affine = phantom_affine() @ orientations.inv_ornt_aff(order, _SHAPE)
        view = short_axis_view(_cine(stored, affine, trusted))
        assert np.array_equal(view.show(stored), expected.show(frames))
        assert np.allclose(view.affine, expected.affine, atol=1e-5)
        assert np.array_equal(view.restore(view.show(stored)), stored)


def test_a_trusted_heart_is_seen_from_the_apex_with_the_septum_on_the_left(frames):
    right, down, along = short_axis_view(_cine(frames, phantom_affine())).affine[:3, :3].T
    assert along @ BASEWARDS_RAS < 0
    # Away from the reader lies the base; the septum faces right and front, the anterior wall up.
    assert np.cross(right, down) @ BASEWARDS_RAS > 0
    assert right @ [1, 1, 0] < 0
    assert down @ [0, 0, 1] < 0


def test_a_placeholder_is_shown_as_its_header_has_it(frames):
    affine = np.diag([1.5, 1.5, 8.0, 1.0])
    right, down, _ = short_axis_view(_cine(frames, affine, trusted=False)).affine[:3, :3].T
    assert right == pytest.approx([-1.5, 0, 0])
    assert down == pytest.approx([0, -1.5, 0])


def test_a_viewer_shows_slices_as_the_report_does_however_they_are_stored(frames):
    expected = short_axis_view(_cine(frames, phantom_affine())).show(frames)[0]
    for order in ALL_48_ORDERS:
        stored = np.stack([orientations.apply_orientation(frame, order) for frame in frames])
        affine = phantom_affine() @ orientations.inv_ornt_aff(order, _SHAPE)
        planes = shown_planes(_cine(stored, affine))
        axes = planes.axes_of(affine)
        shown = np.transpose(stored[0], [axis.stored for axis in axes])[tuple(slice(None, None, a.sign) for a in axes)]
        assert np.array_equal(shown, expected)
        # Septum on the left and in front, the lateral wall on the right and behind.
        assert (planes.letters[0].left, planes.letters[0].right) == ("AR", "PL")
