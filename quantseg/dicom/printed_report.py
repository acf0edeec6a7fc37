"""The printed report of a case as an encapsulated PDF, and its pictures as secondary captures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from quantseg.dicom.naming import CHARACTER_SET, ObjectNames, ObjectSeries, coded, equipment, short_text
from quantseg.measure.segments import Code
from quantseg.results.case import CaseResult
from quantseg.results.drawing import INK, PAPER
from quantseg.results.layout import RESEARCH_ONLY
from quantseg.results.picture_font import picture_font

if TYPE_CHECKING:
    from highdicom import SOPClass
    from highdicom.sc import SCImage
    from PIL.Image import Image
    from pydicom import Dataset

_ENCAPSULATED_PDF = "1.2.840.10008.5.1.4.1.1.104.1"
_STATEMENT_LINE, _STATEMENT_WIDTH = 30, 360
_TITLE = Code("LN", "59776-5", "Procedure Findings")


def build_printed_report(result: CaseResult, title: str, pdf: bytes, image: Dataset, names: ObjectNames) -> SOPClass:
    """Return a PDF file as a DICOM object, not yet written.

    Args:
        result: the case.
        title: of the report.
        pdf: content of the file.
        image: header of an image of the source, whose patient and study it belongs to.
        names: makes the UIDs.
    """
    from highdicom import SOPClass
    from pydicom import Dataset
    from pydicom.uid import ExplicitVRLittleEndian

    found = SOPClass(
        study_instance_uid=image.StudyInstanceUID,
        sop_instance_uid=names.uid("printed report"),
        sop_class_uid=_ENCAPSULATED_PDF,
        instance_number=1,
        modality="DOC",
        transfer_syntax_uid=ExplicitVRLittleEndian,
        specific_character_set=CHARACTER_SET,
        **equipment(result.task, ObjectSeries.PRINTED_REPORT, names),
        **_person_and_study(image),
    )
    found.copy_patient_and_study_information(image)
    source = Dataset()
    source.ReferencedSOPClassUID, source.ReferencedSOPInstanceUID = image.SOPClassUID, image.SOPInstanceUID
    found.ConversionType = "WSD"
    found.BurnedInAnnotation = "NO"
    found.AcquisitionDateTime = ""
    found.DocumentTitle = short_text(title)
    found.ConceptNameCodeSequence = [coded(_TITLE)]
    found.SourceInstanceSequence = [source]
    found.MIMETypeOfEncapsulatedDocument = "application/pdf"
    found.EncapsulatedDocumentLength = len(pdf)
    found.EncapsulatedDocument = pdf + b"\0" * (len(pdf) % 2)
    return found


def build_key_image(
    result: CaseResult, title: str, picture: Image, number: int, image: Dataset, names: ObjectNames
) -> SCImage:
    """Return a picture of a case as a DICOM object, not yet written.

    Args:
        result: the case.
        title: what it shows.
        picture: as the report has it.
        number: of the picture, from 1.
        image: header of an image of the source.
        names: makes the UIDs.
    """
    from highdicom.sc import SCImage
    from pydicom.uid import ExplicitVRLittleEndian

    found = SCImage(
        pixel_array=np.asarray(picture.convert("RGB")),
        photometric_interpretation="RGB",
        bits_allocated=8,
        coordinate_system="PATIENT",
        # A picture has planes of several orientations, whose letters stand in it: taken back below.
        patient_orientation=("L", "F"),
        study_instance_uid=image.StudyInstanceUID,
        sop_instance_uid=names.uid("key image", number),
        instance_number=number,
        transfer_syntax_uid=ExplicitVRLittleEndian,
        specific_character_set=CHARACTER_SET,
        **equipment(result.task, ObjectSeries.KEY_IMAGES, names),
        **_person_and_study(image),
    )
    found.copy_patient_and_study_information(image)
    # Both are known to be without a value.
    found.PatientOrientation, found.Laterality = [], ""
    found.ImageComments = title
    found.BurnedInAnnotation = "NO"
    return found


def with_statement(picture: Image) -> Image:
    """Return a picture with the sentence below it that all results carry, for it may be seen apart from its report."""
    from PIL import Image, ImageDraw

    wide = max(picture.width, _STATEMENT_WIDTH)
    canvas = Image.new("RGB", (wide, picture.height + _STATEMENT_LINE), PAPER)
    canvas.paste(picture, ((wide - picture.width) // 2, 0))
    place = (wide / 2, picture.height + _STATEMENT_LINE / 2)
    ImageDraw.Draw(canvas).text(place, RESEARCH_ONLY, INK, picture_font(15), anchor="mm")
    return canvas


def _person_and_study(image: Dataset) -> dict[str, Any]:
    """Return whom and which study an object belongs to, by argument of highdicom's constructors."""
    return {
        "patient_id": image.PatientID,
        "patient_name": image.PatientName,
        "patient_birth_date": image.PatientBirthDate,
        "patient_sex": image.PatientSex,
        "accession_number": image.AccessionNumber,
        "study_id": image.StudyID,
        "study_date": image.StudyDate,
        "study_time": image.StudyTime,
        "referring_physician_name": image.get("ReferringPhysicianName"),
    }
