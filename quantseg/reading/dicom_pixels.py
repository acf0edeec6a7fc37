"""The pixels of a DICOM file as they are stored, whichever way they are compressed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from quantseg.errors import InputRefused
from quantseg.reading.archive import content_of, on_disk
from quantseg.reading.dicom_frames import Frame
from quantseg.reading.dicom_warnings import silence_pydicom

if TYPE_CHECKING:
    from pydicom.uid import UID

# What SimpleITK's GDCM decodes (PS3.5, annex A.4). pydicom has no decoder of its own for lossless JPEG, which most
# archives use, and for 12-bit JPEG; the free-standing ones are under the GPL or another 13 MB.
_GDCM_DECODES = frozenset(
    {
        "1.2.840.10008.1.2.4.50",  # JPEG baseline
        "1.2.840.10008.1.2.4.51",  # JPEG extended, 12 bit
        "1.2.840.10008.1.2.4.57",  # JPEG lossless
        "1.2.840.10008.1.2.4.70",  # JPEG lossless, first-order prediction
        "1.2.840.10008.1.2.4.80",  # JPEG-LS lossless
        "1.2.840.10008.1.2.4.81",  # JPEG-LS near-lossless
        "1.2.840.10008.1.2.4.90",  # JPEG 2000 lossless
        "1.2.840.10008.1.2.4.91",  # JPEG 2000
        "1.2.840.10008.1.2.5",  # RLE
    }
)


def stored_values(path: Path, first: Frame) -> np.ndarray:
    """Return the stored values of a file, not rescaled, shape (frames, rows, columns).

    Args:
        path: of the file.
        first: its first frame.

    Raises:
        InputRefused: nothing at hand decodes this kind of compression.
        Exception: of many kinds, where the pixels are truncated or damaged.
    """
    import pydicom

    silence_pydicom()
    # This shows, too, that compressed pixels are whole: their end mark is there.
    with content_of(path) as stream:
        dataset = pydicom.dcmread(stream, force=True)
    syntax = dataset.file_meta.get("TransferSyntaxUID")
    if syntax is None:
        return _decoded_by_gdcm(path, first)
    if _pydicom_decodes(syntax):
        try:
            return dataset.pixel_array.reshape(-1, *first.size)
        except Exception:  # its decoders raise many kinds where they cannot go on, such as for 12-bit JPEG
            if syntax not in _GDCM_DECODES:
                raise
    if syntax in _GDCM_DECODES:
        return _decoded_by_gdcm(path, first)
    raise InputRefused(
        f"the pixels are compressed as {syntax.name}, which nothing installed here decodes; export the series "
        "uncompressed, or install a decoder that pydicom knows"
    )


def _pydicom_decodes(syntax: UID) -> bool:
    from pydicom.pixels import get_decoder

    try:
        return get_decoder(syntax).is_available
    except NotImplementedError:
        return False


def _decoded_by_gdcm(path: Path, first: Frame) -> np.ndarray:
    """Return the stored values as GDCM decodes them.

    GDCM rescales all frames by the first one's slope and intercept, which enhanced files need not share: that is
    undone here.
    """
    import SimpleITK as sitk

    reader = sitk.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    with on_disk(path) as file:
        reader.SetFileName(str(file))
        values = sitk.GetArrayFromImage(reader.Execute())
    if first.slope != 1 or first.intercept != 0:
        values = np.rint((values - first.intercept) / first.slope)
    return values.reshape(-1, *values.shape[-2:])
