"""Outlines of the muscles that are looked for, within their compartments; figures assumed (see ``build``)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from quantseg.tasks.lumbar_muscle.channels import Muscle, Side, label_of
from quantseg.tasks.lumbar_muscle.training.build import Build
from quantseg.tasks.lumbar_muscle.training.parts import Part
from quantseg.tasks.lumbar_muscle.training.shapes import Points, ellipse, mirrored, scaled, smooth, wobbled
from quantseg.tasks.lumbar_muscle.training.tissues import Tissue

_SIGN = {Side.LEFT: -1, Side.RIGHT: 1}
_WOBBLE = 0.025
# Between longissimus and iliocostalis, and between the multifidus' bundles: how often there is one.
_CLEFTS = {Muscle.ERECTOR_SPINAE: 0.65, Muscle.MULTIFIDUS: 0.4}


def deep_muscles(build: Build, random: np.random.Generator) -> Iterator[Part]:
    """Yield psoas and quadratus lumborum of both sides."""
    common = random.uniform(-1, 1, 8)
    for side in Side:
        own = common + random.normal(0, 0.25, 8)
        yield _part(build, side, Muscle.QUADRATUS_LUMBORUM, _quadratus(build, side, own), random)
        yield _part(build, side, Muscle.PSOAS, _psoas(build, side, own), random)


def paraspinal_muscles(build: Build, random: np.random.Generator) -> Iterator[Part]:
    """Yield the compartments behind the spine, filled with fat, and erector spinae and multifidus in them."""
    common = random.uniform(-1, 1, 10)
    septum_mm = 3.0 * random.uniform() ** 2
    fascia_mm = random.uniform(0.0, 1.8)
    for side in Side:
        own = common + random.normal(0, 0.25, 10)
        compartment, erector, multifidus = _compartment(build, own, septum_mm)
        sign = _SIGN[side]
        yield Part(mirrored(smooth(compartment), sign), Tissue.INNER_FAT)
        outlines = {Muscle.ERECTOR_SPINAE: smooth(erector), Muscle.MULTIFIDUS: smooth(multifidus)}
        size = build.size
        # A muscle that wastes draws back from the skin and from its neighbour, towards the bone that it comes from.
        anchors = {Muscle.ERECTOR_SPINAE: (44 * size, -24 * size), Muscle.MULTIFIDUS: (9 * size, -27 * size)}
        for muscle, outline in outlines.items():
            shrunk = scaled(outline, build.wasting[side, muscle], anchors[muscle])
            part = _part(build, side, muscle, mirrored(shrunk, sign), random)
            yield part
            yield from _clefts(part, sign, _CLEFTS[muscle], random)
        if fascia_mm > 0.5:
            yield Part(mirrored(smooth(compartment), sign), Tissue.FASCIA, line_mm=fascia_mm)


def lateral_edge(build: Build) -> float:
    """Return how far from the middle the erector spinae ends, the average of both sides."""
    strength = np.mean([build.strength[side, Muscle.ERECTOR_SPINAE] for side in Side])
    return build.at_level(64, 68, 70, 62) * float(0.4 + 0.6 * strength)


def _part(build: Build, side: Side, muscle: Muscle, outline: Points, random: np.random.Generator) -> Part:
    return Part(
        wobbled(outline, _WOBBLE, random), Tissue.MUSCLE, label_of(muscle, side), streaks=build.streaks[side, muscle]
    )


def _clefts(part: Part, sign: int, probability: float, random: np.random.Generator) -> Iterator[Part]:
    """Yield thin seams of fat or fascia within a muscle, which belong to it."""
    middle, extent = part.outline.mean(axis=0), np.ptp(part.outline, axis=0)
    for _ in range(2):
        if random.uniform() > probability:
            return
        x, y = middle + extent * random.uniform(-0.25, 0.25, 2) * (1, 0.4)
        long = extent[1] * random.uniform(0.15, 0.38)
        seam = ellipse(x, y, random.uniform(0.3, 1.3), long, sign * random.uniform(-35, 25))
        tissue = Tissue.INNER_FAT if random.uniform() < 0.7 else Tissue.FASCIA
        yield Part(wobbled(seam, 0.05, random), tissue, part.label)


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


def _compartment(build: Build, own: np.ndarray, septum_mm: float) -> tuple[list[tuple[float, float]], ...]:
    """Return corners of the right compartment, of the erector spinae and of the multifidus in it."""
    size, tip = build.size, build.spinous_y
    side = Side.RIGHT if own[9] > 0 else Side.LEFT
    thick = build.strength[side, Muscle.ERECTOR_SPINAE]
    lateral = lateral_edge(build) + 3 * own[0]
    bulge = (8 * thick - 2 + 3 * own[1]) * size
    behind = tip - bulge
    deep_y = -size * (20 + 2.0 * own[2])
    deep_x = build.at_level(18, 25, 32, 37) + 4 * own[3]
    # At the upper levels the longissimus covers the multifidus from behind, at the lower ones it reaches the fascia.
    back_x = max(build.at_level(9, 15, 23, 30) + 5 * own[4], 4.0)
    middle = (0.5 * (deep_x + back_x) + 3 * own[5], 0.5 * (deep_y + behind) + 2 * own[6])
    half = septum_mm / 2
    back_y = float(np.interp(back_x, (0, 20 * size), (tip + 1, behind + 1)))
    medial = [(8 * size, -27 * size), (3.5 * size, -36 * size), (3.2 * size, tip + 5), (4.0 * size, tip + 1)]
    lamina = [(17 * size, -24 * size)]
    outer = [
        (24 * size, behind),
        (36 * size, behind - 1),
        (0.74 * lateral, 0.88 * behind),
        (0.93 * lateral, 0.7 * behind),
        (lateral, 0.52 * behind),
        (0.95 * lateral, 0.36 * behind),
    ]
    front = [
        (0.8 * lateral, -15 * size + 2 * own[7]),
        (0.6 * lateral, -14 * size + 2 * own[8]),
        (28 * size, -17 * size),
    ]
    outer = [corner for corner in outer if corner[0] > back_x + 4]
    front = [corner for corner in front if corner[0] > deep_x + 2]
    compartment = [*medial, (10 * size, behind + 3), (16 * size, behind), *outer, *front, *lamina]
    erector = [(back_x + half, back_y), *outer, *front, (deep_x + half, deep_y), (middle[0] + half, middle[1])]
    multifidus = [*medial, (back_x - half, back_y), (middle[0] - half, middle[1]), (deep_x - half, deep_y), *lamina]
    return compartment, erector, multifidus
