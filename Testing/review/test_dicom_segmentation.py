"""DICOM segmentations through dcmqi, read back with highdicom."""

import sys
from pathlib import Path

import highdicom
import numpy as np
import pydicom
import pytest
from finished_cases import CHECKS, SEGMENTER
from made_dicom import study_fields, write_series
from scene_nodes import turned

from quantseg.errors import QuantSegError
from quantseg.reading import find_cases, read_scan
from quantseg.results.case import CaseResult
from quantseg.review.approval import approve, labels_hash
from quantseg.review.dicom_segmentation import DcmqiExporter
from quantseg.review.exporting import DicomExport, export_case
from quantseg.tasks.hippocampus.anatomy import SIDED_SEGMENTS
from quantseg.tasks.hippocampus.measuring import measure_hippocampus
from quantseg.volume import Volume

_PROGRAM = Path(sys.executable).with_name("itkimage2segimage")


@pytest.fixture(params=[np.eye(3), turned(20, 10) @ np.diag([1, -1, -1])], ids=["axial", "oblique, from above"])
def a_dicom_case(request, tmp_path, a_head_result):
    """A head as a DICOM series, with labels, and its files."""
    folder = tmp_path / "dicom"
    affine = np.eye(4)
    affine[:3, :3] = request.param @ np.diag([2.0, 2.0, 2.0])
    affine[:3, 3] = (-47.0, -50.0, -40.0)
    write_series(folder, Volume(a_head_result.volume.array[::2, ::2, ::2], affine), **study_fields(2))
    scan = read_scan(find_cases([folder])[0])
    labels = np.zeros(scan.volume.array.shape, np.uint8)
    labels[5:12, 8:20, 6:12], labels[5:12, 20:30, 6:12] = 2, 1
    labels[30:37, 8:20, 6:12] = 4
    measurements = measure_hippocampus(scan, labels, SIDED_SEGMENTS, None, {})
    result = CaseResult(
        "dicom", "hippocampus", scan, labels, SIDED_SEGMENTS, measurements, CHECKS, (SEGMENTER,),
        {"input_kind": "head"}, edited_segments=("left_anterior",),
    )  # fmt: skip
    return result, sorted(folder.iterdir())


def test_segments_lie_where_the_labels_lie_and_say_who_made_them(a_dicom_case, tmp_path):
    result, files = a_dicom_case
    approval = approve(labels_hash(result.volume.with_array(result.labels)), "Ada Lovelace")
    folder = export_case(result, approval, tmp_path / "out", [DicomExport(DcmqiExporter(_PROGRAM), files)])
    segmentation = highdicom.seg.segread(folder / "segmentation.dcm")
    assert segmentation.SegmentationType == "BINARY"
    assert segmentation.Modality == "SEG"
    assert str(segmentation.ContentCreatorName) == "Lovelace^Ada"
    assert "DRAFT" not in segmentation.SeriesDescription
    source = pydicom.dcmread(files[0])
    assert segmentation.StudyInstanceUID == source.StudyInstanceUID
    assert segmentation.PatientID == source.PatientID
    described = {segmentation.get_segment_description(n).segment_label: n for n in segmentation.segment_numbers}
    # The right anterior part has no voxel and is left out.
    assert set(described) == {s.name for s in result.segments if s.key != "right_anterior"}
    for segment in result.segments:
        if segment.name not in described:
            continue
        number = described[segment.name]
        item = segmentation.get_segment_description(number)
        edited = segment.key == "left_anterior"
        assert item.SegmentAlgorithmType == ("SEMIAUTOMATIC" if edited else "AUTOMATIC")
        assert item.SegmentAlgorithmName == "QuantSeg hippocampus 1.2.0"
        assert item.segmented_property_type.value == "5366008"
        assert item.segmented_property_category.value == "91723000"
        found = segmentation.get_volume(segment_numbers=[number], combine_segments=True)
        places = found.map_indices_to_reference(np.argwhere(found.array > 0).astype(float))
        expected = result.volume.grid.to_world(np.argwhere(result.labels == segment.value))
        expected = expected * [-1, -1, 1]  # DICOM's axes run to the left and to the back.
        assert len(places) == len(expected)
        assert np.allclose(_sorted(places), _sorted(expected), atol=0.01)


def _sorted(places):
    rounded = np.round(places, 1) + 0.0
    return places[np.lexsort(rounded.T)]


def test_without_an_approval_the_series_is_called_a_draft(a_dicom_case, tmp_path):
    result, files = a_dicom_case
    folder = export_case(result, None, tmp_path / "out", [DicomExport(DcmqiExporter(_PROGRAM), files)])
    assert folder.name == "DRAFT_dicom"
    assert "DRAFT" in pydicom.dcmread(folder / "segmentation.dcm").SeriesDescription


def test_files_of_another_series_are_an_error_and_leave_nothing(a_dicom_case, tmp_path):
    result, _ = a_dicom_case
    with pytest.raises(QuantSegError, match="DICOM segmentation was not written"):
        DcmqiExporter(_PROGRAM).export(result, [tmp_path / "missing.dcm"], tmp_path / "seg.dcm", "")
    assert not (tmp_path / "seg.dcm").exists()
