"""The tables of a hippocampus report: every cell as the text that stands in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from quantseg.measure.values import Measurement
from quantseg.results.case import CaseResult
from quantseg.results.numbers import interval_texts, value_text
from quantseg.tasks.hippocampus.repeatability import SMALLEST_CHANGE_PERCENT

NOT_FOUND = "not found"
NO_VALUE = "–"

_PARTS = (("anterior", "Anterior"), ("posterior", "Posterior"), ("", "Total"))
_SIDE_TITLES = {"left": "Left", "right": "Right", "whole": "Hippocampus"}
_FURTHER_KEYS = ("surface", "length", "mean_intensity", "sd_intensity")


def hippocampus_content(result: CaseResult) -> dict[str, object]:
    """Return what the hippocampus's template shows beside the case itself."""
    return {
        "title": "Hippocampus volumes",
        "tables": HippocampusTables(result),
        "is_crop": result.facts.get("input_kind") == "crop",
        "smallest_change_percent": f"{SMALLEST_CHANGE_PERCENT:.1f}",
    }


@dataclass(frozen=True)
class VolumeCell:
    """A volume in mm3, its 95 % interval, and its share of the intracranial volume in %; empty where unknown."""

    volume: str
    interval: str = ""
    share: str = ""


@dataclass(frozen=True)
class VolumeRow:
    """A part of the hippocampus on each side.

    Attributes:
        title: "Anterior", "Posterior" or "Total".
        cells: in the order of the sides.
        asymmetry: asymmetry index in %.
    """

    title: str
    cells: tuple[VolumeCell, ...]
    asymmetry: str


@dataclass(frozen=True)
class FurtherRow:
    """Surface, length, mean and SD of intensity of one region, in that order."""

    title: str
    values: tuple[str, ...]


class HippocampusTables:
    """What a report shows of a hippocampus result.

    Args:
        result: the case.
    """

    def __init__(self, result: CaseResult) -> None:
        self._by_key = {(m.key, m.region): m for m in result.measurements}
        self._sides = tuple(_sides(result, {region for _, region in self._by_key}))
        self._intracranial = next((m for (key, _), m in self._by_key.items() if key == "intracranial_volume"), None)

    @property
    def side_titles(self) -> tuple[str, ...]:
        """Heading of each side's columns."""
        return tuple(_SIDE_TITLES[side] for side in self._sides)

    @property
    def both_sides(self) -> bool:
        """Whether left and right can be compared."""
        return {"left", "right"} <= set(self._sides)

    @property
    def side_unknown(self) -> bool:
        """Whether the one hippocampus of a crop may be either side's."""
        return self._sides == ("whole",)

    @property
    def intracranial(self) -> VolumeCell | None:
        """Intracranial volume in mm3; None where it was not measured."""
        measured = self._intracranial
        return None if measured is None else VolumeCell(value_text(measured), _interval_text(measured))

    @property
    def intracranial_ml(self) -> str:
        """Intracranial volume in the unit in which clinicians know it; empty where it was not measured."""
        return "" if self._intracranial is None else f"{self._intracranial.value / 1000:.0f}"

    @property
    def volume_rows(self) -> tuple[VolumeRow, ...]:
        """Anterior, posterior and total volumes."""
        rows = []
        for part, title in _PARTS:
            cells = tuple(self._volume_cell(_region(side, part)) for side in self._sides)
            rows.append(VolumeRow(title, cells, self._text("asymmetry_index", part or "whole")))
        return tuple(rows)

    @property
    def volumes_mm3(self) -> tuple[tuple[float | None, ...], ...]:
        """The numbers of ``volume_rows`` by side, then by part; None where nothing was found."""
        found = ((self._by_key.get(("volume", _region(side, part))) for part, _ in _PARTS) for side in self._sides)
        return tuple(tuple(None if one is None else one.value for one in parts) for parts in found)

    @property
    def further_rows(self) -> tuple[FurtherRow, ...]:
        """Other measurements of every region that has any."""
        rows = []
        for side in self._sides:
            for part, title in _PARTS:
                values = tuple(self._text(key, _region(side, part)) for key in _FURTHER_KEYS)
                if any(value != NO_VALUE for value in values):
                    side_title = "" if side == "whole" else _SIDE_TITLES[side]
                    rows.append(FurtherRow(f"{side_title} {title.lower()}".strip().capitalize(), values))
        return tuple(rows)

    def _volume_cell(self, region: str) -> VolumeCell:
        measured = self._by_key.get(("volume", region))
        if measured is None:
            return VolumeCell(NOT_FOUND)
        share = self._by_key.get(("volume_per_intracranial", region))
        return VolumeCell(value_text(measured), _interval_text(measured), value_text(share) if share else "")

    def _text(self, key: str, region: str) -> str:
        measured = self._by_key.get((key, region))
        return value_text(measured) if measured else NO_VALUE


def _sides(result: CaseResult, regions: set[str]) -> Iterable[str]:
    """Both sides of a head, found or not; of a crop, the one that it shows."""
    if "whole" in regions and not {"left", "right"} & regions:
        return ["whole"]
    if result.facts.get("input_kind") == "crop":
        return [side for side in ("left", "right") if side in regions]
    return ["left", "right"]


def _region(side: str, part: str) -> str:
    if side == "whole":
        return part or "whole"
    return f"{side}_{part}" if part else side


def _interval_text(measured: Measurement) -> str:
    if measured.interval is None:
        return ""
    low, high = interval_texts(measured, measured.interval)
    return f"{low}–{high}"
