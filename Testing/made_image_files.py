"""Factories of image files and DICOM series."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest
from made_dicom import a_slice, write_series
from made_volumes import affine_of, noisy_array
from pydicom.dataset import Dataset

from quantseg.volume import Volume

ENHANCED_MR_CLASS = "1.2.840.10008.5.1.4.1.1.4.1"


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


@pytest.fixture
def dicom_series() -> Callable[..., list[Path]]:
    """Factory of classic DICOM series: shuffled file names and instance numbers, no ending unless asked for."""

    def write(folder: Path, volume: Volume | None = None, **rest) -> list[Path]:
        return write_series(folder, volume or Volume(noisy_array(), affine_of(np.eye(3))), **rest)

    return write


@pytest.fixture(scope="session")
def enhanced_file() -> Callable[..., Path]:
    """Factory of enhanced multi-frame MR files, frames in shuffled order."""

    def write(path: Path, volume: Volume, slopes=None, change=None) -> Path:
        count = volume.array.shape[2]
        order = random.Random(1).sample(range(count), count)
        common = {"SOPClassUID": ENHANCED_MR_CLASS, "Modality": "MR", "SeriesInstanceUID": "1.2.3.9"}
        slices = [a_slice(volume, k, 1, common) for k in range(count)]
        dataset = a_slice(volume, 0, 1, {**common, "StudyInstanceUID": "1.2.3", "SeriesNumber": 5})
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
