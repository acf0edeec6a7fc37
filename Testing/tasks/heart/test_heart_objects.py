"""A cine back to the archive: a segmentation a phase, function coded, from every way in which scanners store a cine."""

import dataclasses
import json

import highdicom
import numpy as np
import pydicom
import pytest
from dicom_checking import errors_of
from dicom_sources import COMPLETE
from finished_hearts import build_heart
from heart_phantom import phantom_affine, phantom_labels
from made_cines import write_dicom_cine
from made_dicom import study_fields, write_series
from made_image_files import enhanced_file
from structured_content import groups_of

from quantseg.batch.study import find_study
from quantseg.dicom.case_objects import CaseObjects
from quantseg.mrml.segmentation_writers import WriterHere
from quantseg.reading.spacing import HEADER_SPACING
from quantseg.results.writing import write_case
from quantseg.tasks.heart.anatomy import HeartLabel
from quantseg.tasks.heart.task import TASK
from quantseg.volume import Volume

__all__ = ["enhanced_file"]

_ED_VOLUME, _ES_VOLUME, _FRACTION = "8821-1", "8823-7", "8811-2"
_NOISE = 200
_LOWEST = {0: 100, HeartLabel.RV_CAVITY: 1600, HeartLabel.LV_MYOCARDIUM: 600, HeartLabel.LV_CAVITY: 2000}
"""Intensity of each structure without noise."""
_SINGLE, _ENHANCED, _ENHANCED_SLICES = "one series", "one multi-frame file", "a multi-frame file a slice"
_KINDS = [_SINGLE, "a series a slice", "uneven distances", _ENHANCED, _ENHANCED_SLICES]


class NoWriter(WriterHere):
    """Stands in for Slicer."""

    def missing(self):
        return "not wanted"


@pytest.fixture(scope="module", params=_KINDS)
def heart(request, tmp_path_factory, enhanced_file):
    """A finished cine of three frames, read from DICOM files whose images are the labels with some texture."""
    place = tmp_path_factory.mktemp("heart")
    found = build_heart(phantom_labels()[[0, 4, 7]])
    noise = np.random.default_rng(4).integers(0, _NOISE, found.labels.shape)
    frames = (np.array([_LOWEST[value] for value in range(4)])[found.labels] + noise).astype(np.int16)
    if request.param == _ENHANCED:
        _write_enhanced(enhanced_file, place / "dicom" / "file", frames)
        return _finished(place, found, frames)
    if request.param == _ENHANCED_SLICES:
        for k in range(frames.shape[3]):
            _write_enhanced(enhanced_file, place / "dicom" / f"file{k}", frames[..., k : k + 1], k)
        return _finished(place, found, frames)
    uneven = request.param == "uneven distances"

    def change(dataset, _time, k):
        if uneven and k == 3:
            row, column = np.array(dataset.ImageOrientationPatient, float).reshape(2, 3)
            moved = np.array(dataset.ImagePositionPatient, float) + 0.6 * np.cross(row, column)
            dataset.ImagePositionPatient = [f"{mm:.8g}" for mm in moved]

    write_dicom_cine(
        write_series,
        place / "dicom",
        frames,
        phantom_affine(),
        slice_series=request.param == "a series a slice",
        times_ms=(0.0, 200.0, 400.0),
        change=change,
        **{**study_fields(8), **COMPLETE},
    )
    return _finished(place, found, frames)


def _write_enhanced(enhanced_file, path, frames, first=0):
    """Write all times of slices into one file, in shuffled order, and a series of its own.

    Args:
        first: number of the first of these slices.
    """
    affine, slices = phantom_affine(), frames.shape[3]
    affine[:3, 3] += first * affine[:3, 2]
    step = affine[:3, 2]

    def timed(dataset):
        for keyword, value in {**study_fields(8), **COMPLETE}.items():
            setattr(dataset, keyword, value)
        dataset.SeriesInstanceUID, dataset.SeriesNumber = f"1.2.3.9.{first + 1}", 20 + first
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.9.{first + 1}.1"
        for group in dataset.PerFrameFunctionalGroupsSequence:
            position = group.PlanePositionSequence[0]
            ras = np.array(position.ImagePositionPatient, float) * [-1, -1, 1]
            time, k = divmod(round(float((ras - affine[:3, 3]) @ step / (step @ step))), slices)
            position.ImagePositionPatient = [f"{mm:.8g}" for mm in (affine[:3, 3] + k * step) * [-1, -1, 1]]
            beat = pydicom.Dataset()
            beat.NominalCardiacTriggerDelayTime = 200.0 * time
            beat.RRIntervalTimeNominal = 800.0
            group.CardiacSynchronizationSequence = [beat]

    enhanced_file(path, Volume(np.concatenate(list(frames), axis=2), affine), change=timed)


def _finished(place, found, frames):
    """Read what was written, and write what the labels of the phantom give."""
    (case,) = TASK.find([place / "dicom"])
    cine = TASK.read(case, HEADER_SPACING)
    labels = _as_read(found.labels, frames, cine.frames)
    result = dataclasses.replace(found.with_label_map(array=labels), name=case.name, scan=cine)
    objects = CaseObjects(result, TASK.presenter, TASK.slices_of(case), print_pdf=False)
    folder = write_case(result, place / "out", TASK.presenter, beside=objects.write, writer=NoWriter()).folder
    assert objects.notes == []
    return result, folder, sorted((place / "dicom").iterdir()), case


def _as_read(labels, frames, read):
    """Labels in the order of slices in which reading puts the images."""
    if np.array_equal(frames, read):
        return labels
    assert np.array_equal(frames[..., ::-1], read)
    return labels[..., ::-1]


def test_each_phase_has_a_segmentation_of_its_own_images_alone(heart):
    result, folder, files, _ = heart
    images = _by_uid(files) | _by_uid(folder.glob("*_0*.dcm"))
    names = sorted(path.name for path in folder.glob("*segmentation.dcm"))
    assert names == ["ED_segmentation.dcm", "ES_segmentation.dcm"]
    for phase, frame in result.phases.items():
        segmentation = highdicom.seg.segread(folder / f"{phase}_segmentation.dcm")
        drawn = {n: segmentation.get_segment_description(n).segment_label for n in segmentation.segment_numbers}
        seen = 0
        referred = {
            one.ReferencedSOPInstanceUID: series.SeriesInstanceUID
            for series in segmentation.ReferencedSeriesSequence
            for one in series.ReferencedInstanceSequence
        }
        assert all(images[uid].SeriesInstanceUID == series for uid, series in referred.items())
        for number, group in enumerate(segmentation.PerFrameFunctionalGroupsSequence):
            (image,) = group.DerivationImageSequence[0].SourceImageSequence
            assert image.ReferencedSOPInstanceUID in referred
            source = images[image.ReferencedSOPInstanceUID]
            place, pixels = source, source.pixel_array
            if "NumberOfFrames" in source:
                index = int(image.ReferencedFrameNumber) - 1
                groups = source.PerFrameFunctionalGroupsSequence[index]
                place, pixels = groups.PlanePositionSequence[0], pixels[index]
                beat = groups.CardiacSynchronizationSequence[0]
                assert beat.NominalCardiacTriggerDelayTime == 200.0 * frame
            assert place.ImagePositionPatient == group.PlanePositionSequence[0].ImagePositionPatient
            label = drawn[int(group.SegmentIdentificationSequence[0].ReferencedSegmentNumber)]
            (segment,) = (one for one in result.segments if one.name == label)
            # The images show what was labelled: the noise of a structure lies between two bounds.
            mask = segmentation.pixel_array[number].astype(bool)
            values = pixels[mask]
            assert values.min() >= _LOWEST[segment.value]
            assert values.max() < _LOWEST[segment.value] + _NOISE
            seen += int(mask.sum())
        assert seen == int((result.labels[frame] > 0).sum())


def _by_uid(files):
    images = [pydicom.dcmread(path) for path in files]
    return {image.SOPInstanceUID: image for image in images}


def test_the_images_of_a_phase_are_copies_in_a_series_that_is_no_cine(heart):
    """OHIF draws the segmentation of a phase over each frame of a cine, or over none."""
    result, folder, files, _ = heart
    sources = _by_uid(files)
    if "NumberOfFrames" in next(iter(sources.values())):
        assert list(folder.glob("*_0*.dcm")) == []
        return
    for phase, frame in result.phases.items():
        images = [pydicom.dcmread(path) for path in sorted(folder.glob(f"{phase}_0*.dcm"))]
        segmentation = pydicom.dcmread(folder / f"{phase}_segmentation.dcm")
        (referred,) = segmentation.ReferencedSeriesSequence
        assert {image.SeriesInstanceUID for image in images} == {referred.SeriesInstanceUID}
        assert len(images) == result.labels.shape[3]
        for image in images:
            (source,) = (sources[one.ReferencedSOPInstanceUID] for one in image.SourceImageSequence)
            assert np.array_equal(image.pixel_array, source.pixel_array)
            assert image.ImagePositionPatient == source.ImagePositionPatient
            assert source.TriggerTime == 200.0 * frame
            assert image.TriggerTime is None
            assert (image.Manufacturer, image.ImageType[0]) == ("QuantSeg", "DERIVED")
            assert image.PatientID == source.PatientID


def test_the_cine_is_what_a_study_is_measured_by(heart):
    _, _, files, case = heart
    study = find_study(files[0].parent, TASK)
    assert [one.name for one in study.chosen] == [case.name]
    assert study.reasons[0].startswith(f"Measured: {case.name} (3D short-axis cine, 1.")
    assert not [line for line in study.reasons if "Planted" in line]


def test_function_is_coded_and_says_what_the_table_says(heart):
    result, folder, _, _ = heart
    document = json.loads((folder / "measurements.json").read_text(encoding="utf-8"))
    stored = {(one["key"], one["region"]): one for one in document["measurements"]}
    groups = groups_of(folder / "measurements.dcm")
    by_place = {group.name: group for group in groups}
    left = "left_ventricle"
    assert by_place["Left ventricle"].numbers[_FRACTION] == stored["ejection_fraction", left]["value"]
    assert by_place["Left ventricle"].numbers[f"{_FRACTION}_low95"] == 54.3
    for phase, code, key in (("ED", _ED_VOLUME, "end_diastolic_volume"), ("ES", _ES_VOLUME, "end_systolic_volume")):
        group = by_place[f"Left ventricular cavity {phase}"]
        assert group.numbers[code] == stored[key, left]["value"]
        assert group.units[code] == "ml"
        segmentation = highdicom.seg.segread(folder / f"{phase}_segmentation.dcm")
        assert group.segment[0] == segmentation.SOPInstanceUID
        label = segmentation.get_segment_description(group.segment[1]).segment_label
        assert label == "Left ventricular cavity"
        voxels = int((result.labels[result.phases[phase]] == HeartLabel.LV_CAVITY).sum())
        assert voxels * abs(np.linalg.det(result.scan.grid.affine[:3, :3])) / 1000 == pytest.approx(
            group.numbers[code], rel=0.02
        )
    said = sum(1 for group in groups for code in group.numbers if not code.endswith(("low95", "high95")))
    assert said == len(document["measurements"])


def test_nothing_is_wrong_that_was_not_wrong_with_the_images(heart):
    _, folder, files, _ = heart
    known = {error.partition(" ")[0] for error in errors_of(files[0])}
    for path in sorted(folder.glob("*.dcm")):
        assert {error for error in errors_of(path) if error.partition(" ")[0] not in known} == set(), path.name
