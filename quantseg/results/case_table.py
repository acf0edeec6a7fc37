"""A case as one plain table, for viewers that show nothing else: each cell as the text of the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from quantseg.measure.values import Verdict
from quantseg.results.case import CaseResult
from quantseg.tasks.heart.presenting.tables import HeartTables
from quantseg.tasks.hippocampus.presenting.tables import NO_VALUE, HippocampusTables

_VERDICT_WORDS = {Verdict.GOOD: "passed", Verdict.LOOK: "look", Verdict.FAIL: "failed"}


@dataclass(frozen=True)
class CaseTable:
    """Columns by name, every one of the same length."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class VolumeBars:
    """Volumes to be drawn side by side.

    Attributes:
        parts: names of the groups of bars, such as "Anterior".
        sides: name of each series.
        volumes_mm3: by series, then by part; None where there is no volume.
    """

    parts: tuple[str, ...]
    sides: tuple[str, ...]
    volumes_mm3: tuple[tuple[float | None, ...], ...]


def hippocampus_table(result: CaseResult) -> CaseTable:
    """Return volumes, their share of the intracranial volume, asymmetry and checks."""
    tables = HippocampusTables(result)
    sides = tables.side_titles
    # What belongs to no side stands in a column of its own; with one side there is nothing to tell apart.
    both = ("Both",) if len(sides) > 1 else ()
    rows: list[tuple[str, ...]] = []

    def by_side(title: str, texts: Sequence[str]) -> None:
        rows.append((title, *texts, *("" for _ in both)))

    def of_both(title: str, text: str) -> None:
        rows.append((title, *("" for _ in sides if both), text))

    for row in tables.volume_rows:
        by_side(f"{row.title}, mm³", [cell.volume for cell in row.cells])
        if any(cell.interval for cell in row.cells):
            by_side("  95 % interval", [cell.interval for cell in row.cells])
        if any(cell.share for cell in row.cells):
            by_side("  of ICV, %", [cell.share for cell in row.cells])
        if tables.both_sides and row.asymmetry != NO_VALUE:
            of_both("  asymmetry (L − R), %", row.asymmetry)
    if tables.intracranial is not None:
        of_both("Intracranial volume (ICV), ml", tables.intracranial_ml)
    for check in result.checks:
        of_both(f"Check: {check.reason}", _VERDICT_WORDS[check.verdict])
    return CaseTable(("Measurement", *sides, *both), tuple(rows))


def hippocampus_bars(result: CaseResult) -> VolumeBars:
    """Return left against right, part by part."""
    tables = HippocampusTables(result)
    return VolumeBars(tuple(row.title for row in tables.volume_rows), tables.side_titles, tables.volumes_mm3)


def heart_table(result: CaseResult) -> CaseTable:
    """Return the function of both ventricles, or the volumes of a single frame, and the checks."""
    tables = HeartTables(result)
    rows: list[tuple[str, ...]] = []
    if not result.phases:
        rows += [(f"{name}, ml", volume) for name, volume in tables.volume_rows]
        rows += [(f"Check: {check.reason}", _VERDICT_WORDS[check.verdict]) for check in result.checks]
        return CaseTable(("Measurement", "This frame"), tuple(rows))
    for row in tables.function_rows:
        rows.append((f"{row.title}, {row.unit}", *(cell.value for cell in row.cells)))
        if any(cell.interval for cell in row.cells):
            rows.append((f"  95 % interval, {row.unit}", *(cell.interval for cell in row.cells)))
        if tables.indexed and any(cell.index not in ("", NO_VALUE) for cell in row.cells):
            rows.append((f"  per m² of body surface, {row.unit}/m²", *(cell.index for cell in row.cells)))
    # The checks are about the whole heart; they stand below the first ventricle.
    beside = ("",) * (len(tables.ventricles) - 1)
    rows += [(f"Check: {check.reason}", _VERDICT_WORDS[check.verdict], *beside) for check in result.checks]
    return CaseTable(("Measurement", *(tables.ventricles or ("",))), tuple(rows))
