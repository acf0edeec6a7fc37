"""The cases that one DICOM study makes: the series that the rules choose, with the reasons among their notes."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quantseg.batch.inputs import Inputs
from quantseg.batch.site_rules import site_rule
from quantseg.errors import UsageError
from quantseg.reading.cases import find_cases
from quantseg.reading.scan import CaseInput
from quantseg.reading.series_rule import choose_series
from quantseg.reading.study import refuse_mixed_study
from quantseg.tasks.contract import InputRole, Task


@dataclass(frozen=True)
class Study(Inputs):
    """A study's folder, and the cases that were chosen in it.

    Attributes:
        chosen: the cases.
        reasons: a line for each series, on why it is measured or not.
    """

    chosen: tuple[CaseInput, ...] = ()
    reasons: tuple[str, ...] = ()

    def cases(self, task: Task[Any, Any]) -> list[CaseInput]:  # noqa: ARG002
        """Return the cases that were chosen."""
        return list(self.chosen)


def find_study(
    place: Path, task: Task[Any, Any], rules: Path | None = None, series: Sequence[str] | None = None
) -> Study:
    """Choose what of a study a task measures.

    Args:
        place: folder that holds one study of one patient.
        task: its record.
        rules: the site's file.
        series: the user's own choice instead of any rule, as ``--series`` takes it.

    Raises:
        UsageError: the folder holds no study or several, or none of its series is to be measured.
    """
    place = place.absolute()
    if not place.exists():
        raise UsageError(f"The study folder {place} does not exist; name the folder that holds the study.")
    refuse_mixed_study(place)
    found = task.find([place], series)
    if series:
        chosen, reasons = tuple(found), tuple(f"Measured: {one.name} (picked by --series)" for one in found)
    else:
        picked = choose_series(place, found, site_rule(rules, task, task.inputs[0]))
        chosen, reasons = picked.cases, picked.reasons
    sought = [role for role in task.inputs[1:] if not role.found_with_first]
    further = tuple((role.name, one) for role in sought if (one := _of_role(place, task, role, rules)))
    noted = (
        dataclasses.replace(one, further_roles=(*one.further_roles, *further), notes=(*one.notes, *_note(one, reasons)))
        for one in chosen
    )
    return Study([place], chosen=tuple(noted), reasons=reasons)


def _note(case: CaseInput, reasons: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{line}." for line in reasons if line.startswith(f"Measured: {case.name} "))


def _of_role(place: Path, task: Task[Any, Any], role: InputRole, rules: Path | None) -> CaseInput | None:
    """Return the series of a further role; None where the study holds none and none is needed."""
    found = find_cases([place], modalities=role.limits.modalities)
    fitting = [one for one in found if one.name in _of_modality(place, role)]
    if fitting:
        return choose_series(place, fitting, site_rule(rules, task, role)).cases[0]
    if role.required:
        raise UsageError(f"{place} holds no {role.name} series, which {task.name} needs; send the whole study.")
    return None


def _of_modality(place: Path, role: InputRole) -> set[str]:
    from quantseg.reading.dicom_series import list_series

    return {one.case_name for one in list_series(place)[0] if one.modality in role.limits.modalities}
