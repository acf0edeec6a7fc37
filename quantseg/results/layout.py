"""Names of the files in a case's folder and beside it, and the sentence that all of them carry."""

import re

LABELS = "labels.nii.gz"
SEGMENTATION_ENDING = ".seg.nrrd"
SEGMENTATION = f"segmentation{SEGMENTATION_ENDING}"
MEASUREMENTS = "measurements.json"
PREVIEW = "preview.png"
REPORT = "report.html"
REPORT_PDF = "report.pdf"
DICOM_SEGMENTATION = "segmentation.dcm"
DICOM_STRUCTURED_REPORT = "measurements.dcm"
DICOM_REPORT = "report.dcm"

SUMMARY = "summary.csv"
RUN = "run.json"
CASES = "cases.csv"
OVERVIEW = "index.html"
RUN_FILES = (SUMMARY, RUN, CASES, OVERVIEW)
"""What lies beside the folders of the cases."""

INPUT_HASH = "input_hash"
"""Fact of a case: the hash of the content of its images' files."""
IMAGE_HASH = "image_hash"
"""Fact of a case that came out of a scene: the hash of its image's intensities, whatever file they were read from."""

DRAFT = "DRAFT"
"""What everything carries that nobody has approved."""
APPROVED = "APPROVED"
"""What a DICOM object carries that somebody has approved."""
RESEARCH_ONLY = "For research use only. Not for clinical diagnosis."

_DICOM_OBJECT = re.compile(r"(?!\.)(.+_)?(segmentation|measurements|report|key_image\d+|\d{4})\.dcm")


def phase_file(phase: str, name: str) -> str:
    """Return the name of a phase's own file, such as ``ED_labels.nii.gz``."""
    return f"{phase}_{name}"


def key_image_file(number: int) -> str:
    """Return the name of the DICOM file of a picture, such as ``key_image1.dcm``."""
    return f"key_image{number}.dcm"


def derived_file(name: str, number: int) -> str:
    """Return the name of the DICOM file of a slice of an image that was made, such as ``standard_dose_0001.dcm``."""
    return f"{name}_{number:04d}.dcm"


def is_dicom_object(name: str) -> bool:
    """Tell whether a file is named as one of a case's DICOM objects is."""
    return bool(_DICOM_OBJECT.fullmatch(name))


def image_file(name: str) -> str:
    """Return the name of the file of an image, such as ``standard_dose.nii.gz``."""
    return f"{name}.nii.gz"


def is_label_file(name: str) -> bool:
    """Tell whether a file is named as the labels of a whole case or of one of its phases are."""
    if name.startswith("."):
        return False  # Such as "._labels.nii.gz", in which a Mac keeps what other file systems have no place for.
    return any(name == own or name.endswith(f"_{own}") for own in (LABELS, SEGMENTATION))
