"""The objects that a case gives an archive: where they lie, what they say, whose they are, and what judges them."""

import dataclasses
import json
import shutil
import subprocess
import sys
from pathlib import Path

import highdicom
import numpy as np
import pydicom
import pytest
from dicom_checking import errors_of
from dicom_sources import PLANTED, finished_head, write_head
from made_image_files import enhanced_file
from PIL import Image
from structured_content import groups_of, sentences_of

from quantseg.dicom.case_objects import CaseObjects
from quantseg.dicom.naming import ObjectNames
from quantseg.measure.values import Check, Verdict
from quantseg.mrml.segmentation_writers import WriterHere
from quantseg.results.layout import RESEARCH_ONLY
from quantseg.results.presentation import Presentation
from quantseg.results.writing import write_case
from quantseg.tasks.hippocampus.task import TASK

__all__ = ["enhanced_file"]

_VOLUME = "118565006"
_KINDS = ["axial", "oblique", "reversed", "coronal", "compressed", "enhanced"]


class NoWriter(WriterHere):
    """Stands in for Slicer, which takes longer than all else here."""

    def missing(self):
        return "not wanted"


def written(folder: Path, case, result, print_pdf=False, presenter=TASK.presenter):
    objects = CaseObjects(result, presenter, TASK.slices_of(case), print_pdf)
    report = presenter is TASK.presenter
    done = write_case(result, folder, presenter, report, objects.write, writer=NoWriter())
    return done.folder, objects.notes


def _square(_result):
    return Presentation("Stand-in", lambda: Image.new("RGB", (31, 20), (200, 40, 10)), "A square", ())


@pytest.fixture(scope="module", params=_KINDS)
def head(request, tmp_path_factory, enhanced_file):
    """Files of a series, its result, and the folder with its objects."""
    place = tmp_path_factory.mktemp("head")
    files = write_head(place / "dicom", request.param, enhanced_file)
    case, result = finished_head(place / "dicom")
    # The report's own picture takes longer than all objects.
    quick = dataclasses.replace(TASK.presenter, present=_square)
    folder, notes = written(place / "out", case, result, presenter=quick)
    assert notes == []
    return files, result, folder


def test_segments_lie_on_the_labels_and_have_the_volumes_of_report_and_table(head):
    _, result, folder = head
    document = json.loads((folder / "measurements.json").read_text(encoding="utf-8"))
    stored = {one["region"]: one for one in document["measurements"] if one["key"] == "volume"}
    segmentation = highdicom.seg.segread(folder / "segmentation.dcm")
    by_segment = {group.segment: group for group in groups_of(folder / "measurements.dcm") if group.segment}
    assert len(by_segment) == 4
    voxel_mm3 = abs(np.linalg.det(result.volume.affine[:3, :3]))
    for number in segmentation.segment_numbers:
        (segment,) = (
            s for s in result.segments if s.name == segmentation.get_segment_description(number).segment_label
        )
        found = segmentation.get_volume(segment_numbers=[number], combine_segments=True)
        places = found.map_indices_to_reference(np.argwhere(found.array > 0).astype(float))
        expected = result.volume.grid.to_world(np.argwhere(result.labels == segment.value)) * [-1, -1, 1]
        assert np.allclose(_sorted(places), _sorted(expected), atol=0.01)
        group = by_segment[str(segmentation.SOPInstanceUID), number]
        volume = stored[segment.key]["value"]
        assert group.numbers[_VOLUME] == volume
        assert group.units[_VOLUME] == "mm3"
        assert len(places) * voxel_mm3 == pytest.approx(volume, abs=0.05)
        assert group.laterality.lower() == segment.key.partition("_")[0]


def _sorted(places):
    rounded = np.round(places, 1) + 0.0
    return places[np.lexsort(rounded.T)]


def test_nothing_is_wrong_that_was_not_wrong_with_the_images(head):
    files, _, folder = head
    known = {error.partition(" ")[0] for error in errors_of(files[0])}
    objects = sorted(folder.glob("*.dcm"))
    assert [path.name for path in objects] == ["key_image1.dcm", "measurements.dcm", "segmentation.dcm"]
    for path in objects:
        assert {error for error in errors_of(path) if error.partition(" ")[0] not in known} == set(), path.name


def test_objects_belong_to_the_patient_and_other_files_do_not_know_of_one(head):
    files, _, folder = head
    source = pydicom.dcmread(files[0])
    for path in folder.iterdir():
        content = path.read_bytes()
        if path.suffix == ".dcm":
            found = pydicom.dcmread(path)
            for keyword in ("PatientName", "PatientID", "PatientBirthDate", "StudyInstanceUID", "AccessionNumber"):
                assert found[keyword].value == source[keyword].value, path.name
            assert found.Manufacturer == "QuantSeg"
        else:
            assert not [word for word in PLANTED if word.encode() in content], path.name


@pytest.fixture(scope="module")
def axial(tmp_path_factory):
    place = tmp_path_factory.mktemp("axial")
    write_head(place / "dicom")
    case, result = finished_head(place / "dicom")
    return written(place / "out", case, result)[0], case, result


def test_the_report_says_verdict_and_reasons_and_has_intervals_as_numbers_of_their_own(axial):
    folder, _, result = axial
    root = pydicom.dcmread(folder / "measurements.dcm")
    # OHIF leaves a viewport black for the usual title, DCM 126000.
    title = root.ConceptNameCodeSequence[0]
    assert (title.CodingSchemeDesignator, title.CodeValue) == ("LN", "59776-5")
    groups = {group.name: group for group in groups_of(folder / "measurements.dcm")}
    assert groups["Whole result"].codes["verdict"] == "look"
    said = sentences_of(folder / "measurements.dcm")
    assert ("121071", result.checks[1].reason) in said
    assert said[-1][1] == RESEARCH_ONLY
    left = groups["Left hippocampus"].numbers
    assert (left[f"{_VOLUME}_low95"], left[f"{_VOLUME}_high95"]) == (5000.0, 9000.1)
    assert groups["Intracranial space"].numbers[_VOLUME] == 1403217
    assert "asymmetry" in groups["Hippocampus"].numbers
    assert root.VerificationFlag == "UNVERIFIED"


def test_the_same_study_gives_the_same_objects_but_for_dates(axial, tmp_path):
    first, case, result = axial
    again, _ = written(tmp_path, case, result)
    for path in first.glob("*.dcm"):
        one, two = pydicom.dcmread(path), pydicom.dcmread(again / path.name)
        assert _undated(one) == _undated(two), path.name
        assert one.SOPInstanceUID.startswith("2.25.")
        assert one.SeriesInstanceUID.startswith("2.25.")


def _undated(dataset):
    for element in list(dataset.iterall()):
        if element.VR in ("DA", "TM", "DT") and element.value:
            element.value = ""
    return dataset.to_json_dict() | {"meta": dataset.file_meta.to_json_dict()}


@pytest.mark.parametrize("what", ["labels", "options", "weights", "images", "numbers"])
def test_anything_that_decides_a_result_gives_it_other_identifiers(axial, what):
    _, case, result = axial
    slices = TASK.slices_of(case)
    before = ObjectNames.of(result, slices.series_uids, slices.instance_uids).uid("segmentation")
    if what == "labels":
        labels = result.labels.copy()
        labels[5, 8, 6] = 0
        result = result.with_label_map(array=labels)
    elif what == "options":
        result = dataclasses.replace(result, facts={**result.facts, "options_hash": "f" * 16})
    elif what == "weights":
        retrained = dataclasses.replace(result.models[0], weight_hashes={"models/model.safetensors": "12" * 32})
        result = dataclasses.replace(result, models=(retrained, *result.models[1:]))
    elif what == "numbers":
        result = dataclasses.replace(result, measurements=result.measurements[1:])
    else:
        slices = dataclasses.replace(slices, instance_uids=slices.instance_uids | {"1.2.3"})
    after = ObjectNames.of(result, slices.series_uids, slices.instance_uids).uid("segmentation")
    assert after != before
    assert after.startswith("2.25.")


def test_of_a_failed_case_there_is_the_reason_and_no_number(axial, tmp_path):
    _, case, result = axial
    failed = Check("agreement", Verdict.FAIL, "Left hippocampus: the models agree with a Dice of 0.21, expected 0.88.")
    folder, notes = written(tmp_path, case, dataclasses.replace(result, checks=(*result.checks, failed)))
    assert [path.name for path in folder.glob("*.dcm")] == ["measurements.dcm"]
    (group,) = groups_of(folder / "measurements.dcm")
    assert group.codes["verdict"] == "fail"
    assert group.numbers == {}
    assert ("121071", failed.reason) == sentences_of(folder / "measurements.dcm")[1]
    assert "failed" in notes[0]
    assert errors_of(folder / "measurements.dcm") == set()


def test_labels_on_no_images_pixels_leave_out_the_segmentation_alone_and_it_is_said(axial, tmp_path):
    _, case, result = axial
    resampled = dataclasses.replace(TASK.slices_of(case), not_pixel_for_pixel="1 of 28 slices was resampled")
    objects = CaseObjects(result, TASK.presenter, resampled, print_pdf=False)
    objects.write(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["key_image1.dcm", "measurements.dcm"]
    assert "since 1 of 28 slices was resampled" in objects.notes[0]
    groups = {group.name: group for group in groups_of(tmp_path / "measurements.dcm")}
    assert groups["Left anterior hippocampus"].segment is None
    assert groups["Left anterior hippocampus"].numbers[_VOLUME] > 0


def test_dcmqi_reads_segmentation_and_report(axial, tmp_path):
    folder, _, result = axial
    programs = Path(sys.executable).parent
    segments = tmp_path / "segments"
    segments.mkdir()
    commands = (
        [programs / "segimage2itkimage", "--inputDICOM", folder / "segmentation.dcm", "--outputDirectory", segments],
        [programs / "tid1500reader", "--inputDICOM", folder / "measurements.dcm", "--outputMetadata", tmp_path / "sr"],
    )
    for command in commands:
        done = subprocess.run([str(part) for part in command], capture_output=True, encoding="utf-8", check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "\nE: " not in done.stderr
    described = json.loads((segments / "meta.json").read_text(encoding="utf-8"))["segmentAttributes"]
    assert [one["SegmentLabel"] for (one,) in described] == [segment.name for segment in result.segments]


def test_slicer_finds_a_group_of_numbers_for_each_segment_and_no_other(axial, tmp_path):
    """Its plugin makes columns of the first group, counts groups for segments, and breaks off where there are more."""
    folder, _, result = axial
    program = str(Path(sys.executable).parent / "tid1500reader")
    report, found = str(folder / "measurements.dcm"), tmp_path / "found.json"
    subprocess.run([program, "--inputDICOM", report, "--outputMetadata", str(found)], check=True, capture_output=True)
    groups = json.loads(found.read_text(encoding="utf-8"))["Measurements"]
    assert [group["TrackingIdentifier"] for group in groups] == [segment.name for segment in result.segments]
    assert [group["ReferencedSegment"] for group in groups] == [1, 2, 3, 4]
    # The columns of its table are counted, too, and some of these segments have no interval.
    columns = [[item["quantity"]["CodeMeaning"] for item in group["measurementItems"]] for group in groups]
    assert columns[0][0] == "Volume"
    assert all(names == columns[0][: len(names)] for names in columns)


def test_the_printed_report_is_the_pdf_of_the_case(axial, tmp_path, monkeypatch):
    from quantseg.dicom import case_objects

    def stand_in(folder):
        (folder / "report.pdf").write_bytes(b"%PDF-1.4 odd")

    monkeypatch.setattr(case_objects, "print_report", stand_in)
    _, case, result = axial
    folder, _ = written(tmp_path, case, result, print_pdf=True)
    found = pydicom.dcmread(folder / "report.dcm")
    assert found.EncapsulatedDocument[: found.EncapsulatedDocumentLength] == b"%PDF-1.4 odd"
    assert found.MIMETypeOfEncapsulatedDocument == "application/pdf"
    assert errors_of(folder / "report.dcm") == set()


def test_a_key_image_is_the_picture_of_the_report(axial):
    folder, _, _ = axial
    shown = pydicom.dcmread(folder / "key_image1.dcm")
    assert np.array_equal(shown.pixel_array, np.asarray(Image.open(folder / "preview.png").convert("RGB")))
    assert shown.SeriesNumber == 303


def test_objects_of_an_earlier_run_do_not_stay_beside_a_new_result(axial, tmp_path):
    first, _, result = axial
    folder = tmp_path / first.name
    shutil.copytree(first, folder)
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    write_case(result, tmp_path, TASK.presenter, report=False, writer=NoWriter())
    assert list(folder.glob("*.dcm")) == []
    assert (folder / "notes.txt").exists()
