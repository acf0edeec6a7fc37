"""One hippocampus, cut out and brought back; networks are stood in for by thresholds."""

import numpy as np
import pytest
from stand_ins import BrightnessEnsemble, a_scan_array

from quantseg.tasks.hippocampus.features import hippocampus_features
from quantseg.tasks.hippocampus.head_window import segment_left_in_head
from quantseg.tasks.hippocampus.segmenting import (
    crop_patch_grid,
    head_patch_grid,
    largest_structure,
    segment_left,
)
from quantseg.tasks.hippocampus.sides import mirror, mirrored_position
from quantseg.volume import Grid, Volume, to_canonical

CENTRE_MM = np.array([-25.0, -18.0, -12.0])


def a_head(spacing_mm=(1.0, 1.0, 1.0), turn_deg=0.0, size_mm=120) -> Volume:
    shape = tuple(int(size_mm / s) for s in spacing_mm)
    angle = np.deg2rad(turn_deg)
    turn = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    affine = np.eye(4)
    affine[:3, :3] = turn @ np.diag(spacing_mm)
    affine[:3, 3] = -affine[:3, :3] @ ((np.array(shape) - 1) / 2) + CENTRE_MM * 0.5
    grid = Grid(shape, affine)
    canonical, _ = to_canonical(Volume(a_scan_array(shape, grid, CENTRE_MM), affine))
    return canonical


def test_labels_of_a_1_mm_head_are_exactly_what_the_network_saw():
    head = a_head()
    result = segment_left(head, head_patch_grid(head.grid, CENTRE_MM), BrightnessEnsemble())
    expected = np.where(head.array > 150, 2, np.where(head.array > 50, 1, 0))
    assert np.array_equal(result.labels, expected)


@pytest.mark.parametrize(
    ("spacing_mm", "turn_deg"), [((0.8, 0.8, 0.8), 0), ((1.2, 0.9, 1.5), 0), ((1, 1, 1), 30), ((0.7, 0.67, 0.67), 12)]
)
def test_volume_and_place_survive_other_spacings_and_oblique_storage(spacing_mm, turn_deg):
    head = a_head(spacing_mm, turn_deg)
    result = segment_left(head, head_patch_grid(head.grid, CENTRE_MM), BrightnessEnsemble())
    truth = head.array > 50
    dice = 2 * (truth & (result.labels > 0)).sum() / (truth.sum() + (result.labels > 0).sum())
    assert dice > 0.93
    found_mm = head.grid.to_world(np.argwhere(result.labels > 0).mean(axis=0))
    # One threshold for edges of 100 and of 200 makes the brighter half grow when interpolated: half a voxel's worth.
    assert np.allclose(found_mm, CENTRE_MM, atol=0.5)


def test_a_mirrored_head_gives_the_mirrored_labels_exactly():
    head = a_head((0.8, 1.0, 1.2))
    mirrored, back = mirror(head)
    grid = head_patch_grid(head.grid, CENTRE_MM)
    left = segment_left(head, grid, BrightnessEnsemble())
    there_and_back, _ = mirror(mirrored)
    assert np.array_equal(there_and_back.array, head.array)
    assert np.array_equal(there_and_back.affine, head.affine)
    again = segment_left(there_and_back, head_patch_grid(there_and_back.grid, CENTRE_MM), BrightnessEnsemble())
    assert np.array_equal(again.labels, left.labels)
    assert np.array_equal(back(mirrored.array), head.array)
    assert np.array_equal(mirrored_position(CENTRE_MM), CENTRE_MM * [-1, 1, 1])


@pytest.mark.parametrize("error_mm", [(0, 0, 0), (8, -6, 5), (-4, 10, -8)])
def test_where_exactly_the_localiser_points_does_not_matter(error_mm):
    head = a_head()
    result = segment_left_in_head(head, CENTRE_MM + np.array(error_mm), BrightnessEnsemble())
    middle_mm = result.patch.grid.centre_mm
    found_mm = result.patch.grid.to_world(np.argwhere(result.patch_labels > 0))
    box_centre_mm = (found_mm.min(axis=0) + found_mm.max(axis=0)) / 2
    assert np.allclose(middle_mm - box_centre_mm, [1.0, 0.5, 0.5], atol=0.51)
    assert np.array_equal(result.labels > 0, head.array > 50)


def test_what_lies_outside_the_scan_is_never_labelled():
    head = a_head()
    cut = Volume(head.array[:, :, 60:], head.grid.window((0, 0, 60), (120, 120, 60)).affine)
    result = segment_left(cut, head_patch_grid(cut.grid, CENTRE_MM), BrightnessEnsemble())
    assert result.labels.shape == cut.array.shape
    assert np.array_equal(result.labels > 0, cut.array > 50)
    assert hippocampus_features(result).border_share > 0.02


def test_where_a_blanked_part_begins_the_picture_ends():
    head = a_head()
    blanked = head.array.copy()
    blanked[:, :, :60] = 0
    blanked_head = head.with_array(blanked)
    result = segment_left(blanked_head, head_patch_grid(head.grid, CENTRE_MM), BrightnessEnsemble())
    assert hippocampus_features(result).border_share > 0.02


@pytest.mark.parametrize("planes", [1, 2])
def test_a_picture_that_shows_a_plane_or_two_alone_lies_all_at_its_edge(planes):
    head = a_head()
    blanked = np.zeros_like(head.array)
    blanked[:, 60 : 60 + planes] = head.array[:, 60 : 60 + planes]
    result = segment_left(head.with_array(blanked), head_patch_grid(head.grid, CENTRE_MM), BrightnessEnsemble())
    assert hippocampus_features(result).border_share == 1


def test_a_1_mm_crop_is_used_on_its_own_grid():
    crop = a_head(size_mm=44)
    assert crop_patch_grid(crop.grid).same_as(crop.grid)


def test_islands_are_dropped_and_the_largest_structure_kept():
    labels = np.zeros((12, 12, 12), np.uint8)
    labels[1:7, 1:7, 1:7] = 1
    labels[3:5, 3:5, 3:5] = 2
    labels[10, 10, 10] = 2
    kept = largest_structure(labels)
    assert kept[10, 10, 10] == 0
    assert np.array_equal(kept[:8], labels[:8])


def test_features_describe_the_ellipsoid():
    head = a_head()
    features = hippocampus_features(segment_left(head, head_patch_grid(head.grid, CENTRE_MM), BrightnessEnsemble()))
    assert features.volume_mm3 == pytest.approx(4 / 3 * np.pi * 6 * 14 * 7, rel=0.03)
    assert features.anterior_share == pytest.approx(0.5, abs=0.05)
    assert features.length_mm == pytest.approx(28, abs=1.5)
    assert features.anterior_in_front_mm == pytest.approx(2 * 3 / 8 * 14, abs=1)
    assert features.member_dice == 1
    assert features.border_share == 0


class TwoMinds:
    """Stands in for the segmenter: the second member sees no posterior part."""

    def predict(self, image: np.ndarray) -> np.ndarray:
        both = BrightnessEnsemble().predict(image)
        both[1, 0] += both[1, 2]
        both[1, 2] = 0
        return both


def test_disagreement_is_told_slice_by_slice_on_the_side_where_it_is():
    head = a_head()
    segmentation = segment_left(head, head_patch_grid(head.grid, CENTRE_MM), TwoMinds())
    parts = {1: "left_anterior", 2: "left_posterior"}
    left = segmentation.doubtful_slices("left", mirrored=False, parts=parts)
    assert {one.segment for one in left} == {"left_posterior"}
    places = np.array([one.centre_ras_mm for one in left])
    # The members differ in the back half of the ellipsoid alone.
    assert np.all(places[:, 1] <= CENTRE_MM[1])
    assert np.allclose(places[:, 0], CENTRE_MM[0], atol=1)
    whole_mm3 = sum(one.disagreement_mm3 for one in left)
    assert np.isclose(whole_mm3, (head.array > 150).sum() / 2)
    right = segmentation.doubtful_slices("right", mirrored=True, parts=parts)
    assert np.allclose(np.array([one.centre_ras_mm for one in right]), places * [-1, 1, 1])
