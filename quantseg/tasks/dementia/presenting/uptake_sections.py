"""What is shown of a PET: uptake by region and side beside healthy people, and both maps."""

from __future__ import annotations

from functools import partial

import numpy as np

from quantseg.measure.values import Measurement
from quantseg.results.case import CaseResult
from quantseg.results.numbers import value_text
from quantseg.results.outputs import ImageMap
from quantseg.results.sections import Paragraph, Picture, Pictures, PlainTable, Section
from quantseg.results.value_table import NO_VALUE
from quantseg.tasks.dementia.measuring import ASYMMETRY, DIFFERENCE, RATIO, Z_SCORE
from quantseg.tasks.dementia.presenting.maps import DIFFERENCE_COLOURS, RATIO_COLOURS, render_map
from quantseg.tasks.dementia.uptake import REGIONS, SIDES

_COLOURS = {RATIO: RATIO_COLOURS, DIFFERENCE: DIFFERENCE_COLOURS}


def uptake_sections(result: CaseResult, centre_mm: np.ndarray) -> list[Section]:
    """Return table and maps of uptake; nothing where there was no PET."""
    found = {(one.key, one.region): one for one in result.measurements}
    if not any(key == RATIO for key, _ in found):
        return []
    has_z = any(key == Z_SCORE for key, _ in found)
    columns = ["Region", "Ratio L", "R", "Difference L, %", "R, %", "L − R, %", *(["z L", "R"] if has_z else [])]
    rows = []
    for region in REGIONS:
        keys = [RATIO, DIFFERENCE]
        cells = [_text(found.get((key, f"{side}_{region}"))) for key in keys for side in SIDES]
        cells.append(_text(found.get((ASYMMETRY, region))))
        if has_z:
            cells += [_text(found.get((Z_SCORE, f"{side}_{region}"))) for side in SIDES]
        rows.append((region.replace("_", " ").capitalize(), *cells))
    reference = result.facts.get("uptake_reference")
    note = (
        f"Ratio to the mean of the {reference}; difference to the mean of healthy people; grey matter in rough boxes."
    )
    maps = [one for one in result.outputs if isinstance(one, ImageMap) and one.name in _COLOURS]
    table = PlainTable("uptake", "Uptake of FDG", tuple(columns), tuple(rows), (note,))
    return [table, *(_map_section(result, one, centre_mm) for one in maps)]


def _map_section(result: CaseResult, one: ImageMap, centre_mm: np.ndarray) -> Pictures:
    title = one.title if one.unit == "1" else f"{one.title}, {one.unit}"
    draw = partial(render_map, result.volume.with_array(one.array), centre_mm, _COLOURS[one.name], title)
    picture = Picture(one.title, f"{one.title}, axial planes in colours", draw)
    return Pictures(one.name, one.title, (picture,), 820, ("Radiological convention.",))


def uptake_reading(by_uptake: bool) -> list[Paragraph]:
    """Return how to read uptake.

    Args:
        by_uptake: whether the model of the case makes its score from uptake.
    """
    needed = (
        "No score is made from PET: it would need PETs of patients with a diagnosis, which nobody gave under a licence "
        "that allows it, so that no weights for PET ship. "
    )
    return [
        Paragraph(
            f"{'' if by_uptake else needed}Differences are to a mean, not to a norm: "
            "without a standard deviation of healthy people (--healthy-mean, --healthy-sd) nobody can say which are "
            "unusual.",
            "Uptake.",
        ),
        Paragraph(
            "Atrophy lowers uptake by partial volume, activity is uncorrected for it, and scanners, reconstructions, "
            "blood sugar and medicines shift it. An affine transform puts no gyrus in its place.",
            "Limits of uptake.",
        ),
    ]


def _text(one: Measurement | None) -> str:
    return NO_VALUE if one is None else value_text(one)
