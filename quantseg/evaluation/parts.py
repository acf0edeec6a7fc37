"""What is scored: named parts, each a set of label values that becomes one binary mask."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Part:
    """A structure that is scored on its own.

    Attributes:
        name: such as ``anterior``.
        values: label values that belong to it.
    """

    name: str
    values: tuple[int, ...]

    def mask(self, labels: np.ndarray) -> np.ndarray:
        """Return where a label map shows this part, bool, shape of ``labels``."""
        return np.isin(labels, self.values)


def known_values(parts: tuple[Part, ...]) -> frozenset[int]:
    """Return every label value that some part uses, background included."""
    return frozenset({0}.union(*(part.values for part in parts)))
