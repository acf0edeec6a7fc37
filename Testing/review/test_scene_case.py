"""A case in a scene: written, corrected, approved, saved and loaded again."""

import numpy as np
import pytest

from quantseg.errors import QuantSegError, UsageError
from quantseg.measure.values import Verdict
from quantseg.mrml.scene import headless_scene
from quantseg.mrml.segments import AlgorithmType, algorithm_name, algorithm_type
from quantseg.review.volume_case import VolumeCase, written_of
from quantseg.tasks.hippocampus.correcting import corrected

BOX = (slice(70, 74), slice(40, 44), slice(20, 24))


def volumes(result):
    return {m.region: m.value for m in result.measurements if m.key == "volume"}


def segment_of(case, key):
    return case.segmentation_node.GetSegmentation().GetSegment(key)


def test_a_case_measures_in_the_scene_what_it_measured_in_files(a_case, a_head_result):
    found = a_case.result("head")
    assert np.array_equal(found.labels, a_head_result.labels)
    # The models are the localiser's and the segmenter's; the segmenter's made the labels.
    assert found.algorithm == "QuantSeg hippocampus 1.2.0"
    assert {algorithm_name(segment_of(a_case, segment.key)) for segment in found.segments} == {found.algorithm}
    assert volumes(found) == pytest.approx(volumes(a_head_result), abs=0.05)
    assert [check.reason for check in found.checks] == [check.reason for check in a_head_result.checks]
    assert all(m.interval is not None for m in found.measurements if m.key == "volume")


def test_a_correction_changes_the_volume_by_the_voxels_drawn(a_case, draw):
    before = a_case.result("head")
    draw(a_case, "right_posterior", BOX)
    a_case.note_edits()
    after = a_case.result("head")
    drawn = 4 * 4 * 4 - int((before.labels[BOX] == 4).sum())
    assert drawn > 0
    assert volumes(after)["right_posterior"] - volumes(before)["right_posterior"] == pytest.approx(drawn, abs=0.06)
    assert volumes(after)["right"] > volumes(before)["right"]
    assert after.edited_segments == ("right_posterior",)
    assert algorithm_type(segment_of(a_case, "right_posterior")) is AlgorithmType.SEMIAUTOMATIC
    assert algorithm_type(segment_of(a_case, "left_posterior")) is AlgorithmType.AUTOMATIC


def test_after_a_correction_intervals_are_gone_and_old_checks_say_that_they_are_old(a_case, draw):
    draw(a_case, "left_anterior", BOX)
    a_case.note_edits()
    found = a_case.result("head")
    assert all(m.interval is None for m in found.measurements if m.key == "volume")
    asymmetry = [check for check in found.checks if check.key == "asymmetry"]
    assert len(asymmetry) == 1
    assert not asymmetry[0].reason.startswith("Before")
    old = {check.key for check in found.checks if check.reason.startswith("Before the correction by hand: ")}
    assert old == {"contrast", "agreement"}
    assert {"volume_mm3", "pieces", "sides"} <= {check.key for check in found.checks} - old


def test_a_segment_that_was_emptied_asks_for_a_look_until_it_is_drawn_again(a_case, draw):
    everything = tuple(slice(0, size) for size in a_case.volume().array.shape)
    draw(a_case, "left_anterior", everything, erase=True)
    found = a_case.result("head")
    (emptied,) = [check for check in found.checks if check.key == "emptied"]
    assert emptied.verdict is Verdict.LOOK
    assert "Left anterior hippocampus" in emptied.reason
    assert found.verdict is not Verdict.GOOD
    draw(a_case, "left_anterior", BOX)
    assert "emptied" not in [check.key for check in a_case.result("head").checks]


def test_a_case_without_a_result_says_so(a_volume_node, a_segmentation_node, a_head_result):
    case = VolumeCase(a_volume_node(a_head_result.volume), a_segmentation_node, corrected)
    assert case.document is None
    assert not case.is_edited
    with pytest.raises(QuantSegError, match="holds no result"):
        case.result("head")


def test_approval_holds_until_a_voxel_changes(a_case, draw):
    approval = a_case.approve("  Ada   Lovelace ")
    assert approval.reviewer == "Ada Lovelace"
    a_case.note_edits()
    assert "Approved by Ada Lovelace" in a_case.result("head").facts["approval"]
    draw(a_case, "left_anterior", BOX)
    a_case.note_edits()
    assert a_case.approval is None
    assert "Ada Lovelace" in a_case.revocation
    assert "labels were changed" in a_case.revocation
    assert a_case.result("head").facts["approval"].startswith("DRAFT")


def test_erasing_what_was_approved_revokes_it_too(a_case, draw):
    a_case.approve("Ada")
    before = a_case.labels().array
    draw(a_case, "right_posterior", (slice(None), slice(30, 34), slice(None)), erase=True)
    assert (a_case.labels().array > 0).sum() < (before > 0).sum()
    a_case.note_edits()
    assert a_case.approval is None


def test_approval_again_after_a_correction_clears_the_revocation(a_case, draw):
    a_case.approve("Ada")
    draw(a_case, "left_anterior", BOX)
    a_case.note_edits()
    a_case.approve("Grace")
    assert a_case.revocation == ""
    assert a_case.approval.reviewer == "Grace"


def test_approval_needs_a_name(a_case):
    with pytest.raises(UsageError, match="name"):
        a_case.approve("  ")
    assert a_case.approval is None


def test_a_new_result_takes_the_approval_away(a_case, a_head_result):
    a_case.approve("Ada")
    a_case.write(written_of(a_head_result))
    assert a_case.approval is None
    assert "new result" in a_case.revocation


def test_undo_of_a_correction_brings_labels_and_tags_back(a_case, draw, segment_editor):
    segment_editor.SetSegmentationNode(a_case.segmentation_node)
    segment_editor.SetSourceVolumeNode(a_case.volume_node)
    before = a_case.labels().array
    segment_editor.SaveStateForUndo()
    draw(a_case, "left_anterior", BOX)
    a_case.note_edits()
    assert not np.array_equal(a_case.labels().array, before)
    segment_editor.Undo()
    assert np.array_equal(a_case.labels().array, before)
    a_case.note_edits()
    assert not a_case.is_edited


def test_scene_saved_and_loaded_holds_labels_edits_numbers_and_approval(a_scene, a_case, draw, tmp_path):
    draw(a_case, "left_anterior", BOX)
    a_case.note_edits()
    a_case.approve("Ada")
    before = a_case.result("head")
    scene = a_scene.scene
    for node, name, kind in (
        (a_case.volume_node, "image.nrrd", "vtkMRMLVolumeArchetypeStorageNode"),
        (a_case.segmentation_node, "labels.seg.nrrd", "vtkMRMLSegmentationStorageNode"),
    ):
        storage = scene.AddNewNodeByClass(kind)
        storage.SetFileName(str(tmp_path / name))
        node.SetAndObserveStorageNodeID(storage.GetID())
        assert storage.WriteData(node)
    scene.SetRootDirectory(str(tmp_path))
    scene.SetURL(str(tmp_path / "scene.mrml"))
    assert scene.Commit()

    other = headless_scene()
    other.scene.SetURL(str(tmp_path / "scene.mrml"))
    assert other.scene.Connect()
    loaded = VolumeCase(
        other.scene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode"),
        other.scene.GetFirstNodeByClass("vtkMRMLSegmentationNode"),
        corrected,
    )
    loaded.note_edits()
    assert loaded.approval == a_case.approval
    after = loaded.result("head")
    assert np.array_equal(after.labels, before.labels)
    assert after.measurements == before.measurements
    assert after.edited_segments == ("left_anterior",)
    assert algorithm_type(segment_of(loaded, "left_anterior")) is AlgorithmType.SEMIAUTOMATIC


def test_file_that_the_node_was_loaded_from_gives_its_own_grid(
    a_volume_node, a_segmentation_node, a_head_result, tmp_path
):
    import nibabel

    flip = np.diag([-1.0, 1.0, 1.0, 1.0])
    flip[0, 3] = a_head_result.labels.shape[0] - 1
    path = tmp_path / "las.nii.gz"
    stored = nibabel.Nifti1Image(a_head_result.volume.array[::-1].copy(), a_head_result.volume.affine @ flip)
    nibabel.save(stored, path)
    case = VolumeCase(a_volume_node(a_head_result.volume), a_segmentation_node, corrected)
    case.write(written_of(a_head_result))
    scan = case.scan_of_file(path)
    assert scan.volume.affine[0, 0] < 0
    assert np.array_equal(case.result("head", scan).labels, a_head_result.labels[::-1])


def test_file_that_holds_another_image_by_now_is_not_taken(a_case, a_head_result, tmp_path):
    import nibabel

    path = tmp_path / "other.nii.gz"
    nibabel.save(nibabel.Nifti1Image(a_head_result.volume.array + 1, a_head_result.volume.affine), path)
    assert a_case.scan_of_file(path) is None
    assert a_case.scan_of_file(tmp_path / "missing.nii.gz") is None


def test_undo_of_the_result_itself_leaves_no_volume_behind(
    a_volume_node, a_segmentation_node, a_head_result, segment_editor
):
    case = VolumeCase(a_volume_node(a_head_result.volume), a_segmentation_node, corrected)
    segment_editor.SetSegmentationNode(a_segmentation_node)
    segment_editor.SetSourceVolumeNode(case.volume_node)
    segment_editor.SaveStateForUndo()
    case.write(written_of(a_head_result))
    segment_editor.Undo()
    case.note_edits()
    assert set(volumes(case.result("head")).values()) == {0.0}
    segment_editor.Redo()
    case.note_edits()
    assert volumes(case.result("head")) == pytest.approx(volumes(a_head_result), abs=0.05)
    assert not case.is_edited


def test_what_a_panel_listens_to_tells_of_edits_and_of_their_undo(a_case, draw, segment_editor):
    """Undo invokes other events than an edit does."""
    segmentation = a_case.segmentation_node.GetSegmentation()
    heard = []
    for name in ("SourceRepresentationModified", "RepresentationModified", "SegmentModified", "SegmentAdded"):
        segmentation.AddObserver(getattr(segmentation, name), lambda *_, name=name: heard.append(name))
    segment_editor.SetSegmentationNode(a_case.segmentation_node)
    segment_editor.SetSourceVolumeNode(a_case.volume_node)
    segment_editor.SaveStateForUndo()
    draw(a_case, "left_anterior", BOX)
    assert "SourceRepresentationModified" in heard
    heard.clear()
    segment_editor.Undo()
    assert "SegmentModified" in heard, heard
