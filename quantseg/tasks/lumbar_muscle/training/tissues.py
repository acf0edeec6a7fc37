"""What a cross-section is made of, and how each tissue answers a scanner.

Proton densities and relaxation times are assumed: round figures of the order that textbooks give for 1.5 T, varied
widely wherever a slice is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

FAT_T1_MS, FAT_T2_MS = 280.0, 110.0
"""Of fat itself; its T2 is the apparent one of a train of echoes."""


@dataclass(frozen=True)
class Makeup:
    """What a tissue consists of.

    Attributes:
        density: protons that give a signal, relative to water.
        fat: lowest and highest share of them that are fat's.
        t1_ms: of its water.
        t2_ms: of its water.
    """

    density: float
    fat: tuple[float, float]
    t1_ms: float
    t2_ms: float


class Tissue(Enum):
    """A kind of tissue."""

    AIR = Makeup(0.0, (0.0, 0.0), 1000.0, 50.0)
    SKIN = Makeup(0.7, (0.05, 0.3), 900.0, 35.0)
    SUBCUTANEOUS_FAT = Makeup(0.95, (0.86, 0.97), 800.0, 40.0)
    INNER_FAT = Makeup(0.92, (0.78, 0.95), 800.0, 40.0)
    MUSCLE = Makeup(0.8, (0.01, 0.06), 1000.0, 42.0)
    FASCIA = Makeup(0.3, (0.05, 0.5), 900.0, 25.0)
    MARROW = Makeup(0.75, (0.2, 0.75), 900.0, 60.0)
    CORTICAL_BONE = Makeup(0.1, (0.0, 0.3), 800.0, 15.0)
    NUCLEUS = Makeup(0.85, (0.0, 0.02), 1300.0, 95.0)
    ANNULUS = Makeup(0.5, (0.0, 0.05), 1000.0, 40.0)
    LIGAMENT = Makeup(0.4, (0.02, 0.45), 900.0, 30.0)
    FLUID = Makeup(1.0, (0.0, 0.01), 3500.0, 500.0)
    NERVE = Makeup(0.85, (0.0, 0.1), 1100.0, 80.0)
    BLOOD = Makeup(0.6, (0.0, 0.01), 1500.0, 120.0)
    KIDNEY = Makeup(0.85, (0.0, 0.03), 1050.0, 90.0)
    SPLEEN = Makeup(0.85, (0.0, 0.03), 1200.0, 80.0)
    LIVER = Makeup(0.75, (0.0, 0.2), 600.0, 50.0)
    BOWEL_WALL = Makeup(0.8, (0.0, 0.1), 1000.0, 60.0)
    BOWEL_FLUID = Makeup(0.9, (0.0, 0.1), 2200.0, 200.0)
    STOOL = Makeup(0.5, (0.0, 0.3), 600.0, 60.0)
    GAS = Makeup(0.0, (0.0, 0.0), 1000.0, 50.0)
