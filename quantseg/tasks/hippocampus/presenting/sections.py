"""What is shown of a hippocampus result: volumes by side, how to read them, further measurements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from quantseg.measure.segments import Segment
from quantseg.measure.values import Measurement
from quantseg.results.case import CaseResult
from quantseg.results.numbers import value_text
from quantseg.results.presentation import Presentation
from quantseg.results.preview import render_preview
from quantseg.results.sections import Bars, BarSeries, Paragraph, PlainTable, Text
from quantseg.results.value_table import (
    NO_VALUE,
    ComparisonColumn,
    FurtherColumn,
    OverallValue,
    ValueCell,
    ValueRow,
    ValueTable,
)
from quantseg.tasks.hippocampus.intracranial import INTRACRANIAL, in_ml
from quantseg.tasks.hippocampus.repeatability import SCAN_RESCAN_CV_PERCENT, SMALLEST_CHANGE_PERCENT

_PARTS = (("anterior", "Anterior"), ("posterior", "Posterior"), ("", "Total"))
_SIDE_TITLES = {"left": "Left", "right": "Right", "whole": "Hippocampus"}
_FURTHER = (
    ("surface", "surface, mm²"),
    ("length", "length, mm"),
    ("mean_intensity", "mean intensity"),
    ("sd_intensity", "SD of intensity"),
)
_WHAT = "hippocampus"
_SIDE_UNKNOWN = "The side was not given; these are the parts of the one hippocampus in the crop."
_ASYMMETRY = (
    "Asymmetry index = 100 · (L − R) / ((L + R) / 2). The right hippocampus is normally larger by a few per cent, so "
    "that the index is slightly negative."
)
_HOW_TO_READ = (
    Paragraph(
        "The volume that an expert would outline by the training protocol is expected within the 95 % interval; it "
        "was fitted on cases that the models had not seen.",
        "Interval.",
    ),
    Paragraph(
        f"The same person scanned again on the same scanner varies by about {SCAN_RESCAN_CV_PERCENT:.1f} % "
        "(coefficient of variation, from 16 people scanned twice). A change is larger than chance only above about "
        f"2.77 · {SCAN_RESCAN_CV_PERCENT:.1f} % = {SMALLEST_CHANGE_PERCENT:.1f} %, and only with the same "
        "scanner, contrast and model version.",
        "Change between scans.",
    ),
    Paragraph(
        "There is no valid norm for this model. Protocols differ by −1547 to +2218 mm³ between tools, so that a "
        "percentile against another tool's norm could call a healthy hippocampus atrophic.",
        "No percentile.",
    ),
    Paragraph(
        "Anterior and posterior part as in Task04 of the Medical Segmentation Decathlon, on whose labels the model "
        "was trained. Volume = number of voxels × voxel volume from the image's affine.",
        "Protocol.",
    ),
)
_HOW_MEASURED = (
    "Surface by Crofton's formula; straight length along the long axis of the whole hippocampus; intensities in the "
    "unit of the image, SD with n − 1."
)


def present_hippocampus(result: CaseResult) -> Presentation:
    """Say what is shown of a head or a crop."""
    return _Hippocampus(result).presentation()


def structures_by_side(segments: Sequence[Segment]) -> dict[str, tuple[int, ...]]:
    """Return the label values of each hippocampus, by its title, such as "Left hippocampus"."""
    structures: dict[str, tuple[int, ...]] = {}
    for segment in segments:
        title = f"{segment.key.rpartition('_')[0]} {_WHAT}".strip().capitalize()
        structures[title] = (*structures.get(title, ()), segment.value)
    return structures


class _Hippocampus:
    """The measurements of a case by what and where, and the sides that are shown."""

    def __init__(self, result: CaseResult) -> None:
        self._result = result
        self._by_key = {(m.key, m.region): m for m in result.measurements}
        self._sides = tuple(_sides(result, {region for _, region in self._by_key}))

    def presentation(self) -> Presentation:
        volumes = self._volumes()
        how_to_read = Text("reading", "How to read these numbers", _HOW_TO_READ)
        return Presentation(
            title="Hippocampus volumes",
            picture=partial(render_preview, self._result, structures_by_side(self._result.segments), _WHAT),
            picture_alt="Three planes through each hippocampus with the outlines of its parts",
            sections=(volumes, how_to_read, self._further()),
            chart=self._bars(),
            in_short=self._in_short(volumes),
        )

    def _in_short(self, volumes: ValueTable) -> tuple[tuple[str, Measurement], ...]:
        """The total of each side, and how far they differ."""
        (total,) = (row for row in volumes.rows if row.is_total)
        found = [(title, cell.value) for title, cell in zip(volumes.groups, total.cells, strict=True)]
        found += [("asymmetry", total.comparison)]
        return tuple((title, measured) for title, measured in found if measured is not None)

    def _bars(self) -> Bars:
        """The parts that were outlined, side against side, each in the colour that it has in the views."""
        groups = tuple(title for part, title in _PARTS if part)
        colours = {segment.key: segment.colour for segment in self._result.segments}
        parts = {_region(side, part): title for part, title in _PARTS if part for side in self._sides}
        shown = {key: title for key, title in parts.items() if key in colours}
        series = []
        for key, title in shown.items():
            measured = self._by_key.get(("volume", key))
            heights = tuple(measured.value if measured and group == title else None for group in groups)
            series.append(BarSeries(key.replace("_", " ").capitalize(), colours[key], heights))
        return Bars("mm3", groups, tuple(series))

    def _volumes(self) -> ValueTable:
        both_sides = {"left", "right"} <= set(self._sides)
        intracranial = self._intracranial()
        notes = [_SIDE_UNKNOWN] if self._sides == ("whole",) else [_ASYMMETRY] if both_sides else []
        one_side = len(self._sides) == 1
        return ValueTable(
            key="volumes",
            heading="Volumes",
            groups=tuple(_SIDE_TITLES[side] for side in self._sides),
            rows=tuple(self._volume_row(part, title) for part, title in _PARTS),
            corner=_SIDE_TITLES[self._sides[0]] if one_side else "Part",
            groups_named=not one_side,
            unit_above=True,
            further=None if intracranial.value is None else FurtherColumn("% of ICV", "of ICV"),
            comparison=ComparisonColumn("asymmetry", "L − R", "%") if both_sides else None,
            overall=(intracranial,),
            overall_title="Both",
            not_measured="not found",
            notes=tuple(notes),
        )

    def _volume_row(self, part: str, title: str) -> ValueRow:
        regions = [_region(side, part) for side in self._sides]
        cells = tuple(
            ValueCell(self._by_key.get(("volume", region)), self._by_key.get(("volume_per_intracranial", region)))
            for region in regions
        )
        asymmetry = self._by_key.get(("asymmetry_index", part or "whole"))
        return ValueRow(title, "mm3", cells, asymmetry, is_total=not part)

    def _intracranial(self) -> OverallValue:
        measured = next((m for (key, _), m in self._by_key.items() if key == "intracranial_volume"), None)
        return OverallValue(
            "Intracranial volume (ICV)",
            measured,
            None if measured is None else in_ml(measured),
            self._why_no_intracranial(),
        )

    def _why_no_intracranial(self) -> str:
        if self._result.facts.get("input_kind") == "crop":
            return "not available in a crop."
        if any(check.key == INTRACRANIAL for check in self._result.checks):
            return "not given: the estimate is not that of an adult head."
        return "not available: the whole head is not in view."

    def _further(self) -> PlainTable:
        """Other measurements of every region that has any."""
        rows = []
        for side in self._sides:
            for part, title in _PARTS:
                found = [self._by_key.get((key, _region(side, part))) for key, _ in _FURTHER]
                if any(found):
                    side_title = "" if side == "whole" else _SIDE_TITLES[side]
                    texts = (NO_VALUE if measured is None else value_text(measured) for measured in found)
                    rows.append((f"{side_title} {title.lower()}".strip().capitalize(), *texts))
        columns = ("Region", *(heading for _, heading in _FURTHER))
        return PlainTable("further", "Further measurements", columns, tuple(rows), (_HOW_MEASURED,))


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
