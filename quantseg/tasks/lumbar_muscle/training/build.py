"""The build of one made-up person at one level of the lumbar spine: all lengths that its outlines go by.

Every figure here is assumed from general knowledge of anatomy, with wide margins; none was read from a published table
and none was fitted to an image.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from quantseg.tasks.lumbar_muscle.channels import Muscle, Side

_LEVELS = (2.0, 3.0, 4.0, 5.0)


@dataclass(frozen=True)
class Build:
    """Lengths in mm; see :mod:`quantseg.tasks.lumbar_muscle.training.shapes` for the coordinates.

    Attributes:
        level: 2 for the middle of L2 to 5 for that of L5, anything between and half a vertebra above.
        size: of bones and of all that lies on them, relative to the average.
        strength: length of a muscle's cross-section relative to the average, by side and muscle.
        wasting: length that is left of a muscle within its compartment, 1 for none lost.
        streaks: mean share of fat within a muscle.
        body_width: of the vertebral body.
        body_depth: of the vertebral body.
        spinous_y: tip of the spinous process, or of the ligament between two.
        half_width: of the trunk.
        front_y: of the trunk's skin.
        fat_back: thickness of the fat under the skin behind the muscles.
        fat_side: at the sides.
        fat_front: in front.
    """

    level: float
    size: float
    strength: Mapping[tuple[Side, Muscle], float]
    wasting: Mapping[tuple[Side, Muscle], float]
    streaks: Mapping[tuple[Side, Muscle], float]
    body_width: float
    body_depth: float
    spinous_y: float
    half_width: float
    front_y: float
    fat_back: float
    fat_side: float
    fat_front: float

    def at_level(self, *lengths: float) -> float:
        """Return a length between those at L2, L3, L4 and L5, times the size; above L2 it goes on as from L3 to L2."""
        above = min(self.level - _LEVELS[0], 0.0) * (lengths[1] - lengths[0])
        return self.size * (float(np.interp(self.level, _LEVELS, lengths)) + above)


def draw_build(fat_most: float, wasting_most: float, random: np.random.Generator) -> Build:
    """Return somebody's build at some level.

    Args:
        fat_most: largest mean share of fat within a muscle.
        wasting_most: largest share of its length that a muscle lost.
        random: source of the randomness.
    """
    level = float(random.uniform(1.5, 5.2))
    size = float(np.clip(random.normal(1.0, 0.08), 0.82, 1.2))
    muscular = float(np.clip(random.normal(1.0, 0.12), 0.7, 1.3))
    fatty, wasted = random.uniform() ** 2.8, random.uniform() ** 2.8
    # There is more fat the lower one looks.
    downwards = float(np.interp(level, (2, 5), (0.75, 1.1)))
    strength, wasting, streaks = {}, {}, {}
    for muscle in Muscle:
        # Psoas and quadratus hold less fat than the muscles behind the spine.
        share = 1.0 if muscle in (Muscle.MULTIFIDUS, Muscle.ERECTOR_SPINAE) else 0.35
        of_muscle = random.normal(1.0, 0.07), random.uniform(0.5, 1.1), random.uniform(0.3, 1.1) * downwards
        if muscle is Muscle.MULTIFIDUS:
            of_muscle = *of_muscle[:2], of_muscle[2] * 1.2
        for side in Side:
            key = side, muscle
            strength[key] = float(np.clip(muscular * of_muscle[0] * random.normal(1, 0.04), 0.65, 1.45))
            wasting[key] = 1 - wasting_most * float(wasted * of_muscle[1] * share * random.uniform(0.7, 1.0))
            streaks[key] = fat_most * float(np.clip(fatty * of_muscle[2] * share * random.uniform(0.6, 1.3), 0, 1))
    fat = float(random.gamma(2.2, 7.0))
    width = float(np.interp(level, _LEVELS, (43, 45, 48, 51)))
    depth = float(np.interp(level, _LEVELS, (32, 33, 34, 34)))
    return Build(
        level=level,
        size=size,
        strength=strength,
        wasting=wasting,
        streaks=streaks,
        body_width=size * width * random.uniform(0.92, 1.08),
        body_depth=size * depth * random.uniform(0.92, 1.08),
        spinous_y=-size * float(random.uniform(50, 64)),
        half_width=size * float(random.normal(142, 9)) + 0.9 * fat,
        front_y=size * float(random.uniform(80, 125)) + 1.6 * fat,
        fat_back=3.0 + fat * float(random.uniform(0.5, 1.6)),
        fat_side=3.0 + fat * float(random.uniform(0.4, 1.3)),
        fat_front=3.0 + fat * float(random.uniform(0.5, 1.6)),
    )
