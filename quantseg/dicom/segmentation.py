"""A case as a DICOM Segmentation object that refers to the series it was made from."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

import quantseg
from quantseg.dicom.naming import (
    CHARACTER_SET,
    MANUFACTURER,
    NO_SERIAL_NUMBER,
    ObjectSeries,
    coded,
    person_name,
    series_description,
    short_text,
)
from quantseg.dicom.source import FrameReference, SourceImages, read_source_images
from quantseg.errors import QuantSegError
from quantseg.measure.segments import Code, Segment
from quantseg.mrml.segments import AlgorithmType, made_by
from quantseg.results.case import CaseResult
from quantseg.results.layout import APPROVED, DRAFT

if TYPE_CHECKING:
    from highdicom.content import AlgorithmIdentificationSequence
    from highdicom.seg import Segmentation, SegmentDescription

# Slicer's category for anatomy is retired in SNOMED CT; DICOM's context group 7150 has this one in its place.
_CATEGORIES = {"123037004": Code("SCT", "91723000", "Anatomical structure")}


class DicomSegmentationExporter(Protocol):
    """Writes a DICOM SEG: Slicer's own plugin on the desktop, highdicom elsewhere."""

    def export(self, result: CaseResult, source_files: Sequence[Path], path: Path, reviewer: str) -> None:
        """Write a file.

        Args:
            result: labels on the grid of the source series.
            source_files: the images that were segmented.
            path: of the file to write.
            reviewer: who approved the labels; empty for a draft.

        Raises:
            QuantSegError: it could not be written.
        """
        ...


class HighdicomExporter:
    """Exports through highdicom, where there is no Slicer."""

    def export(self, result: CaseResult, source_files: Sequence[Path], path: Path, reviewer: str) -> None:
        """Write a file, binary, on the source series' own grid; see :class:`DicomSegmentationExporter`."""
        if importlib.util.find_spec("highdicom") is None:
            raise QuantSegError("A DICOM segmentation needs highdicom; run: pip install highdicom.")
        drawn = [segment for segment in result.segments if np.any(result.labels == segment.value)]
        if not drawn:
            raise QuantSegError(f"{result.name} has no labelled voxel; a DICOM segmentation must have one.")
        with warnings.catch_warnings():
            # Warnings quote values; none of a patient's may reach a log.
            warnings.simplefilter("ignore")
            try:
                from highdicom.uid import UID

                source = read_source_images(source_files)
                planes = source.planes(result.volume.with_array(result.labels))
                uids = SegmentationUids(UID(), UID(), UID())
                build_segmentation(result, drawn, source, planes, uids, reviewer).save_as(path)
            except (QuantSegError, OSError) as error:
                path.unlink(missing_ok=True)
                raise QuantSegError(f"The DICOM segmentation was not written: {error}") from error
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                path.unlink(missing_ok=True)
                # What pydicom and highdicom say of a value quotes it.
                raise QuantSegError(
                    "The DICOM segmentation was not written: a header of the images holds a value that it cannot "
                    f"repeat ({type(error).__name__}); export the series again from the archive"
                ) from None


@dataclass(frozen=True)
class SegmentationUids:
    """What a segmentation object and its parts are called.

    Attributes:
        series: SeriesInstanceUID.
        instance: SOPInstanceUID.
        dimensions: DimensionOrganizationUID, of the order of its frames.
    """

    series: str
    instance: str
    dimensions: str


def build_segmentation(
    result: CaseResult,
    segments: Sequence[Segment],
    source: SourceImages,
    planes: np.ndarray,
    uids: SegmentationUids,
    reviewer: str = "",
    phase: str = "",
) -> Segmentation:
    """Return a segmentation object, not yet written.

    Args:
        result: which algorithm made the labels, and which of them a person changed.
        segments: those that have a voxel.
        source: the images that were segmented.
        planes: labels as :meth:`SourceImages.planes_of` returns them.
        uids: of the object.
        reviewer: who approved the labels; empty for a draft.
        phase: that is segmented, such as ED; empty where there are none.
    """
    from highdicom.seg import Segmentation, SegmentationTypeValues

    state = APPROVED if reviewer else DRAFT
    what = f"segmentation of {phase}" if phase else "segmentation"
    found = Segmentation(
        source_images=source.headers,
        pixel_array=np.stack([planes == segment.value for segment in segments], axis=-1),
        segmentation_type=SegmentationTypeValues.BINARY,
        segment_descriptions=[_described(segment, number, result) for number, segment in enumerate(segments, start=1)],
        series_instance_uid=uids.series,
        series_number=ObjectSeries.SEGMENTATION.value,
        series_description=series_description(result.task, ObjectSeries.SEGMENTATION, phase, state),
        sop_instance_uid=uids.instance,
        instance_number=1,
        manufacturer=MANUFACTURER,
        manufacturer_model_name=MANUFACTURER,
        software_versions=quantseg.__version__,
        device_serial_number=NO_SERIAL_NUMBER,
        content_label="APPROVED" if reviewer else "SEGMENTATION",
        content_description=short_text(f"{state}, {what} by {result.algorithm}"),
        content_creator_name=person_name(reviewer or MANUFACTURER),
        # Names of patients and of reviewers may be written in different scripts.
        specific_character_set=CHARACTER_SET,
    )
    _name_dimensions(found, uids.dimensions)
    if source.frame_references:
        _refer_to_frames(found, source.frame_references)
    if source.series_of:
        _refer_to_series(found, source.series_of)
    return found


def _name_dimensions(segmentation: Segmentation, uid: str) -> None:
    """Call the order of frames as asked: highdicom calls it anew each time."""
    for item in (*segmentation.DimensionOrganizationSequence, *segmentation.DimensionIndexSequence):
        item.DimensionOrganizationUID = uid


def _refer_to_series(segmentation: Segmentation, series_of: Mapping[str, str]) -> None:
    """Say of each image in which series it really lies."""
    from pydicom import Dataset

    by_series: dict[str, list[Dataset]] = {}
    for series in segmentation.ReferencedSeriesSequence:
        for one in series.ReferencedInstanceSequence:
            by_series.setdefault(series_of[one.ReferencedSOPInstanceUID], []).append(one)
    referred = []
    for uid, images in by_series.items():
        item = Dataset()
        item.SeriesInstanceUID, item.ReferencedInstanceSequence = uid, images
        referred.append(item)
    segmentation.ReferencedSeriesSequence = referred


def _refer_to_frames(segmentation: Segmentation, references: Sequence[FrameReference]) -> None:
    """Name the file and the number of each frame of a multi-frame image that was put together."""
    from pydicom import Dataset

    # Frames of several segments may share what refers to one image, which must be numbered once.
    images = {
        id(image): image
        for group in segmentation.PerFrameFunctionalGroupsSequence
        for derivation in group.DerivationImageSequence
        for image in derivation.SourceImageSequence
    }
    for image in images.values():
        frame = references[int(image.ReferencedFrameNumber) - 1]
        image.ReferencedSOPInstanceUID, image.ReferencedFrameNumber = frame.instance_uid, frame.number
    (put_together,) = segmentation.SourceImageSequence
    files = []
    for uid in dict.fromkeys(frame.instance_uid for frame in references):
        file = Dataset()
        file.ReferencedSOPClassUID, file.ReferencedSOPInstanceUID = put_together.ReferencedSOPClassUID, uid
        files.append(file)
    segmentation.SourceImageSequence = files
    segmentation.ReferencedSeriesSequence[0].ReferencedInstanceSequence = files


def _described(segment: Segment, number: int, result: CaseResult) -> SegmentDescription:
    from highdicom.color import CIELabColor
    from highdicom.seg import SegmentDescription

    terminology = segment.terminology
    kind = made_by(result.algorithm, segment.key in result.edited_segments)
    category = _CATEGORIES.get(terminology.category.value, terminology.category)
    described = SegmentDescription(
        segment_number=number,
        segment_label=short_text(segment.name),
        segmented_property_category=coded(category),
        segmented_property_type=coded(terminology.type),
        algorithm_type=kind.value,
        algorithm_identification=None if kind is AlgorithmType.MANUAL else _algorithm(result),
        anatomic_regions=[coded(terminology.region)] if terminology.region else None,
        display_color=CIELabColor.from_rgb(*segment.colour),
    )
    described.SegmentDescription = segment.name
    # highdicom's constructor has no place for these two.
    if terminology.type_modifier:
        modifier = [coded(terminology.type_modifier)]
        described.SegmentedPropertyTypeCodeSequence[0].SegmentedPropertyTypeModifierCodeSequence = modifier
    if terminology.region and terminology.region_modifier:
        described.AnatomicRegionSequence[0].AnatomicRegionModifierSequence = [coded(terminology.region_modifier)]
    return described


def _algorithm(result: CaseResult) -> AlgorithmIdentificationSequence:
    from highdicom.content import AlgorithmIdentificationSequence
    from pydicom.sr.codedict import codes

    # Which made the labels comes first: what the field has no room for is only who helped to find them.
    maker_first = sorted(result.models, key=lambda model: model.name != result.made_by)
    models = ", ".join(f"{model.name} {model.version}" for model in maker_first)
    return AlgorithmIdentificationSequence(
        name=short_text(result.algorithm),
        family=codes.cid7162.ArtificialIntelligence,
        version=short_text(models),
        source=MANUFACTURER,
    )
