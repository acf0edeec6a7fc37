"""How far tissues of two scans of the same brain differ by chance."""

from quantseg.measure.repeatability import REPEATABILITY_FACTOR
from quantseg.tasks.brain_tissue.measuring import PER_INTRACRANIAL, PER_TISSUE

_SCAN_RESCAN_CV_PERCENT = 1.76
"""Within-person coefficient of variation of the share of fluid, the least repeatable tissue: 16 people of OASIS-1."""

BOUNDS_PERCENT = {PER_TISSUE: REPEATABILITY_FACTOR * _SCAN_RESCAN_CV_PERCENT, PER_INTRACRANIAL: None, "volume": None}
"""What is compared between two scans, by key. Only stripped brains were scanned twice: heads have no bound."""
