"""What is scored: named parts, each a set of label values that becomes one binary mask."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quantseg.heart.anatomy import HeartLabel


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


HIPPOCAMPUS_PARTS = (Part("anterior", (1,)), Part("posterior", (2,)), Part("whole", (1, 2)))
SIDED_HIPPOCAMPUS_PARTS = (
    Part("left anterior", (1,)),
    Part("left posterior", (2,)),
    Part("left whole", (1, 2)),
    Part("right anterior", (3,)),
    Part("right posterior", (4,)),
    Part("right whole", (3, 4)),
)
HEART_PARTS = (
    Part("RV cavity", (HeartLabel.RV_CAVITY,)),
    Part("LV myocardium", (HeartLabel.LV_MYOCARDIUM,)),
    Part("LV cavity", (HeartLabel.LV_CAVITY,)),
)


def known_values(parts: tuple[Part, ...]) -> frozenset[int]:
    """Return every label value that some part uses, background included."""
    return frozenset({0}.union(*(part.values for part in parts)))
