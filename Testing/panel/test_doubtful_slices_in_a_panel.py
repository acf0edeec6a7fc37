"""The way through doubtful slices, with stand-ins for Slicer's widgets around real nodes."""

import dataclasses

import numpy as np
import pytest

from quantseg.measure.doubt import DoubtfulSlice, DoubtfulVoxels, Effect
from quantseg.mrml.images import affine_of
from quantseg.review.volume_case import written_of
from quantseg.tasks.hippocampus.review.corrector import HippocampusCorrector
from quantseg.volume import Grid


def _doubt(result, value, change):
    """A doubtful slice in the middle of a label, of a few of its voxels."""
    segment = next(one for one in result.segments if one.value == value)
    places = np.argwhere(result.labels == value)
    middle = places[np.linalg.norm(places - places.mean(axis=0), axis=1).argmin()]
    mask = np.zeros(result.labels.shape, bool)
    mask[tuple(middle)] = True
    grid = Grid(result.volume.array.shape, result.volume.affine)
    x, y, z = (float(mm) for mm in grid.to_world(middle))
    effect = Effect("volume", segment.key, change, "mm3")
    return DoubtfulSlice("left", (x, y, z), 9.0, None, segment.key, effect, DoubtfulVoxels.of(mask, grid))


@pytest.fixture
def doubtful(a_head_result):
    led = tuple(_doubt(a_head_result, value, change) for value, change in ((2, 31.4), (3, 12.0), (1, 1.25)))
    return dataclasses.replace(a_head_result, doubtful_slices=led)


@pytest.fixture
def views(a_scene):
    made = []
    for orientation in ("Axial", "Coronal", "Sagittal"):
        node = a_scene.scene.AddNewNodeByClass("vtkMRMLSliceNode")
        getattr(node, f"SetOrientationTo{orientation}")()
        node.SetDimensions(300, 200, 1)
        node.SetFieldOfView(300, 200, 1)
        made.append(node)
    return made


@pytest.fixture
def a_doubted_head(a_panel, a_volume_node, a_segmentation_node, doubtful, views):
    assert views
    volume = a_volume_node(doubtful.volume, "Head")
    HippocampusCorrector().case(volume, a_segmentation_node).write(written_of(doubtful))
    a_panel.showCase(volume, a_segmentation_node)
    return a_panel


def _items(panel):
    box = panel.ui.doubtComboBox
    return [box.itemText(n) for n in range(box.count())]


def _marks(a_scene):
    scene = a_scene.scene
    nodes = [
        scene.GetNthNodeByClass(n, "vtkMRMLModelNode") for n in range(scene.GetNumberOfNodesByClass("vtkMRMLModelNode"))
    ]
    return [node for node in nodes if node.GetName() == "Uncertain voxels"]


def _selected(a_scene):
    return a_scene.scene.GetSingletonNode("HippoSegEditor", "vtkMRMLSegmentEditorNode").GetSelectedSegmentID()


def test_the_list_says_what_each_slice_can_change(a_doubted_head):
    assert _items(a_doubted_head)[1:] == [
        "    1. Left posterior hippocampus: ± 31 mm³",
        "    2. Right anterior hippocampus: ± 12 mm³",
        "    3. Left anterior hippocampus: ± 1.2 mm³",
    ]
    assert a_doubted_head.ui.doubtLabel.text() == ("3 slices in which the networks disagree, 0 of them looked at.")


def test_choosing_one_leads_views_editor_and_eye_there(a_doubted_head, a_scene, views, doubtful):
    a_doubted_head.ui.doubtComboBox.setCurrentIndex(2)
    assert a_doubted_head.ui.doubtLabel.text() == "2 of 3, 0 looked at."
    centre = np.array(doubtful.doubtful_slices[1].centre_ras_mm)
    side = np.argwhere(doubtful.labels > 2)
    corners = doubtful.volume.grid.to_world(np.array([side.min(axis=0) - 0.5, side.max(axis=0) + 0.5]))
    for view in views:
        to_pixels = np.linalg.inv(affine_of(view.GetXYToRAS()))
        x, y, depth = (np.vstack([centre, corners]) @ to_pixels[:3, :3].T + to_pixels[:3, 3]).T
        assert depth[0] == pytest.approx(0, abs=1e-4)
        assert 0 < x.min() < x.max() < 300
        assert 0 < y.min() < y.max() < 200
        assert view.GetFieldOfView()[0] < 150
    assert _selected(a_scene) == "right_anterior"
    assert len(_marks(a_scene)) == 1


def test_one_key_ticks_and_goes_on_until_all_were_looked_at(a_doubted_head, a_scene):
    keys = a_doubted_head.correction.keys
    shown = []
    for _ in range(3):
        keys.press("N")
        shown.append(_selected(a_scene))
    assert shown == ["left_posterior", "right_anterior", "left_anterior"]
    assert [item[0] for item in _items(a_doubted_head)[1:]] == ["✓", "✓", " "]
    assert a_doubted_head.ui.nextDoubtButton.isEnabled()
    keys.press("N")
    assert a_doubted_head.ui.doubtLabel.text() == "All 3 doubtful slices were looked at."
    assert not a_doubted_head.ui.nextDoubtButton.isEnabled()
    assert _marks(a_scene) == []


def test_a_slice_that_was_passed_over_comes_again(a_doubted_head, a_scene):
    a_doubted_head.ui.doubtComboBox.setCurrentIndex(2)
    a_doubted_head.ui.nextDoubtButton.click()
    assert _selected(a_scene) == "left_anterior"
    a_doubted_head.ui.nextDoubtButton.click()
    assert _selected(a_scene) == "left_posterior"
    a_doubted_head.ui.previousDoubtButton.click()
    assert _selected(a_scene) == "left_posterior"


def test_ticks_are_kept_with_the_case_and_go_with_a_new_result(a_doubted_head, doubtful):
    a_doubted_head.ui.nextDoubtButton.click()
    a_doubted_head.ui.nextDoubtButton.click()
    a_doubted_head.exit()
    a_doubted_head.enter()
    assert a_doubted_head.ui.doubtLabel.text() == "2 of 3, 1 looked at."
    moved = [dataclasses.replace(one, centre_ras_mm=(1.0, 2.0, 3.0)) for one in doubtful.doubtful_slices[:1]]
    again = dataclasses.replace(doubtful, doubtful_slices=tuple(moved))
    case = a_doubted_head.currentCase()
    case.write(written_of(again))
    a_doubted_head.onEdited()
    assert "0 of them looked at" in a_doubted_head.ui.doubtLabel.text()


def test_one_key_shows_the_whole_image_and_comes_close_again(a_doubted_head, views, doubtful):
    before = [view.GetFieldOfView() for view in views]
    keys = a_doubted_head.correction.keys
    keys.press("N")
    close = [view.GetFieldOfView() for view in views]
    keys.press("H")
    assert [view.GetFieldOfView() for view in views] == before
    y = doubtful.doubtful_slices[0].centre_ras_mm[1]
    assert views[1].GetSliceToRAS().GetElement(1, 3) == pytest.approx(y)
    assert a_doubted_head.ui.wholeViewButton.text() == "Close view"
    keys.press("H")
    assert [view.GetFieldOfView() for view in views] == close


def test_the_outline_fades_goes_and_can_be_had_again(a_doubted_head, a_scene):
    a_doubted_head.ui.nextDoubtButton.click()
    marker = a_doubted_head.correction.doubts.marker
    for _ in range(20):
        marker.onStep()
    (node,) = _marks(a_scene)
    assert 0 < node.GetDisplayNode().GetSliceIntersectionOpacity() < 1
    for _ in range(10):
        marker.onStep()
    assert _marks(a_scene) == []
    a_doubted_head.correction.keys.press("M")
    assert len(_marks(a_scene)) == 1


def test_leaving_the_module_takes_outline_and_keys_away(a_doubted_head, a_scene):
    a_doubted_head.ui.nextDoubtButton.click()
    a_doubted_head.exit()
    assert _marks(a_scene) == []
    assert a_doubted_head.correction.keys.names == ()


def test_slices_of_an_older_version_are_still_led_to(a_panel, views):
    a_panel.correction.setDoubts(
        (DoubtfulSlice("left", (-20.0, 7.0, 3.0), 9.0), DoubtfulSlice("left", (0, -4.0, 1), 2.0))
    )
    assert _items(a_panel)[1] == "    1. Left: 9.0 mm³ in doubt"
    coronal, places = views[1], []
    for _ in range(2):
        a_panel.ui.nextDoubtButton.click()
        places.append(coronal.GetSliceToRAS().GetElement(1, 3))
    assert places == [7.0, -4.0]
    a_panel.ui.previousDoubtButton.click()
    assert coronal.GetSliceToRAS().GetElement(1, 3) == 7.0
