"""Run the tasks on the images that ship with QuantSeg."""

from __future__ import annotations

import argparse
import dataclasses
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from quantseg.cli.case_inputs import paths_of, without_paths
from quantseg.cli.segment import exit_status
from quantseg.errors import UsageError
from quantseg.inference.device import require_device
from quantseg.resources import resources_folder
from quantseg.results.layout import OVERVIEW, SUMMARY
from quantseg.tasks.registry import TASKS, find_task

if TYPE_CHECKING:
    from quantseg.batch.job import CaseOutcome, Job


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``quantseg demo``."""
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("quantseg-demo"),
        metavar="OUT",
        help="receives the results (default: %(default)s)",
    )
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps (default: %(default)s)")


def run(options: argparse.Namespace) -> int:
    """Process the samples, print what was measured, and return the exit status."""
    require_device(options.device)
    from quantseg.batch.inputs import Inputs
    from quantseg.batch.running import Place, segment_inputs

    command = without_paths(options.command, paths_of(options))
    jobs = _jobs(options.output.resolve(), options.device)
    done = [(job.output, segment_inputs(job, Inputs(scans), Place(), command=command)) for job, scans in jobs]
    _print_table(done)
    _print_next_command(jobs)
    return exit_status([outcome for _, outcomes in done for outcome in outcomes])


def _jobs(output: Path, device: str) -> list[tuple[Job, list[Path]]]:
    """Return what is done with which samples, where its models are installed.

    A folder holds the table of one task, so that each after the first has its own.
    """
    from quantseg.batch.job import Job
    from quantseg.models.bundle import bundle_names
    from quantseg.reading.spacing import HEADER_SPACING

    installed = set(bundle_names())
    jobs: list[tuple[Job, list[Path]]] = []
    for name, reference in TASKS.items():
        task = find_task(name)
        if task.samples is None or not installed.issuperset(task.models(task.samples.options)):
            continue
        options = dataclasses.replace(task.samples.options, device=device)
        job = Job(reference, options, output / name if jobs else output, HEADER_SPACING)
        jobs.append((job, [resources_folder() / "SampleData" / file for file in task.samples.files]))
    if not jobs:
        raise UsageError("No model of a task that has samples is installed; quantseg models list shows what is.")
    return jobs


def _print_table(done: Sequence[tuple[Path, Sequence[CaseOutcome]]]) -> None:
    """Print a line a case, and where reports and tables lie.

    Args:
        done: folder of the results and outcomes of each job.
    """
    width = max(len(outcome.name) for _, outcomes in done for outcome in outcomes)
    print()
    for _, outcomes in done:
        for outcome in outcomes:
            verdict = outcome.verdict.value if outcome.verdict else outcome.status.value
            print(f"{outcome.name:{width}}  {verdict:7}  {outcome.headline or outcome.said_reason}")
    print()
    for output, outcomes in done:
        for outcome in outcomes:
            report = output / outcome.name / "report.html"
            if report.exists():
                print(f"Report: {report}")
    for output, _ in done:
        print(f"All on one page: {output / OVERVIEW}")
    for output, _ in done:
        print(f"Table:  {output / SUMMARY}")


def _print_next_command(jobs: Sequence[tuple[Job, Sequence[Path]]]) -> None:
    """Print the command that does the same for a single scan, as it can be typed here, whatever the environment."""
    job, (sample, *_) = jobs[0]
    verb = "segment" if job.record.yields_labels else "run"
    arguments = [*how_to_call(), verb, job.record.name, str(sample), "-o", "results"]
    print("\nNext, with a scan of your own in place of this one:")
    print(f"  {subprocess.list2cmdline(arguments) if os.name == 'nt' else shlex.join(arguments)}")


def how_to_call() -> list[str]:
    """Return how this installation's command is called from this shell, such as ``.venv/bin/quantseg`` in full."""
    name = "quantseg.exe" if os.name == "nt" else "quantseg"
    command, found = Path(sys.executable).with_name(name), shutil.which("quantseg")
    if not command.is_file():
        return [sys.executable, "-m", "quantseg"]
    return ["quantseg"] if found is not None and Path(found).absolute() == command else [str(command)]
