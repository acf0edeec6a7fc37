"""How far two scans of the same hippocampus differ by chance."""

from quantseg.measure.repeatability import REPEATABILITY_FACTOR

SCAN_RESCAN_CV_PERCENT = 2.8
"""Within-scanner coefficient of variation of a side's volume.

Measured with the shipped models on both sides of 16 people of OASIS-1 who were scanned twice, on brains at 2 mm:
``Testing/benchmarks/hippocampus_rescan.py``.
"""

SMALLEST_CHANGE_PERCENT = REPEATABILITY_FACTOR * SCAN_RESCAN_CV_PERCENT
"""A change between two scans must exceed this to be more than chance."""

BOUNDS_PERCENT = {"volume": SMALLEST_CHANGE_PERCENT}
"""What is compared between two scans, by key, with its bound."""
