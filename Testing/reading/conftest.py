"""Factories of image files and DICOM series."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest
from made_volumes import affine_of, noisy_array
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from quantseg.volume import Volume

MR_CLASS = "1.2.840.10008.5.1.4.1.1.4"
ENHANCED_MR_CLASS = "1.2.840.10008.5.1.4.1.1.4.1"
PATIENT_NAME = "Doe^Jane"


@pytest.fixture
def nifti(tmp_path: Path) -> Callable[..., Path]:
    """Factory of NIfTI files."""

    def write(array=None, affine=None, name="scan.nii.gz", image_class=nibabel.Nifti1Image, change=None) -> Path:
        array = noisy_array() if array is None else array
        image = image_class(array, affine_of(np.eye(3)) if affine is None else affine, dtype=array.dtype)
        if change is not None:
            change(image.header)
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_nifti_bytes(image, path))
        return path

    return write


def _nifti_bytes(image, path: Path) -> bytes:
    """nibabel's own writer repairs headers; here they stay as the test wants them."""
    header = image.header.copy()
    header["vox_offset"] = 352 if header["sizeof_hdr"] == 348 else 544
    array = np.asarray(image.dataobj)
    data = np.asfortranarray(array.astype(header.get_data_dtype(), copy=False)).tobytes(order="F")
    content = header.binaryblock + b"\0" * 4 + data
    return gzip.compress(content) if path.name.endswith(".gz") else content


def _slice(volume: Volume, k: int, instance: int, common: dict) -> FileDataset:
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


@pytest.fixture
def dicom_series() -> Callable[..., list[Path]]:
    """Factory of classic DICOM series: shuffled file names and instance numbers, no ending unless asked for."""

    def write(folder: Path, volume: Volume | None = None, change=None, ending="", prefix="IM", **fields) -> list[Path]:
        volume = volume or Volume(noisy_array(), affine_of(np.eye(3)))
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
            dataset = _slice(volume, k, order[k] + 1, common)
            if change is not None and change(dataset, k) is False:
                continue
            paths.append(folder / f"{prefix}{order[k]}{ending}")
            dataset.save_as(paths[-1], enforce_file_format=True)
        return paths

    return write


@pytest.fixture
def enhanced_file() -> Callable[..., Path]:
    """Factory of enhanced multi-frame MR files, frames in shuffled order."""

    def write(path: Path, volume: Volume, slopes=None, change=None) -> Path:
        count = volume.array.shape[2]
        order = random.Random(1).sample(range(count), count)
        common = {"SOPClassUID": ENHANCED_MR_CLASS, "Modality": "MR", "SeriesInstanceUID": "1.2.3.9"}
        slices = [_slice(volume, k, 1, common) for k in range(count)]
        dataset = _slice(volume, 0, 1, {**common, "StudyInstanceUID": "1.2.3", "SeriesNumber": 5})
        groups = []
        for k in order:
            position, orientation, measures, values = Dataset(), Dataset(), Dataset(), Dataset()
            position.ImagePositionPatient = slices[k].ImagePositionPatient
            orientation.ImageOrientationPatient = slices[k].ImageOrientationPatient
            measures.PixelSpacing = slices[k].PixelSpacing
            values.RescaleSlope = 1 if slopes is None else slopes[k]
            values.RescaleIntercept = 0
            values.RescaleType = "US"
            group = Dataset()
            group.PlanePositionSequence = [position]
            group.PlaneOrientationSequence = [orientation]
            group.PixelMeasuresSequence = [measures]
            group.PixelValueTransformationSequence = [values]
            groups.append(group)
        dataset.PerFrameFunctionalGroupsSequence = groups
        echo, timing, shared = Dataset(), Dataset(), Dataset()
        echo.EffectiveEchoTime = 4.5
        timing.RepetitionTime = 2100.0
        shared.MREchoSequence = [echo]
        shared.MRTimingAndRelatedParametersSequence = [timing]
        dataset.SharedFunctionalGroupsSequence = [shared]
        for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"):
            delattr(dataset, keyword)
        dataset.NumberOfFrames = count
        dataset.PixelData = b"".join(slices[k].PixelData for k in order)
        if change is not None:
            change(dataset)
        path.parent.mkdir(parents=True, exist_ok=True)
        dataset.save_as(path, enforce_file_format=True)
        return path

    return write
