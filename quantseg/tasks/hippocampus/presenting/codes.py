"""The codes of the hippocampus' numbers in a structured report."""

from __future__ import annotations

from quantseg.measure.segments import Code
from quantseg.measure.values import Measurement
from quantseg.results.coding import OWN_SCHEME, Place, Quantity, ReportCodes, own_concept
from quantseg.tasks.hippocampus.anatomy import HIPPOCAMPUS, LATERALITY, PART
from quantseg.tasks.hippocampus.options import Side

_VOLUME = Code("SCT", "118565006", "Volume")
_CONCEPTS = {
    "volume": _VOLUME,
    "intracranial_volume": _VOLUME,
    "surface": Code("SCT", "42798000", "Area"),
    "length": Code("SCT", "410668003", "Length"),
    "asymmetry_index": Code(OWN_SCHEME, "asymmetry", "Asymmetry index, 100 (L - R) / ((L + R) / 2)"),
    "volume_per_intracranial": Code(OWN_SCHEME, "per_icv", "Volume per intracranial volume"),
}
_OF_SEGMENTS = ("volume", "surface", "length", "mean_intensity", "sd_intensity")
_HEAD = Place("Intracranial space", Code("SCT", "1101003", "Intracranial"))
_BRAIN_MRI = Code("SCT", "816077007", "MRI of brain")


def _place(region: str) -> Place:
    """Return side and part of a region such as ``left_anterior``, ``right``, ``posterior`` or ``whole``."""
    if region == "head":
        return _HEAD
    side = next((side for side in Side if region.startswith(side.value)), None)
    part = next((name for name in PART if region.endswith(name)), "")
    name = " ".join(word for word in ("" if side is None else side.value, part, "hippocampus") if word).capitalize()
    return Place(name, HIPPOCAMPUS, None if side is None else LATERALITY[side], PART.get(part))


def _quantity(one: Measurement) -> Quantity:
    concept = _CONCEPTS.get(one.key, own_concept(one.key))
    return Quantity(concept, segment=one.region if one.key in _OF_SEGMENTS else "")


CODES = ReportCodes(_place, _quantity, _BRAIN_MRI)
