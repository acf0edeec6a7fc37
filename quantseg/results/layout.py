"""Names of the files in a case's folder and beside it, and the sentence that all of them carry."""

LABELS = "labels.nii.gz"
SEGMENTATION_ENDING = ".seg.nrrd"
SEGMENTATION = f"segmentation{SEGMENTATION_ENDING}"
MEASUREMENTS = "measurements.json"
PREVIEW = "preview.png"
REPORT = "report.html"
REPORT_PDF = "report.pdf"

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

RESEARCH_ONLY = "For research use only. Not for clinical diagnosis."


def phase_file(phase: str, name: str) -> str:
    """Return the name of a phase's own file, such as ``ED_labels.nii.gz``."""
    return f"{phase}_{name}"


def image_file(name: str) -> str:
    """Return the name of the file of an image, such as ``standard_dose.nii.gz``."""
    return f"{name}.nii.gz"


def is_label_file(name: str) -> bool:
    """Tell whether a file is named as the labels of a whole case or of one of its phases are."""
    if name.startswith("."):
        return False  # Such as "._labels.nii.gz", in which a Mac keeps what other file systems have no place for.
    return any(name == own or name.endswith(f"_{own}") for own in (LABELS, SEGMENTATION))
