"""Geometry of the compartment behind the spine and of the border within it; figures assumed (see ``build``)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quantseg.tasks.lumbar_muscle.channels import Muscle, Side
from quantseg.tasks.lumbar_muscle.training.build import Build
from quantseg.tasks.lumbar_muscle.training.shapes import Points, curve, smooth

_Place = tuple[float, float]


@dataclass(frozen=True)
class Compartment:
    """The right one, in mm, not yet mirrored.

    Attributes:
        medial: corners along the spinous process and the lamina, from the lamina backwards.
        lamina: where the lamina ends at the joint.
        behind: corners along the fascia between ``medial`` and the border.
        outer: corners along the fascia, from the border to the side.
        front: corners along the transverse processes, from the side to the border.
        border: between multifidus and erector spinae, from the fascia to the bone, shape (N, 2).
    """

    medial: tuple[_Place, ...]
    lamina: _Place
    behind: tuple[_Place, ...]
    outer: tuple[_Place, ...]
    front: tuple[_Place, ...]
    border: Points

    @property
    def outline(self) -> Points:
        """Outline of the whole compartment."""
        return smooth([*self.medial, *self.behind, *self.outer, *self.front, self.lamina])

    @property
    def multifidus(self) -> Points:
        """What lies medially of the border, within the compartment."""
        return smooth([*self.medial, *self._corners, self.lamina])

    @property
    def erector_spinae(self) -> Points:
        """What lies laterally of the border, within the compartment."""
        return smooth([*self.outer, *self.front, *reversed(self._corners)])

    @property
    def medial_half(self) -> Points:
        """All that is medial of the border, beyond the compartment as well."""
        (behind_x, behind_y), (deep_x, deep_y) = self.border[0], self.border[-1]
        beyond = [(deep_x, deep_y + 20), (-2, deep_y + 20), (-2, behind_y - 25), (behind_x, behind_y - 25)]
        return np.concatenate([self.border, beyond])

    @property
    def _corners(self) -> list[_Place]:
        return [(float(x), float(y)) for x, y in self.border[:: (len(self.border) - 1) // 3]]


def lateral_edge(build: Build) -> float:
    """Return how far from the middle the erector spinae ends, the average of both sides."""
    strength = np.mean([build.strength[side, Muscle.ERECTOR_SPINAE] for side in Side])
    return build.at_level(66, 71, 74, 69) * float(0.4 + 0.6 * strength)


def compartment(build: Build, own: np.ndarray) -> Compartment:
    """Return the compartment of one side.

    Args:
        build: of the person.
        own: what is this side's own, nine figures of about -1 to 1, shape (9,).
    """
    size, tip = build.size, build.spinous_y
    thick = np.mean([build.strength[side, Muscle.ERECTOR_SPINAE] for side in Side])
    lateral = lateral_edge(build) + 3 * own[0]
    behind = tip - float(8 * thick - 2 + 3 * own[1]) * size
    # The multifidus grows from level to level, from a strip beside the spinous process to most of the compartment.
    # It ends at the mammillary process, beside the joint; its side bulges outwards. At the upper levels the longissimus
    # covers it from behind, at the lower ones it reaches the fascia.
    deep_x = max(build.at_level(17, 24, 31, 38) + 4 * own[3], 12 * size)
    back_x = max(build.at_level(8, 14, 24, 33) + 6 * own[4], 4.5)
    bulge = build.at_level(0.5, 1.5, 3, 3.5) + 3 * own[5]
    deep_y = -size * (20 + 2.0 * own[2])
    back_y = float(np.interp(back_x, (0, 20 * size), (tip + 1, behind + 1)))
    middle = 0.5 * (deep_x + back_x) + bulge, 0.5 * (deep_y + behind) + 3 * own[6]
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
    return Compartment(
        medial=((8 * size, -27 * size), (3.5 * size, -36 * size), (3.2 * size, tip + 5), (4.0 * size, tip + 1)),
        lamina=(17 * size, -24 * size),
        behind=tuple(place for place in ((10 * size, behind + 3), (16 * size, behind)) if place[0] < back_x),
        outer=tuple(corner for corner in outer if corner[0] > back_x + 4),
        front=tuple(corner for corner in front if corner[0] > deep_x + 2),
        border=curve((back_x, back_y), middle, (deep_x, deep_y)),
    )
