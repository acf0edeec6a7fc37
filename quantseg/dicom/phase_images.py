"""The images of one phase of a cine as a series of their own, so that a segmentation of that phase lies on no other.

Viewers draw a segmentation over whatever lies at its place: of a cine that is every frame, or none. OHIF draws that of
end-systole over the end-diastolic frame, too, or, where it plays the cine, nothing at all.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from quantseg.dicom.derived_series import derived_header
from quantseg.dicom.naming import ObjectNames, ObjectSeries, series_description
from quantseg.dicom.source import SourceImages
from quantseg.errors import QuantSegError
from quantseg.reading.archive import content_of
from quantseg.results.case import CaseResult

if TYPE_CHECKING:
    from pydicom import Dataset
    from pydicom.dataset import FileDataset

# By these a viewer takes a series for a cine. The first may be demanded, and may be empty.
_TIME_IN_THE_BEAT = "TriggerTime"
_OF_A_CINE: tuple[str | int, ...] = (
    0x00181090,  # how many images a beat has
    "NumberOfTemporalPositions",
    "TemporalPositionIdentifier",
    "TemporalPositionIndex",
    "TemporalResolution",
    "FrameTime",
    "CineRate",
)


def can_stand_alone(source: SourceImages) -> bool:
    """Tell whether the slices can be a series of their own: each lies in a file of its own."""
    return len(source.headers) == len(source.frames) and not source.frame_references


def phase_images(
    result: CaseResult, phase: str, source: SourceImages, names: ObjectNames
) -> tuple[list[FileDataset], SourceImages]:
    """Return the images of a phase, not yet written, and the same as what a segmentation refers to.

    Args:
        result: the case.
        phase: such as ED.
        source: the slices of the phase, a file each.
        names: makes the UIDs.

    Raises:
        QuantSegError: a file of the cine cannot be read.
    """
    from pydicom.uid import UID

    uid = names.uid(ObjectSeries.PHASE_IMAGES, phase)
    images = []
    for index, (header, frame) in enumerate(zip(source.headers, source.frames, strict=True)):
        original = _whole(frame.path)
        image = derived_header(header, result, ObjectSeries.PHASE_IMAGES, names, original.file_meta.TransferSyntaxUID)
        image.SeriesInstanceUID, image.SeriesNumber = uid, ObjectSeries.PHASE_IMAGES.value
        image.SeriesDescription = series_description(result.task, ObjectSeries.PHASE_IMAGES, phase, names.state)
        image.DerivationDescription = f"Copies of the images of {phase} alone; research use only"
        image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = UID(names.uid("phase image", phase, index))
        image.InstanceNumber = index + 1
        for keyword in _OF_A_CINE:
            if keyword in image:
                del image[keyword]
        if _TIME_IN_THE_BEAT in image:
            setattr(image, _TIME_IN_THE_BEAT, None)
        image["PixelData"] = original["PixelData"]
        images.append(image)
    headers: list[Dataset] = list(images)
    return images, replace(source, headers=headers, series_of={})


def _whole(path: Path) -> FileDataset:
    import pydicom

    try:
        with content_of(path) as stream:
            return pydicom.dcmread(stream)
    except Exception:  # pydicom raises many kinds on damaged files; all mean the same here
        raise QuantSegError("an image of the cine cannot be read again") from None
