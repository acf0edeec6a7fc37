"""Run the main job on the scans that ship with QuantSeg: a whole head and three crops."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from quantseg.cli.segment import exit_status
from quantseg.inference.device import check_device_name
from quantseg.resources import resources_folder

if TYPE_CHECKING:
    from quantseg.batch.job import CaseOutcome


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
    """Segment the samples, print volumes and verdicts, and return the exit status."""
    check_device_name(options.device)
    from quantseg.batch.job import Job
    from quantseg.batch.running import Place, segment_inputs
    from quantseg.hippocampus.pipeline import HippocampusOptions
    from quantseg.reading.spacing import HEADER_SPACING

    output = options.output.resolve()
    job = Job("hippocampus", HippocampusOptions(device=options.device), output, HEADER_SPACING)
    outcomes = segment_inputs(job, sample_scans(), Place(), command=options.command)
    _print_table(outcomes, output)
    return exit_status(outcomes)


def sample_scans() -> list[Path]:
    """Return the scans that ship with QuantSeg, the whole head first."""
    folder = resources_folder() / "SampleData"
    return [folder / "head_t1.nii.gz", *sorted(folder.glob("hippocampus_*.nii.gz"))]


def _print_table(outcomes: Sequence[CaseOutcome], output: Path) -> None:
    width = max(len(outcome.name) for outcome in outcomes)
    print()
    for outcome in outcomes:
        verdict = outcome.verdict.value if outcome.verdict else outcome.status.value
        found = outcome.headline or outcome.reason
        print(f"{outcome.name:{width}}  {verdict:7}  {found}")
    print()
    for outcome in outcomes:
        report = output / outcome.name / "report.html"
        if report.exists():
            print(f"Report: {report}")
    print(f"Table:  {output / 'summary.csv'}")
