"""The codes of brain age in a structured report."""

from __future__ import annotations

from quantseg.measure.segments import Code
from quantseg.results.coding import Place, ReportCodes

_BRAIN = Code("SCT", "12738006", "Brain")


def _place(region: str) -> Place:
    return Place(region.replace("_", " ").capitalize(), _BRAIN)


CODES = ReportCodes(_place, procedure=Code("SCT", "816077007", "MRI of brain"))
