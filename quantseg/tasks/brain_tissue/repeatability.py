"""How far tissues of two scans of the same brain differ by chance."""

from quantseg.measure.repeatability import REPEATABILITY_FACTOR
from quantseg.tasks.brain_tissue.measuring import PER_INTRACRANIAL, PER_TISSUE

# Of the share of fluid, the least repeatable tissue.
_TISSUE_CV_PERCENT = 2.12
_SCAN_RESCAN_CV_PERCENT = {
    **dict.fromkeys(("csf", "grey_matter", "white_matter", "brain"), _TISSUE_CV_PERCENT),
    "ventricles": 3.74,
    "deep_grey_matter": 2.77,
    "cerebellum": 1.68,
    "brain_stem": 9.14,
    "outer_csf": 2.09,
    "cortical_grey_matter": 1.45,
    "cerebral_white_matter": 1.09,
    "left_lateral_ventricle": 2.87,
    "right_lateral_ventricle": 2.52,
    "midline_ventricles": 10.80,
    "left_deep_grey_matter": 2.91,
    "right_deep_grey_matter": 2.81,
    "left_cerebellar_grey_matter": 2.70,
    "right_cerebellar_grey_matter": 2.18,
    "left_cerebellar_white_matter": 9.30,
    "right_cerebellar_white_matter": 10.76,
}
"""Within-person coefficient of variation of the share of each region: 16 people of OASIS-1, and of networks in float32
and in bfloat16 whichever varies more (``Testing/benchmarks/tissue_accuracy.py rescan``)."""

BOUNDS_PERCENT = {
    PER_TISSUE: {region: REPEATABILITY_FACTOR * cv for region, cv in _SCAN_RESCAN_CV_PERCENT.items()},
    PER_INTRACRANIAL: None,
    "volume": None,
}
"""What is compared between two scans, by key. Only stripped brains were scanned twice: heads have no bound."""
