"""What a structured report says, walked through by pydicom alone."""

from dataclasses import dataclass, field

import pydicom

_MEASUREMENTS = ("126010", "126011")
"""Imaging measurements, and those that are derived from several."""


@dataclass
class SaidGroup:
    """One measurement group."""

    name: str = ""
    codes: dict = field(default_factory=dict)
    numbers: dict = field(default_factory=dict)
    units: dict = field(default_factory=dict)
    segment: tuple | None = None
    laterality: str = ""


def groups_of(path) -> list[SaidGroup]:
    """Return the groups of segments first, then those of other places."""
    root = pydicom.dcmread(path)
    measured = [item for code in _MEASUREMENTS for item in root.ContentSequence if _name(item) == code]
    return [_group(item) for container in measured for item in container.ContentSequence]


def sentences_of(path) -> list[tuple[str, str]]:
    """Return code and text of every free text of the report."""
    root = pydicom.dcmread(path)
    said = next(item for item in root.ContentSequence if _name(item) == "C0034375")
    return [(_name(item), item.TextValue) for item in said.ContentSequence]


def _group(item) -> SaidGroup:
    found = SaidGroup()
    for one in item.ContentSequence:
        if one.ValueType == "NUM":
            (value,) = one.MeasuredValueSequence
            found.numbers[_name(one)] = float(value.NumericValue)
            found.units[_name(one)] = value.MeasurementUnitsCodeSequence[0].CodeValue
        elif one.ValueType == "CODE":
            found.codes[_name(one)] = one.ConceptCodeSequence[0].CodeValue
            for modifier in one.get("ContentSequence", ()):
                if _name(modifier) == "272741003":
                    found.laterality = modifier.ConceptCodeSequence[0].CodeMeaning
        elif _name(one) == "112039":
            found.name = one.TextValue
        elif _name(one) == "121191":
            (referred,) = one.ReferencedSOPSequence
            found.segment = referred.ReferencedSOPInstanceUID, int(referred.ReferencedSegmentNumber)
    return found


def _name(item) -> str:
    code = item.ConceptNameCodeSequence[0]
    return str(code.get("CodeValue") or code.get("LongCodeValue"))
