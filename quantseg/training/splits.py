"""Who is trained on, who is validated on, and who is never seen: seeded, stratified, by patient."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Split:
    """A division of the patients.

    Attributes:
        held_out: patients that no training, checkpoint or threshold ever sees.
        folds: patients of each validation fold; together with ``held_out`` they are all patients.
    """

    held_out: tuple[str, ...]
    folds: tuple[tuple[str, ...], ...]

    def training(self, fold: int) -> tuple[str, ...]:
        """Return the patients that the member of this fold is trained on."""
        return tuple(sorted(p for i, group in enumerate(self.folds) if i != fold for p in group))


def draw_split(volume_mm3: Mapping[str, float], held_out: int, folds: int, seed: int) -> Split:
    """Divide patients so that every part holds small and large structures alike.

    Patients sorted by volume are cut into runs of neighbours; each run gives one random patient to the held-out set,
    and what is left is dealt to the folds in runs of ``folds``, in random order.

    Args:
        volume_mm3: labelled volume of each patient.
        held_out: number of patients to set aside.
        folds: number of validation folds.
        seed: of the draw.

    Returns:
        the split, each part sorted by name.
    """
    draw = random.Random(seed)
    ordered = sorted(volume_mm3, key=lambda patient: (volume_mm3[patient], patient))
    set_aside = set()
    for stratum in range(held_out):
        first, last = (len(ordered) * s // held_out for s in (stratum, stratum + 1))
        set_aside.add(draw.choice(ordered[first:last]))
    remaining = [patient for patient in ordered if patient not in set_aside]
    groups: list[list[str]] = [[] for _ in range(folds)]
    for start in range(0, len(remaining), folds):
        run = remaining[start : start + folds]
        for patient, fold in zip(run, draw.sample(range(folds), len(run)), strict=True):
            groups[fold].append(patient)
    return Split(tuple(sorted(set_aside)), tuple(tuple(sorted(group)) for group in groups))
