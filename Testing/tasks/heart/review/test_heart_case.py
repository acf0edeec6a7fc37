"""A heart in a scene: ten frames, written, one corrected, measured again, saved and loaded, all exact."""

import dataclasses

import numpy as np
import pytest
from finished_hearts import build_heart
from heart_phantom import frame_times_ms, phantom_affine, phantom_labels
from scene_nodes import loaded_bundle

from quantseg.errors import UsageError
from quantseg.mrml.images import oriented_image
from quantseg.mrml.segments import AlgorithmType, algorithm_type
from quantseg.mrml.sequences import add_segmentation_sequence, cine_nodes
from quantseg.tasks.heart.correcting import MeasuringChoices
from quantseg.tasks.heart.end_slices import EndSlices
from quantseg.tasks.heart.function import ejection_fraction_percent
from quantseg.tasks.heart.reading.cine import CineKind
from quantseg.tasks.heart.review.case import HeartCase
from quantseg.tasks.heart.review.scene_cine import add_heart
from quantseg.tasks.heart.review.written import written_of_heart
from quantseg.volume import Volume

_FRAMES, _EDITED, _LV = 10, 3, 3
_BOX = (slice(40, 44), slice(2, 8), slice(5, 6))


@pytest.fixture(scope="module")
def heart():
    """A finished cine of ten frames, stored right-handed, as Slicer holds it."""
    found = build_heart(phantom_labels()[::2])
    turned = np.diag([1.0, 1.0, -1.0, 1.0])
    turned[2, 3] = found.labels.shape[3] - 1
    cine = found.scan
    affine = phantom_affine() @ turned
    geometry = dataclasses.replace(cine.geometry, affine=affine, header_affine=affine)
    cine = dataclasses.replace(cine, frames=cine.frames[..., ::-1], geometry=geometry, header=None)
    return dataclasses.replace(found.with_label_map(array=found.labels[..., ::-1]), scan=cine)


@pytest.fixture
def a_case(a_scene, heart):
    nodes = cine_nodes(add_heart(heart.scan, "cine", a_scene.scene))
    sequence = add_segmentation_sequence(nodes, "labels")
    case = HeartCase(nodes.volume, nodes.browser.GetProxyNode(sequence))
    case.write(written_of_heart(heart), range(_FRAMES))
    return case


@pytest.fixture
def draw(segment_editor):
    """Draws into the frame that is shown, through the editor's own logic."""

    def into(case, box=_BOX, key="lv_cavity", erase=False):
        mask = np.zeros(case.cine().grid.shape, np.uint8)
        mask[box] = 1
        segment_editor.SetSegmentationNode(case.segmentation_node)
        segment_editor.SetSourceVolumeNode(case.volume_node)
        segment_editor.SetCurrentSegmentID(key)
        mode = segment_editor.ModificationModeRemove if erase else segment_editor.ModificationModeAdd
        image = oriented_image(Volume(mask, case.cine().geometry.affine))
        segment_editor.ModifySegmentByLabelmap(case.segmentation_node, key, image, mode, False, True)

    return into


def value(result, key, region="left_ventricle"):
    return next(m.value for m in result.measurements if (m.key, m.region) == (key, region))


def tags(case, frame, key):
    node = case.nodes.segmentations(case.keeper)[frame]
    return algorithm_type(node.GetSegmentation().GetSegment(key))


def test_a_case_measures_in_the_scene_what_the_engine_measured(a_case, heart):
    found = a_case.result("heart")
    assert np.array_equal(found.labels, heart.labels)
    assert found.phases == heart.phases
    assert value(found, "ejection_fraction") == pytest.approx(value(heart, "ejection_fraction"), abs=0.06)
    assert next(m.interval for m in found.measurements if m.key == "ejection_fraction") is not None
    assert found.curves.curves[0].values == pytest.approx(heart.curves.curves[0].values, abs=0.06)
    assert found.checks == heart.checks
    assert not a_case.is_edited
    assert tags(a_case, 7, "lv_cavity") is AlgorithmType.AUTOMATIC


def test_correcting_a_slice_at_end_systole_changes_the_ejection_fraction_by_its_voxels(a_case, heart, draw):
    es = heart.phases["ES"]
    a_case.nodes.show(es)
    drawn = int((heart.labels[es][_BOX] != _LV).sum())
    assert drawn > 0
    draw(a_case)
    a_case.note_edits()
    after = a_case.result("heart")
    counts = (heart.labels == _LV).sum(axis=(1, 2, 3))
    expected = ejection_fraction_percent(counts[0], counts[es] + drawn)
    assert value(after, "ejection_fraction") == pytest.approx(expected)
    assert after.edited_segments == ("lv_cavity",)
    assert all(m.interval is None for m in after.measurements)
    assert tags(a_case, es, "lv_cavity") is AlgorithmType.SEMIAUTOMATIC
    assert tags(a_case, es, "rv_cavity") is AlgorithmType.AUTOMATIC
    assert tags(a_case, 0, "lv_cavity") is AlgorithmType.AUTOMATIC
    assert after.facts["corrected_by_hand"] == "Left ventricular cavity"


def test_an_edit_is_of_its_frame_and_slice_alone(a_case, heart, draw):
    a_case.nodes.show(_EDITED)
    draw(a_case)
    assert a_case.corrected_slices(_EDITED) == (5,)
    assert a_case.corrected_slices(_EDITED + 1) == ()
    expected = heart.labels.copy()
    expected[_EDITED][_BOX] = _LV
    assert np.array_equal(a_case.labels(), expected)


def test_end_diastole_and_end_systole_can_be_moved(a_case, heart):
    a_case.choose(MeasuringChoices(end_diastole=1, end_systole=6))
    found = a_case.result("heart")
    counts = (heart.labels == _LV).sum(axis=(1, 2, 3))
    assert found.phases == {"ED": 1, "ES": 6}
    assert value(found, "ejection_fraction") == pytest.approx(ejection_fraction_percent(counts[1], counts[6]))
    assert found.facts["phases_from"] == "user"
    assert (found.facts["end_diastole_frame"], found.facts["end_systole_frame"]) == (2, 7)
    with pytest.raises(UsageError, match="both end-diastole and end-systole"):
        a_case.choose(MeasuringChoices(4, 4))


def test_phases_that_were_moved_stay_where_they_are_when_the_case_is_opened_and_corrected_again(a_case, draw):
    a_case.choose(MeasuringChoices(end_diastole=1, end_systole=6))
    saved = a_case.result("heart")
    a_case.write(written_of_heart(saved), range(_FRAMES))
    assert a_case.result("heart").phases == {"ED": 1, "ES": 6}
    a_case.nodes.show(_EDITED)
    draw(a_case)
    found = a_case.result("heart")
    assert found.phases == {"ED": 1, "ES": 6}
    assert value(found, "ejection_fraction") == value(saved, "ejection_fraction")
    a_case.choose(MeasuringChoices(end_systole=5))
    assert a_case.result("heart").phases == {"ED": 1, "ES": 5}


def test_slices_left_out_at_the_base_lower_the_volume_and_can_count_again(a_case, heart):
    ed = heart.phases["ED"]
    before = a_case.result("heart")
    a_case.choose(MeasuringChoices(left_out={ed: EndSlices(base=1)}))
    found = a_case.result("heart")
    lost = [
        k for k in range(heart.labels.shape[3]) if heart.labels[ed, ..., k].any() and not found.labels[ed, ..., k].any()
    ]
    # The base lies in the last slices of this stack.
    assert lost == [max(k for k in range(heart.labels.shape[3]) if heart.labels[ed, ..., k].any())]
    assert value(found, "end_diastolic_volume") < value(before, "end_diastolic_volume")
    assert value(found, "end_systolic_volume") == pytest.approx(value(before, "end_systolic_volume"), abs=0.06)
    unchanged = a_case.result_with_all_slices("heart")
    assert value(unchanged, "ejection_fraction") == value(before, "ejection_fraction")
    assert np.array_equal(a_case.labels(), heart.labels)
    assert "1 at the base" in found.facts["slices_left_out_by_hand"]
    a_case.choose(MeasuringChoices(left_out={ed: EndSlices()}))
    assert a_case.result("heart").measurements == before.measurements


def test_approval_holds_for_labels_and_choices(a_case, draw):
    a_case.approve("Ada")
    a_case.note_edits()
    assert a_case.approval is not None
    a_case.choose(MeasuringChoices(left_out={0: EndSlices(base=1)}))
    assert a_case.approval is None
    a_case.approve("Ada")
    a_case.nodes.show(_EDITED)
    draw(a_case)
    a_case.note_edits()
    assert "the labels were changed" in a_case.revocation


def test_scene_saved_and_loaded_holds_frames_edits_choices_numbers_and_approval(a_scene, a_case, draw, tmp_path):
    a_case.nodes.show(_EDITED)
    draw(a_case)
    a_case.note_edits()
    a_case.choose(MeasuringChoices(end_systole=_EDITED, left_out={0: EndSlices(base=1)}))
    a_case.approve("Ada")
    before = a_case.result("heart")
    a_case.nodes.show(8)
    assert a_scene.scene.WriteToMRB(str(tmp_path / "scene.mrb"))

    other = loaded_bundle(tmp_path / "scene.mrb").scene
    loaded = HeartCase(
        other.GetFirstNodeByClass("vtkMRMLScalarVolumeNode"), other.GetFirstNodeByClass("vtkMRMLSegmentationNode")
    )
    loaded.note_edits()
    assert loaded.approval == a_case.approval
    after = loaded.result("heart")
    assert np.array_equal(after.labels, before.labels)
    assert after.measurements == before.measurements
    assert after.phases == before.phases
    assert tags(loaded, _EDITED, "lv_cavity") is AlgorithmType.SEMIAUTOMATIC
    assert tags(loaded, 0, "lv_cavity") is AlgorithmType.AUTOMATIC


def test_pair_of_a_cine_leaves_the_other_frames_empty(a_scene, heart):
    nodes = cine_nodes(add_heart(heart.scan, "cine", a_scene.scene))
    sequence = add_segmentation_sequence(nodes, "labels")
    case = HeartCase(nodes.volume, nodes.browser.GetProxyNode(sequence))
    pair = build_heart(phantom_labels()[::2][[0, 4]], CineKind.ED_AND_ES)
    # Its numbers are those of the frames of this cine.
    pair = dataclasses.replace(pair, scan=dataclasses.replace(pair.scan, frame_numbers=(1, 5)))
    written = written_of_heart(pair.with_label_map(frame_numbers=(1, 5)))
    case.write(dataclasses.replace(written, labels=written.labels[..., ::-1]), (0, 4))
    found = case.result("pair")
    assert case.frames == (0, 4)
    assert found.scan.frame_numbers == (1, 5)
    assert found.phases == {"ED": 0, "ES": 1}
    assert value(found, "ejection_fraction") == pytest.approx(value(pair, "ejection_fraction"), abs=0.06)
    assert nodes.segmentations(sequence)[2].GetSegmentation().GetNumberOfSegments() == 0


def test_single_volume_has_volumes_and_no_function(a_volume_node, a_segmentation_node, heart):
    volume = a_volume_node(heart.scan.frame(0), "frame")
    case = HeartCase(volume, a_segmentation_node)
    single = build_heart(phantom_labels()[:1], CineKind.SINGLE_FRAME)
    written = written_of_heart(single)
    case.write(dataclasses.replace(written, labels=written.labels[..., ::-1]), (0,))
    found = case.result("frame")
    assert {m.key for m in found.measurements} == {"volume"}
    assert np.array_equal(found.labels[0], heart.labels[0])


def test_a_segmentation_of_elsewhere_is_refused_in_words(a_case, a_segmentation_node):
    with pytest.raises(UsageError, match="is not one of the cine"):
        HeartCase(a_case.volume_node, a_segmentation_node)


def test_times_come_from_the_scene(a_case):
    assert a_case.cine().frame_times_ms == pytest.approx(frame_times_ms()[:_FRAMES])
    assert cine_nodes(a_case.volume_node) == a_case.nodes
