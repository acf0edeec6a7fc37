"""Classic DICOM series, written slice by slice."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from quantseg.volume import Volume

MR_CLASS = "1.2.840.10008.5.1.4.1.1.4"
PATIENT_NAME = "Doe^Jane"


def study_fields(between_slices_mm: float) -> dict:
    """Return what a scanner writes beside the pixels, and dcmqi copies."""
    return {
        "StudyDate": "20200101",
        "StudyTime": "120000",
        "AccessionNumber": "",
        "ReferringPhysicianName": "",
        "StudyID": "1",
        "PatientSex": "F",
        "FrameOfReferenceUID": "1.2.3.4.6",
        "SliceThickness": between_slices_mm,
        "SpacingBetweenSlices": between_slices_mm,
    }


def write_series(folder: Path, volume: Volume, change=None, ending="", prefix="IM", **fields) -> list[Path]:
    """Write a series with shuffled file names and instance numbers."""
    common = {
        "SOPClassUID": MR_CLASS,
        "Modality": "MR",
        "ImageType": ["ORIGINAL", "PRIMARY"],
        "StudyInstanceUID": "1.2.3.4",
        "SeriesInstanceUID": "1.2.3.4.5",
        "SeriesNumber": 7,
        "EchoTime": 3.5,
        "RepetitionTime": 2300,
        **fields,
    }
    count = volume.array.shape[2]
    order = random.Random(count).sample(range(count), count)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for k in range(count):
        dataset = a_slice(volume, k, order[k] + 1, common)
        if change is not None and change(dataset, k) is False:
            continue
        paths.append(folder / f"{prefix}{order[k]}{ending}")
        dataset.save_as(paths[-1], enforce_file_format=True)
    return paths


def a_slice(volume: Volume, k: int, instance: int, common: dict) -> FileDataset:
    """Return one slice, not yet written."""
    lps = np.diag([-1.0, -1.0, 1.0, 1.0]) @ volume.affine
    spacing_mm = np.linalg.norm(lps[:3, :3], axis=0)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = common["SOPClassUID"]
    meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=[common["SeriesInstanceUID"], str(k)])
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    dataset.PatientName = PATIENT_NAME
    dataset.PatientID = "4711"
    dataset.PatientBirthDate = "19660101"
    dataset.InstanceNumber = instance
    dataset.ImagePositionPatient = [f"{value:.8g}" for value in lps[:3, 3] + k * lps[:3, 2]]
    dataset.ImageOrientationPatient = [f"{value:.8g}" for value in (lps[:3, :2] / spacing_mm[:2]).T.ravel()]
    dataset.PixelSpacing = [f"{spacing_mm[1]:.8g}", f"{spacing_mm[0]:.8g}"]
    plane = np.ascontiguousarray(volume.array[:, :, k].T)
    dataset.Rows, dataset.Columns = plane.shape
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit = 15
    dataset.PixelRepresentation = int(plane.dtype.kind == "i")
    dataset.PixelData = plane.tobytes()
    for keyword, value in common.items():
        setattr(dataset, keyword, value)
    return dataset
