"""The tasks of the house by name; a record is imported when it is needed, and no sooner."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from typing import Any

from quantseg.errors import UsageError
from quantseg.tasks.contract import Task
from quantseg.tasks.learning import Trainable

TASKS = {
    "hippocampus": "quantseg.tasks.hippocampus.task:TASK",
    "heart": "quantseg.tasks.heart.task:TASK",
    "brain-tissue": "quantseg.tasks.brain_tissue.task:TASK",
    "brain-age": "quantseg.tasks.brain_age.task:TASK",
    "dementia": "quantseg.tasks.dementia.task:TASK",
    "lumbar-muscle": "quantseg.tasks.lumbar_muscle.task:TASK",
    "low-dose-pet": "quantseg.tasks.low_dose_pet.task:TASK",
}
"""Where each task's record lies, as "module:attribute"."""

IN_TRAINING: dict[str, str] = {}
"""What can be trained of tasks to come: until weights ship there is no record, and nobody is offered the task."""


def find_task(name: str) -> Task[Any, Any]:  # Whoever finds a task by its name knows nothing of its input.
    """Return a task's record.

    Raises:
        UsageError: there is no such task.
    """
    if name not in TASKS:
        raise UsageError(f"There is no task {name!r}; known: {', '.join(TASKS)}.")
    return load_task(TASKS[name])


def load_task(reference: str) -> Task[Any, Any]:  # As for ``find_task``.
    """Return the record that a reference "module:attribute" names."""
    found = _load(reference)
    if not isinstance(found, Task):
        raise TypeError(f"{reference} is {found!r}, expected the record of a task.")
    return found


def trainables() -> Iterator[tuple[str, Trainable]]:
    """Yield each kind of model that can be trained, with the name of its task, the usual one of each task first."""
    for name in TASKS:
        for trainable in find_task(name).trainable:
            yield name, trainable
    for name, reference in IN_TRAINING.items():
        for trainable in _load(reference):
            yield name, trainable


def find_trainable(command: Mapping[str, Any]) -> Trainable:
    """Return the kind of model that a run of ``quantseg train`` makes.

    Args:
        command: content of the run's ``command.json``.

    Raises:
        UsageError: no task trains such a model.
    """
    for _, trainable in trainables():
        if trainable.made(command):
            return trainable
    raise UsageError(f"No task trains the model {command.get('approach')!r} of this run; name a run of this version.")


def _load(reference: str) -> Any:  # Whatever a module calls by that name.
    module, _, attribute = reference.partition(":")
    return getattr(importlib.import_module(module), attribute)
