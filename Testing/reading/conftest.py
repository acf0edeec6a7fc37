"""The image files and DICOM series that reading is tested with."""

from made_image_files import dicom_series, enhanced_file, nifti

__all__ = ["dicom_series", "enhanced_file", "nifti"]
