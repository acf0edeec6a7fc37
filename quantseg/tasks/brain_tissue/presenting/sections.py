"""What is shown of a brain tissue result: volumes and shares of tissues and parts, and how to read them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from quantseg.brain.regions import REGIONS_OF_PART, Part
from quantseg.measure.values import Measurement
from quantseg.results.case import CaseResult
from quantseg.results.presentation import Presentation
from quantseg.results.preview import render_preview
from quantseg.results.sections import Bars, BarSeries, Paragraph, Text
from quantseg.results.value_table import FurtherColumn, OverallValue, ValueCell, ValueRow, ValueTable
from quantseg.tasks.brain_tissue.anatomy import TISSUES, TISSUES_AND_PARTS
from quantseg.tasks.brain_tissue.checks import PARTS_CHECK
from quantseg.tasks.brain_tissue.measuring import BRAIN, HEAD, INTRACRANIAL, PER_INTRACRANIAL, PER_TISSUE

_FIELD_MM = 210.0
_COUNTED = "From labels"
_BRAIN_TITLE = "Grey and white matter"
_PART_TITLES = {
    Part.VENTRICLES: "Ventricles",
    Part.DEEP_GREY: "Deep grey matter",
    Part.CEREBELLUM: "Cerebellum",
    Part.BRAIN_STEM: "Brain stem",
}
_VOLUMES = Paragraph(
    "A voxel at a border holds some of both tissues, and counts for each by its share: these volumes do not jump with "
    "the voxel size as a count of labels does, which stands beside them.",
    "Volumes.",
)
_SHARES_OF_HEAD = Paragraph(
    "Shares are of the intracranial volume, brain, ventricles and the fluid around them, down to the foramen magnum; "
    "they make heads of different sizes comparable.",
    "Shares.",
)
_SHARES_OF_BRAIN = Paragraph(
    "The whole intracranial space is not in view, or the skull was stripped: shares are of the fluid, grey and white "
    "matter in view, and not comparable with those of whole heads.",
    "Shares.",
)
_CORRECTED = Paragraph(
    "A person has changed these labels. A voxel that was added counts wholly and one that was taken away no more; the "
    "borders that nobody touched count by shares as before. No interval is given: those of the network hold for its "
    "own labels.",
    "Corrected by hand.",
)
_DRAWN = Paragraph(
    "No model of QuantSeg made these labels: volumes are counts of voxels, and shares are of all that is labelled.",
    "Drawn by hand.",
)
_WHITE = Paragraph(
    "The brain stem counts as white matter; thalamus, basal ganglia, hippocampus and amygdala count as grey matter.",
    "Protocol.",
)
_PARTS_BY_PLACE = Paragraph(
    "Parts are told by where they lie in an average brain that this one was laid on, turned and scaled but not bent: "
    "their borders within a tissue are good to some millimetres, and wrong beside large lesions.",
    "Parts.",
)
_NO_NORM = Paragraph(
    "There is no norm for this model, and other tools and manual protocols draw the border between the cortex and the "
    "fluid in its folds elsewhere: compare only what this model measured, with the same kind of scan.",
    "No percentile.",
)
_INTERVALS = Paragraph(
    "95 % intervals hold the errors on synthetic T1-weighted heads from label maps that training had not seen. They do "
    "not hold what scanners, protocols and diseases add.",
    "Intervals.",
)


def headline(measurements: Sequence[Measurement]) -> str:
    """Return the share of each tissue, such as "GM 44.1 % + WM 33.0 % + CSF 22.9 % of ICV"."""
    for key, of in ((PER_INTRACRANIAL, "of ICV"), (PER_TISSUE, "of CSF + GM + WM")):
        shares = {one.region: one.value for one in measurements if one.key == key}
        if shares:
            names = (("GM", "grey_matter"), ("WM", "white_matter"), ("CSF", "csf"))
            return " + ".join(f"{name} {shares[region]:.1f} %" for name, region in names) + f" {of}"
    return "no volume"


def present_tissue(result: CaseResult) -> Presentation:
    """Say what is shown of a head or a brain."""
    found = {(one.key, one.region): one for one in result.measurements}
    share_key = PER_INTRACRANIAL if (PER_INTRACRANIAL, BRAIN) in found else PER_TISSUE
    rows = [(one.segment.key, one.segment.name) for one in TISSUES] + [(BRAIN, _BRAIN_TITLE)]
    sections = [_table(found, "volumes", "Volumes", rows, share_key)]
    parts = [(key, title) for key, title in _titles_of_parts().items() if ("volume", key) in found]
    reading = Text("reading", "How to read these numbers", (*_how_measured(result, share_key), _WHITE, _NO_NORM))
    everything = {"Brain": tuple(segment.value for segment in result.segments)}
    return Presentation(
        title="Brain tissue",
        picture=partial(render_preview, result, everything, "brain", _FIELD_MM),
        picture_alt="Three planes through the brain with the outlines of its tissues",
        sections=(*sections, *([_table(found, "parts", "Parts", parts, share_key)] if parts else []), reading),
        chart=_bars(found),
        in_short=tuple((title, found["volume", key]) for key, title in rows[1:3] if ("volume", key) in found),
    )


def _titles_of_parts() -> dict[str, str]:
    """Return titles by key: each part, followed by the labels that it is the sum of, and at last what is in no part."""
    titles: dict[str, str] = {}
    for part, title in _PART_TITLES.items():
        titles[part.value] = title
        inside = (one.segment for one in TISSUES_AND_PARTS if set(one.regions) <= set(REGIONS_OF_PART[part]))
        titles |= {segment.key: segment.name for segment in inside}
    return titles | {one.segment.key: one.segment.name for one in TISSUES_AND_PARTS if one.segment.key not in titles}


def _how_measured(result: CaseResult, share_key: str) -> tuple[Paragraph, ...]:
    if not result.models:
        return (_DRAWN,)
    shares = _SHARES_OF_HEAD if share_key == PER_INTRACRANIAL else _SHARES_OF_BRAIN
    corrected = (_CORRECTED,) if result.edited_segments else ()
    intervals = (_INTERVALS,) if any(one.interval for one in result.measurements) else ()
    parts = (_PARTS_BY_PLACE,) if any(check.key == PARTS_CHECK for check in result.checks) else ()
    return (_VOLUMES, *corrected, shares, *parts, *intervals)


def _table(
    found: dict[tuple[str, str], Measurement], key: str, heading: str, rows: Sequence[tuple[str, str]], share_key: str
) -> ValueTable:
    of_head = share_key == PER_INTRACRANIAL
    overall = OverallValue(
        "Intracranial volume (ICV)",
        found.get((INTRACRANIAL, HEAD)),
        missing_because="not given: the whole intracranial space is not in view, the skull was stripped, or the labels "
        "were drawn by hand.",
    )
    return ValueTable(
        key=key,
        heading=heading,
        groups=("From shares of voxels", _COUNTED),
        rows=tuple(
            ValueRow(
                title,
                "ml",
                (
                    ValueCell(found.get(("volume", region)), found.get((share_key, region))),
                    ValueCell(found.get(("label_volume", region))),
                ),
                is_total=region == BRAIN,
            )
            for region, title in rows
        ),
        corner="Tissue" if key == "volumes" else "Part",
        unit_above=True,
        intervals_shown=any(one.interval for one in found.values()),
        further=FurtherColumn("% of ICV" if of_head else "% of all tissue", "of ICV" if of_head else "of all tissue"),
        plain_groups=(_COUNTED,),
        overall=(overall,) if key == "volumes" else (),
    )


def _bars(found: dict[tuple[str, str], Measurement]) -> Bars:
    segments = [one.segment for one in TISSUES]
    groups = tuple(segment.name for segment in segments)
    series = tuple(
        BarSeries(
            segment.name,
            segment.colour,
            tuple(found["volume", segment.key].value if name == segment.name else None for name in groups),
        )
        for segment in segments
    )
    return Bars("ml", groups, series)
