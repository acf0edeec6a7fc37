"""What a task yields beside labels: an image goes back as a derived series, a score as report and PDF alone."""

import dataclasses

import numpy as np
import pydicom
import pytest
from dicom_checking import errors_of
from dicom_sources import finished_head, write_head
from made_image_files import enhanced_file
from PIL import Image
from structured_content import groups_of

from quantseg.dicom.case_objects import CaseObjects
from quantseg.measure.values import Interval, Measurement
from quantseg.results.outputs import ImageMap, Score
from quantseg.results.presentation import Presentation, Presenter
from quantseg.tasks.hippocampus.task import TASK

__all__ = ["enhanced_file"]

_SCORE = Measurement("uptake_score", "brain", 1.234567, "1", "made up", Interval(1.1, 1.4))


def _present(_result):
    return Presentation("Made up", lambda: Image.new("RGB", (9, 7)), "nothing", ())


_PRESENTER = Presenter(lambda _measurements: "", (), _present)


def written(place, enhanced_file, image, kind="oblique"):
    """Write the objects of a score, and of an image where there is one; return source files, folder and notes."""
    files = write_head(place / "dicom", kind, enhanced_file)
    case, result = finished_head(place / "dicom")
    outputs = [Score("Uptake score", _SCORE)]
    if image:
        array = result.volume.array.astype(np.float32) / 7 - 3
        outputs.append(ImageMap("uptake", "Uptake", array, "1"))
    result = dataclasses.replace(result, outputs=tuple(outputs), measurements=(_SCORE,))
    objects = CaseObjects(result, _PRESENTER, TASK.slices_of(case), print_pdf=False)
    folder = place / "out"
    folder.mkdir()
    objects.write(folder)
    return files, result, folder, objects.notes


def test_a_score_is_a_number_of_the_report_under_a_code_of_its_own(tmp_path, enhanced_file):
    _, _, folder, notes = written(tmp_path, enhanced_file, image=False)
    assert notes == []
    assert [path.name for path in folder.iterdir()] == ["measurements.dcm"]
    _, group = groups_of(folder / "measurements.dcm")
    assert group.numbers == {"uptake_score": 1.2346, "uptake_score_low95": 1.1, "uptake_score_high95": 1.4}
    assert errors_of(folder / "measurements.dcm") == set()


def test_an_image_lies_on_the_slices_that_it_was_made_from(tmp_path, enhanced_file):
    files, result, folder, _ = written(tmp_path, enhanced_file, image=True)
    made = [pydicom.dcmread(path) for path in sorted(folder.glob("uptake_*.dcm"))]
    assert len(made) == len(files)
    sources = {image.SOPInstanceUID: image for image in map(pydicom.dcmread, files)}
    known = {error.partition(" ")[0] for error in errors_of(files[0])}
    for image in made:
        (referred,) = image.SourceImageSequence
        source = sources[referred.ReferencedSOPInstanceUID]
        for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "FrameOfReferenceUID"):
            assert image[keyword] == source[keyword]
        assert (image.PatientID, image.StudyInstanceUID) == (source.PatientID, source.StudyInstanceUID)
        values = image.pixel_array * float(image.RescaleSlope)
        expected = source.pixel_array.astype(float) / 7 - 3
        assert np.abs(values - expected).max() <= float(image.RescaleSlope)
        assert list(image.ImageType[:2]) == ["DERIVED", "PRIMARY"]
        assert image.SeriesInstanceUID != source.SeriesInstanceUID
        assert image.Manufacturer == "QuantSeg"
    assert len({image.SOPInstanceUID for image in made}) == len(made)
    assert len({image.SeriesInstanceUID for image in made}) == 1
    path = next(folder.glob("uptake_*.dcm"))
    assert {error for error in errors_of(path) if error.partition(" ")[0] not in known} == set()
    assert result.scan.frame_count == 1


@pytest.mark.parametrize("kind", ["enhanced"])
def test_of_a_multi_frame_source_it_is_said_that_there_is_no_derived_series(tmp_path, enhanced_file, kind):
    _, _, folder, notes = written(tmp_path, enhanced_file, image=True, kind=kind)
    assert notes == ["There is no DICOM series of Uptake: it was made from a multi-frame file"]
    assert list(folder.glob("uptake_*.dcm")) == []
    assert (folder / "measurements.dcm").exists()
