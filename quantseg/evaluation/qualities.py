"""What is compared between two models, as plain columns: one number a case that tells how good its labels are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from quantseg.evaluation.comparing import Evaluation

DICE = "Dice"


@dataclass(frozen=True)
class Quality:
    """One number over the cases of an evaluation.

    Attributes:
        name: of the number, such as "Dice" or "volume error".
        part: whose it is, such as a structure's name or the name of what is measured.
        unit: of the values; empty for a ratio.
        more_is_better: whether a larger value is a better one.
        values: by case; nan where a case has none.
        patients: whom each case came from.
    """

    name: str
    part: str
    unit: str
    more_is_better: bool
    values: Mapping[str, float]
    patients: Mapping[str, str]


def overlap_qualities(evaluation: Evaluation) -> tuple[Quality, ...]:
    """Return Dice, surface distance and size of the volume's error of each part."""
    patients = {case.case: case.patient for case in evaluation.counted}
    found = []
    for part in evaluation.parts:
        scores = {case.case: case.scores[part] for case in evaluation.counted}
        columns = (
            (DICE, "", True, {case: one.dice for case, one in scores.items()}),
            ("HD95", "mm", False, {case: one.hausdorff95_mm for case, one in scores.items()}),
            ("volume error", "%", False, {case: abs(one.volume_error_percent) for case, one in scores.items()}),
        )
        found += [Quality(name, part, unit, more, values, patients) for name, unit, more, values in columns]
    return tuple(found)
