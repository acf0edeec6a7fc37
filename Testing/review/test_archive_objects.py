"""Approved labels as objects for the archive: who stands for them, what they supersede, and where they lie."""

import dataclasses

import highdicom
import numpy as np
import pydicom
import pytest
from dicom_checking import errors_of
from dicom_sources import finished_head, write_head
from PIL import Image
from structured_content import groups_of, sentences_of

from quantseg.dicom.case_objects import CaseObjects
from quantseg.errors import UsageError
from quantseg.results.presentation import Presentation
from quantseg.review import archive_objects
from quantseg.review.approval import approve, labels_hash
from quantseg.review.archive_objects import write_archive_objects
from quantseg.tasks.hippocampus.task import TASK
from quantseg.volume import Volume


def _square(_result):
    return Presentation("Stand-in", lambda: Image.new("RGB", (31, 20), (200, 40, 10)), "A square", ())


_QUICK = dataclasses.replace(TASK.presenter, present=_square)


@pytest.fixture(autouse=True)
def _without_pdf(monkeypatch):
    monkeypatch.setattr(archive_objects, "find_browser", lambda: None)


@pytest.fixture(scope="module")
def head(tmp_path_factory):
    """Files of a series, its result, and the folder with the machine's own objects."""
    place = tmp_path_factory.mktemp("head")
    files = write_head(place / "dicom", "oblique")
    case, result = finished_head(place / "dicom")
    (place / "machine").mkdir()
    CaseObjects(result, _QUICK, TASK.slices_of(case), print_pdf=False).write(place / "machine")
    return files, result, place / "machine"


def _approval(result):
    return approve(labels_hash(result.volume.with_array(result.labels)), "MD ab")


@pytest.fixture
def approved(head, tmp_path):
    files, result, machine = head
    earlier = sorted(machine.glob("*.dcm"))
    paths = write_archive_objects(result, _approval(result), [files], tmp_path, _QUICK, earlier)
    return {path.name: path for path in paths}


def test_who_approved_stands_in_every_object_that_has_room_for_it(approved):
    assert set(approved) == {"segmentation.dcm", "measurements.dcm", "key_image1.dcm"}
    for path in approved.values():
        assert pydicom.dcmread(path).SeriesDescription.startswith("APPROVED hippocampus ")
    segmentation = pydicom.dcmread(approved["segmentation.dcm"])
    assert (segmentation.ContentLabel, segmentation.ContentCreatorName) == ("APPROVED", "ab^MD")
    report = pydicom.dcmread(approved["measurements.dcm"])
    assert (report.VerificationFlag, report.PreliminaryFlag, report.CompletionFlag) == ("VERIFIED", "FINAL", "COMPLETE")
    assert report.VerifyingObserverSequence[0].VerifyingObserverName == "ab^MD"
    assert any(text.startswith("APPROVED by MD ab at ") for _, text in sentences_of(approved["measurements.dcm"]))


def test_they_supersede_the_machines_and_are_others(head, approved):
    _, _, machine = head
    (earlier,) = (
        one.ReferencedSOPSequence[0].ReferencedSOPInstanceUID
        for series in pydicom.dcmread(approved["measurements.dcm"]).PredecessorDocumentsSequence
        for one in series.ReferencedSeriesSequence
    )
    assert earlier == pydicom.dcmread(machine / "measurements.dcm").SOPInstanceUID
    own = {pydicom.dcmread(path).SOPInstanceUID for path in machine.glob("*.dcm")}
    assert own.isdisjoint(pydicom.dcmread(path).SOPInstanceUID for path in approved.values())


def test_segments_and_numbers_are_those_that_were_approved(head, approved):
    _, result, machine = head
    before, after = (
        highdicom.seg.segread(folder / "segmentation.dcm") for folder in (machine, approved["segmentation.dcm"].parent)
    )
    assert np.array_equal(before.get_volume().array, after.get_volume().array)
    numbers = {group.name: group.numbers for group in groups_of(machine / "measurements.dcm")}
    assert {group.name: group.numbers for group in groups_of(approved["measurements.dcm"])} == numbers
    assert result.has_labels


def test_labels_in_another_order_of_axes_lie_on_the_same_pixels(head, tmp_path):
    """Slicer turns some images round when it loads them."""
    files, result, machine = head
    affine = result.volume.affine @ np.array([[-1, 0, 0, result.labels.shape[0] - 1.0], *np.eye(4)[1:]])
    turned = result.with_label_map(array=result.labels[::-1].copy())
    volume = Volume(result.volume.array[::-1].copy(), affine)
    turned = dataclasses.replace(turned, scan=dataclasses.replace(result.scan, volume=volume))
    paths = write_archive_objects(turned, _approval(turned), [files], tmp_path, _QUICK)
    (path,) = (path for path in paths if path.name == "segmentation.dcm")
    before, after = (highdicom.seg.segread(one).get_volume() for one in (machine / "segmentation.dcm", path))
    assert np.array_equal(before.array, after.array)


def test_nothing_is_wrong_that_was_not_wrong_with_the_images(head, approved):
    known = {error.partition(" ")[0] for error in errors_of(head[0][0])}
    for path in approved.values():
        assert {error for error in errors_of(path) if error.partition(" ")[0] not in known} == set(), path.name


@pytest.mark.parametrize(
    ("is_approved", "from_dicom", "sentence"),
    [(False, True, "approve them first"), (True, False, "did not come from DICOM")],
)
def test_what_nobody_approved_or_no_archive_knows_stays_here(head, tmp_path, is_approved, from_dicom, sentence):
    files, result, _ = head
    approval = _approval(result) if is_approved else None
    with pytest.raises(UsageError, match=sentence):
        write_archive_objects(result, approval, [files] if from_dicom else [], tmp_path, _QUICK)
    assert list(tmp_path.iterdir()) == []
