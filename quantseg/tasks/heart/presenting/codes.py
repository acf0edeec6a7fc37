"""The codes of the heart's numbers in a structured report."""

from __future__ import annotations

from quantseg.measure.segments import Code
from quantseg.measure.values import Measurement
from quantseg.results.coding import OWN_SCHEME, Place, Quantity, ReportCodes, own_concept
from quantseg.tasks.heart.anatomy import AHA_SEGMENTS, HEART_SEGMENTS, HeartLabel, aha_region
from quantseg.tasks.heart.function import CAVITY_OF, LEFT_VENTRICLE, RIGHT_VENTRICLE
from quantseg.tasks.heart.phases import PHASES

_END_DIASTOLE, _END_SYSTOLE = PHASES
_VENTRICLES = {
    LEFT_VENTRICLE: Place("Left ventricle", Code("SCT", "87878005", "Left ventricle")),
    RIGHT_VENTRICLE: Place("Right ventricle", Code("SCT", "53085002", "Right ventricle")),
}
_CONCEPTS = {
    ("ejection_fraction", LEFT_VENTRICLE): Code("LN", "8811-2", "Left ventricular ejection fraction by MR"),
    ("ejection_fraction", RIGHT_VENTRICLE): Code("LN", "8818-7", "Right ventricular ejection fraction by MR"),
    ("end_diastolic_volume", LEFT_VENTRICLE): Code("LN", "8821-1", "Left Ventricular ED Volume"),
    ("end_diastolic_volume", RIGHT_VENTRICLE): Code("LN", "8822-9", "Right Ventricular ED Volume"),
    ("end_systolic_volume", LEFT_VENTRICLE): Code("LN", "8823-7", "Left Ventricular ES Volume"),
    ("end_systolic_volume", RIGHT_VENTRICLE): Code("LN", "8824-5", "Right Ventricular ES Volume"),
    ("stroke_volume", LEFT_VENTRICLE): Code("SCT", "90096001", "Stroke Volume"),
    ("stroke_volume", RIGHT_VENTRICLE): Code("SCT", "429483009", "RV Stroke Volume"),
    ("stroke_volume_index", LEFT_VENTRICLE): Code("SCT", "277381004", "Stroke Index"),
    ("cardiac_output", LEFT_VENTRICLE): Code("SCT", "82799009", "Cardiac Output"),
    ("cardiac_output", RIGHT_VENTRICLE): Code("SCT", "428628004", "RV Cardiac Output"),
    ("cardiac_output_index", LEFT_VENTRICLE): Code("SCT", "54993008", "Cardiac Index"),
    ("cardiac_output_index", RIGHT_VENTRICLE): Code("SCT", "427990004", "RV Cardiac Index"),
    ("mass", LEFT_VENTRICLE): Code("LN", "18087-7", "Left Ventricle Mass"),
}
_OF_ANY_REGION = {
    "volume": Code("SCT", "118565006", "Volume"),
    "peak_ejection_rate": Code("DCM", "122616", "Peak Ejection Rate"),
    "peak_filling_rate": Code("DCM", "122618", "Peak Filling Rate"),
    # The standard's "Wall Thickness" (DCM 122445) does not tell the phases apart.
    "wall_thickness_end_diastole": Code(OWN_SCHEME, "wall_ed", "Wall thickness at end-diastole"),
    "wall_thickness_end_systole": Code(OWN_SCHEME, "wall_es", "Wall thickness at end-systole"),
    "wall_thickening": Code(OWN_SCHEME, "thickening", "Wall thickening"),
}
_PHASE_OF_VOLUME = {"end_diastolic_volume": _END_DIASTOLE, "end_systolic_volume": _END_SYSTOLE}
# SNOMED CT's concepts for segments 1 to 16 (PS3.16, CID 3717).
_WALLS = dict(
    enumerate(
        (
            "264850008", "396482007", "396646008", "264846001", "396652009", "396654005",
            "264848000", "396647004", "396649001", "264847005", "396655006", "396656007",
            "264844003", "264845002", "264849008", "264853005",
        ),
        start=1,
    )
)  # fmt: skip
_HEART_MRI = Code("SCT", "241620005", "Cardiac MRI")


def _wall(number: int) -> Place:
    ring, wall = AHA_SEGMENTS[number]
    name = f"Left ventricle {ring.value} {wall} segment"
    return Place(name, Code("SCT", _WALLS[number], name[0].lower() + name[1:]))


_NAMED_WALLS = {aha_region(number, walls_named=True): _wall(number) for number in AHA_SEGMENTS}
_STRUCTURES = {
    one.key: Place(one.name, one.terminology.region) for one in HEART_SEGMENTS if one.terminology.region is not None
}
_PATIENT = Place("Patient", Code("SCT", "38266002", "Entire body"))


def _place(region: str) -> Place:
    known = {**_VENTRICLES, **_STRUCTURES, **_NAMED_WALLS, "patient": _PATIENT}
    if region in known:
        return known[region]
    # Sectors of a ring whose walls cannot be named.
    return Place(f"Left ventricle, {region.replace('_', ' ')}", _VENTRICLES[LEFT_VENTRICLE].site)


def _quantity(one: Measurement) -> Quantity:
    concept = _CONCEPTS.get((one.key, one.region)) or _OF_ANY_REGION.get(one.key) or own_concept(one.key)
    if one.key in _PHASE_OF_VOLUME:
        return Quantity(concept, CAVITY_OF[one.region].name.lower(), _PHASE_OF_VOLUME[one.key])
    if one.key == "mass":
        return Quantity(concept, HeartLabel.LV_MYOCARDIUM.name.lower(), _END_DIASTOLE)
    return Quantity(concept, one.region if one.key == "volume" else "")


CODES = ReportCodes(_place, _quantity, _HEART_MRI)
