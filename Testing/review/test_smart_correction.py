"""One click in a scene: what it proposes, what it leaves alone, and that the editor's Undo takes it back."""

import dataclasses

import numpy as np
import pytest
from scene_nodes import DIRECTIONS

from quantseg.errors import UsageError
from quantseg.mrml.segmentation_node import labels_of_node, set_reference_geometry
from quantseg.review.smart_correction import SmartCorrection
from quantseg.review.volume_case import written_of
from quantseg.tasks.hippocampus.review.corrector import HippocampusCorrector
from quantseg.volume import Grid, Volume

_BRUSH_MM = 2.5


def _sphere(shape, middle, radius):
    away = np.linalg.norm(np.indices(shape).T - middle, axis=-1).T
    return away <= radius


@pytest.fixture
def a_bite(a_volume_node, a_segmentation_node, a_crop_result, a_scene):
    """Builds a case on any grid: a bright ball whose label misses a bite, and another label beside it."""

    def build(direction="RAS", lattice_mm=None):
        shape, truth = (30, 28, 26), np.zeros((30, 28, 26), np.uint8)
        truth[_sphere(shape, (15, 14, 13), 8)] = 1
        truth[24:28, 12:16, 11:15] = 2
        labels = truth.copy()
        labels[_sphere(shape, (15, 20, 13), 4) & (truth == 1)] = 0
        affine = np.eye(4)
        affine[:3, :3] = DIRECTIONS[direction] @ np.diag([1.0, 0.9, 1.1])
        affine[:3, 3] = (-20.0, 13.0, 7.0)
        noise = np.random.default_rng(1).normal(0, 4, shape)
        image = Volume((np.where(truth > 0, 160, 60) + noise).astype(np.float32), affine)
        result = dataclasses.replace(a_crop_result, scan=dataclasses.replace(a_crop_result.scan, volume=image))
        result = result.with_label_map(array=labels)
        case = HippocampusCorrector().case(a_volume_node(image), a_segmentation_node)
        case.write(written_of(result))
        a_segmentation_node.CreateDefaultDisplayNodes()
        if lattice_mm is not None:
            extent = np.array(shape) * (1.0, 0.9, 1.1)
            finer = np.eye(4)
            finer[:3, :3] = DIRECTIONS[direction] * lattice_mm
            finer[:3, 3] = affine[:3, 3]
            set_reference_geometry(
                a_segmentation_node, Grid(tuple(int(n) for n in np.ceil(extent / lattice_mm)), finer)
            )
        editor = a_scene.scene.AddNewNodeByClass("vtkMRMLSegmentEditorNode")
        return case, SmartCorrection(case, editor, _BRUSH_MM), truth, image, editor

    return build


def _dice(labels, truth, value=1):
    return 2 * np.sum((labels == value) & (truth == value)) / (np.sum(labels == value) + np.sum(truth == value))


_BITE = (15, 20, 13)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_a_click_on_a_bite_fills_it_wherever_the_image_lies(a_bite, direction):
    case, smart, truth, image, _ = a_bite(direction)
    before = case.labels().array
    suggestion = smart.suggest(image.grid.to_world(np.array(_BITE)), "anterior")
    assert np.array_equal(case.labels().array, before)
    smart.accept(suggestion)
    after = case.labels().array
    assert _dice(after, truth) > (1 + _dice(before, truth)) / 2
    assert np.array_equal(after == 2, truth == 2)
    marked = suggestion.mask
    places = np.round(image.grid.to_voxel(marked.grid.to_world(np.argwhere(marked.array)))).astype(int)
    assert np.array_equal(np.argwhere(before != after), places)
    assert suggestion.volume_mm3 == pytest.approx(np.count_nonzero(before != after) * 0.99)


def test_a_click_within_the_selected_segment_gives_the_place_to_what_lies_nearest(a_bite):
    case, smart, truth, image, _ = a_bite()
    grown = truth.copy()
    grown[_sphere(grown.shape, (15, 24, 13), 3)] = 1
    grid, segments = image.grid, case.document.segments
    from quantseg.mrml.segmentation_node import write_segments

    write_segments(Volume(grown, image.affine), segments, "model", case.segmentation_node)
    suggestion = smart.suggest(grid.to_world(np.array((15, 25, 13))), "anterior")
    assert suggestion.name == "background"
    smart.accept(suggestion)
    assert _dice(case.labels().array, truth) > _dice(grown, truth)


def test_on_a_finer_lattice_only_the_change_is_carried_over(a_bite):
    case, smart, truth, image, _ = a_bite(lattice_mm=0.5)
    node, segments = case.segmentation_node, case.document.segments
    before = labels_of_node(node, image.grid, segments)
    smart.accept(smart.suggest(image.grid.to_world(np.array(_BITE)), "anterior"))
    assert _dice(case.labels().array, truth) > (1 + _dice(before, truth)) / 2


def test_the_editors_own_undo_takes_it_back_and_it_counts_as_changed_by_hand(a_bite, segment_editor):
    case, smart, _truth, image, _ = a_bite()
    before = case.labels().array
    segment_editor.SetSegmentationNode(case.segmentation_node)
    segment_editor.SetSourceVolumeNode(case.volume_node)
    suggestion = smart.suggest(image.grid.to_world(np.array(_BITE)), "anterior")
    segment_editor.SaveStateForUndo()
    smart.accept(suggestion)
    case.note_edits()
    assert case.result("x").edited_segments == ("anterior",)
    segment_editor.Undo()
    assert np.array_equal(case.labels().array, before)


def test_hidden_segments_are_never_touched(a_bite):
    case, smart, _truth, image, _ = a_bite()
    display = case.segmentation_node.GetDisplayNode()
    display.SetSegmentVisibility("posterior", False)
    place = image.grid.to_world(np.array((25, 13, 12)))
    with pytest.raises(UsageError, match=r"^Posterior hippocampus is hidden; change that, or click elsewhere\.$"):
        smart.suggest(place, "anterior")
    display.SetSegmentVisibility("posterior", True)
    display.SetSegmentVisibility("anterior", False)
    with pytest.raises(UsageError, match="Anterior hippocampus is hidden"):
        smart.suggest(image.grid.to_world(np.array(_BITE)), "anterior")


def test_masking_of_the_editor_holds_for_clicks_too(a_bite):
    case, smart, truth, image, editor = a_bite()
    editor.SetMaskMode(case.segmentation_node.EditAllowedInsideSingleSegment)
    editor.SetMaskSegmentID("posterior")
    with pytest.raises(UsageError, match="editable area"):
        smart.suggest(image.grid.to_world(np.array(_BITE)), "anterior")
    editor.SetMaskMode(case.segmentation_node.EditAllowedOutsideAllSegments)
    smart.accept(smart.suggest(image.grid.to_world(np.array(_BITE)), "anterior"))
    assert np.array_equal(case.labels().array == 2, truth == 2)


def test_without_a_selected_segment_of_the_result_nothing_is_guessed(a_bite):
    _case, smart, _truth, image, _ = a_bite()
    with pytest.raises(UsageError, match="select one"):
        smart.suggest(image.grid.to_world(np.array(_BITE)), "drawn_by_me")


def test_outside_the_image_nothing_is_proposed(a_bite):
    _case, smart, _truth, image, _ = a_bite()
    with pytest.raises(UsageError, match="outside the image"):
        smart.suggest(image.grid.to_world(np.array((90, 20, 13))), "anterior")


def test_a_proposal_of_before_another_edit_is_not_taken(a_bite):
    case, smart, truth, image, _ = a_bite()
    suggestion = smart.suggest(image.grid.to_world(np.array(_BITE)), "anterior")
    from quantseg.mrml.segmentation_node import write_segments

    write_segments(Volume(truth, image.affine), case.document.segments, "model", case.segmentation_node)
    with pytest.raises(UsageError, match="click again"):
        smart.accept(suggestion)
    assert np.array_equal(case.labels().array, truth)
