"""The codes of a dementia result in a structured report."""

from __future__ import annotations

from quantseg.measure.segments import Code
from quantseg.results.coding import Place, ReportCodes

_BRAIN = Code("SCT", "12738006", "Brain")
_HIPPOCAMPUS = Code("SCT", "5366008", "Hippocampus")
_SIDES = {"left_": Code("SCT", "7771000", "Left"), "right_": Code("SCT", "24028007", "Right")}


def _place(region: str) -> Place:
    side = next((side for start, side in _SIDES.items() if region.startswith(start)), None)
    site = _HIPPOCAMPUS if region.endswith("hippocampus") else _BRAIN
    return Place(region.replace("_", " ").capitalize(), site, side)


CODES = ReportCodes(_place, procedure=Code("SCT", "816077007", "MRI of brain"))
