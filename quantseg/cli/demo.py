"""Run the main jobs on the scans that ship with QuantSeg: a whole head, three crops and a beating heart."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from quantseg.cli.segment import exit_status
from quantseg.inference.device import check_device_name
from quantseg.resources import resources_folder

if TYPE_CHECKING:
    from quantseg.batch.job import CaseOutcome, Job

_HEART_MODEL = "heart-lv-open"
"""Its licence has no conditions, so that nobody need agree to anything to see a heart."""


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
    """Segment the samples, print what was measured, and return the exit status."""
    check_device_name(options.device)
    from quantseg.batch.inputs import Inputs
    from quantseg.batch.running import Place, segment_inputs

    done = [
        (job.output, segment_inputs(job, Inputs(scans), Place(), command=options.command))
        for job, scans in _jobs(options.output.resolve(), options.device)
    ]
    _print_table(done)
    return exit_status([outcome for _, outcomes in done for outcome in outcomes])


def sample_scans() -> list[Path]:
    """Return the scans of the hippocampus that ship with QuantSeg, the whole head first."""
    return [_samples() / "head_t1.nii.gz", *sorted(_samples().glob("hippocampus_*.nii.gz"))]


def sample_heart() -> Path:
    """Return the beating heart that ships with QuantSeg."""
    return _samples() / "heart_phantom.nii.gz"


def _samples() -> Path:
    return resources_folder() / "SampleData"


def _jobs(output: Path, device: str) -> list[tuple[Job, list[Path]]]:
    """Return what is done with which scans; a folder holds the table of one organ, so that the heart has its own."""
    from quantseg.batch.job import Job
    from quantseg.models.bundle import bundle_names
    from quantseg.reading.spacing import HEADER_SPACING
    from quantseg.tasks.heart.options import HeartOptions
    from quantseg.tasks.hippocampus.options import HippocampusOptions
    from quantseg.tasks.registry import TASKS

    jobs = [(Job(TASKS["hippocampus"], HippocampusOptions(device=device), output, HEADER_SPACING), sample_scans())]
    if _HEART_MODEL in bundle_names():
        heart = HeartOptions(model=_HEART_MODEL, device=device)
        jobs.append((Job(TASKS["heart"], heart, output / "heart", HEADER_SPACING), [sample_heart()]))
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
            print(f"{outcome.name:{width}}  {verdict:7}  {outcome.headline or outcome.reason}")
    print()
    for output, outcomes in done:
        for outcome in outcomes:
            report = output / outcome.name / "report.html"
            if report.exists():
                print(f"Report: {report}")
    for output, _ in done:
        print(f"Table:  {output / 'summary.csv'}")
