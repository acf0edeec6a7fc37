"""The scores of one mask against another, checked against independent computations."""

import math

import numpy as np
import pytest
import SimpleITK as sitk

from quantseg.evaluation.metrics import dice, failed_scores, score_masks
from quantseg.tasks.hippocampus.evaluation.parts import HIPPOCAMPUS_PARTS, SIDED_HIPPOCAMPUS_PARTS

_SPACING_MM = (1.0, 0.8, 2.0)
_VOXEL_MM3 = 1.6


def _box(start, stop, shape=(20, 22, 18)):
    mask = np.zeros(shape, dtype=bool)
    mask[tuple(slice(a, b) for a, b in zip(start, stop, strict=True))] = True
    return mask


def _ellipsoid(centre, radii, shape=(24, 26, 20)):
    grid = np.indices(shape)
    return sum(((g - c) / r) ** 2 for g, c, r in zip(grid, centre, radii, strict=True)) <= 1


def _surface_points_mm(mask, spacing_mm):
    """Voxels of a mask with a face neighbour outside it, by plain shifting."""
    padded = np.pad(mask, 1)
    inside = np.ones_like(mask)
    for axis in range(3):
        for step in (-1, 1):
            inside &= np.roll(padded, step, axis)[1:-1, 1:-1, 1:-1]
    return np.argwhere(mask & ~inside) * np.array(spacing_mm)


def _nearest_mm(points, others):
    return np.sqrt(((points[:, None] - others[None]) ** 2).sum(-1)).min(1)


def test_equal_masks_agree_perfectly():
    mask = _box((3, 4, 5), (9, 12, 10))
    scores = score_masks(mask, mask, _SPACING_MM, _VOXEL_MM3)
    assert (scores.dice, scores.hausdorff95_mm, scores.surface_distance_mm) == (1, 0, 0)
    assert (scores.volume_error_mm3, scores.volume_error_percent) == (0, 0)


def test_dice_equals_the_one_of_simpleitk():
    a, b = _ellipsoid((12, 12, 10), (7, 8, 5)), _ellipsoid((13, 11, 10), (6, 9, 6))
    overlap = sitk.LabelOverlapMeasuresImageFilter()
    overlap.Execute(*(sitk.GetImageFromArray(mask.astype(np.uint8)) for mask in (a, b)))
    assert dice(a, b) == pytest.approx(overlap.GetDiceCoefficient(1), abs=1e-6)


def test_surface_distances_equal_brute_force_in_millimetres():
    a, b = _ellipsoid((12, 12, 10), (7, 8, 5)), _ellipsoid((14, 11, 9), (6, 9, 6))
    points_a, points_b = (_surface_points_mm(mask, _SPACING_MM) for mask in (a, b))
    there, back = _nearest_mm(points_a, points_b), _nearest_mm(points_b, points_a)
    scores = score_masks(a, b, _SPACING_MM, _VOXEL_MM3)
    assert scores.hausdorff95_mm == pytest.approx(max(np.percentile(there, 95), np.percentile(back, 95)), abs=1e-4)
    assert scores.surface_distance_mm == pytest.approx(np.concatenate([there, back]).mean(), abs=1e-4)


def test_distance_follows_the_spacing_of_its_axis():
    a = _box((5, 5, 5), (6, 6, 6))
    for axis, spacing in enumerate(_SPACING_MM):
        moved = np.roll(a, 3, axis)
        assert score_masks(moved, a, _SPACING_MM, 1.6).hausdorff95_mm == pytest.approx(3 * spacing, abs=1e-5)


def test_a_mask_that_touches_the_border_has_a_surface_there():
    full = np.ones((6, 6, 6), dtype=bool)
    smaller = _box((1, 1, 1), (5, 5, 5), full.shape)
    assert score_masks(smaller, full, (1.0, 1.0, 1.0), 1.0).hausdorff95_mm == pytest.approx(math.sqrt(2), abs=0.4)


def test_volume_error_is_signed_and_in_mm3():
    reference, larger = _box((2, 2, 2), (6, 6, 6)), _box((2, 2, 2), (6, 6, 7))
    scores = score_masks(larger, reference, _SPACING_MM, _VOXEL_MM3)
    assert scores.volume_error_mm3 == pytest.approx(16 * 1.6)
    assert scores.volume_error_percent == pytest.approx(25)


@pytest.mark.parametrize("predicted_is_empty", [True, False])
def test_one_empty_mask_scores_zero_and_has_no_distance(predicted_is_empty):
    masks = [np.zeros((8, 8, 8), dtype=bool), _box((2, 2, 2), (4, 4, 4), (8, 8, 8))]
    predicted, reference = masks if predicted_is_empty else reversed(masks)
    scores = score_masks(predicted, reference, _SPACING_MM, _VOXEL_MM3)
    assert scores.dice == 0
    assert math.isnan(scores.hausdorff95_mm)
    assert math.isnan(scores.surface_distance_mm)
    assert scores.volume_error_percent == -100 if predicted_is_empty else math.isnan(scores.volume_error_percent)


def test_two_empty_masks_agree_without_a_distance():
    empty = np.zeros((8, 8, 8), dtype=bool)
    scores = score_masks(empty, empty, _SPACING_MM, _VOXEL_MM3)
    assert (scores.dice, scores.volume_error_percent) == (1, 0)
    assert math.isnan(scores.hausdorff95_mm)


def test_label_values_are_refused_where_a_mask_belongs():
    labels = _box((2, 2, 2), (4, 4, 4)).astype(np.uint8) * 2
    with pytest.raises(ValueError, match="boolean mask"):
        score_masks(labels, labels, _SPACING_MM, _VOXEL_MM3)


def test_a_missing_prediction_scores_zero_even_where_the_reference_is_empty():
    assert failed_scores(np.zeros((4, 4, 4), dtype=bool), 1.0).dice == 0
    assert failed_scores(_box((1, 1, 1), (3, 3, 3)), 2.0).volume_error_mm3 == -16


def test_whole_is_the_union_of_its_parts():
    labels = np.array([0, 1, 2, 3, 4])
    unsided = {part.name: part.mask(labels).tolist() for part in HIPPOCAMPUS_PARTS}
    sided = {part.name: part.mask(labels).tolist() for part in SIDED_HIPPOCAMPUS_PARTS}
    assert unsided["whole"] == [False, True, True, False, False]
    assert sided["left whole"] == [False, True, True, False, False]
    assert sided["right whole"] == [False, False, False, True, True]
