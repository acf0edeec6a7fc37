"""What shows between the muscles behind the spine and within them: fat and fascia; figures assumed (see ``build``)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

import numpy as np

from quantseg.tasks.lumbar_muscle.training.parts import Part
from quantseg.tasks.lumbar_muscle.training.shapes import Points, band, ellipse, wobbled
from quantseg.tasks.lumbar_muscle.training.tissues import Tissue

_FAINT_MM = 1.2


class SeptumKind(Enum):
    """How much of the border between multifidus and erector spinae shows."""

    NONE = "nothing"
    DEEP = "a wedge of fat at the bone"
    BEHIND = "a notch at the fascia"
    THIN = "a thin line"
    WIDE = "a seam of fat"


_HOW_OFTEN = {
    SeptumKind.NONE: 0.42,
    SeptumKind.DEEP: 0.2,
    SeptumKind.BEHIND: 0.1,
    SeptumKind.THIN: 0.18,
    SeptumKind.WIDE: 0.1,
}


@dataclass(frozen=True)
class Septum:
    """Of one person, both sides alike.

    Attributes:
        kind: how much of it shows.
        tissue: that it consists of.
        width_mm: where it is widest.
        share: of the border along which a wedge or a notch shows.
    """

    kind: SeptumKind
    tissue: Tissue
    width_mm: float
    share: float


def draw_septum(random: np.random.Generator) -> Septum:
    """Return what shows between somebody's multifidus and erector spinae where these touch."""
    kinds = list(SeptumKind)
    kind = kinds[random.choice(len(kinds), p=[_HOW_OFTEN[kind] for kind in kinds])]
    widths_mm = {SeptumKind.DEEP: (1, 6), SeptumKind.BEHIND: (1, 5), SeptumKind.THIN: (0.4, 1.1)}
    return Septum(
        kind=kind,
        tissue=Tissue.INNER_FAT if random.uniform() < 0.75 else Tissue.FASCIA,
        width_mm=random.uniform(*widths_mm.get(kind, (1, 3.5))),
        share=random.uniform(0.15, 0.6),
    )


def septum_part(septum: Septum, border: Points, label: int, random: np.random.Generator) -> Iterator[Part]:
    """Yield what shows along a border.

    Args:
        septum: what there is.
        border: from the fascia to the bone.
        label: of the muscle that a faint septum counts to; a wider one counts to none.
        random: source of the randomness of this side.
    """
    wide = septum.width_mm * random.uniform(0.7, 1.3)
    count = max(4, round(septum.share * len(border) * random.uniform(0.7, 1.3)))
    if septum.kind is SeptumKind.DEEP:
        outline = band(border[-count:], 0.3, wide)
    elif septum.kind is SeptumKind.BEHIND:
        outline = band(border[:count], wide, 0.3)
    elif septum.kind is not SeptumKind.NONE:
        outline = band(border, wide * random.uniform(0.6, 1.3), wide, wide * random.uniform(0.6, 1.5))
    else:
        return
    yield Part(outline, septum.tissue, label if wide < _FAINT_MM else 0)


def clefts(part: Part, sign: int, probability: float, random: np.random.Generator) -> Iterator[Part]:
    """Yield thin seams of fat or fascia within a muscle, which belong to it."""
    middle, extent = part.outline.mean(axis=0), np.ptp(part.outline, axis=0)
    for _ in range(2):
        if random.uniform() > probability:
            return
        x, y = middle + extent * random.uniform(-0.25, 0.25, 2) * (1, 0.4)
        long = extent[1] * random.uniform(0.15, 0.38)
        seam = ellipse(x, y, random.uniform(0.3, 1.3), long, sign * random.uniform(-35, 25))
        tissue = Tissue.INNER_FAT if random.uniform() < 0.7 else Tissue.FASCIA
        yield Part(wobbled(seam, 0.05, random), tissue, part.label, over=part.label)
