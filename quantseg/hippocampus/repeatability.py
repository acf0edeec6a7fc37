"""How far two scans of the same hippocampus differ by chance."""

_SCAN_RESCAN_CV_PERCENT = 2.0
"""Within-scanner coefficient of variation of hippocampal volumes."""
_REPEATABILITY_FACTOR = 2.77
"""1.96 x sqrt(2): the difference of two scans exceeds it by chance in 5 % of cases."""

SMALLEST_CHANGE_PERCENT = _REPEATABILITY_FACTOR * _SCAN_RESCAN_CV_PERCENT
"""A change between two scans must exceed this to be more than chance."""
