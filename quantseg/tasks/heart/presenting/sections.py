"""What is shown of a heart result: function or volumes, the volume curve, the wall, how to read all this."""

from __future__ import annotations

from functools import partial

from quantseg.measure.values import Measurement
from quantseg.results.case import CaseResult
from quantseg.results.numbers import value_text
from quantseg.results.presentation import Presentation
from quantseg.results.sections import CurveLine, Curves, Paragraph, Picture, Pictures, Section, Text
from quantseg.results.value_table import FurtherColumn, ValueCell, ValueRow, ValueTable
from quantseg.tasks.heart.anatomy import AHA_SEGMENTS, HEART_SEGMENTS, PAPILLARY_RULE, aha_region
from quantseg.tasks.heart.presenting.bulls_eye import THICKENING_SCALE, THICKNESS_SCALE, render_bulls_eye
from quantseg.tasks.heart.presenting.not_given import not_given
from quantseg.tasks.heart.presenting.preview import render_heart_preview
from quantseg.tasks.heart.wall_thickness import SEPTUM_ASSUMED

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
_SHORT = (("left_ventricle", "LV"), ("right_ventricle", "RV"))
_SHORT_KEYS = (("ejection_fraction", "EF"), ("end_diastolic_volume", "EDV"), ("end_systolic_volume", "ESV"))
_WALL_PICTURES = (
    ("wall_thickness_end_diastole", "Wall thickness at end-diastole", "mm", THICKNESS_SCALE),
    ("wall_thickening", "Thickening in systole", "%", THICKENING_SCALE),
)
_CURVE_NAMES = {"lv_cavity": "LV cavity", "rv_cavity": "RV cavity", "lv_myocardium": "LV muscle"}
# Yellow, the muscle's colour on images, cannot be seen on paper.
_CURVE_COLOURS = {segment.key: segment.colour for segment in HEART_SEGMENTS} | {"lv_myocardium": (160, 130, 0)}

_PHASES = Paragraph(
    "End-diastole is the frame with the largest left ventricular cavity, end-systole the one with the smallest, unless "
    "the input or the user named them.",
    "Phases.",
)
_CHANGE = Paragraph(
    "The same heart scanned again varies by several points of ejection fraction, whoever outlines it: human readers by "
    "6 %, machines by 4 % (coefficient of variation).",
    "Change between scans.",
)
_VOLUME = Paragraph(
    "Sum over slices of area × distance between slices, thickness and gap together. A slice more or less at the base "
    "changes a volume by more than any outline does.",
    "Volume.",
)
_PAPILLARY = Paragraph(
    f"{PAPILLARY_RULE[0].upper()}{PAPILLARY_RULE[1:]}. Compare volumes and mass only with norms of the same rule.",
    "Papillary rule.",
)


def present_heart(result: CaseResult) -> Presentation:
    """Say what is shown of a heart: function where there are two phases, volumes of a single frame."""
    heart = _Heart(result)
    sections: list[Section]
    curves = None
    if result.phases:
        curves = heart.curves()
        sections = [heart.function(), *([] if curves is None else [curves]), *heart.wall()]
    else:
        sections = [heart.volumes()]
    return Presentation(
        title="Heart: ventricular function" if result.phases else "Heart: volumes of one frame",
        picture=partial(render_heart_preview, result),
        picture_alt="Every short-axis slice at end-diastole and end-systole with the outlines of the ventricles",
        sections=(*sections, _how_to_read(result)),
        chart=curves,
        in_short=heart.in_short(),
    )


class _Heart:
    """The measurements of a case by what and where, and the ventricles that have any."""

    def __init__(self, result: CaseResult) -> None:
        self._result = result
        self._by_key = {(m.key, m.region): m for m in result.measurements}
        self._shown = [
            (region, title) for region, title in _VENTRICLES if any(where == region for _, where in self._by_key)
        ]

    def function(self) -> ValueTable:
        """Function of the ventricles that were found, per body surface where that is known."""
        rows = (self._function_row(key, title) for key, title in _FUNCTION_ROWS)
        indexed = any(key.endswith("_index") for key, _ in self._by_key)
        with_intervals = any(measured.interval for measured in self._by_key.values())
        note = " ".join(self._notes_on_function(with_intervals))
        return ValueTable(
            key="function",
            heading="Function",
            groups=tuple(title for _, title in self._shown),
            rows=tuple(row for row in rows if row is not None),
            intervals_shown=with_intervals,
            between_bounds=" to ",
            further=FurtherColumn("per m²", "per m² of body surface") if indexed else None,
            notes=(*self._result.notes, *(text for text in (note, not_given(self._result)) if text)),
        )

    def in_short(self) -> tuple[tuple[str, Measurement], ...]:
        """Ejection fraction and end-volumes where there are two phases, volumes of a single frame."""
        if self._result.phases:
            wanted = [(f"{short} {what}", (key, region)) for region, short in _SHORT for key, what in _SHORT_KEYS]
        else:
            wanted = [(name, ("volume", key)) for key, name in _CURVE_NAMES.items()]
        found = ((title, self._by_key.get(key)) for title, key in wanted)
        return tuple((title, measured) for title, measured in found if measured is not None)

    def volumes(self) -> ValueTable:
        """Volume of every structure of a single frame."""
        found = ((segment.name, self._by_key.get(("volume", segment.key))) for segment in HEART_SEGMENTS)
        rows = (ValueRow(name, "ml", (ValueCell(measured),)) for name, measured in found if measured)
        return ValueTable(
            key="volumes",
            heading="Volumes in this frame",
            groups=("This frame",),
            rows=tuple(rows),
            corner="Structure",
            groups_named=False,
            unit_above=True,
            intervals_shown=False,
            if_empty="None: the spacing is unknown.",
            notes=("One frame shows no function: an ejection fraction needs end-diastole and end-systole.",),
        )

    def curves(self) -> Curves | None:
        """Volumes over the heart cycle; None where there is none."""
        measured = self._result.curves
        if measured is None:
            return None
        lines = (CurveLine(_CURVE_NAMES[one.region], _CURVE_COLOURS[one.region], one.values) for one in measured.curves)
        return Curves(
            key="curve",
            heading="Volume over the heart cycle",
            quantity="Volume",
            unit="ml" if measured.curves[0].unit == "ml" else "% of end-diastole",
            lines=tuple(lines),
            frame_numbers=measured.frame_numbers,
            times_ms=measured.times_ms,
            marks=self._result.phases,
            left_out=measured.left_out,
            alt="Volume of the ventricles by frame",
        )

    def wall(self) -> list[Pictures]:
        """Bull's-eyes of thickness and thickening; nothing where no wall was measured."""
        facts = self._result.facts
        named = bool(facts.get("walls_named"))
        assumed = any(SEPTUM_ASSUMED in one.protocol for one in self._result.measurements)
        pictures = []
        for key, title, unit, scale in _WALL_PICTURES:
            values = self._by_segment(key, named)
            if values:
                draw = partial(render_bulls_eye, values, title, unit, scale, named, assumed)
                pictures.append(Picture(title, "Bull's-eye of the left ventricular wall", draw))
        if not pictures:
            return []
        note = "Segments of the American Heart Association, 1 to 16; the apex, 17, needs long-axis views."
        if assumed:
            note += (
                " No right ventricle is outlined, from which the septum is found: the walls are counted from where it "
                "lies in most hearts, so that each may reach half a wall into its neighbour."
            )
        if not named and facts.get("orientation") == "known":
            note += " The walls are not named, since the heart does not lie as the header would have it."
        elif not named:
            note += (
                " The walls are not named: the header's directions are a placeholder, so that anterior and inferior "
                "wall may be exchanged."
            )
        return [Pictures("wall", "Wall of the left ventricle", tuple(pictures), notes=(note,))]

    def _function_row(self, key: str, title: str) -> ValueRow | None:
        found = [self._by_key.get((key, region)) for region, _ in self._shown]
        units = [measured.unit for measured in found if measured]
        cells = tuple(ValueCell(measured, self._index(measured)) for measured in found)
        return ValueRow(title, units[0], cells) if units else None

    def _index(self, measured: Measurement | None) -> Measurement | None:
        return None if measured is None else self._by_key.get((f"{measured.key}_index", measured.region))

    def _by_segment(self, key: str, walls_named: bool) -> dict[int, float]:
        found = {number: self._by_key.get((key, aha_region(number, walls_named))) for number in AHA_SEGMENTS}
        return {number: measured.value for number, measured in found.items() if measured}

    def _notes_on_function(self, with_intervals: bool) -> list[str]:
        notes = []
        surface = self._by_key.get(("body_surface_area", "patient"))
        if surface is not None:
            notes.append(f"Body surface area {value_text(surface)} m² (Mosteller).")
        if self._result.scan.spacing_mm is None:
            notes.append("The spacing is unknown: ratios are given, but no volumes, mass or thickness.")
        if not with_intervals:
            notes.append("No interval is given: a single model has nobody to disagree with.")
        if len(self._shown) > 1:
            notes.append("Both ventricles are measured at the phases of the left one.")
        return notes


def _how_to_read(result: CaseResult) -> Text:
    paragraphs = [_PAPILLARY, _VOLUME]
    if result.phases:
        paragraphs += [_PHASES, _CHANGE]
    conditions = [model.licence for model in result.models if "NC" in model.licence.split("-")]
    if conditions:
        licences = ", ".join(conditions)
        paragraphs.append(Paragraph(f"The model's weights are licensed {licences}: no commercial use.", "Licence."))
    return Text("reading", "How to read these numbers", tuple(paragraphs))
