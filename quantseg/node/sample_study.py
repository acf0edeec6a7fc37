"""A sample that ships with QuantSeg as a DICOM study, as a scanner would send it; public, and the same every time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from quantseg.dicom.naming import ObjectNames
from quantseg.tasks.contract import SampleStudy

if TYPE_CHECKING:
    from pydicom.dataset import FileDataset

PATIENT_ID = "QuantSeg-demo"
_MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4"
_RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
_WHOLE_PIXELS = 8
_WINDOW_PERCENTILES = (1.0, 99.5)
_OF_ALL: dict[str, Any] = {
    "SpecificCharacterSet": "ISO_IR 100",
    "ImageType": ["ORIGINAL", "PRIMARY", "OTHER"],
    "Modality": "MR",
    # Not QuantSeg, whose own objects no task measures.
    "Manufacturer": "Sample",
    "PatientName": "QuantSeg^Demo",
    "PatientID": PATIENT_ID,
    "PatientBirthDate": "",
    "PatientSex": "O",
    "StudyDate": "20200101",
    "StudyTime": "120000",
    "SeriesDate": "20200101",
    "SeriesTime": "120500",
    "AccessionNumber": "",
    "ReferringPhysicianName": "",
    "StudyID": "1",
    "SeriesNumber": 1,
    "PatientPosition": "HFS",
    "PositionReferenceIndicator": "",
    "ScanningSequence": "GR",
    "SequenceVariant": "SP",
    "ScanOptions": "",
    "EchoTrainLength": 1,
    "SamplesPerPixel": 1,
    "PhotometricInterpretation": "MONOCHROME2",
    "BitsAllocated": 16,
    "BitsStored": 16,
    "HighBit": 15,
    "PixelRepresentation": 1,
}


def write_sample_study(image: Path, sample: SampleStudy, folder: Path) -> list[Path]:
    """Write a sample as a study of one series, a file a slice and frame.

    Args:
        image: NIfTI of three axes, or of four for a cine; the fourth is time in ms.
        sample: how it is sliced, and what its headers say.
        folder: receives the files.

    Returns:
        The files, slice by slice, of a cine frame by frame.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, one in enumerate(_slices(image, sample), start=1):
        paths.append(folder / f"image{number:04d}.dcm")
        one.save_as(paths[-1], enforce_file_format=True)
    return paths


def _slices(path: Path, sample: SampleStudy) -> Iterator[FileDataset]:
    import nibabel
    from nibabel.orientations import axcodes2ornt, io_orientation, ornt_transform

    image = nibabel.Nifti1Image.from_filename(path)
    if sample.axes:
        image = image.as_reoriented(ornt_transform(io_orientation(image.affine), axcodes2ornt(sample.axes)))
    array = _padded(np.asanyarray(image.dataobj).astype("<i2"))
    frames = np.moveaxis(array[..., np.newaxis] if array.ndim == 3 else array, -1, 0)
    interval_ms = float(image.header.get_zooms()[3]) if array.ndim == 4 else 0.0
    lps = _RAS_TO_LPS @ image.affine
    spacing_mm = np.linalg.norm(lps[:3, :3], axis=0)
    names = ObjectNames(hashlib.sha256(array.tobytes() + lps.tobytes() + repr(sample).encode()).hexdigest())
    low, high = (float(value) for value in np.percentile(array, _WINDOW_PERCENTILES))
    common: dict[str, Any] = {
        **_OF_ALL,
        **sample.header,
        "StudyInstanceUID": names.uid("study"),
        "SeriesInstanceUID": names.uid("series"),
        "FrameOfReferenceUID": names.uid("frame of reference"),
        "Rows": array.shape[1],
        "Columns": array.shape[0],
        "PixelSpacing": [f"{spacing_mm[1]:.8g}", f"{spacing_mm[0]:.8g}"],
        "SliceThickness": f"{spacing_mm[2]:.8g}",
        "SpacingBetweenSlices": f"{spacing_mm[2]:.8g}",
        "ImageOrientationPatient": [f"{value:.8g}" for value in (lps[:3, :2] / spacing_mm[:2]).T.ravel()],
        "WindowCenter": f"{(low + high) / 2:.6g}",
        "WindowWidth": f"{high - low:.6g}",
    }
    if len(frames) > 1:
        common["NominalInterval"] = round(interval_ms * len(frames))
    for k in range(array.shape[2]):
        for time, frame in enumerate(frames):
            own = {
                "SOPInstanceUID": names.uid("image", k, time),
                "InstanceNumber": k * len(frames) + time + 1,
                "ImagePositionPatient": [f"{value:.8g}" for value in lps[:3, 3] + k * lps[:3, 2]],
                "PixelData": np.ascontiguousarray(frame[:, :, k].T).tobytes(),
            }
            if len(frames) > 1:
                own["TriggerTime"] = f"{time * interval_ms:.8g}"
            yield _data_set(common | own)


def _padded(array: np.ndarray) -> np.ndarray:
    """Return an array with dark columns and rows at the end, up to such numbers of them as scanners have.

    Segmentations of other sizes are drawn wrongly by some viewers: their frames do not begin at whole bytes.
    """
    more = [(0, -size % _WHOLE_PIXELS) for size in array.shape[:2]]
    return np.pad(array, [*more, *[(0, 0)] * (array.ndim - 2)])


def _data_set(values: dict[str, Any]) -> FileDataset:
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import UID, ExplicitVRLittleEndian

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(_MR_IMAGE)
    meta.MediaStorageSOPInstanceUID = UID(values["SOPInstanceUID"])
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    found = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    found.SOPClassUID = _MR_IMAGE
    for keyword, value in values.items():
        setattr(found, keyword, value)
    return found
