"""Segment an organ on images, measure it and write a report for each case."""

from __future__ import annotations

import argparse
import logging
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from quantseg.errors import UsageError
from quantseg.inference.device import check_device_name
from quantseg.measure.step_times import STEPS

if TYPE_CHECKING:
    from quantseg.batch.job import CaseOutcome
    from quantseg.tasks.heart.options import HeartOptions
    from quantseg.tasks.hippocampus.pipeline import HippocampusOptions

_PIXDIM, _AFFINE = "pixdim", "affine"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``quantseg segment``."""
    organs = parser.add_subparsers(title="organs", required=True, metavar="ORGAN")
    summary = "Hippocampus on T1-weighted MRI, whole heads and crops."
    hippocampus = organs.add_parser("hippocampus", help=summary, description=summary)
    hippocampus.set_defaults(organ="hippocampus")
    _add_shared_arguments(hippocampus, "image file, DICOM folder, or folder of either", "X,Y,Z")
    hippocampus.add_argument("--side", choices=["left", "right"], help="side of the patient that a crop shows")
    hippocampus.add_argument(
        "--input-kind", choices=["decide", "head", "crop"], default="decide", help="what the images show (%(default)s)"
    )
    hippocampus.add_argument(
        "--force", action="store_true", help='go on where the contrast is not T1, with the verdict "fail"'
    )
    summary = "Both ventricles and the muscle of the left one on short-axis cine MRI."
    heart = organs.add_parser("heart", help=summary, description=summary)
    heart.set_defaults(organ="heart")
    _add_shared_arguments(
        heart, "cine or frame, folder in ACDC layout, DICOM folder, or folder of these", "X,Y,Z|unknown"
    )
    heart.add_argument(
        "--model",
        choices=["heart", "heart-lv-open"],
        default="heart",
        help="both ventricles, or the left one alone by a model without licence conditions (default: %(default)s)",
    )
    heart.add_argument("--ed", type=int, metavar="N", help="frame of end-diastole, counted from 1 (found by default)")
    heart.add_argument("--es", type=int, metavar="N", help="frame of end-systole, counted from 1 (found by default)")
    patient = heart.add_argument_group("the patient, where the input does not say it")
    patient.add_argument("--height-cm", type=_positive, metavar="CM", help="body height, for indexed values")
    patient.add_argument("--weight-kg", type=_positive, metavar="KG", help="body weight, for indexed values")
    patient.add_argument("--heart-rate", type=_positive, metavar="PER_MIN", help="for the cardiac output")


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise ValueError(f"{text} is not positive")
    return value


def _add_shared_arguments(parser: argparse.ArgumentParser, inputs: str, spacings: str) -> None:
    parser.add_argument("inputs", type=Path, nargs="+", metavar="INPUT", help=inputs)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT", help="receives a folder a case")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps (default: %(default)s)")
    parser.add_argument(
        "--accept-licence",
        metavar="NAME",
        help="agree, once for all, to a model's licence that forbids commercial use, by its SPDX identifier",
    )
    parser.add_argument("--no-report", action="store_true", help="write neither picture nor report")
    parser.add_argument(
        "--steps", action="store_true", help='print a line "step NAME" as each step of a case begins, for programs'
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
    if options.steps:
        _announce_steps()
    from quantseg.batch.job import Job
    from quantseg.batch.organs import require_licences
    from quantseg.batch.running import Place, segment_inputs
    from quantseg.reading.spacing import parse_spacing

    is_heart = options.organ == "heart"
    own_options = _heart_options(options) if is_heart else _hippocampus_options(options)
    spacing = parse_spacing(options.spacing, options.spacing_from, may_be_unknown=is_heart)
    require_licences(options.organ, own_options, options.accept_licence)
    job = Job(
        organ=options.organ,
        options=own_options,
        output=options.output.resolve(),
        spacing=spacing,
        report=not options.no_report,
        resume=options.resume,
        overwrite_edited=options.overwrite_edited,
    )
    place = Place(options.jobs, options.scheduler)
    outcomes = segment_inputs(job, options.inputs, place, options.series, options.fail_fast, options.command)
    print_outcomes(outcomes, options.output)
    return exit_status(outcomes)


def _announce_steps() -> None:
    """Print each step to standard error as it begins, where the other lines of progress go."""
    speaker = logging.StreamHandler()
    speaker.setFormatter(logging.Formatter("step %(message)s"))
    STEPS.addHandler(speaker)
    STEPS.setLevel(logging.INFO)
    STEPS.propagate = False


def exit_status(outcomes: Sequence[CaseOutcome]) -> int:
    """Return 0 if no case failed, 1 otherwise."""
    return int(any(outcome.status.is_failure for outcome in outcomes))


def print_outcomes(outcomes: Sequence[CaseOutcome], output: Path) -> None:
    """Say how many cases ended how, name those that need a hand, and where the files lie."""
    from quantseg.batch.job import CaseStatus

    counts = Counter(outcome.status for outcome in outcomes)
    print(", ".join(f"{counts[status]} {status.value}" for status in CaseStatus if counts[status]))
    for outcome in outcomes:
        if outcome.status not in (CaseStatus.DONE, CaseStatus.SKIPPED):
            print(f"  {outcome.status.value} {outcome.name}: {outcome.reason}")
    for note in dict.fromkeys(outcome.note for outcome in outcomes if outcome.note):
        print(f"  {note}")
    print(f"Table of all cases: {output / 'summary.csv'}")


def _check(options: argparse.Namespace) -> None:
    check_device_name(options.device)
    if options.jobs < 1:
        raise UsageError(f"--jobs {options.jobs} leaves nobody to work; give 1 or more.")
    if options.steps and (options.jobs > 1 or options.scheduler):
        raise UsageError("--steps follows one case at a time; leave out --jobs and --scheduler.")
    if options.organ == "hippocampus" and options.side and options.input_kind == "head":
        raise UsageError("--side names the side of a crop, while --input-kind head shows both; leave one of them out.")
    if options.organ == "heart" and options.ed is not None and options.ed == options.es:
        raise UsageError(f"--ed and --es both name frame {options.ed}; name two frames.")
    for path in options.inputs:
        if not path.exists():
            raise UsageError(f"There is no file or folder {path}; name images, or folders of images, that exist.")


def _hippocampus_options(options: argparse.Namespace) -> HippocampusOptions:
    from quantseg.tasks.hippocampus.input_kind import InputKind
    from quantseg.tasks.hippocampus.pipeline import HippocampusOptions
    from quantseg.tasks.hippocampus.sides import Side

    side = Side(options.side) if options.side else None
    return HippocampusOptions(InputKind(options.input_kind), side, options.force, options.device)


def _heart_options(options: argparse.Namespace) -> HeartOptions:
    from quantseg.tasks.heart.options import HeartOptions

    return HeartOptions(
        options.model,
        options.ed,
        options.es,
        options.height_cm,
        options.weight_kg,
        options.heart_rate,
        options.device,
    )
