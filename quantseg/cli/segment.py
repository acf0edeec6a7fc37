"""Segment images, measure what was segmented and write a report for each case."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quantseg.cli.case_inputs import add_input_arguments, inputs_of, paths_of, without_paths, without_person
from quantseg.cli.task_options import add_licence_argument, add_task_options, task_options
from quantseg.errors import UsageError
from quantseg.inference.device import check_device_name, require_device
from quantseg.printable import printable
from quantseg.results.layout import OVERVIEW, SUMMARY
from quantseg.results.status import CaseStatus
from quantseg.tasks.contract import Task
from quantseg.tasks.registry import TASKS, find_task

if TYPE_CHECKING:
    from quantseg.batch.job import CaseOutcome

_PIXDIM, _AFFINE = "pixdim", "affine"
_MOST_IN_SIGHT = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``quantseg segment``: the tasks that yield labels."""
    add_tasks(parser, [find_task(name) for name in TASKS if find_task(name).yields_labels])


def add_tasks(parser: argparse.ArgumentParser, tasks: Sequence[Task[Any, Any]]) -> None:
    """Declare a verb for each task, with its own options beside those of every task."""
    verbs = parser.add_subparsers(title="tasks", required=True, metavar="TASK")
    for task in tasks:
        verb = verbs.add_parser(task.name, help=task.summary, description=task.summary)
        verb.set_defaults(task=task.name)
        add_input_arguments(verb, task)
        _add_shared_arguments(verb, "X,Y,Z|unknown" if task.inputs[0].spacing_may_be_unknown else "X,Y,Z")
        add_task_options(verb, task.options)


def _add_shared_arguments(parser: argparse.ArgumentParser, spacings: str) -> None:
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT", help="receives a folder a case")
    add_licence_argument(parser)
    parser.add_argument(
        "--no-case-list", action="store_true", help="do not write cases.csv, which names the input files"
    )
    parser.add_argument(
        "--keep-paths", action="store_true", help="repeat the command's paths in run.json; they may name patients"
    )
    reports = parser.add_mutually_exclusive_group()
    reports.add_argument("--no-report", action="store_true", help="write neither picture nor report")
    reports.add_argument(
        "--pdf", action="store_true", help="print each report as PDF, too, by Chromium, Chrome or Edge on this machine"
    )
    parser.add_argument(
        "--events", action="store_true", help="print what happens as one JSON object a line, for programs"
    )

    many = parser.add_argument_group("many cases")
    where = many.add_mutually_exclusive_group()
    where.add_argument("--jobs", type=int, default=1, metavar="N", help="worker processes (default: %(default)s)")
    where.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="Dask scheduler whose workers do the work; INPUT and OUT must be reachable from them under the same paths",
    )
    many.add_argument("--resume", action="store_true", help="skip cases that OUT holds whole already")
    many.add_argument("--fail-fast", action="store_true", help="stop after the first case that fails")
    many.add_argument(
        "--overwrite-edited", action="store_true", help="replace labels even where a person has edited them since"
    )
    many.add_argument(
        "--trust-names",
        action="store_true",
        help="take results of earlier versions, which do not say from which image they were made, for those of the "
        "image of their name",
    )

    reading = parser.add_argument_group("reading")
    reading.add_argument(
        "--series",
        action="append",
        metavar="SERIES",
        help="take this DICOM series only, by number, hash, case name or SeriesInstanceUID; may be repeated",
    )
    spacing = reading.add_mutually_exclusive_group()
    spacing.add_argument("--spacing", metavar=spacings, help="size of a voxel in mm, instead of what the headers say")
    spacing.add_argument(
        "--spacing-from", choices=[_PIXDIM, _AFFINE], help="which field holds where a header contradicts itself"
    )


def run(options: argparse.Namespace) -> int:
    """Segment all cases and return the exit status."""
    _check(options)
    task = find_task(options.task)
    inputs = inputs_of(options, task)
    from quantseg.batch.event_lines import EventLines
    from quantseg.batch.job import Job
    from quantseg.batch.models import require_licences
    from quantseg.batch.running import Place, segment_inputs
    from quantseg.reading.spacing import parse_spacing
    from quantseg.results.events import RunEnded

    may_be_unknown = task.inputs[0].spacing_may_be_unknown
    job = Job(
        task=TASKS[options.task],
        options=task_options(options, task.options),
        output=options.output.resolve(),
        spacing=parse_spacing(options.spacing, options.spacing_from, may_be_unknown=may_be_unknown),
        report=not options.no_report,
        pdf=options.pdf,
        resume=options.resume,
        overwrite_edited=options.overwrite_edited,
        trust_names=options.trust_names,
    )
    require_licences(job, options.accept_licence)
    place = Place(options.jobs, options.scheduler)
    listener = EventLines() if options.events else None
    command = without_person(options.command, task)
    if not options.keep_paths:
        command = without_paths(command, paths_of(options))
    listed = not options.no_case_list
    outcomes = segment_inputs(job, inputs, place, options.fail_fast, command, listener, list_cases=listed)
    status = exit_status(outcomes)
    if options.device == "auto":
        say_if_accelerator_unused(outcomes)
    if listener is not None:
        listener(RunEnded(status, _counts(outcomes)))
    else:
        print_outcomes(outcomes, options.output)
    return status


def exit_status(outcomes: Sequence[CaseOutcome]) -> int:
    """Return 0 if no case failed, 1 otherwise."""
    return int(any(outcome.status.is_failure for outcome in outcomes))


def say_if_accelerator_unused(outcomes: Sequence[CaseOutcome]) -> None:
    """Say on standard error that a graphics processor stood idle, as without the right build of PyTorch."""
    from quantseg.hardware import accelerator_in_sight

    served = [str(outcome.facts["device"]) for outcome in outcomes if "device" in outcome.facts]
    if any(device.startswith("CPU") for device in served) and accelerator_in_sight():
        print(
            "This machine has a graphics processor, but the CPU did the work: install the build of PyTorch for it "
            "(README, Two commands), or name --device cpu.",
            file=sys.stderr,
        )


def print_outcomes(outcomes: Sequence[CaseOutcome], output: Path) -> None:
    """Say how many cases ended how, name those of many that need a hand, and where the files lie."""
    print(_counts(outcomes))
    # Of a few cases all that was said while the run went on is still in sight.
    for outcome in outcomes if len(outcomes) > _MOST_IN_SIGHT else ():
        if outcome.status not in (CaseStatus.DONE, CaseStatus.SKIPPED):
            print(f"  {outcome.status.value} {outcome.name}: {outcome.reason}")
    for note in dict.fromkeys(outcome.note for outcome in outcomes if outcome.note):
        print(f"  {note}")
    print(f"Pictures and reports of all cases: {printable(str(output / OVERVIEW))}")
    print(f"Table of all cases: {printable(str(output / SUMMARY))}")


def _counts(outcomes: Sequence[CaseOutcome]) -> str:
    """Say how many cases ended how, such as "2 done, 1 refused"."""
    counts = Counter(outcome.status for outcome in outcomes)
    return ", ".join(f"{counts[status]} {status.value}" for status in CaseStatus if counts[status])


def _check(options: argparse.Namespace) -> None:
    # On a cluster it is the workers' machines that have the device, or lack it.
    (require_device if options.scheduler is None else check_device_name)(options.device)
    if options.jobs < 1:
        raise UsageError(f"--jobs {options.jobs} leaves nobody to work; give 1 or more.")
    if options.pdf:
        from quantseg.results.report_pdf import require_browser

        require_browser()
