"""Names of the files in a case's folder and beside it, and the sentence that all of them carry."""

LABELS = "labels.nii.gz"
SEGMENTATION = "segmentation.seg.nrrd"
MEASUREMENTS = "measurements.json"
PREVIEW = "preview.png"
REPORT = "report.html"
CASE_FILES = (LABELS, SEGMENTATION, MEASUREMENTS, PREVIEW, REPORT)

SUMMARY = "summary.csv"
RUN = "run.json"

RESEARCH_ONLY = "For research use only. Not for clinical diagnosis."
