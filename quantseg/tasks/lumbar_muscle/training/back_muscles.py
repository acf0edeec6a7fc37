"""Outlines of the muscles that are looked for, within their compartments; figures assumed (see ``build``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from quantseg.tasks.lumbar_muscle.channels import Muscle, Side, label_of
from quantseg.tasks.lumbar_muscle.training.build import Build
from quantseg.tasks.lumbar_muscle.training.compartment import Compartment, compartment
from quantseg.tasks.lumbar_muscle.training.parts import Part
from quantseg.tasks.lumbar_muscle.training.septa import Septum, clefts, draw_septum, septum_part
from quantseg.tasks.lumbar_muscle.training.shapes import Points, band, curve, ellipse, mirrored, scaled, wobbled
from quantseg.tasks.lumbar_muscle.training.tissues import Tissue

_SIGN = {Side.LEFT: -1, Side.RIGHT: 1}
_WOBBLE = 0.025
_BOTH = (Muscle.ERECTOR_SPINAE, Muscle.MULTIFIDUS)
# Between the multifidus' bundles, and elsewhere within the erector spinae: how often there is a cleft.
_CLEFTS = {Muscle.ERECTOR_SPINAE: 0.45, Muscle.MULTIFIDUS: 0.4}
# Between longissimus and iliocostalis.
_SPLIT = 0.65
# Muscles that lost less of their length may touch each other, and then mostly do.
_WHOLE, _JOINED = 0.93, 0.85


def deep_muscles(build: Build, random: np.random.Generator) -> Iterator[Part]:
    """Yield psoas and quadratus lumborum of both sides."""
    common = random.uniform(-1, 1, 8)
    for side in Side:
        own = common + random.normal(0, 0.25, 8)
        yield _part(build, side, Muscle.QUADRATUS_LUMBORUM, _quadratus(build, side, own), random)
        yield _part(build, side, Muscle.PSOAS, _psoas(build, side, own), random)


def paraspinal_muscles(build: Build, random: np.random.Generator) -> Iterator[Part]:
    """Yield the compartments behind the spine, filled with fat, and erector spinae and multifidus in them."""
    common = random.uniform(-1, 1, 9)
    fascia_mm = random.uniform(0.0, 1.8)
    least_left = min(build.wasting[side, muscle] for side in Side for muscle in _BOTH)
    joined = least_left > _WHOLE and random.uniform() < _JOINED
    septum = draw_septum(random)
    apart_mm = 3.0 * random.uniform() ** 2
    split = random.uniform() < _SPLIT
    # Fat begins near the bone: in the multifidus beside lamina and spinous process.
    fatter = {
        Muscle.MULTIFIDUS: random.uniform((-1.2, -0.2), (0.2, 1.0)),
        Muscle.ERECTOR_SPINAE: random.uniform((-0.4, -0.3), (0.4, 0.8)),
    }
    tent = max(build.level - 3.4, 0.0) * random.uniform(-0.08, 0.13)
    for side in Side:
        sign = _SIGN[side]
        room = compartment(build, common + random.normal(0, 0.25, 9))
        # Low down, fat lies between the muscles and the fascia behind them in some.
        fascia = mirrored(scaled(room.outline, 1 + max(tent, 0.0), (30 * build.size, -20 * build.size)), sign)
        yield Part(fascia, Tissue.INNER_FAT)
        sharing = {muscle: (sign * float(x), float(y)) for muscle, (x, y) in fatter.items()}
        if joined:
            yield from _joined(build, side, room, septum, split, sharing, random)
        else:
            yield from _apart(build, side, room, apart_mm, split, sharing, random)
        if fascia_mm > 0.5:
            yield Part(fascia, Tissue.FASCIA, line_mm=fascia_mm)


def _joined(
    build: Build,
    side: Side,
    room: Compartment,
    septum: Septum,
    split: bool,
    fatter: Mapping[Muscle, tuple[float, float]],
    random: np.random.Generator,
) -> Iterator[Part]:
    """Yield an erector spinae that fills the compartment, the multifidus laid over it, and what shows between them."""
    size, sign = build.size, _SIGN[side]
    left = float(np.mean([build.wasting[side, muscle] for muscle in _BOTH]))
    anchor = 26 * size, -22 * size
    whole = mirrored(scaled(room.outline, left, anchor), sign)
    erector = _part(build, side, Muscle.ERECTOR_SPINAE, whole, random)
    yield replace(erector, fatter=fatter[Muscle.ERECTOR_SPINAE])
    if split:
        yield from _split(room, erector, sign, random)
    yield from clefts(erector, sign, _CLEFTS[Muscle.ERECTOR_SPINAE], random)
    medial = mirrored(scaled(room.medial_half, left, anchor), sign)
    multifidus = Part(
        medial,
        Tissue.MUSCLE,
        label_of(Muscle.MULTIFIDUS, side),
        streaks=build.streaks[side, Muscle.MULTIFIDUS],
        over=erector.label,
        fatter=fatter[Muscle.MULTIFIDUS],
    )
    yield multifidus
    within = replace(multifidus, outline=mirrored(room.multifidus, sign))
    yield from clefts(within, sign, _CLEFTS[Muscle.MULTIFIDUS], random)
    border = mirrored(scaled(room.border, left, anchor), sign)
    yield from septum_part(septum, border, erector.label, random)


def _apart(
    build: Build,
    side: Side,
    room: Compartment,
    apart_mm: float,
    split: bool,
    fatter: Mapping[Muscle, tuple[float, float]],
    random: np.random.Generator,
) -> Iterator[Part]:
    """Yield two muscles that each draw back from the skin and from the other, towards the bone that they come from."""
    size, sign = build.size, _SIGN[side]
    outlines = {Muscle.ERECTOR_SPINAE: room.erector_spinae, Muscle.MULTIFIDUS: room.multifidus}
    anchors = {Muscle.ERECTOR_SPINAE: (44 * size, -24 * size), Muscle.MULTIFIDUS: (9 * size, -27 * size)}
    for muscle, outline in outlines.items():
        # What lies between them is taken from both.
        left = build.wasting[side, muscle] * (1 - apart_mm / 2 / float(np.ptp(outline[:, 0])))
        part = _part(build, side, muscle, mirrored(scaled(outline, left, anchors[muscle]), sign), random)
        yield replace(part, fatter=fatter[muscle])
        if split and muscle is Muscle.ERECTOR_SPINAE:
            yield from _split(room, part, sign, random)
        yield from clefts(part, sign, _CLEFTS[muscle], random)


def _split(room: Compartment, erector: Part, sign: int, random: np.random.Generator) -> Iterator[Part]:
    """Yield the aponeurosis between longissimus and iliocostalis, which may show better than the multifidus' border."""
    outer, inner = max(x for x, _ in room.outer), float(room.border[:, 0].max())
    x = inner + (outer - inner) * random.uniform(0.3, 0.65)
    deep, behind = room.border[-1, 1], min(y for _, y in room.outer)
    end_y = deep + (behind - deep) * random.uniform(0.0, 0.5)
    line = curve((x + random.uniform(-2, 8), behind), (x, (behind + end_y) / 2), (x - random.uniform(-4, 8), end_y))
    outline = mirrored(band(line, random.uniform(0.4, 2.5), random.uniform(0.3, 1.2)), sign)
    tissue = Tissue.INNER_FAT if random.uniform() < 0.6 else Tissue.FASCIA
    yield Part(outline, tissue, erector.label, over=erector.label)


def _part(build: Build, side: Side, muscle: Muscle, outline: Points, random: np.random.Generator) -> Part:
    return Part(
        wobbled(outline, _WOBBLE, random), Tissue.MUSCLE, label_of(muscle, side), streaks=build.streaks[side, muscle]
    )


def _psoas(build: Build, side: Side, own: np.ndarray) -> Points:
    strength = build.strength[side, Muscle.PSOAS] * build.wasting[side, Muscle.PSOAS]
    half_width = build.at_level(9.5, 14, 18.5, 19.5) * strength * (1 + 0.12 * own[0])
    half_depth = build.at_level(14, 18, 22, 23) * strength * (1 + 0.12 * own[1])
    # Beside the body, and with the years further in front of it; never far from the bone.
    x = build.body_width / 2 + half_width * (0.72 + 0.12 * own[2]) + build.at_level(0, 0, 0, 3)
    y = build.body_depth * 0.36 + build.at_level(0, 1, 3, 9) + 5 * own[3]
    outline = ellipse(x, y, half_width, half_depth, 12 * own[4] - 8, power=2.2)
    return mirrored(outline, _SIGN[side])


def _quadratus(build: Build, side: Side, own: np.ndarray) -> Points:
    strength = build.strength[side, Muscle.QUADRATUS_LUMBORUM] * build.wasting[side, Muscle.QUADRATUS_LUMBORUM]
    half_width = build.at_level(13, 17, 19, 14) * strength * (1 + 0.12 * own[5])
    half_depth = build.at_level(5, 7, 8.5, 7) * strength * (1 + 0.12 * own[6])
    x = build.at_level(47, 54, 62, 68)
    y = build.at_level(-9, -7, -5, -2) + 3 * own[7]
    return mirrored(ellipse(x, y, half_width, half_depth, 15 * own[4] + 10), _SIGN[side])
