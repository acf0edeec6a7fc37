"""How far two scans of the same heart differ by chance."""

from quantseg.measure.repeatability import REPEATABILITY_FACTOR

_SCAN_RESCAN_CV_PERCENT = 4.2
"""Coefficient of variation of the left ejection fraction, scanned twice and outlined by a machine (6.0 by humans)."""

BOUNDS_PERCENT = {
    "ejection_fraction": REPEATABILITY_FACTOR * _SCAN_RESCAN_CV_PERCENT,
    "end_diastolic_volume": None,
    "end_systolic_volume": None,
    "stroke_volume": None,
    "mass": None,
}
"""What is compared between two scans, by key, and what a change must exceed, in % of the earlier value, to be more than
chance; None where no figure is at hand."""
