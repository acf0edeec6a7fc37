"""Labels of labelled cases by models in hand, and nothing else: what an evaluation scores."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from quantseg.errors import InputRefused, UsageError
from quantseg.inference.model_store import ModelStore
from quantseg.measure.steps import Steps
from quantseg.models.bundle import Bundle, reference
from quantseg.reading.spacing import SpacingChoice
from quantseg.results.label_maps import label_maps
from quantseg.results.nifti_file import nifti_file_bytes
from quantseg.tasks.contract import Task
from quantseg.tasks.options import TaskOptions


def label_cases(
    task: Task[Any, Any],  # Whatever the task reads.
    options: TaskOptions,
    images: Mapping[str, Path],
    instead: tuple[str, Bundle],
    folder: Path,
    progress: Callable[[Sequence[str]], Iterable[str]] = lambda cases: cases,
) -> None:
    """Segment cases as ``quantseg run`` does, one model exchanged for another, and keep their label maps alone.

    A case that the task refuses gets none.

    Args:
        task: what is done.
        options: the task's own.
        images: of each case, by its name.
        instead: name of a model of the task, and the bundle that is used in its place.
        folder: receives a folder a case.
        progress: wraps the cases while they are gone through.

    Raises:
        UsageError: the task finds a case by another name, or does not use the model.
        ModelError: the bundle is damaged.
    """
    name, bundle = instead
    if name not in task.models(options):
        raise UsageError(f"The task {task.name} uses no model {name!r}; it uses {', '.join(task.models(options))}.")
    pipeline = task.pipeline(options, ModelStore(instead={name: bundle}))
    for case in progress(list(images)):
        found = task.find([images[case].absolute()])
        if [one.name for one in found] != [case]:
            raise UsageError(f"{images[case]} is not the one case {case}; name its images as its labels are named.")
        try:
            result = pipeline.run(case, task.read(found[0], SpacingChoice()), Steps())
        except InputRefused:
            continue
        if reference(bundle) not in result.models:
            raise UsageError(f"The task {task.name} made the labels of {case} without the model {name!r}.")
        (folder / case).mkdir(parents=True)
        for file, labels in label_maps(result.label_map).items():
            (folder / case / file).write_bytes(nifti_file_bytes(labels, result.scan))
