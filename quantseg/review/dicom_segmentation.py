"""A case as a DICOM Segmentation object that refers to the series it was made from."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

import quantseg
from quantseg.errors import QuantSegError
from quantseg.measure.segments import Code, Segment
from quantseg.mrml.segments import AlgorithmType, made_by
from quantseg.results.case import CaseResult
from quantseg.review.approval import DRAFT
from quantseg.review.dicom_source import SourceImages, read_source_images

if TYPE_CHECKING:
    from highdicom.content import AlgorithmIdentificationSequence
    from highdicom.seg import Segmentation, SegmentDescription
    from highdicom.sr import CodedConcept

# Slicer's category for anatomy is retired in SNOMED CT; DICOM's context group 7150 has this one in its place.
_CATEGORIES = {"123037004": Code("SCT", "91723000", "Anatomical structure")}
_SERIES_NUMBER = 300
_LONG_STRING_CHARACTERS = 64
# The field must not be empty (PS3.3, C.7.5.2), and a program has none.
_NO_SERIAL_NUMBER = "0"


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
                source = read_source_images(source_files)
                _segmentation(result, drawn, source, reviewer).save_as(path)
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


def _segmentation(result: CaseResult, segments: Sequence[Segment], source: SourceImages, reviewer: str) -> Segmentation:
    from highdicom.seg import Segmentation, SegmentationTypeValues
    from highdicom.uid import UID

    planes = source.planes(result.volume.with_array(result.labels))
    draft = "" if reviewer else f"{DRAFT}, "
    return Segmentation(
        source_images=source.headers,
        pixel_array=np.stack([planes == segment.value for segment in segments], axis=-1),
        segmentation_type=SegmentationTypeValues.BINARY,
        segment_descriptions=[_described(segment, number, result) for number, segment in enumerate(segments, start=1)],
        series_instance_uid=UID(),
        series_number=_SERIES_NUMBER,
        series_description=_short(f"QuantSeg {result.task} ({draft}research use only)"),
        sop_instance_uid=UID(),
        instance_number=1,
        manufacturer="QuantSeg",
        manufacturer_model_name="QuantSeg",
        software_versions=quantseg.__version__,
        device_serial_number=_NO_SERIAL_NUMBER,
        content_label="SEGMENTATION",
        content_description=_short(f"{draft}segmentation by {result.algorithm}"),
        content_creator_name=_person_name(reviewer or "QuantSeg"),
        # Names of patients and of reviewers may be written in different scripts.
        specific_character_set="ISO_IR 192",
    )


def _person_name(name: str) -> str:
    """Return a name as DICOM writes it: family name first, then a caret, even where there is no given name."""
    given, _, family = name.partition(" ")
    return f"{family}^{given}" if family else f"{name}^"


def _described(segment: Segment, number: int, result: CaseResult) -> SegmentDescription:
    from highdicom.color import CIELabColor
    from highdicom.seg import SegmentDescription

    terminology = segment.terminology
    kind = made_by(result.algorithm, segment.key in result.edited_segments)
    category = _CATEGORIES.get(terminology.category.value, terminology.category)
    described = SegmentDescription(
        segment_number=number,
        segment_label=_short(segment.name),
        segmented_property_category=_concept(category),
        segmented_property_type=_concept(terminology.type),
        algorithm_type=kind.value,
        algorithm_identification=None if kind is AlgorithmType.MANUAL else _algorithm(result),
        anatomic_regions=[_concept(terminology.region)] if terminology.region else None,
        display_color=CIELabColor.from_rgb(*segment.colour),
    )
    described.SegmentDescription = segment.name
    # highdicom's constructor has no place for these two.
    if terminology.type_modifier:
        modifier = [_concept(terminology.type_modifier)]
        described.SegmentedPropertyTypeCodeSequence[0].SegmentedPropertyTypeModifierCodeSequence = modifier
    if terminology.region and terminology.region_modifier:
        described.AnatomicRegionSequence[0].AnatomicRegionModifierSequence = [_concept(terminology.region_modifier)]
    return described


def _algorithm(result: CaseResult) -> AlgorithmIdentificationSequence:
    from highdicom.content import AlgorithmIdentificationSequence
    from pydicom.sr.codedict import codes

    # Which made the labels comes first: what the field has no room for is only who helped to find them.
    maker_first = sorted(result.models, key=lambda model: model.name != result.made_by)
    models = ", ".join(f"{model.name} {model.version}" for model in maker_first)
    return AlgorithmIdentificationSequence(
        name=_short(result.algorithm),
        family=codes.cid7162.ArtificialIntelligence,
        version=_short(models),
        source="QuantSeg",
    )


def _concept(code: Code) -> CodedConcept:
    from highdicom.sr import CodedConcept

    return CodedConcept(code.value, code.scheme, code.meaning)


def _short(text: str) -> str:
    """Return what fits into a field of DICOM's type LO."""
    return text[:_LONG_STRING_CHARACTERS]
