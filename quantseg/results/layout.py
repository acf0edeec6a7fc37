"""Names of the files in a case's folder and beside it, and the sentence that all of them carry."""

LABELS = "labels.nii.gz"
SEGMENTATION = "segmentation.seg.nrrd"
MEASUREMENTS = "measurements.json"
PREVIEW = "preview.png"
REPORT = "report.html"
PHASES = ("ED", "ES")
"""End-diastole and end-systole, as files and ``Info.cfg`` name them."""


def phase_file(phase: str, name: str) -> str:
    """Return the name of a phase's own file, such as ``ED_labels.nii.gz``."""
    return f"{phase}_{name}"


LABEL_FILES = (LABELS, SEGMENTATION, *(phase_file(phase, name) for phase in PHASES for name in (LABELS, SEGMENTATION)))
"""Every file that a person may edit."""
CASE_FILES = (*LABEL_FILES, MEASUREMENTS, PREVIEW, REPORT)

SUMMARY = "summary.csv"
RUN = "run.json"

RESEARCH_ONLY = "For research use only. Not for clinical diagnosis."
