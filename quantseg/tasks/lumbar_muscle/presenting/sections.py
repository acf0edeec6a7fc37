"""What is shown of a lumbar muscle result: areas, fat, both slice by slice, and how to read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from quantseg.measure.values import Measurement
from quantseg.results.case import CaseResult
from quantseg.results.numbers import value_text
from quantseg.results.presentation import Presentation
from quantseg.results.sections import Bars, BarSeries, Paragraph, PlainTable, Section, Text
from quantseg.results.value_table import NO_VALUE, ComparisonColumn, OverallValue, ValueCell, ValueRow, ValueTable
from quantseg.tasks.lumbar_muscle.anatomy import MUSCLE_NAMES, SEGMENTS
from quantseg.tasks.lumbar_muscle.channels import Muscle, Side
from quantseg.tasks.lumbar_muscle.measuring import (
    AREA,
    ASYMMETRY,
    FAT_FRACTION,
    INDEX,
    LEAN_AREA,
    PARASPINAL,
    PERCENTILES,
    SLICES_RUN,
)
from quantseg.tasks.lumbar_muscle.presenting.picture import render_muscles

_SIDES = tuple(side.value.capitalize() for side in Side)
_BY_SLICE = (Muscle.PSOAS, Muscle.ERECTOR_SPINAE, Muscle.MULTIFIDUS)
_SHORT = {Muscle.PSOAS: "psoas", Muscle.ERECTOR_SPINAE: "erector", Muscle.MULTIFIDUS: "multifidus"}
_AREAS = Paragraph(
    "The outline of a muscle holds the fat between its fibres, not that between two muscles; lean area is what is left "
    "of it without fat. Areas change along the spine: compare the same level only.",
    "Areas.",
)
_MEANS = Paragraph(
    "Where several slices were measured, each number is the mean over the slices that show the muscle.",
    "Several slices.",
)
_FAT = Paragraph(
    "A fat fraction from a Dixon is not corrected for T1, T2* and noise, by which it may be off by some points; one "
    "from a threshold in a single image is no chemical fat fraction.",
    "Fat fraction.",
)
_EVIDENCE = Paragraph(
    "The network learned from drawn cross-sections; psoas and quadratus lumborum are untested on real images. There is "
    "no norm and no 95 % interval.",
    "Evidence.",
)

Found = Mapping[tuple[str, str], Measurement]
"""Measurements of the whole case by key and region."""


def headline(measurements: Sequence[Measurement]) -> str:
    """Return area and fat of both multifidi, such as "multifidus L 812 / R 796 mm², fat 11.2 / 10.4 %"."""
    found = {(one.key, one.region): one for one in measurements if one.slice_index is None}
    regions = [f"{side.value}_{Muscle.MULTIFIDUS.value}" for side in Side]
    areas = [found.get((AREA, region)) for region in regions]
    fats = [found.get((FAT_FRACTION, region)) for region in regions]
    words = " / ".join(f"{name} {_text(one)}" for name, one in zip("LR", areas, strict=True))
    fat = f", fat {' / '.join(_text(one) for one in fats)} %" if any(fats) else ""
    return f"multifidus {words} mm²{fat}"


def present_muscles(result: CaseResult) -> Presentation:
    """Say what is shown of a case."""
    found = {(one.key, one.region): one for one in result.measurements if one.slice_index is None}
    sections: list[Section] = [_areas(found)]
    if any(key == FAT_FRACTION for key, _ in found):
        sections.append(_fat(found))
    by_slice = [one for one in result.measurements if one.slice_index is not None]
    if by_slice:
        sections.append(_slices(by_slice, str(result.facts.get(SLICES_RUN, "as in the file"))))
    sections.append(Text("reading", "How to read these numbers", (_AREAS, _MEANS, _FAT, _EVIDENCE)))
    title = f"left {MUSCLE_NAMES[Muscle.MULTIFIDUS].lower()}"
    short = [
        (title.replace("left", side.value), found[FAT_FRACTION, f"{side.value}_{Muscle.MULTIFIDUS.value}"])
        for side in Side
        if (FAT_FRACTION, f"{side.value}_{Muscle.MULTIFIDUS.value}") in found
    ]
    return Presentation(
        title="Lumbar muscles",
        picture=partial(render_muscles, result),
        picture_alt="Axial slices with the outlines of the muscles, and beside each the share of fat within them",
        sections=tuple(sections),
        chart=_bars(found),
        in_short=tuple((f"Fat of {title}", value) for title, value in short),
    )


def _areas(found: Found) -> ValueTable:
    rows = []
    for muscle in Muscle:
        rows.append(_row(found, muscle, AREA, MUSCLE_NAMES[muscle], found.get((ASYMMETRY, muscle.value))))
    rows += [
        _row(found, muscle, LEAN_AREA, f"{MUSCLE_NAMES[muscle]}, lean")
        for muscle in Muscle
        if any((LEAN_AREA, f"{side.value}_{muscle.value}") in found for side in Side)
    ]
    index = found.get((INDEX, PARASPINAL))
    overall = OverallValue(
        "Muscle index of psoas, erector spinae and multifidus",
        index,
        missing_because="not given: the height is unknown, or a muscle was not found.",
    )
    return ValueTable(
        key="areas",
        heading="Areas",
        groups=_SIDES,
        rows=tuple(rows),
        corner="Muscle",
        unit_above=True,
        intervals_shown=False,
        comparison=ComparisonColumn("asymmetry", "L − R", "%"),
        overall=(overall,),
        overall_title="Both",
    )


def _fat(found: Found) -> ValueTable:
    # Viewers with one table for all show these titles without its heading.
    titles = {FAT_FRACTION: "mean fat", **{key: f"{rank}th percentile of fat" for rank, key in PERCENTILES.items()}}
    titles[PERCENTILES[50]] = "median fat"
    rows = [
        _row(found, muscle, key, f"{MUSCLE_NAMES[muscle]}, {title}")
        for muscle in Muscle
        for key, title in titles.items()
        if any((key, f"{side.value}_{muscle.value}") in found for side in Side)
    ]
    return ValueTable(
        key="fat",
        heading="Fat",
        groups=_SIDES,
        rows=tuple(rows),
        corner="Muscle",
        unit_above=True,
        intervals_shown=False,
    )


def _row(found: Found, muscle: Muscle, key: str, title: str, comparison: Measurement | None = None) -> ValueRow:
    cells = tuple(ValueCell(found.get((key, f"{side.value}_{muscle.value}"))) for side in Side)
    unit = "%" if key.startswith(FAT_FRACTION) else "mm2"
    return ValueRow(title, unit, cells, comparison)


def _slices(measurements: Sequence[Measurement], counted: str) -> PlainTable:
    """Return every slice's numbers.

    Args:
        measurements: of single slices.
        counted: which way, in words.
    """
    found = {(one.slice_index, one.key, one.region): one for one in measurements}
    has_fat = any(one.key == FAT_FRACTION for one in measurements)
    columns, rows = ["Slice"], []
    for muscle in _BY_SLICE:
        columns.append(f"{_SHORT[muscle]}, mm² L / R")
        columns += [f"{_SHORT[muscle]}, fat % L / R"] if has_fat else []
    for index in sorted({one.slice_index for one in measurements if one.slice_index is not None}):
        row = [str(index)]
        for muscle in _BY_SLICE:
            for key in (AREA, FAT_FRACTION) if has_fat else (AREA,):
                values = [found.get((index, key, f"{side.value}_{muscle.value}")) for side in Side]
                row.append(" / ".join(_text(value) for value in values))
        rows.append(tuple(row))
    note = f"Slices are counted from 0 {counted}; measurements.json holds every number of each slice."
    return PlainTable("slices", "Slice by slice", tuple(columns), tuple(rows), (note,))


def _bars(found: Found) -> Bars:
    groups = tuple(MUSCLE_NAMES[muscle] for muscle in Muscle)
    series = []
    for side in Side:
        colour = next(one.colour for one in SEGMENTS if one.key.startswith(side.value))
        values = [found.get((AREA, f"{side.value}_{muscle.value}")) for muscle in Muscle]
        series.append(
            BarSeries(side.value.capitalize(), colour, tuple(None if one is None else one.value for one in values))
        )
    return Bars("mm2", groups, tuple(series))


def _text(one: Measurement | None) -> str:
    return NO_VALUE if one is None else value_text(one)
