"""Outlines of bone, disc, canal and ligaments of one cross-section of the spine; figures assumed (see ``build``)."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

import numpy as np

from quantseg.tasks.lumbar_muscle.training.build import Build
from quantseg.tasks.lumbar_muscle.training.parts import Part
from quantseg.tasks.lumbar_muscle.training.shapes import Points, ellipse, inset, mirrored, smooth, wobbled
from quantseg.tasks.lumbar_muscle.training.tissues import Tissue


class _Cut(Enum):
    """What a plane meets of a vertebra."""

    PEDICLES = "pedicles and transverse processes"
    FORAMINA = "foramina and joints"
    LAMINAE = "laminae"


def spine(build: Build, random: np.random.Generator) -> Iterator[Part]:
    """Yield body or disc, arch, processes, canal and what it holds."""
    cut = list(_Cut)[random.integers(3)]
    yield from _spinous(build, cut, random)
    yield from _body(build, disc=cut is _Cut.FORAMINA and random.uniform() < 0.8, random=random)
    for sign in (-1, 1):
        yield from _arch(build, cut, sign, random)
    yield from _canal(build, random)


def _bone(outline: Points, random: np.random.Generator) -> Iterator[Part]:
    """Yield bone with its cortex and its marrow."""
    outline = wobbled(outline, 0.03, random)
    yield Part(outline, Tissue.CORTICAL_BONE)
    yield Part(inset(outline, random.uniform(0.8, 2.0)), Tissue.MARROW)


def _body(build: Build, disc: bool, random: np.random.Generator) -> Iterator[Part]:
    width, depth = build.body_width / 2, build.body_depth / 2
    outline = ellipse(0, depth, width, depth, power=random.uniform(2.0, 2.8))
    # The back wall is flat, or drawn in.
    behind = outline[:, 1] < 0.35 * depth
    flat = random.uniform(0.3, 1.1)
    outline[behind, 1] += flat * (0.35 * depth - outline[behind, 1]) * 0.6 * np.cos(outline[behind, 0] / width)
    if not disc:
        yield from _bone(outline, random)
        return
    outline = wobbled(outline, 0.03, random)
    yield Part(outline, Tissue.ANNULUS)
    yield Part(inset(outline, random.uniform(4, 9)), Tissue.NUCLEUS if random.uniform() < 0.6 else Tissue.ANNULUS)


def _spinous(build: Build, cut: _Cut, random: np.random.Generator) -> Iterator[Part]:
    size, tip = build.size, build.spinous_y
    bony = random.uniform() < (0.85 if cut is _Cut.LAMINAE else 0.5)
    half = size * random.uniform(2.5, 5.0) if bony else size * random.uniform(1.5, 4.0)
    top = tip + (0 if bony else random.uniform(0, 12))
    corners = [
        (0.8 * half, -18 * size),
        (0.8 * half, -34 * size),
        (half, 0.5 * (top - 34 * size)),
        (1.2 * half, top + 4),
        (0.6 * half, top),
    ]
    outline = smooth([*corners, *((-x, y) for x, y in reversed(corners))])
    if bony:
        yield from _bone(outline, random)
    else:
        yield Part(outline, Tissue.LIGAMENT if random.uniform() < 0.7 else Tissue.INNER_FAT)


def _arch(build: Build, cut: _Cut, sign: int, random: np.random.Generator) -> Iterator[Part]:
    size, half = build.size, build.body_width / 2
    if cut is _Cut.PEDICLES:
        pedicle = ellipse(0.72 * half, -6 * size, 5.5 * size, 11 * size, -10 * random.uniform(-1, 2))
        yield from _bone(mirrored(pedicle, sign), random)
        if random.uniform() < 0.75:
            reach = build.at_level(38, 44, 42, 45) * random.uniform(0.75, 1.05)
            drop = size * random.uniform(-4, 5)
            corners = [
                (0.6 * half, -8 * size),
                (reach, -9 * size - drop),
                (reach + 2, -13 * size - drop),
                (reach - 2, -16 * size - drop),
                (0.6 * half, -18 * size),
            ]
            yield from _bone(mirrored(smooth(corners), sign), random)
    joint = ellipse(build.at_level(14, 16, 19, 23), -19 * size, 8.5 * size, 6.5 * size, random.uniform(-60, -10))
    if cut is _Cut.FORAMINA:
        # Two bones with a joint between them.
        outer = ellipse(build.at_level(17, 19, 22, 26), -17 * size, 5 * size, 9 * size, random.uniform(-50, 0))
        inner = ellipse(build.at_level(11, 12, 15, 18), -22 * size, 4.5 * size, 7.5 * size, random.uniform(-50, 0))
        yield Part(mirrored(joint, sign), Tissue.LIGAMENT)
        yield from _bone(mirrored(outer, sign), random)
        yield from _bone(mirrored(inner, sign), random)
    elif random.uniform() < 0.6:
        yield from _bone(mirrored(joint, sign), random)
    if cut is not _Cut.FORAMINA or random.uniform() < 0.4:
        lamina = smooth(
            [
                (build.at_level(15, 16, 18, 20), -15 * size),
                (build.at_level(15, 16, 18, 20), -21 * size),
                (5 * size, -28 * size),
                (0, -29 * size),
                (0, -23 * size),
                (6 * size, -21 * size),
            ]
        )
        yield from _bone(mirrored(lamina, sign), random)


def _canal(build: Build, random: np.random.Generator) -> Iterator[Part]:
    size = build.size
    half_width, half_depth = size * random.uniform(9.5, 13), size * random.uniform(7, 10)
    canal = ellipse(0, -half_depth * 0.95, half_width, half_depth, power=2.2)
    yield Part(canal, Tissue.INNER_FAT)
    sac = random.uniform(0.7, 0.95)
    sac_y = -half_depth * 0.95 + random.uniform(0, 0.2) * half_depth
    yield Part(ellipse(0, sac_y, sac * half_width, sac * half_depth), Tissue.FLUID)
    if build.level < 2.2 and random.uniform() < 0.5:
        yield Part(ellipse(0, sac_y, 4 * size, 3.5 * size), Tissue.NERVE)
        return
    for _ in range(random.integers(4, 12)):
        angle, far = random.uniform(0, 2 * np.pi), random.uniform(0.2, 0.75)
        x = far * sac * half_width * np.cos(angle)
        y = sac_y + far * sac * half_depth * np.sin(angle) - 0.15 * half_depth
        yield Part(ellipse(x, y, 1.0, 1.0), Tissue.NERVE)
