"""The tables and pictures of a heart report: every cell as the text that stands in it."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quantseg.measure.values import Measurement
from quantseg.results.case import CaseResult
from quantseg.results.numbers import interval_texts, value_text
from quantseg.results.volume_curve import Curve, render_volume_curve
from quantseg.tasks.heart.anatomy import AHA_SEGMENTS, HEART_SEGMENTS, PAPILLARY_RULE, aha_region
from quantseg.tasks.heart.presenting.bulls_eye import THICKENING_SCALE, THICKNESS_SCALE, render_bulls_eye

if TYPE_CHECKING:
    from PIL.Image import Image

NO_VALUE = "–"

_VENTRICLES = (("left_ventricle", "Left ventricle"), ("right_ventricle", "Right ventricle"))
_FUNCTION_ROWS = (
    ("ejection_fraction", "Ejection fraction"),
    ("end_diastolic_volume", "End-diastolic volume"),
    ("end_systolic_volume", "End-systolic volume"),
    ("stroke_volume", "Stroke volume"),
    ("cardiac_output", "Cardiac output"),
    ("mass", "Mass of the muscle"),
    ("peak_ejection_rate", "Peak ejection rate"),
    ("peak_filling_rate", "Peak filling rate"),
)
_UNIT_WORDS = {"ml": "ml", "g": "g", "%": "%", "l/min": "l/min", "ml/s": "ml/s"}
_WALL_PICTURES = (
    ("wall_thickness_end_diastole", "Wall thickness at end-diastole", "mm", THICKNESS_SCALE),
    ("wall_thickening", "Thickening in systole", "%", THICKENING_SCALE),
)
CURVE_NAMES = {"lv_cavity": "LV cavity", "rv_cavity": "RV cavity", "lv_myocardium": "LV muscle"}
# Yellow, the muscle's colour on images, cannot be seen on paper.
CURVE_COLOURS = {segment.key: segment.colour for segment in HEART_SEGMENTS} | {"lv_myocardium": (160, 130, 0)}


def heart_content(result: CaseResult) -> dict[str, object]:
    """Return what the heart's template shows beside the case itself."""
    tables = HeartTables(result)
    walls_named = bool(result.facts.get("walls_named"))
    return {
        "title": "Heart: ventricular function" if result.phases else "Heart: volumes of one frame",
        "tables": tables,
        "curve": _curve_picture(result),
        "bulls_eyes": [_in_text(tables.bulls_eye(title, walls_named)) for title in tables.wall_titles(walls_named)],
        "papillary_rule": PAPILLARY_RULE,
        "walls_named": walls_named,
        "orientation_known": result.facts.get("orientation") == "known",
        "spacing_known": result.scan.spacing_mm is not None,
        "single_frame": not result.phases,
        "conditions": [model.licence for model in result.models if "NC" in model.licence.split("-")],
    }


@dataclass(frozen=True)
class FunctionCell:
    """A value of one ventricle, its 95 % interval, and its value per body surface; empty where unknown."""

    value: str
    interval: str = ""
    index: str = ""


@dataclass(frozen=True)
class FunctionRow:
    """One measure of both ventricles, with its unit."""

    title: str
    unit: str
    cells: tuple[FunctionCell, ...]


class HeartTables:
    """What a report shows of a heart result.

    Args:
        result: the case.
    """

    def __init__(self, result: CaseResult) -> None:
        self._by_key = {(m.key, m.region): m for m in result.measurements}
        self._shown = [
            (region, title) for region, title in _VENTRICLES if any(where == region for _, where in self._by_key)
        ]

    @property
    def ventricles(self) -> tuple[str, ...]:
        """Heading of each ventricle's columns."""
        return tuple(title for _, title in self._shown)

    @property
    def indexed(self) -> bool:
        """Whether values per body surface are known."""
        return any(key.endswith("_index") for key, _ in self._by_key)

    @property
    def with_intervals(self) -> bool:
        """Whether any interval is known."""
        return any(measured.interval for measured in self._by_key.values())

    @property
    def body_surface(self) -> str:
        """Body surface area in m2; empty where it is unknown."""
        measured = self._by_key.get(("body_surface_area", "patient"))
        return value_text(measured) if measured else ""

    @property
    def function_rows(self) -> tuple[FunctionRow, ...]:
        """Every measure that at least one ventricle has."""
        rows = []
        for key, title in _FUNCTION_ROWS:
            found = [self._by_key.get((key, region)) for region, _ in self._shown]
            units = {measured.unit for measured in found if measured}
            if units:
                cells = tuple(self._cell(measured) for measured in found)
                rows.append(FunctionRow(title, _UNIT_WORDS[units.pop()], cells))
        return tuple(rows)

    @property
    def volume_rows(self) -> tuple[tuple[str, str], ...]:
        """Name and volume in ml of every structure of a single frame."""
        found = ((segment.name, self._by_key.get(("volume", segment.key))) for segment in HEART_SEGMENTS)
        return tuple((name, value_text(measured)) for name, measured in found if measured)

    def wall_titles(self, walls_named: bool) -> tuple[str, ...]:
        """Return the titles of the pictures of the wall; none where no wall was measured."""
        return tuple(title for key, title, _, _ in _WALL_PICTURES if self._by_segment(key, walls_named))

    def bulls_eye(self, wanted: str, walls_named: bool) -> bytes:
        """Return a picture of the wall as PNG.

        Args:
            wanted: one of :meth:`wall_titles`.
            walls_named: whether the orientation is known.
        """
        key, title, unit, scale = next(one for one in _WALL_PICTURES if one[1] == wanted)
        return _as_png(render_bulls_eye(self._by_segment(key, walls_named), title, unit, scale, walls_named))

    def _by_segment(self, key: str, walls_named: bool) -> dict[int, float]:
        found = {number: self._by_key.get((key, aha_region(number, walls_named))) for number in AHA_SEGMENTS}
        return {number: measured.value for number, measured in found.items() if measured}

    def _cell(self, measured: Measurement | None) -> FunctionCell:
        if measured is None:
            return FunctionCell(NO_VALUE)
        index = self._by_key.get((f"{measured.key}_index", measured.region))
        interval = ""
        if measured.interval is not None:
            low, high = interval_texts(measured, measured.interval)
            interval = f"{low} to {high}"
        return FunctionCell(value_text(measured), interval, value_text(index) if index else NO_VALUE)


def _curve_picture(result: CaseResult) -> str | None:
    """Return the volume curve as base64 PNG; None where there is no cycle."""
    measured = result.curves
    if measured is None:
        return None
    curves = [
        Curve(CURVE_NAMES[one.region], CURVE_COLOURS[one.region], np.array(one.values)) for one in measured.curves
    ]
    unit = "ml" if measured.curves[0].unit == "ml" else "% of end-diastole"
    return _in_text(_as_png(render_volume_curve(curves, unit, result.phases, measured.times_ms, measured.left_out)))


def _as_png(picture: Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def _in_text(picture: bytes) -> str:
    return base64.b64encode(picture).decode("ascii")
