"""Random draws of augmentation, all from one generator."""

from __future__ import annotations

import torch


class RandomDraws:
    """Draws whether something happens, and how strongly.

    Args:
        generator: source of all randomness, so that a run can be repeated and resumed.
    """

    def __init__(self, generator: torch.Generator) -> None:
        self._generator = generator

    def happens(self, probability: float) -> bool:
        """Tell whether something of this probability happens this time."""
        return self.share() < probability

    def share(self) -> float:
        """Return a value from 0 up to 1."""
        return float(torch.rand(1, generator=self._generator))

    def integer(self, below: int) -> int:
        """Return a whole number from 0 up to, not including, ``below``."""
        return int(torch.randint(below, (1,), generator=self._generator))

    def uniform(self, *shape: int) -> torch.Tensor:
        """Return values between -1 and 1 of this shape."""
        return torch.rand(*shape, generator=self._generator) * 2 - 1

    def up_to(self, most: float) -> float:
        """Return a value between 0 and ``most``."""
        return most * float(self.uniform(1).abs())
