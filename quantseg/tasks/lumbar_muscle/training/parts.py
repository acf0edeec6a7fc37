"""What a cross-section is painted from: outlines filled with a tissue, later ones over earlier ones."""

from __future__ import annotations

from dataclasses import dataclass

from quantseg.tasks.lumbar_muscle.training.shapes import Points
from quantseg.tasks.lumbar_muscle.training.tissues import Tissue


@dataclass(frozen=True)
class Part:
    """One outline.

    Attributes:
        outline: in mm.
        tissue: that fills it.
        label: value, 0 for what bears none.
        streaks: mean share of fat in streaks, beside what the tissue itself holds.
        line_mm: thickness of the outline where it alone is drawn; 0 where it is filled.
        over: label value that it is painted over only; 0 for whatever lies there.
        fatter: where streaks are more frequent, x and y: by how many SD of the field that they come from, from the
            middle of the part to its edge.
    """

    outline: Points
    tissue: Tissue
    label: int = 0
    streaks: float = 0.0
    line_mm: float = 0.0
    over: int = 0
    fatter: tuple[float, float] = (0.0, 0.0)
