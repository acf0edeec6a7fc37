"""What a user names as input, and the cases that it makes: images and folders with what goes with them, or a table."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quantseg.errors import UsageError
from quantseg.reading.person import Person
from quantseg.reading.roles import find_role_input
from quantseg.reading.scan import CaseInput
from quantseg.tasks.contract import Task


@dataclass(frozen=True)
class Inputs:
    """Images of a task's first role, and what goes with the one of a single case.

    Attributes:
        paths: image files, DICOM folders, or folders of either; none where an image of another role stands alone.
        series: picks DICOM series; None takes each suitable one.
        further: image of each further role that is given, by its name.
        person: the user's word on age and sex.
    """

    paths: Sequence[Path]
    series: Sequence[str] | None = None
    further: Mapping[str, Path] = field(default_factory=dict)
    person: Person = field(default_factory=Person)

    def cases(self, task: Task[Any, Any]) -> list[CaseInput]:  # Whatever the task reads.
        """Find the cases.

        Raises:
            UsageError: an input is wrong, or what goes with one case is given for several.
        """
        if not self.paths:
            case = alone(task, self.further)
            if case is None:
                raise UsageError(f"There is no {task.inputs[0].name} image; name one.")
            return [dataclasses.replace(case, person=self.person)]
        # Links are not followed: the target of a data manager's link has a name that tells nobody anything.
        cases = task.find([path.absolute() for path in self.paths], self.series)
        further = further_roles(task, self.further)
        if len(cases) > 1 and (further or self.person != Person()):
            raise UsageError(
                f"{self._belongs_to_one()} given, but {len(cases)} cases were found; name the image of one case, or "
                "give a table of all cases with --cases."
            )
        return [
            # What the task's finder paired stands where the user says nothing else.
            dataclasses.replace(case, further_roles=further or case.further_roles, person=self.person)
            for case in cases
        ]

    def _belongs_to_one(self) -> str:
        said = {"age": self.person.age_years, "sex": self.person.sex}
        names = [*self.further, *(name for name, value in said.items() if value is not None)]
        return f"{' and '.join(names)} of one case {'is' if len(names) == 1 else 'are'}"


def alone(task: Task[Any, Any], given: Mapping[str, Path], one_of_many: bool = False) -> CaseInput | None:
    """Return the case that an image of one further role makes by itself; None where none may, or several are given.

    Args:
        task: its record.
        given: image of each role, by its name.
        one_of_many: as for :func:`further_roles`.

    Raises:
        UsageError: there is no such image.
    """
    roles = [role for role in task.inputs[1:] if role.name in given]
    if len(roles) != 1 or not roles[0].stands_alone:
        return None
    path = given[roles[0].name].absolute()
    name = roles[0].name
    if not path.exists() and not one_of_many:
        raise UsageError(f"There is no file or folder {given[name]} for the {name}.")
    case = find_role_input(name, path, roles[0].limits) if path.exists() else CaseInput(name, path)
    return dataclasses.replace(case, first_role=name)


def further_roles(
    task: Task[Any, Any], given: Mapping[str, Path], one_of_many: bool = False
) -> tuple[tuple[str, CaseInput], ...]:
    """Return the inputs of a case's further roles, in the order of the task's record.

    Args:
        task: its record.
        given: image of each role, by its name.
        one_of_many: there are other cases, so that an image that does not exist is left to its reader to refuse.

    Raises:
        UsageError: a role that a case must have is missing, or there is no such image.
    """
    found = []
    for role in task.inputs[1:]:
        if role.name in given:
            path = given[role.name].absolute()
            if not path.exists() and one_of_many:
                found.append((role.name, CaseInput(role.name, path)))
                continue
            if not path.exists():
                raise UsageError(f"There is no file or folder {given[role.name]} for the {role.name}.")
            found.append((role.name, find_role_input(role.name, path, role.limits)))
        elif role.required:
            raise UsageError(
                f"A case of {task.name} needs a {role.name} image; give it with --{role.flag}, or in the column "
                f"{role.name} of a table of cases."
            )
    return tuple(found)
