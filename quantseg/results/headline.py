"""The few numbers that sum a case up in one line of a terminal."""

from __future__ import annotations

from collections.abc import Mapping

_VOLUMES_THAT_SUM_UP = (("left", "right"), ("left",), ("right",), ("anterior", "posterior"))
_NOTHING = "no volume"


def headline(document: Mapping) -> str:
    """Return the numbers by which a case is known.

    Args:
        document: content of its ``measurements.json``.

    Returns:
        such as "3012 + 3204 mm3" for the hippocampi of both sides, or "LV EF 57.1 %, RV EF 52.0 %".
    """
    values = {(m["key"], m["region"]): m["value"] for m in document["measurements"]}
    return _of_heart(values) if document["organ"] == "heart" else _of_hippocampus(values)


def _of_hippocampus(values: Mapping[tuple[str, str], float]) -> str:
    """Return the volumes of both sides, or of the parts where the side is unknown."""
    for regions in _VOLUMES_THAT_SUM_UP:
        if all(("volume", region) in values for region in regions):
            return " + ".join(f"{values['volume', region]:.0f}" for region in regions) + " mm3"
    return _NOTHING


def _of_heart(values: Mapping[tuple[str, str], float]) -> str:
    """Return the ejection fractions, or the left volume of a single frame."""
    fractions = [
        f"{short} EF {values['ejection_fraction', region]:.1f} %"
        for short, region in (("LV", "left_ventricle"), ("RV", "right_ventricle"))
        if ("ejection_fraction", region) in values
    ]
    if fractions:
        return ", ".join(fractions)
    cavity_ml = values.get(("volume", "lv_cavity"))
    return _NOTHING if cavity_ml is None else f"LV {cavity_ml:.0f} ml"
