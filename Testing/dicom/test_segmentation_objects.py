"""DICOM segmentations through highdicom, read back with highdicom and with dcmqi, which knows nothing of it."""

import dataclasses
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import highdicom
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from finished_cases import CHECKS, SEGMENTER
from made_dicom import study_fields, write_series
from made_image_files import enhanced_file
from scene_nodes import turned

from quantseg.dicom.segmentation import HighdicomExporter
from quantseg.errors import QuantSegError
from quantseg.reading import find_cases, read_scan
from quantseg.reading.scan import ImageFormat, Scan
from quantseg.results.case import CaseResult
from quantseg.results.outputs import LabelMap
from quantseg.review.approval import approve, labels_hash
from quantseg.review.exporting import DicomExport, export_case
from quantseg.tasks.hippocampus.anatomy import SIDED_SEGMENTS
from quantseg.tasks.hippocampus.measuring import measure_hippocampus
from quantseg.tasks.hippocampus.task import TASK
from quantseg.volume import Volume

__all__ = ["enhanced_file"]

_DCMQI_READER = Path(sys.executable).with_name("segimage2itkimage")


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
    measurements = measure_hippocampus(scan.volume, labels, SIDED_SEGMENTS, None, {})
    result = CaseResult(
        "dicom", "hippocampus", scan, (LabelMap(labels, SIDED_SEGMENTS),), measurements, CHECKS, (SEGMENTER,),
        SEGMENTER.name, {"input_kind": "head"}, edited_segments=("left_anterior",),
    )  # fmt: skip
    return result, sorted(folder.iterdir())


def test_segments_lie_where_the_labels_lie_and_say_who_made_them(a_dicom_case, tmp_path):
    result, files = a_dicom_case
    approval = approve(labels_hash(result.volume.with_array(result.labels)), "Ada Lovelace")
    folder = export_case(
        result, approval, tmp_path / "out", TASK.presenter, {}, [DicomExport(HighdicomExporter(), files)]
    )
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
        (algorithm,) = item.SegmentationAlgorithmIdentificationSequence
        assert algorithm.AlgorithmVersion == "hippocampus 1.2.0"
        assert item.segmented_property_type.value == "5366008"
        assert item.segmented_property_category.value == "91723000"
        found = segmentation.get_volume(segment_numbers=[number], combine_segments=True)
        places = found.map_indices_to_reference(np.argwhere(found.array > 0).astype(float))
        expected = result.volume.grid.to_world(np.argwhere(result.labels == segment.value))
        expected = expected * [-1, -1, 1]  # DICOM's axes run to the left and to the back.
        assert len(places) == len(expected)
        assert np.allclose(_sorted(places), _sorted(expected), atol=0.01)


def test_a_whole_head_is_attributed_to_the_model_that_made_the_labels(a_dicom_case, a_head_result, tmp_path):
    """Not to the first one, nor to the one whose name begins as the task's does."""
    result, files = a_dicom_case
    result = dataclasses.replace(result, models=a_head_result.models)
    assert [model.name for model in result.models] == ["head-localiser", "hippocampus-close-up", "hippocampus"]
    folder = export_case(result, None, tmp_path / "out", TASK.presenter, {}, [DicomExport(HighdicomExporter(), files)])
    segmentation = highdicom.seg.segread(folder / "segmentation.dcm")
    for number in segmentation.segment_numbers:
        item = segmentation.get_segment_description(number)
        assert item.SegmentAlgorithmName == "QuantSeg hippocampus 1.2.0"
        (algorithm,) = item.SegmentationAlgorithmIdentificationSequence
        assert algorithm.AlgorithmName == "QuantSeg hippocampus 1.2.0"
        assert algorithm.AlgorithmVersion.startswith("hippocampus 1.2.0, head-localiser 0.9.0")
    assert segmentation.ContentDescription == "DRAFT, segmentation by QuantSeg hippocampus 1.2.0"


def _sorted(places):
    rounded = np.round(places, 1) + 0.0
    return places[np.lexsort(rounded.T)]


def test_without_an_approval_the_series_is_called_a_draft(a_dicom_case, tmp_path):
    result, files = a_dicom_case
    folder = export_case(result, None, tmp_path / "out", TASK.presenter, {}, [DicomExport(HighdicomExporter(), files)])
    assert folder.name == "DRAFT_dicom"
    assert "DRAFT" in pydicom.dcmread(folder / "segmentation.dcm").SeriesDescription


def test_files_of_another_series_are_an_error_and_leave_nothing(a_dicom_case, tmp_path):
    result, _ = a_dicom_case
    with pytest.raises(QuantSegError, match="DICOM segmentation was not written"):
        HighdicomExporter().export(result, [tmp_path / "missing.dcm"], tmp_path / "seg.dcm", "")
    assert not (tmp_path / "seg.dcm").exists()


@pytest.mark.parametrize(
    "keyword", ["StudyDate", "PatientBirthDate", "StudyInstanceUID", "FrameOfReferenceUID", "Rows"]
)
def test_a_header_that_cannot_be_repeated_is_quoted_nowhere(a_dicom_case, tmp_path, keyword, capfd, recwarn):
    result, files = a_dicom_case
    tag = pydicom.datadict.tag_for_keyword(keyword)
    for path in files:
        dataset = pydicom.dcmread(path)
        dataset[tag] = pydicom.dataelem.DataElement(tag, "LO", "PATIENT-NAME")
        pydicom.dcmwrite(path, dataset, implicit_vr=True, little_endian=True, force_encoding=True)
    recwarn.clear()
    try:
        HighdicomExporter().export(result, files, tmp_path / "seg.dcm", "")
        said = ""
    except QuantSegError as error:
        said = str(error)
    assert not any(
        "PATIENT-NAME" in text for text in (said, *capfd.readouterr(), *(str(one.message) for one in recwarn))
    )


def test_dcmqi_reads_the_same_places_names_colours_and_codes(a_dicom_case, tmp_path):
    result, files = a_dicom_case
    HighdicomExporter().export(result, files, tmp_path / "seg.dcm", "Ada Lovelace")
    read = tmp_path / "read"
    read.mkdir()
    command = [str(_DCMQI_READER), "--inputDICOM", str(tmp_path / "seg.dcm"), "--outputDirectory", str(read)]
    done = subprocess.run([*command, "-t", "nrrd"], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    described = [one for (one,) in json.loads((read / "meta.json").read_text(encoding="utf-8"))["segmentAttributes"]]
    drawn = [segment for segment in result.segments if np.any(result.labels == segment.value)]
    assert [one["SegmentLabel"] for one in described] == [segment.name for segment in drawn]
    for number, (segment, item) in enumerate(zip(drawn, described, strict=True), start=1):
        image = sitk.ReadImage(str(read / f"{number}.nrrd"))
        found = np.argwhere(sitk.GetArrayFromImage(image) > 0)[:, ::-1]
        places = [image.TransformContinuousIndexToPhysicalPoint([float(n) for n in index]) for index in found]
        expected = result.volume.grid.to_world(np.argwhere(result.labels == segment.value)) * [-1, -1, 1]
        assert np.allclose(_sorted(np.array(places)), _sorted(expected), atol=0.01)
        assert np.abs(np.subtract(item["recommendedDisplayRGBValue"], segment.colour)).max() <= 1
        codes = {
            "SegmentedPropertyTypeCodeSequence": segment.terminology.type,
            "SegmentedPropertyTypeModifierCodeSequence": segment.terminology.type_modifier,
            "AnatomicRegionSequence": segment.terminology.region,
            "AnatomicRegionModifierSequence": segment.terminology.region_modifier,
        }
        for slot, code in codes.items():
            assert item.get(slot, {}).get("CodeValue") == (code.value if code else None), slot


def test_an_enhanced_file_is_referred_to_frame_by_frame(tmp_path, enhanced_file, a_head_result):
    volume = Volume(a_head_result.volume.array[::4, ::4, ::4], a_head_result.volume.affine @ np.diag([4, 4, 4, 1]))
    fields = study_fields(4)

    def with_fields(dataset):
        for keyword, value in fields.items():
            setattr(dataset, keyword, value)

    path = enhanced_file(tmp_path / "file", volume, change=with_fields)
    labels = (volume.array > np.percentile(volume.array, 90)).astype(np.uint8)
    result = dataclasses.replace(
        a_head_result, scan=Scan(volume, ImageFormat.DICOM), outputs=(LabelMap(labels, SIDED_SEGMENTS),)
    )
    HighdicomExporter().export(result, [path], tmp_path / "seg.dcm", "")
    segmentation = highdicom.seg.segread(tmp_path / "seg.dcm")
    placed = segmentation.get_volume(combine_segments=True, allow_missing_positions=True)
    places = placed.map_indices_to_reference(np.argwhere(placed.array > 0).astype(float))
    assert np.allclose(_sorted(places), _sorted(volume.grid.to_world(np.argwhere(labels)) * [-1, -1, 1]), atol=0.01)
    source = pydicom.dcmread(path)
    for group in segmentation.PerFrameFunctionalGroupsSequence:
        referred = group.DerivationImageSequence[0].SourceImageSequence[0]
        assert referred.ReferencedSOPInstanceUID == source.SOPInstanceUID
        frame = source.PerFrameFunctionalGroupsSequence[int(referred.ReferencedFrameNumber) - 1]
        assert frame.PlanePositionSequence[0] == group.PlanePositionSequence[0]


def test_names_in_any_script_are_kept_and_none_is_printed(a_dicom_case, tmp_path, capfd, caplog, recwarn):
    result, files = a_dicom_case
    for file in files:
        image = pydicom.dcmread(file)
        image.SpecificCharacterSet = "ISO_IR 100"
        image.PatientName = "Müller"
        image.save_as(file)
    HighdicomExporter().export(result, files, tmp_path / "seg.dcm", "Žofie Łukaszewska")
    segmentation = pydicom.dcmread(tmp_path / "seg.dcm")
    assert str(segmentation.PatientName) == "Müller"
    assert str(segmentation.ContentCreatorName) == "Łukaszewska^Žofie"
    said = "".join([*capfd.readouterr(), caplog.text, *(str(one.message) for one in recwarn.list)])
    assert "ller" not in said


def test_labels_drawn_by_a_person_alone_name_no_algorithm(a_dicom_case, tmp_path):
    result, files = a_dicom_case
    HighdicomExporter().export(dataclasses.replace(result, models=()), files, tmp_path / "seg.dcm", "Ada Lovelace")
    for segment in pydicom.dcmread(tmp_path / "seg.dcm").SegmentSequence:
        assert segment.SegmentAlgorithmType == "MANUAL"
        assert "SegmentAlgorithmName" not in segment


def test_a_case_without_a_label_is_an_error(a_dicom_case, tmp_path):
    result, files = a_dicom_case
    empty = result.with_label_map(array=np.zeros_like(result.labels))
    with pytest.raises(QuantSegError, match="no labelled voxel"):
        HighdicomExporter().export(empty, files, tmp_path / "seg.dcm", "")


def test_without_highdicom_the_package_is_named(a_dicom_case, tmp_path, monkeypatch):
    result, files = a_dicom_case
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "highdicom" else real(name, *rest)
    )
    with pytest.raises(QuantSegError, match=r"pip install highdicom"):
        HighdicomExporter().export(result, files, tmp_path / "seg.dcm", "")
