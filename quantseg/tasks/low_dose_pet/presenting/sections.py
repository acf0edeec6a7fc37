"""What is shown of an estimated PET: regions before and after, changed peaks, and how to read them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from quantseg.measure.values import Measurement
from quantseg.results.case import CaseResult
from quantseg.results.numbers import for_reading, value_text, value_with_unit
from quantseg.results.presentation import Presentation
from quantseg.results.sections import Paragraph, PlainTable, Section, Text
from quantseg.results.value_table import NO_VALUE
from quantseg.tasks.low_dose_pet.measuring import AFTER, BEFORE, BIAS, COV_AFTER, COV_BEFORE, DOSE, NOISE, PEAKS
from quantseg.tasks.low_dose_pet.pipeline import PEAK_FACTS
from quantseg.tasks.low_dose_pet.presenting.brightness import PEAKS_HEADING, marked_places, positions, shown_images
from quantseg.tasks.low_dose_pet.presenting.picture import render_pet
from quantseg.tasks.low_dose_pet.regions import NAMES, WHOLE

_COLUMNS = {BEFORE: "before", AFTER: "after", BIAS: "bias, %", COV_BEFORE: "CoV before, %", COV_AFTER: "CoV after, %"}
_READING = Text(
    "reading",
    "How to read this",
    (
        Paragraph(
            "The image is what a scan with all counts would probably show, estimated by a network from this one; no "
            "scanner measured it. The network was trained on simulated brain scans alone. Read it beside the scan.",
            "Estimated, not measured.",
        ),
        Paragraph(
            "Two SD of the uncertainty either way shall hold 95 of 100 voxels of a full scan, that scan's own noise "
            "included; the model's card says how many they held on simulated scans. It knows nothing of what simulated "
            "scans do not show.",
            "Uncertainty.",
        ),
        Paragraph(
            "Left and right thirds are boxes of what is active, the brighter half holds most grey matter: there are no "
            "anatomical labels. The mean of the whole was kept.",
            "Regions.",
        ),
        Paragraph(
            "A lesion smaller than the noise shows may be missing from the estimate without a mark, and one that noise "
            "feigns may stay. Marks tell where a local maximum was changed by more than noise explains.",
            "Lesions.",
        ),
    ),
)


def headline(measurements: Sequence[Measurement]) -> str:
    """Return noise, dose and mean, such as "estimated from 10 % counts, brain mean 5.12 g/ml, 2 changed peaks"."""
    found = {(one.key, one.region): one for one in measurements}
    parts = []
    if (DOSE, WHOLE) in found:
        parts.append(f"estimated from {value_with_unit(found[DOSE, WHOLE])} counts")
    if (AFTER, WHOLE) in found:
        parts.append(f"brain mean {value_with_unit(found[AFTER, WHOLE])}")
    if (PEAKS, WHOLE) in found:
        count = value_text(found[PEAKS, WHOLE])
        parts.append(f"{count} changed {'peak' if count == '1' else 'peaks'}")
    return ", ".join(parts)


def present_pet(result: CaseResult) -> Presentation:
    """Say what is shown of one PET."""
    found = {(one.key, one.region): one for one in result.measurements}
    sections: list[Section] = [_regions(found)]
    if positions(str(result.facts.get(PEAK_FACTS[0]) or "")).size:
        sections.append(_peaks(result))
    short = [
        (title, found[key, WHOLE])
        for key, title in ((DOSE, "Counts, of a full scan"), (NOISE, "Noise of the scan"))
        if (key, WHOLE) in found
    ]
    return Presentation(
        title="PET estimated from few counts",
        picture=partial(render_pet, result),
        picture_alt="Scan, estimate, their difference and the uncertainty in three planes",
        sections=(*sections, _READING),
        in_short=tuple(short),
        images=partial(shown_images, result),
        marked=marked_places(result),
    )


def _regions(found: dict[tuple[str, str], Measurement]) -> PlainTable:
    rows = []
    for region, title in NAMES.items():
        cells = [found.get((key, region)) for key in _COLUMNS]
        if any(cells):
            rows.append((title, *(NO_VALUE if one is None else for_reading(value_text(one)) for one in cells)))
    unit = next((one.unit for (key, _), one in found.items() if key == BEFORE), "1")
    values = "Standardised uptake values by body weight." if unit == "g/ml" else "In the image's own unit."
    notes = (f"{values} CoV is SD over mean within the region, noise and anatomy together.",)
    return PlainTable("regions", "Regions before and after", ("Region", *_COLUMNS.values()), tuple(rows), notes)


def _peaks(result: CaseResult) -> PlainTable:
    places = positions(str(result.facts[PEAK_FACTS[0]]))
    values = [str(result.facts[name]).split("; ") for name in PEAK_FACTS[1:]]
    rows = tuple(
        (f"{place[0]:.0f}, {place[1]:.0f}, {place[2]:.0f}", *texts)
        for place, *texts in zip(places, *values, strict=True)
    )
    columns = ("Place, mm (right, anterior, superior)", "before", "after", "change, SD of noise")
    note = (
        "Means over the neighbourhood of a local maximum, in the image's own unit; at most twenty, the strongest first."
    )
    return PlainTable("peaks", PEAKS_HEADING, columns, rows, (note,))
