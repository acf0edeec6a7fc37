"""The random order in which training cases are drawn, and its state, so that an interrupted run goes on exactly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


class Shuffle:
    """Draws cases in random order; every case comes once before any comes again.

    Args:
        generator: the one source of randomness of what a network is shown: of this order, and of how cases are varied.
    """

    def __init__(self, generator: torch.Generator) -> None:
        self.generator = generator
        self._waiting: list[int] = []

    def draw(self, cases: int) -> int:
        """Return the index of the next case.

        Args:
            cases: how many there are; the same at every draw.
        """
        if not self._waiting:
            self._waiting = torch.randperm(cases, generator=self.generator).tolist()
        return self._waiting.pop()

    def state_dict(self) -> dict[str, Any]:
        """Return the generator's state and the cases that are still to come in this round."""
        return {"generator": self.generator.get_state(), "waiting": list(self._waiting)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where :meth:`state_dict` was taken.

        Args:
            state: without ``waiting``, as checkpoints were written once, a new round of cases begins.
        """
        self.generator.set_state(state["generator"].cpu())
        self._waiting = list(state.get("waiting", []))
