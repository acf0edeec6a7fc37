"""Correcting single volumes for a task of whatever name: what is found, kept in a scene and handed on."""

import dataclasses

import nibabel
import numpy as np
import pytest

from quantseg.errors import InputRefused
from quantseg.measure.segments import Code, Segment, Terminology
from quantseg.measure.values import Measurement
from quantseg.reading import find_cases, read_scan
from quantseg.results.case import CaseResult
from quantseg.results.outputs import LabelMap
from quantseg.review.volume_corrector import VolumeCorrector
from quantseg.review.worklist import CaseState, open_worklist
from quantseg.tasks.hippocampus.task import TASK

_AFFINE = np.diag([1.0, 0.5, 2.0, 1.0])
_STRUCTURE = Code("SCT", "123037004", "Anatomical Structure")
_DISC = Segment(1, "disc", "Disc", (200, 10, 10), Terminology(_STRUCTURE, Code("SCT", "360499006", "Disc")))


class DiscCorrector(VolumeCorrector):
    """A made-up task that measures one segment, in voxels of 1 mm3."""

    presenter = dataclasses.replace(TASK.presenter, headline=lambda found: f"{found[0].value:.0f} mm3")
    bounds_percent = {"volume": 3.0}  # noqa: RUF012
    brush_mm = 3.0

    def find(self, folder):
        return find_cases([folder])

    def read(self, case):
        return read_scan(case)

    def corrected(self, result, labels, edited):
        measured = (Measurement("volume", "disc", float((labels == 1).sum()), "mm3", "voxels of 1 mm3"),)
        return dataclasses.replace(
            result.with_label_map(array=labels), measurements=measured, edited_segments=tuple(edited)
        )

    def drawn_by_hand(self, name, scan, labels):
        if labels.max() > 1:
            raise InputRefused("only discs are known")
        drawn = CaseResult(name, "hippocampus", scan, (LabelMap(labels, (_DISC,)),), (), (), ())
        return self.corrected(drawn, labels, ["disc"])

    def export_training(self, worklist, folder):
        return f"{len(worklist.names)} discs in {folder}"


@pytest.fixture
def a_list(tmp_path):
    """One image, and labels of it that somebody drew."""
    image = np.random.default_rng(0).normal(100, 9, (12, 14, 16)).astype(np.float32)
    labels = np.zeros(image.shape, np.uint8)
    labels[3:6, 3:6, 3:6] = 1
    for folder, array in (("images", image), ("drawn", labels)):
        (tmp_path / folder).mkdir()
        nibabel.save(nibabel.Nifti1Image(array, _AFFINE), tmp_path / folder / "spine.nii.gz")
    return open_worklist(tmp_path / "images", "Ada", "1", DiscCorrector())


def test_a_case_in_the_scene_is_measured_as_its_own_task_does(a_list, a_scene, draw, tmp_path):
    corrector, scan = DiscCorrector(), a_list.read("spine")
    case = corrector.add_to_scene(scan, "spine", a_scene.scene)
    assert case.document is None
    corrector.put(case, scan, a_list.labels_of("spine", scan, tmp_path / "drawn"))
    assert case.result("spine").measurements[0].value == 27
    draw(case, "disc", (slice(8, 10), slice(8, 10), slice(8, 10)))
    assert case.result("spine").measurements[0].value == 35
    a_list.open("spine")
    a_list.save(case.result("spine", scan), "corrected")
    entry = a_list.entry("spine")
    assert (entry.state, entry.headline) == (CaseState.CORRECTED, "35 mm3")
    for node in corrector.nodes_of(case):
        a_scene.scene.RemoveNode(node)
    for kind in ("ScalarVolume", "Segmentation"):
        assert a_scene.scene.GetNumberOfNodesByClass(f"vtkMRML{kind}Node") == 0


def test_drawn_labels_of_another_grid_or_with_unknown_values_are_refused(a_list, tmp_path):
    corrector, scan = DiscCorrector(), a_list.read("spine")
    path = tmp_path / "elsewhere.nii.gz"
    nibabel.save(nibabel.Nifti1Image(np.ones(scan.grid.shape, np.uint8), np.eye(4)), path)
    with pytest.raises(InputRefused, match="another grid than its image"):
        corrector.read_drawn("spine", scan, path)
    nibabel.save(nibabel.Nifti1Image(np.full(scan.grid.shape, 2, np.uint8), _AFFINE), path)
    with pytest.raises(InputRefused, match="only discs are known"):
        corrector.read_drawn("spine", scan, path)
    for value in (257, -1, np.nan):
        nibabel.save(nibabel.Nifti1Image(np.full(scan.grid.shape, value, np.float32), _AFFINE), path)
        with pytest.raises(InputRefused, match=r"elsewhere.nii.gz: the labels run from .*, expected values from 0"):
            corrector.read_drawn("spine", scan, path)


def test_a_segmentation_is_added_and_taken_away_again(a_scene, a_volume_node, a_crop_result):
    corrector, volume_node = DiscCorrector(), a_volume_node(a_crop_result.volume, "spine")
    node = corrector.add_segmentation(volume_node, "spine discs")
    assert node.GetName() == "spine discs"
    assert corrector.named_node(volume_node) is volume_node
    corrector.remove_segmentation(volume_node, node)
    assert not a_scene.scene.IsNodePresent(node)
