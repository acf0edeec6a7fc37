"""Measure a DICOM study and write the results as DICOM objects for the archive: SEG, SR, PDF and pictures."""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quantseg.cli.case_inputs import without_paths
from quantseg.cli.task_options import add_licence_argument, add_task_options, task_options
from quantseg.errors import UsageError, how_to_install
from quantseg.inference.device import require_device
from quantseg.tasks.contract import Task
from quantseg.tasks.registry import TASKS, find_task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quantseg.batch.job import CaseOutcome

_IN, _OUT = "MERCURE_IN_DIR", "MERCURE_OUT_DIR"
"""Where mercure (mercure-imaging.org) tells a container its folders."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``quantseg dicom``: every task."""
    verbs = parser.add_subparsers(title="tasks", required=True, metavar="TASK")
    for name in TASKS:
        task = find_task(name)
        verb = verbs.add_parser(name, help=task.summary, description=task.summary)
        verb.set_defaults(task=name)
        _add_task_arguments(verb, task)


def _add_task_arguments(parser: argparse.ArgumentParser, task: Task[Any, Any]) -> None:
    parser.add_argument(
        "study", type=Path, nargs="?", metavar="STUDY_FOLDER", help=f"one study of one patient (default: ${_IN})"
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="OUT", help=f"receives a folder a measured series (default: ${_OUT})"
    )
    parser.add_argument(
        "--rules", type=Path, metavar="FILE.toml", help="the site's own rules on which series are measured"
    )
    parser.add_argument(
        "--series",
        action="append",
        metavar="SERIES",
        help="measure this series, whatever the rules say, by number, hash, case name or SeriesInstanceUID",
    )
    parser.add_argument(
        "--no-pdf", action="store_true", help="write no PDF, which takes Chromium, Chrome or Edge on this machine"
    )
    add_licence_argument(parser)
    parser.add_argument(
        "--overwrite-edited", action="store_true", help="replace labels even where a person has edited them since"
    )
    add_task_options(parser, task.options)


def run(options: argparse.Namespace) -> int:
    """Measure the study and return the exit status."""
    require_device(options.device)
    study_folder, output = _folder(options.study, _IN, "STUDY_FOLDER"), _folder(options.output, _OUT, "-o OUT")
    _check(options)
    task = find_task(options.task)
    from quantseg.batch.job import Job
    from quantseg.batch.models import require_licences
    from quantseg.batch.running import Place, segment_inputs
    from quantseg.batch.study import find_study
    from quantseg.cli.segment import exit_status, print_outcomes, say_if_accelerator_unused
    from quantseg.reading.spacing import HEADER_SPACING

    study = find_study(study_folder, task, options.rules, options.series)
    for line in study.reasons:
        print(line)
    job = Job(
        task=TASKS[options.task],
        options=task_options(options, task.options),
        output=output.resolve(),
        spacing=HEADER_SPACING,
        pdf=not options.no_pdf,
        dicom=True,
        overwrite_edited=options.overwrite_edited,
    )
    require_licences(job, options.accept_licence)
    given = [path for path in (options.study, options.output, options.rules) if path is not None]
    outcomes = segment_inputs(job, study, Place(), command=without_paths(options.command, given))
    if options.output is None:
        _put_objects_beside(outcomes, job.output)
    if options.device == "auto":
        say_if_accelerator_unused(outcomes)
    print_outcomes(outcomes, output)
    return exit_status(outcomes)


def _folder(given: Path | None, variable: str, argument: str) -> Path:
    """Return a folder from the command line, or from the environment where that says nothing."""
    named = os.environ.get(variable)
    if given is None and not named:
        raise UsageError(f"{argument} is missing; name a folder, or set {variable} as mercure does.")
    return given if given is not None else Path(str(named))


def _check(options: argparse.Namespace) -> None:
    if importlib.util.find_spec("highdicom") is None:
        raise UsageError(f"DICOM objects are written by highdicom, which is missing; {how_to_install('dicom')}.")
    if not options.no_pdf:
        from quantseg.results.report_pdf import find_browser

        if find_browser() is None:
            raise UsageError(
                "The PDF is printed by Chromium, Google Chrome or Microsoft Edge, and none of them was found; install "
                "one, or give --no-pdf."
            )


def _put_objects_beside(outcomes: Sequence[CaseOutcome], output: Path) -> None:
    """Copy the objects of all cases out of their folders: mercure sends what lies in the output folder itself."""
    for outcome in outcomes:
        for path in sorted((output / outcome.name).glob("*.dcm")):
            shutil.copyfile(path, output / f"{outcome.name}_{path.name}")
