"""The codes of lumbar muscles' numbers in a structured report."""

from __future__ import annotations

from quantseg.measure.segments import Code
from quantseg.measure.values import Measurement
from quantseg.results.coding import OWN_SCHEME, Place, Quantity, ReportCodes, own_concept
from quantseg.tasks.lumbar_muscle.anatomy import MUSCLE_CODES, MUSCLE_NAMES, SEGMENTS
from quantseg.tasks.lumbar_muscle.channels import Muscle
from quantseg.tasks.lumbar_muscle.measuring import AREA, FAT_FRACTION

_CONCEPTS = {
    AREA: Code("SCT", "42798000", "Area"),
    FAT_FRACTION: Code(OWN_SCHEME, "fat_fraction", "Fat fraction"),
}
_SEGMENTS = {segment.key: segment for segment in SEGMENTS}
_MUSCLES = {muscle.value: Place(MUSCLE_NAMES[muscle], MUSCLE_CODES[muscle]) for muscle in Muscle}
_PARASPINAL = Place("Psoas, erector spinae and multifidus", Code("SCT", "127954009", "Skeletal muscle"))


def _place(region: str) -> Place:
    if region in _SEGMENTS:
        segment = _SEGMENTS[region]
        return Place(segment.name, segment.terminology.type, segment.terminology.type_modifier)
    return _MUSCLES.get(region, _PARASPINAL)


def _quantity(one: Measurement) -> Quantity:
    return Quantity(_CONCEPTS.get(one.key, own_concept(one.key)), segment=one.region if one.region in _SEGMENTS else "")


CODES = ReportCodes(_place, _quantity, Code(OWN_SCHEME, "mri_lumbar_muscle", "MRI of lumbar muscles"))
