"""A batch with the stand-in pipeline as a program of its own, so that tests can kill and interrupt it."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from standin_pipeline import REFERENCE, StandInOptions

from quantseg.batch.inputs import Inputs
from quantseg.batch.job import Job
from quantseg.batch.running import Place, segment_inputs
from quantseg.cli.segment import exit_status
from quantseg.errors import UsageError
from quantseg.reading.spacing import HEADER_SPACING


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("input", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--scheduler")
    parser.add_argument("--threshold", type=float, default=100)
    for flag in ("--resume", "--fail-fast", "--overwrite-edited", "--trust-names", "--report", "--pdf"):
        parser.add_argument(flag, action="store_true")
    options = parser.parse_args(arguments)
    job = Job(
        REFERENCE,
        StandInOptions(threshold=options.threshold),
        options.output.resolve(),
        HEADER_SPACING,
        report=options.report,
        pdf=options.pdf,
        resume=options.resume,
        overwrite_edited=options.overwrite_edited,
        trust_names=options.trust_names,
    )
    try:
        outcomes = segment_inputs(
            job, Inputs([options.input]), Place(options.jobs, options.scheduler), fail_fast=options.fail_fast
        )
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return exit_status(outcomes)


if __name__ == "__main__":
    sys.exit(main())
