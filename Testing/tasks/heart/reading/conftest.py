"""The image files and DICOM series that reading is tested with."""

from pathlib import Path

import pytest
from made_cines import frames_of, write_dicom_cine
from made_image_files import dicom_series, enhanced_file, nifti

__all__ = ["dicom_series", "enhanced_file", "nifti"]

FRAMES = frames_of()


@pytest.fixture
def cine_series(dicom_series):
    """Factory of DICOM cines."""

    def write(folder: Path, frames=FRAMES, *positional, **options) -> Path:
        write_dicom_cine(dicom_series, folder, frames, *positional, **options)
        return folder

    return write
