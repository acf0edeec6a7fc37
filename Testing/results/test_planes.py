import numpy as np
import pytest

from quantseg.results.planes import EdgeLetters, Panel, Plane


@pytest.mark.parametrize(
    ("plane", "letters"),
    [
        (Plane.AXIAL, EdgeLetters(left="R", right="L", top="A", bottom="P")),
        (Plane.CORONAL, EdgeLetters(left="R", right="L", top="S", bottom="I")),
        (Plane.SAGITTAL, EdgeLetters(left="A", right="P", top="S", bottom="I")),
    ],
)
def test_letters_follow_radiological_convention(plane, letters):
    assert plane.edge_letters == letters


@pytest.mark.parametrize("plane", list(Plane))
def test_letters_say_where_positions_really_appear(plane):
    """A step of 10 mm towards each letter's direction moves the pixel towards that letter's edge."""
    towards = {"R": (1, 0, 0), "L": (-1, 0, 0), "A": (0, 1, 0), "P": (0, -1, 0), "S": (0, 0, 1), "I": (0, 0, -1)}
    centre_mm = np.array([-20.0, 5.0, -12.0])
    panel = Panel(plane, centre_mm, field_mm=80.0, pixels=200)
    x, y = panel.pixel_of(centre_mm)
    assert (x, y) == pytest.approx((99.5, 99.5))
    edges = {"left": (-25, 0), "right": (25, 0), "top": (0, -25), "bottom": (0, 25)}
    for edge, step in edges.items():
        direction = np.array(towards[getattr(plane.edge_letters, edge)])
        moved = panel.pixel_of(centre_mm + 10 * direction)
        assert np.subtract(moved, (x, y)) == pytest.approx(step)


def test_grid_and_pixel_positions_agree():
    panel = Panel(Plane.CORONAL, np.array([10.0, -20.0, 5.0]), field_mm=90.0, pixels=30)
    corner_mm = panel.grid.to_world(np.array([29, 0, 0]))
    assert panel.pixel_of(corner_mm) == pytest.approx((29, 0))
    assert corner_mm[0] < 10
    assert corner_mm[2] > 5
    assert panel.title == "coronal, y = -20 mm"
    assert np.linalg.det(panel.grid.affine[:3, :3]) > 0
