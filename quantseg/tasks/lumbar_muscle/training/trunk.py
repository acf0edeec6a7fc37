"""Outlines of skin, wall and contents of the trunk around the spine; figures assumed (see ``build``)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from quantseg.tasks.lumbar_muscle.training.build import Build
from quantseg.tasks.lumbar_muscle.training.compartment import lateral_edge
from quantseg.tasks.lumbar_muscle.training.parts import Part
from quantseg.tasks.lumbar_muscle.training.shapes import ellipse, inset, mirrored, smooth, wobbled
from quantseg.tasks.lumbar_muscle.training.tissues import Tissue

_SIGNS = (-1, 1)
_BOWEL = (Tissue.BOWEL_FLUID, Tissue.STOOL, Tissue.GAS, Tissue.BOWEL_WALL)


def trunk(build: Build, arms: bool, random: np.random.Generator) -> Iterator[Part]:
    """Yield what lies around spine and back muscles, from the skin inwards."""
    back_y = build.spinous_y - 8 * build.size - build.fat_back
    middle_y, half_depth = (build.front_y + back_y) / 2, (build.front_y - back_y) / 2
    skin = wobbled(ellipse(0, middle_y, build.half_width, half_depth, power=random.uniform(2.1, 2.9)), 0.012, random)
    # Whoever lies on the back lies flat.
    skin[:, 1] = np.maximum(skin[:, 1], back_y + random.uniform(0, 4))
    if arms:
        for sign in _SIGNS:
            yield from _arm(build, sign, middle_y + random.uniform(-40, 40), random)
    yield Part(skin, Tissue.SKIN)
    yield Part(inset(skin, random.uniform(0.8, 2.0)), Tissue.SUBCUTANEOUS_FAT)
    yield from _wall(build, random)
    yield from _contents(build, random)
    if build.level < 3.4:
        for sign in _SIGNS:
            yield from _flank(build, sign, random)
    if build.level > 3.9:
        for sign in _SIGNS:
            yield from _hip(build, sign, random)


def _arm(build: Build, sign: int, y: float, random: np.random.Generator) -> Iterator[Part]:
    radius = random.uniform(28, 45)
    x = sign * (build.half_width + radius + random.uniform(0, 12))
    yield Part(ellipse(x, y, radius, radius), Tissue.SKIN)
    yield Part(ellipse(x, y, radius - 1.5, radius - 1.5), Tissue.SUBCUTANEOUS_FAT)
    inner = radius * random.uniform(0.6, 0.9)
    yield Part(ellipse(x, y, inner, inner), Tissue.MUSCLE, streaks=0.1)
    for shift in (-0.35, 0.3):
        yield Part(ellipse(x + shift * inner, y, 0.22 * inner, 0.22 * inner), Tissue.CORTICAL_BONE)
        yield Part(ellipse(x + shift * inner, y, 0.12 * inner, 0.12 * inner), Tissue.MARROW)


def _wall(build: Build, random: np.random.Generator) -> Iterator[Part]:
    """Yield the muscles of the belly's wall, the space within it, and the fat behind that space."""
    half = build.half_width - build.fat_side
    front, behind = build.front_y - build.fat_front, -build.size * random.uniform(26, 40)
    y, half_depth = (front + behind) / 2, (front - behind) / 2
    outline = wobbled(ellipse(0, y, half, half_depth, power=random.uniform(2.0, 2.6)), 0.015, random)
    streaks = random.uniform(0, 0.3)
    thick = build.size * random.uniform(9, 22)
    yield Part(outline, Tissue.MUSCLE, streaks=streaks)
    for share in (0.35, 0.7):
        if random.uniform() < 0.7:
            yield Part(inset(outline, share * thick), Tissue.INNER_FAT, line_mm=random.uniform(0.5, 2.0))
    yield Part(inset(outline, thick), Tissue.INNER_FAT)
    # Fat lies behind kidneys and wall muscles, around all that is beside the spine.
    edge = lateral_edge(build)
    corners = [(edge + 14, -32), (edge + 22, -12), (edge + 6, 12), (0, 20), (-edge - 6, 12), (-edge - 22, -12)]
    yield Part(smooth([*corners, (-edge - 14, -32)]), Tissue.INNER_FAT)


def _contents(build: Build, random: np.random.Generator) -> Iterator[Part]:
    half, front = build.half_width - build.fat_side - 22, build.front_y - build.fat_front - 14
    for _ in range(random.integers(4, 16)):
        x, y = random.uniform(-0.85, 0.85) * half, random.uniform(build.body_depth + 14, max(front, 70))
        yield from _loop(x, y, random.uniform(8, 22), random)
    for sign in _SIGNS:
        if random.uniform() < 0.8:
            yield from _loop(
                sign * half * random.uniform(0.75, 0.95), random.uniform(5, 45), random.uniform(14, 26), random
            )
    if build.level < 3.0 and random.uniform() < 0.7:
        yield Part(wobbled(ellipse(0.75 * half, 45, 0.4 * half, 45), 0.05, random), Tissue.LIVER)
    if build.level < 3.6:
        for sign in _SIGNS:
            yield from _kidney(build, sign, random)
    if build.level < 2.6 and random.uniform() < 0.5:
        yield Part(wobbled(ellipse(-0.8 * half, 30, 0.22 * half, 32), 0.05, random), Tissue.SPLEEN)
    yield from _vessels(build, random)
    yield from _crura(build, random)


def _loop(x: float, y: float, radius: float, random: np.random.Generator) -> Iterator[Part]:
    outline = wobbled(ellipse(x, y, radius, radius * random.uniform(0.5, 1.3), random.uniform(0, 90)), 0.06, random)
    yield Part(outline, Tissue.BOWEL_WALL)
    yield Part(inset(outline, random.uniform(1.5, 4)), _BOWEL[random.integers(len(_BOWEL))])


def _kidney(build: Build, sign: int, random: np.random.Generator) -> Iterator[Part]:
    if random.uniform() < 0.25:
        return
    x, y = sign * build.size * random.uniform(56, 76), random.uniform(8, 26)
    outline = ellipse(x, y, 22 * build.size, 28 * build.size, -sign * random.uniform(10, 50))
    yield Part(wobbled(outline, 0.03, random), Tissue.KIDNEY)
    yield Part(ellipse(x - sign * 6, y + 4, 8, 11), Tissue.INNER_FAT)


def _vessels(build: Build, random: np.random.Generator) -> Iterator[Part]:
    y = build.body_depth + random.uniform(7, 11)
    if build.level < 4.0:
        yield Part(ellipse(-random.uniform(4, 14), y, 9, 9), Tissue.BLOOD)
        yield Part(ellipse(random.uniform(12, 20), y - 1, 12, random.uniform(5, 9)), Tissue.BLOOD)
        return
    apart = 8 + 14 * (build.level - 4)
    for sign in _SIGNS:
        yield Part(ellipse(sign * apart, y + 2, 6, 6), Tissue.BLOOD)
        yield Part(ellipse(sign * apart + 4, y - 8, 9, 6), Tissue.BLOOD)


def _crura(build: Build, random: np.random.Generator) -> Iterator[Part]:
    """Yield the diaphragm's crura beside the upper bodies, muscle as the psoas is; the right one is longer."""
    for sign, last_level in ((1, 3.2), (-1, 2.6)):
        thick = (last_level + random.uniform(-0.3, 0.3) - build.level) * 6
        if thick < 1:
            continue
        x = sign * build.body_width * random.uniform(0.3, 0.45)
        y = build.body_depth * random.uniform(0.85, 1.0)
        outline = ellipse(x, y, min(thick, 7.0), 11 * build.size, sign * random.uniform(20, 60))
        yield Part(wobbled(outline, 0.04, random), Tissue.MUSCLE, streaks=0.05)


def _flank(build: Build, sign: int, random: np.random.Generator) -> Iterator[Part]:
    """Yield latissimus dorsi and lowest rib."""
    edge = lateral_edge(build)
    if random.uniform() < 0.7:
        corners = [
            (edge - 12, build.spinous_y + 8),
            (edge + 30, -20),
            (edge + 26, -14),
            (edge - 14, build.spinous_y + 14),
        ]
        yield Part(mirrored(smooth(corners), sign), Tissue.MUSCLE, streaks=0.1)
    if random.uniform() < 0.5:
        x, y = sign * (edge + random.uniform(6, 26)), random.uniform(-32, -18)
        yield Part(ellipse(x, y, 8, 4, sign * 30), Tissue.CORTICAL_BONE)
        yield Part(ellipse(x, y, 6, 2.5, sign * 30), Tissue.MARROW)


def _hip(build: Build, sign: int, random: np.random.Generator) -> Iterator[Part]:
    """Yield the wing of the ilium with the muscles on both sides of it."""
    if random.uniform() > (build.level - 3.8) * 1.2:
        return
    edge, size = lateral_edge(build), build.size
    reach = size * float(np.interp(build.level, (3.9, 5.2), (12, 42))) * random.uniform(0.7, 1.2)
    x, y = edge + size * random.uniform(10, 20), -size * random.uniform(12, 30)
    outward = random.uniform(35, 65)
    yield Part(mirrored(ellipse(x + 12, y - 4, reach * 0.9, 13, outward), sign), Tissue.MUSCLE, streaks=0.1)
    if build.level > 4.5:
        yield Part(mirrored(ellipse(x - 6, y + 14, reach * 0.7, 9, outward), sign), Tissue.MUSCLE, streaks=0.05)
    wing = wobbled(mirrored(ellipse(x, y, reach, size * random.uniform(4, 8), outward), sign), 0.03, random)
    yield Part(wing, Tissue.CORTICAL_BONE)
    yield Part(inset(wing, 1.5), Tissue.MARROW)
