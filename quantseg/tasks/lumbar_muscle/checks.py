"""What is doubtful of a lumbar muscle result."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

from quantseg.measure.values import Check, Measurement, Verdict
from quantseg.results.numbers import ranges_in_words
from quantseg.tasks.lumbar_muscle.anatomy import SEGMENTS
from quantseg.tasks.lumbar_muscle.fat import FatSource
from quantseg.tasks.lumbar_muscle.measuring import ASYMMETRY

_LEAST_CONFIDENCE = 0.85
_MOST_ASYMMETRY_PERCENT = 30.0
# The line between the sides is no sharper than some pixels along a multifidus.
_MOST_BEYOND_MM2 = 50.0
# Of 1.5 % of an area: far below what outlines differ by.
_MOST_TILT_DEGREES = 10.0
_NAMES = {segment.value: segment.name for segment in SEGMENTS}

EVIDENCE = Check(
    "evidence",
    Verdict.LOOK,
    "The network learned from drawn cross-sections alone; in the one person's scan on which it was tried it drew the "
    "border between multifidus and erector spinae wrongly, and psoas and quadratus lumborum are untested on real "
    "images: look at every outline.",
)
"""Stands with every result, as long as nothing more is known."""


def check_slices(left_out: Mapping[int, str], measured: int) -> Check:
    """Judge whether all slices show a lumbar cross-section.

    Args:
        left_out: why a slice of the file was taken for none, by its index.
        measured: how many were measured.
    """
    if not left_out:
        shows = "The slice shows" if measured == 1 else f"All {measured} slices show"
        return Check("cross_section", Verdict.GOOD, f"{shows} what a lumbar cross-section has.")
    slices = ranges_in_words(left_out)
    why = next(iter(left_out.values()))
    reason = (
        f"{len(left_out)} of {len(left_out) + measured} slices were taken for no lumbar cross-section and have no "
        f"labels (index {slices}, counted from 0; of the first of them, {why}): look at whether one is missed."
    )
    return Check("cross_section", Verdict.LOOK, reason)


def check_tilt(degrees: float) -> Check:
    """Say by how much slices are tilted, and what that does to areas.

    Args:
        degrees: between the slices and the scanner's axial plane.
    """
    larger = 100 * (1 / math.cos(math.radians(degrees)) - 1)
    if degrees <= _MOST_TILT_DEGREES:
        return Check("tilt", Verdict.GOOD, f"The slices are tilted by {degrees:.0f}° against the axial plane.")
    reason = (
        f"The slices are tilted by {degrees:.0f}° against the axial plane: a muscle that runs along the body is cut "
        f"aslant, and its area is larger by {larger:.0f} % (1/cos); compare it with areas of the same tilt alone."
    )
    return Check("tilt", Verdict.LOOK, reason)


def check_trunk(untold: Collection[int]) -> tuple[Check, ...]:
    """Name slices whose picture is too narrow to tell a trunk from a head.

    Args:
        untold: their indices in the file.
    """
    if not untold:
        return ()
    reason = (
        f"The picture is narrower than a trunk and cuts what it shows (slices {ranges_in_words(untold)}): a head or a "
        "limb in such a picture gets muscles, too; look at whether it shows the lumbar spine."
    )
    return (Check("trunk", Verdict.LOOK, reason),)


def check_swap(swapped: Collection[int], measured: int) -> tuple[Check, ...]:
    """Name slices in which water and fat were exchanged, and put right."""
    if not swapped:
        return ()
    where = "in every slice" if len(swapped) == measured else f"in slices {ranges_in_words(swapped)}"
    reason = (
        f"Water and fat are exchanged {where}: what is called fat is dark under the skin. They were put right for "
        "labels and fat; look at whether the series were mixed up, or the scanner exchanged them in a part only."
    )
    return (Check("water_fat_swap", Verdict.LOOK, reason),)


def check_edge(at_edge: Mapping[int, Collection[int]]) -> Check:
    """Judge whether the picture cuts a muscle.

    Args:
        at_edge: label values that reach the edge of the picture, by the index of the slice.
    """
    cut = sorted({value for values in at_edge.values() for value in values})
    if not cut:
        return Check("field_of_view", Verdict.GOOD, "No muscle reaches the edge of the picture.")
    slices = ranges_in_words(index for index, values in at_edge.items() if values)
    names = ", ".join(_NAMES[value] for value in cut)
    reason = f"The picture cuts {names} (slices {slices}): areas are too small there."
    return Check("field_of_view", Verdict.LOOK, reason)


def check_sides(beyond_mm2: Mapping[int, Mapping[int, float]]) -> Check:
    """Judge whether each label that a person drew lies on its own side of the spine.

    Args:
        beyond_mm2: area on the other side by label value, by the index of the slice.
    """
    found: dict[int, list[int]] = {}
    for index, areas in beyond_mm2.items():
        for value, mm2 in areas.items():
            if mm2 > _MOST_BEYOND_MM2:
                found.setdefault(value, []).append(index)
    if not found:
        return Check("sides", Verdict.GOOD, "Left and right lie on their own sides of the spine.")
    named = "; ".join(f"{_NAMES[value]} (slices {ranges_in_words(found[value])})" for value in sorted(found))
    reason = f"Drawn on the other side of the spine: {named}. Look at whether the wrong side's segment was chosen."
    return Check("sides", Verdict.LOOK, reason)


def check_confidence(confidence: Mapping[int, float]) -> Check:
    """Judge how sure the network was.

    Args:
        confidence: least mean probability of a label over the measured slices, by its value.
    """
    unsure = [f"{_NAMES[value]} {least:.2f}" for value, least in confidence.items() if 0 < least < _LEAST_CONFIDENCE]
    if unsure:
        reason = (
            f"The network is not sure of all outlines: its mean probability falls to {', '.join(unsure)} in some slice "
            f"(expected {_LEAST_CONFIDENCE} or more); look there first."
        )
        return Check("confidence", Verdict.LOOK, reason)
    return Check(
        "confidence", Verdict.GOOD, f"The network's mean probability of each muscle is {_LEAST_CONFIDENCE} or more."
    )


def check_fat(source: FatSource, without_fat: Sequence[int]) -> Check:
    """Say how the fat fraction was found.

    Args:
        source: of the fraction.
        without_fat: measured slices of which no fraction is known: a single image shows no contrast between fat and
            muscle there, or a person has drawn where the pipeline did not look.
    """
    where = ranges_in_words(without_fat)
    if source is FatSource.DIXON and without_fat:
        reason = (
            f"The fat fraction is fat / (water + fat) of the Dixon images; in slices {where} it is unknown, as these "
            "were not looked at before the correction by hand."
        )
        return Check("fat_source", Verdict.LOOK, reason)
    if source is FatSource.DIXON:
        return Check("fat_source", Verdict.GOOD, "The fat fraction is fat / (water + fat) of the Dixon images.")
    if source is FatSource.NONE:
        reason = (
            "The image shows no clear contrast between muscle and fat, so that no fat fraction is given; a Dixon or T1 "
            "would allow one."
        )
        return Check("fat_source", Verdict.LOOK, reason)
    missing = f" In slices {where} it is unknown." if without_fat else ""
    reason = (
        "The fat fraction comes from a two-class threshold in a single image: it is no chemical fat fraction, and not "
        f"comparable with that of a Dixon.{missing}"
    )
    return Check("fat_source", Verdict.LOOK, reason)


def check_asymmetry(measurements: Sequence[Measurement]) -> Check:
    """Judge whether the sides differ by more than is usual."""
    odd = [one for one in measurements if one.key == ASYMMETRY and abs(one.value) > _MOST_ASYMMETRY_PERCENT]
    if not odd:
        return Check("asymmetry", Verdict.GOOD, f"Left and right differ by {_MOST_ASYMMETRY_PERCENT:.0f} % or less.")
    named = ", ".join(f"{one.region.replace('_', ' ')} {one.value:+.0f} %" for one in odd)
    reason = (
        f"Left and right areas differ by more than {_MOST_ASYMMETRY_PERCENT:.0f} % ({named}): look at whether one "
        "side's outline is wrong, or the person stands bent."
    )
    return Check("asymmetry", Verdict.LOOK, reason)
