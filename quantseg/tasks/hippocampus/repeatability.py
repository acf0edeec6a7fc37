"""How far two scans of the same hippocampus differ by chance."""

from quantseg.measure.repeatability import REPEATABILITY_FACTOR

_SCAN_RESCAN_CV_PERCENT = 2.0
"""Within-scanner coefficient of variation of hippocampal volumes."""

SMALLEST_CHANGE_PERCENT = REPEATABILITY_FACTOR * _SCAN_RESCAN_CV_PERCENT
"""A change between two scans must exceed this to be more than chance."""

BOUNDS_PERCENT = {"volume": SMALLEST_CHANGE_PERCENT}
"""What is compared between two scans, by key, with its bound."""
