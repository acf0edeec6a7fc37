"""How much FDG the structures of a head take up, relative to the cerebral cortex.

Means are assumed, chosen so that after a scanner's blur the ratios come near those of the mean FDG image of 116 healthy
adults (Wang et al., Scientific Data 8, 305, 2021): white matter about 0.4 of the cortex, putamen somewhat above it,
thalamus and cerebellum below.
"""

from __future__ import annotations

from dataclasses import dataclass

from quantseg.training.head_label_maps import FLUID_OUTSIDE, SPINAL_CORD


@dataclass(frozen=True)
class Structure:
    """Label values with one uptake.

    Attributes:
        name: in words.
        values: FreeSurfer values.
        uptake: mean, the cerebral cortex being 1.
        spread: SD between persons, as a share of the mean.
    """

    name: str
    values: tuple[int, ...]
    uptake: float
    spread: float = 0.1


AIR = "air"
CORTEX, WHITE_MATTER = "cerebral cortex", "cerebral white matter"
GREY = (CORTEX, "cerebellar cortex", "thalamus", "caudate", "putamen")
"""Structures that are grey enough for regional variation of their uptake."""
_OUTSIDE = "outside the skull"
STRUCTURES = (
    Structure(AIR, (0,), 0.0),
    Structure(CORTEX, (3, 42), 1.0, 0.0),
    Structure(WHITE_MATTER, (2, 41), 0.25),
    Structure("white matter lesion", (25, 57), 0.2, 0.2),
    Structure("cerebellar cortex", (8, 47), 0.8),
    Structure("cerebellar white matter", (7, 46), 0.3),
    Structure("thalamus", (10, 49), 0.95),
    Structure("caudate", (11, 50, 26, 58), 0.98),
    Structure("putamen", (12, 51), 1.12),
    Structure("pallidum", (13, 52), 0.7),
    Structure("hippocampus", (17, 53), 0.68),
    Structure("amygdala", (18, 54), 0.62),
    Structure("brain stem", (16,), 0.45),
    Structure("ventral diencephalon", (28, 60), 0.5),
    Structure("optic chiasm", (85,), 0.3),
    Structure("ventricle", (4, 43, 5, 44, 14, 15, 72), 0.04, 0.4),
    Structure("cerebrospinal fluid", (24,), 0.05, 0.4),
    Structure("choroid plexus", (136, 163, 137, 164), 0.3, 0.3),
    Structure("vessel", (30, 62), 0.25, 0.3),
    Structure("spinal cord", (SPINAL_CORD,), 0.25),
    Structure("fluid below the skull", (FLUID_OUTSIDE,), 0.05, 0.4),
    *(
        Structure(f"{_OUTSIDE} {value}", (value,), 0.16, 0.5)
        for value in (502, 506, 507, 508, 509, 511, 512, 514, 515, 516, 530)
    ),
)
NAMES = tuple(structure.name for structure in STRUCTURES)
PLACE_OF_VALUE = {value: place for place, structure in enumerate(STRUCTURES) for value in structure.values}
IN_BRAIN = tuple(
    structure.name not in (AIR, "spinal cord", "fluid below the skull") and not structure.name.startswith(_OUTSIDE)
    for structure in STRUCTURES
)
"""By place: whether a structure lies within the skull."""
