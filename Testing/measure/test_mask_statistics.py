import itertools

import numpy as np
import pytest

from quantseg.measure.statistics import bounding_box, long_axis, measure_mask
from quantseg.measure.surface import surface_area_mm2
from quantseg.volume import Grid, Volume

_TOLERANCE_BY_SPACING_MM = {
    (1, 1, 1): 0.02,
    (0.7, 0.67, 0.67): 0.02,
    (1, 1, 2): 0.02,
    (2, 1, 1): 0.04,
    (0.5, 0.5, 2): 0.03,
    (1, 1, 3): 0.05,
    (3, 1, 1): 0.06,
}
_SEMI_AXES_MM = [(10, 10, 10), (20, 7, 6), (20, 10, 5)]


def rotation(degrees, axis):
    angle = np.radians(degrees)
    cos, sin = np.cos(angle), np.sin(angle)
    matrix = np.eye(3)
    first, second = [other for other in range(3) if other != axis]
    matrix[first, first] = matrix[second, second] = cos
    matrix[first, second], matrix[second, first] = -sin, sin
    return matrix


def ellipsoid(semi_axes_mm, spacing_mm, tilt_degrees=0.0, grid_rotation=None):
    """An ellipsoid turned against its grid, and the grid turned (and mirrored) in space."""
    extent_mm = 2 * max(semi_axes_mm) + 8
    shape = tuple(int(extent_mm / step) + 1 for step in spacing_mm)
    affine = np.eye(4)
    affine[:3, :3] = (np.eye(3) if grid_rotation is None else grid_rotation) @ np.diag(spacing_mm)
    affine[:3, 3] = -affine[:3, :3] @ ((np.array(shape) - 1) / 2 - 0.17)
    indices = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)
    turned = rotation(tilt_degrees, 2) @ rotation(tilt_degrees, 0)
    relative = Grid(shape, affine).to_world(indices) @ turned
    mask = np.sum((relative / np.array(semi_axes_mm)) ** 2, axis=-1) <= 1
    return Volume(mask, affine), turned[:, 0]


def ellipsoid_area_mm2(a, b, c):
    """Numerical integral over the parametrised surface."""
    theta = (np.arange(400) + 0.5) * np.pi / 400
    phi = (np.arange(400) + 0.5) * 2 * np.pi / 400
    theta, phi = np.meshgrid(theta, phi, indexing="ij")
    element = np.sin(theta) * np.sqrt(
        (b * c * np.sin(theta) * np.cos(phi)) ** 2
        + (a * c * np.sin(theta) * np.sin(phi)) ** 2
        + (a * b * np.cos(theta)) ** 2
    )
    return element.sum() * (np.pi / 400) * (2 * np.pi / 400)


@pytest.mark.parametrize(("spacing_mm", "tolerance"), _TOLERANCE_BY_SPACING_MM.items())
@pytest.mark.parametrize("semi_axes_mm", _SEMI_AXES_MM)
@pytest.mark.parametrize("tilt", [0, 23, 40])
def test_surface_of_ellipsoids_is_right_within_a_few_per_cent(spacing_mm, tolerance, semi_axes_mm, tilt):
    mask, _ = ellipsoid(semi_axes_mm, spacing_mm, tilt)
    area = surface_area_mm2(mask.array, mask.affine)
    assert area == pytest.approx(ellipsoid_area_mm2(*semi_axes_mm), rel=tolerance)


def test_surface_does_not_depend_on_how_the_grid_lies_in_space():
    oblique = rotation(31, 2) @ rotation(17, 0) @ np.diag([-1, 1, 1])
    upright, _ = ellipsoid((15, 8, 6), (0.8, 0.9, 1.4))
    turned = Volume(upright.array, upright.affine.copy())
    turned.affine[:3, :3] = oblique @ turned.affine[:3, :3]
    expected = surface_area_mm2(upright.array, upright.affine)
    assert surface_area_mm2(turned.array, turned.affine) == pytest.approx(expected, rel=5e-3)


def test_surface_of_a_mask_that_fills_its_array_counts_the_outer_faces():
    area = surface_area_mm2(np.ones((20, 20, 20), bool), np.eye(4))
    assert area == pytest.approx(6 * 400, rel=0.12)


@pytest.mark.parametrize("spacing_mm", [(1, 1, 1), (0.7, 0.67, 0.67), (1, 1, 2)])
@pytest.mark.parametrize("tilt", [0, 30])
def test_length_is_the_extent_along_the_long_axis(spacing_mm, tilt):
    oblique = rotation(20, 1) @ np.diag([1, -1, 1])
    mask, _ = ellipsoid((20, 7, 6), spacing_mm, tilt, oblique)
    measured = measure_mask(mask.array, Volume(mask.array.astype(np.float32), mask.affine))
    assert measured.length_mm == pytest.approx(40, abs=max(spacing_mm))


def test_long_axis_points_along_the_longest_diameter_in_space():
    mask, axis = ellipsoid((20, 7, 6), (1, 1, 1.5), tilt_degrees=35)
    assert abs(long_axis(mask.array, mask.grid) @ axis) > 0.999


def test_length_of_a_part_can_follow_the_axis_of_the_whole():
    array = np.zeros((20, 40, 20), bool)
    array[5:15, 10:14, 8:10] = True
    image = Volume(array.astype(np.float32), np.eye(4))
    assert measure_mask(array, image).length_mm == pytest.approx(10)
    assert measure_mask(array, image, axis=np.array([0.0, 1.0, 0.0])).length_mm == pytest.approx(4)


def test_volume_comes_from_the_determinant_and_not_from_voxel_counts():
    affine = np.eye(4)
    affine[:3, :3] = rotation(30, 0) @ np.diag([-0.7, 0.67, 2.0])
    array = np.zeros((9, 9, 9), bool)
    array[2:5, 3:6, 4:6] = True
    measured = measure_mask(array, Volume(array.astype(np.float32), affine))
    assert measured.voxel_count == 18
    assert measured.volume_mm3 == pytest.approx(18 * 0.7 * 0.67 * 2.0)


def test_intensity_statistics_agree_with_vtk_image_accumulate_that_slicer_uses():
    import vtk
    from vtk.util.numpy_support import numpy_to_vtk

    values = np.random.default_rng(3).normal(500, 80, (6, 7, 8)).astype(np.float32)
    mask = np.zeros(values.shape, bool)
    mask[1:5, 2:6, 3:7] = True
    measured = measure_mask(mask, Volume(values, np.eye(4)))

    inside = np.ascontiguousarray(values[mask])
    image = vtk.vtkImageData()
    image.SetDimensions(len(inside), 1, 1)
    image.GetPointData().SetScalars(numpy_to_vtk(inside))
    accumulate = vtk.vtkImageAccumulate()
    accumulate.SetInputData(image)
    accumulate.Update()
    assert measured.mean_intensity == pytest.approx(accumulate.GetMean()[0])
    assert measured.sd_intensity == pytest.approx(accumulate.GetStandardDeviation()[0])
    assert measured.sd_intensity != pytest.approx(inside.std(), rel=1e-3)


def test_intensities_that_are_not_numbers_do_not_spoil_the_mean():
    values = np.full((4, 4, 4), 7.0, np.float32)
    values[0, 0, 0] = np.nan
    assert measure_mask(np.ones((4, 4, 4), bool), Volume(values, np.eye(4))).mean_intensity == 7.0


def test_empty_mask_has_a_volume_of_zero_and_nothing_else():
    measured = measure_mask(np.zeros((5, 5, 5), bool), Volume(np.ones((5, 5, 5)), np.eye(4)))
    assert (measured.voxel_count, measured.volume_mm3) == (0, 0.0)
    assert measured.surface_mm2 is measured.length_mm is measured.mean_intensity is measured.sd_intensity is None


def test_one_voxel_has_no_standard_deviation():
    mask = np.zeros((5, 5, 5), bool)
    mask[2, 2, 2] = True
    measured = measure_mask(mask, Volume(np.ones((5, 5, 5)), np.eye(4)))
    assert measured.mean_intensity == 1.0
    assert measured.sd_intensity is None


def test_bounding_box_holds_every_voxel_and_no_empty_slice():
    for corner in itertools.product((0, 3), repeat=3):
        mask = np.zeros((6, 6, 6), bool)
        mask[tuple(slice(c, c + 3) for c in corner)] = True
        assert bounding_box(mask) == tuple(slice(c, c + 3) for c in corner)
    assert bounding_box(np.zeros((6, 6, 6), bool)) is None
