"""Base, apex and walls are found from labels and affine, and thickness is what the shapes say."""

import heart_phantom as made
import numpy as np
import pytest
from stacked_labels import short_axis_stack

from quantseg.tasks.heart.anatomy import AHA_SEGMENTS, HeartLabel, aha_region
from quantseg.tasks.heart.base_apex import base_apex_order
from quantseg.tasks.heart.contours import wall_contours, wall_thickness_mm
from quantseg.tasks.heart.wall_thickness import measure_wall_thickness

_PIXEL_MM = (1.5, 1.25)


def ring(inner_mm, outer_mm, shift_mm=(0.0, 0.0), shape=(64, 72)):
    """A round cavity in a round muscle whose centre lies elsewhere."""
    i, j = np.meshgrid(*(np.arange(n) for n in shape), indexing="ij")
    x, y = (i - shape[0] / 2 + 0.2) * _PIXEL_MM[0], (j - shape[1] / 2 - 0.3) * _PIXEL_MM[1]
    labels = np.where(np.hypot(x - shift_mm[0], y - shift_mm[1]) < outer_mm, HeartLabel.LV_MYOCARDIUM, 0)
    return np.where(np.hypot(x, y) < inner_mm, HeartLabel.LV_CAVITY, labels)


@pytest.mark.parametrize(("inner_mm", "outer_mm"), [(22, 29), (12, 24), (5, 17)])
def test_a_round_wall_is_as_thick_as_its_radii_differ(inner_mm, outer_mm):
    thickness_mm = wall_thickness_mm(wall_contours(ring(inner_mm, outer_mm), _PIXEL_MM))
    assert thickness_mm.mean() == pytest.approx(outer_mm - inner_mm, abs=0.2)
    assert np.abs(thickness_mm - (outer_mm - inner_mm)).max() < 0.9


def test_an_eccentric_cavity_has_a_thick_and_a_thin_side():
    thickness_mm = wall_thickness_mm(wall_contours(ring(18, 28, (4.0, 0.0)), _PIXEL_MM))
    assert thickness_mm.max() == pytest.approx(14, abs=0.8)
    assert thickness_mm.min() == pytest.approx(6, abs=0.8)
    assert np.argmax(thickness_mm) in (*range(15), *range(105, 120))


def test_an_open_wall_is_not_measured():
    labels = ring(18, 26)
    labels[:, 50:] = np.where(labels[:, 50:] == HeartLabel.LV_MYOCARDIUM, 0, labels[:, 50:])
    assert wall_contours(labels, _PIXEL_MM) is None


def test_base_is_found_whatever_the_order_of_slices(phantom):
    found = base_apex_order(short_axis_stack(phantom, made.phantom_affine()))
    assert found.slices[0] == 0
    turned = base_apex_order(short_axis_stack(phantom[..., ::-1], made.phantom_affine()))
    assert turned.slices[0] == phantom.shape[-1] - 1
    assert turned.taper == pytest.approx(found.taper)
    cylinder = np.repeat(phantom[..., 4:5], 6, axis=-1)
    assert base_apex_order(short_axis_stack(cylinder, made.phantom_affine())) is None


def test_thickness_of_the_phantom_follows_its_shells(stack, phases):
    found = measure_wall_thickness(stack, phases)
    assert found.walls_named
    assert sorted(found.diastolic_mm) == list(range(1, 17))
    for values, moment in ((found.diastolic_mm, 0.0), (found.systolic_mm, 0.35)):
        shape = made.shape_at(moment)
        basal_mm = shape.outer[0] - shape.inner[0]
        assert np.mean([values[n] for n in range(1, 7)]) == pytest.approx(basal_mm, rel=0.06)
        assert np.ptp([values[n] for n in range(7, 13)]) < 0.15 * basal_mm
    assert min(found.thickening_percent.values()) > 20
    assert len(found.measurements()) == 48


def thickened(phantom, wall_angle, affine, **options):
    """Measure the phantom whose muscle is thinned on one side, the angle counted from the septum to anterior."""
    u, v, _ = made._positions()
    offset = (np.arctan2(v, u) - wall_angle + np.pi) % (2 * np.pi) - np.pi
    labels = phantom[[0, made.END_SYSTOLE]].copy()
    outer = np.stack([made._radius_mm(made._positions()[2], made.shape_at(m).outer) for m in (0.0, 0.35)])
    thin = (np.abs(offset) < np.radians(28)) & (np.hypot(u, v) > outer[:, None, None, :] - 3.0)
    labels[thin & (labels == HeartLabel.LV_MYOCARDIUM)] = 0
    return short_axis_stack(labels, affine, **options)


@pytest.mark.parametrize(
    ("degrees", "wall"),
    [(90, "anterior"), (30, "anteroseptal"), (-30, "inferoseptal"), (-90, "inferior"), (150, "anterolateral")],
)
@pytest.mark.parametrize("storage", ["stored", "mirrored", "upside down"])
@pytest.mark.parametrize("right_ventricle", [True, False])
def test_a_thin_wall_is_named_right_however_the_stack_is_stored(phantom, degrees, wall, storage, right_ventricle):
    if not right_ventricle:
        phantom = without_right_ventricle(phantom)
    stack = thickened(phantom, np.radians(degrees), made.phantom_affine(), orientation_trusted=True)
    labels, affine = stack.labels, stack.affine
    if storage == "mirrored":
        flip = np.diag([-1.0, 1, 1, 1])
        flip[0, 3] = labels.shape[1] - 1
        labels, affine = labels[:, ::-1], affine @ flip
    elif storage == "upside down":
        flip = np.diag([1.0, 1, -1, 1])
        flip[2, 3] = labels.shape[3] - 1
        labels, affine = np.swapaxes(labels[..., ::-1], 1, 2), (affine @ flip)[:, [1, 0, 2, 3]]
    found = measure_wall_thickness(short_axis_stack(labels, affine, True), phases=made_phases())
    assert found.walls_named
    assert found.septum_assumed is not right_ventricle
    mid = {AHA_SEGMENTS[n][1]: found.diastolic_mm[n] for n in range(7, 13)}
    assert min(mid, key=mid.get) == wall


def without_right_ventricle(labels):
    return np.where(labels == HeartLabel.RV_CAVITY, 0, labels).astype(np.uint8)


def test_without_a_right_ventricle_the_septum_is_assumed_and_that_is_said(phantom, stack, phases):
    left = short_axis_stack(without_right_ventricle(phantom), made.phantom_affine(), orientation_trusted=True)
    assumed, found = measure_wall_thickness(left, phases), measure_wall_thickness(stack, phases)
    assert (assumed.septum_assumed, found.septum_assumed) == (True, False)
    for number, value in found.diastolic_mm.items():
        assert assumed.diastolic_mm[number] == pytest.approx(value, abs=0.3)
    assert all("no right ventricle is outlined" in one.protocol for one in assumed.measurements())
    assert not any("no right ventricle is outlined" in one.protocol for one in found.measurements())


def test_no_septum_is_assumed_where_directions_cannot_be_trusted_or_a_right_ventricle_lies_apart(phantom, phases):
    left, affine = without_right_ventricle(phantom), made.phantom_affine()
    assert measure_wall_thickness(short_axis_stack(left, affine), phases) is None
    apex_above = affine @ np.diag([1.0, 1, -1, 1])
    assert measure_wall_thickness(short_axis_stack(left, apex_above, True), phases) is None
    stray = left.copy()
    stray[:, :3, :3, 4] = HeartLabel.RV_CAVITY
    assert measure_wall_thickness(short_axis_stack(stray, affine, True), phases) is None


def made_phases():
    from quantseg.tasks.heart.phases import Phases

    return Phases(0, 1)


def test_walls_are_not_named_without_a_trustworthy_orientation(phantom, phases):
    affine = made.phantom_affine()
    untold = measure_wall_thickness(short_axis_stack(phantom, affine), phases)
    assert not untold.walls_named
    (first, *_) = untold.measurements()
    assert first.region == "basal_sector_1"
    assert "orientation unknown" in first.protocol
    lying = affine @ np.diag([-1.0, 1, 1, 1])
    assert not measure_wall_thickness(short_axis_stack(phantom, lying, True), phases).walls_named
    assert measure_wall_thickness(short_axis_stack(phantom, None, True), phases) is None


def test_region_keys_name_ring_and_wall():
    assert aha_region(8, True) == "aha_08_mid_anteroseptal"
    assert aha_region(16, False) == "apical_sector_4"
    assert len({aha_region(n, False) for n in AHA_SEGMENTS}) == 16
