"""Which share of a usual scan's counts an image has, as far as its noise tells."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quantseg.tasks.low_dose_pet.level import Level

LEAST_FRACTION, MOST_FRACTION = 0.005, 1.0


@dataclass(frozen=True)
class DoseFromNoise:
    """A plane through the logarithms of noise and dose fraction of simulated scans.

    Attributes:
        at_one: natural logarithm of the fraction where both noises are 1.
        noise: its change with the natural logarithm of ``Level.noise``.
        noise_of_neighbours: the same of ``Level.noise_of_neighbours``.
        sd: of what the plane leaves unexplained, natural logarithm of the fraction.
    """

    at_one: float
    noise: float
    noise_of_neighbours: float
    sd: float

    def fraction(self, level: Level) -> float:
        """Return the estimated share of the counts."""
        found = self.noise * math.log(level.noise) + self.noise_of_neighbours * math.log(level.noise_of_neighbours)
        return min(max(math.exp(self.at_one + found), LEAST_FRACTION), MOST_FRACTION)

    @property
    def factor(self) -> float:
        """By how much an estimate may be wrong either way, for 95 of 100 simulated scans."""
        return math.exp(1.96 * self.sd)


def read_dose_from_noise(inference: Mapping[str, Any]) -> DoseFromNoise:
    """Return what a bundle's ``inference.json`` says."""
    return DoseFromNoise(**inference["dose_from_noise"])
