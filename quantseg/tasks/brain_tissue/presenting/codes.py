"""The codes of brain tissue's numbers in a structured report."""

from __future__ import annotations

from quantseg.brain.regions import Part
from quantseg.measure.segments import Code
from quantseg.measure.values import Measurement
from quantseg.results.coding import OWN_SCHEME, Place, Quantity, ReportCodes, own_concept
from quantseg.tasks.brain_tissue.anatomy import (
    CEREBELLUM_CODE,
    GREY_CODE,
    INTRACRANIAL_CODE,
    TISSUES,
    TISSUES_AND_PARTS,
    VENTRICLE_CODE,
)
from quantseg.tasks.brain_tissue.measuring import BRAIN, HEAD, INTRACRANIAL, PER_INTRACRANIAL, PER_TISSUE

_VOLUME = Code("SCT", "118565006", "Volume")
_CONCEPTS = {
    "volume": _VOLUME,
    INTRACRANIAL: _VOLUME,
    "label_volume": Code(OWN_SCHEME, "label_volume", "Volume of labelled voxels"),
    PER_INTRACRANIAL: Code(OWN_SCHEME, "per_icv", "Volume per intracranial volume"),
    PER_TISSUE: Code(OWN_SCHEME, "per_tissue", "Volume per volume of fluid, grey and white matter in view"),
}
_UNIONS = {
    HEAD: Place("Intracranial space", INTRACRANIAL_CODE),
    BRAIN: Place("Brain", Code("SCT", "12738006", "Brain")),
    Part.VENTRICLES.value: Place("Ventricles", VENTRICLE_CODE),
    Part.DEEP_GREY.value: Place("Deep grey matter", GREY_CODE),
    Part.CEREBELLUM.value: Place("Cerebellum", CEREBELLUM_CODE),
}
_SEGMENTS = {one.segment.key: one.segment for one in (*TISSUES, *TISSUES_AND_PARTS)}


def _place(region: str) -> Place:
    if region in _UNIONS:
        return _UNIONS[region]
    segment = _SEGMENTS[region]
    return Place(segment.name, segment.terminology.type, segment.terminology.type_modifier)


def _quantity(one: Measurement) -> Quantity:
    concept = _CONCEPTS.get(one.key, own_concept(one.key))
    return Quantity(concept, segment=one.region if one.region in _SEGMENTS and "per_" not in one.key else "")


CODES = ReportCodes(_place, _quantity, Code("SCT", "816077007", "MRI of brain"))
