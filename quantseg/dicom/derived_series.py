"""An image that a task made, as a derived series on the slices of its source."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from quantseg.dicom.naming import ObjectNames, ObjectSeries, equipment, short_text
from quantseg.dicom.source import SourceImages
from quantseg.errors import QuantSegError
from quantseg.results.case import CaseResult
from quantseg.results.outputs import ImageMap

if TYPE_CHECKING:
    from pydicom import Dataset
    from pydicom.dataset import FileDataset
    from pydicom.uid import UID

_HIGHEST_STORED = 32767
_OF_OTHER_VALUES = (
    "LossyImageCompressionRatio",
    "LossyImageCompressionMethod",
    "SmallestImagePixelValue",
    "LargestImagePixelValue",
    "PixelPaddingValue",
    "WindowCenterWidthExplanation",
    "VOILUTSequence",
    "ModalityLUTSequence",
    "RealWorldValueMappingSequence",
)
_EQUIPMENT_KEYWORDS = {
    "manufacturer": "Manufacturer",
    "manufacturer_model_name": "ManufacturerModelName",
    "software_versions": "SoftwareVersions",
    "device_serial_number": "DeviceSerialNumber",
}


def build_derived_series(
    result: CaseResult, image: ImageMap, number: int, source: SourceImages, names: ObjectNames
) -> Iterator[FileDataset]:
    """Yield the slices of a derived series, not yet written.

    Args:
        result: the case.
        image: what was made, axes column, row, slice.
        number: of the image among those of the case, from 0.
        source: the images it was made from, a file each.
        names: makes the UIDs.

    Raises:
        QuantSegError: the source is a multi-frame file.
    """
    from pydicom.uid import UID, ExplicitVRLittleEndian

    if len(source.headers) != len(source.frames):
        raise QuantSegError("it was made from a multi-frame file")
    finite = np.nan_to_num(image.array, posinf=0, neginf=0).astype(np.float64)
    # One scale for all slices: values of any size with five digits.
    slope = float(f"{max(float(np.abs(finite).max()), 1e-9) / _HIGHEST_STORED:.10g}")
    low, high = (float(value) for value in np.percentile(finite, (1, 99)))
    uid = names.uid(ObjectSeries.DERIVED_IMAGE, image.name)
    for index, plane in enumerate(source.planes_of(np.rint(finite / slope).astype(np.int16))):
        header = derived_header(
            source.headers[index], result, ObjectSeries.DERIVED_IMAGE, names, ExplicitVRLittleEndian
        )
        header.SeriesInstanceUID, header.SeriesNumber = uid, ObjectSeries.DERIVED_IMAGE.value + number
        header.DerivationDescription = f"{image.title}; made by {result.algorithm or 'QuantSeg'}; research use only"
        for keyword in _OF_OTHER_VALUES:
            if keyword in header:
                del header[keyword]
        header.SamplesPerPixel, header.PhotometricInterpretation = 1, "MONOCHROME2"
        header.BitsAllocated = header.BitsStored = 16
        header.HighBit, header.PixelRepresentation = 15, 1
        header.SeriesDescription = short_text(f"QuantSeg {image.title} (research use only)")
        header.SOPInstanceUID = header.file_meta.MediaStorageSOPInstanceUID = UID(
            names.uid("derived", image.name, index)
        )
        header.InstanceNumber = index + 1
        header.RescaleSlope, header.RescaleIntercept = f"{slope:.10g}", "0"
        header.WindowCenter, header.WindowWidth = f"{(low + high) / 2:.8g}", f"{max(high - low, slope):.8g}"
        header.PixelData = plane.astype("<i2").tobytes()
        yield header


def derived_header(
    source: Dataset, result: CaseResult, series: ObjectSeries, names: ObjectNames, transfer_syntax: UID
) -> FileDataset:
    """Return the header of an image that was made from another, which still lacks identifiers and pixels of its own.

    Args:
        source: header of the other image.
        result: the case.
        series: that the image belongs to.
        names: makes the UIDs.
        transfer_syntax: of its pixels.
    """
    from pydicom import Dataset
    from pydicom.dataset import FileDataset, FileMetaDataset

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = source.SOPClassUID
    meta.TransferSyntaxUID = transfer_syntax
    kept = copy.deepcopy(Dataset({element.tag: element for element in source if not element.tag.is_private}))
    header = FileDataset("", kept, file_meta=meta, preamble=b"\0" * 128)
    if "RequestAttributesSequence" in header:
        del header.RequestAttributesSequence
    referred = Dataset()
    referred.ReferencedSOPClassUID, referred.ReferencedSOPInstanceUID = source.SOPClassUID, source.SOPInstanceUID
    header.SourceImageSequence = [referred]
    for argument, keyword in _EQUIPMENT_KEYWORDS.items():
        setattr(header, keyword, equipment(result.task, series, names)[argument])
    header.ImageType = ["DERIVED", "PRIMARY", *_further(source)]
    now = datetime.now()
    header.ContentDate, header.ContentTime = now.strftime("%Y%m%d"), now.strftime("%H%M%S")
    return header


def _further(source: Dataset) -> Sequence[str]:
    """Return the third and later values of ImageType, which some classes demand."""
    return list(source.get("ImageType") or ())[2:]
