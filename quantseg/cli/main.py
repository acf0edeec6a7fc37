"""Entry point: reads the command line, runs one verb, turns errors into one sentence and an exit status."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

import quantseg
from quantseg.cli import demo, devices, dicom, evaluate, models, node, run, segment, train, web
from quantseg.errors import QuantSegError, UsageError

EXIT_DONE, EXIT_SOME_FAILED, EXIT_WRONG_USE, EXIT_INTERRUPTED = 0, 1, 2, 130
_EVENTS = "--events"

_VERBS = {
    "run": run,
    "segment": segment,
    "dicom": dicom,
    "node": node,
    "demo": demo,
    "train": train,
    "evaluate": evaluate,
    "models": models,
    "devices": devices,
    "web": web,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 0 done, 1 something failed, 2 wrong use, 130 interrupted."""
    try:
        with _terminated_as_interrupted():
            return _run(list(sys.argv[1:] if arguments is None else arguments))
    except BrokenPipeError:
        # At its end the interpreter writes out what is left, and would stumble over the closed pipe once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        reason = "whoever read the output is gone; finished cases are kept, --resume goes on from here"
        print(f"quantseg: {reason}", file=sys.stderr)
        return EXIT_SOME_FAILED


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """Let SIGTERM, by which a cluster ends a job whose time is up, end the command as Ctrl-C does: nothing half."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _run(command: Sequence[str]) -> int:
    try:
        options = _parser().parse_args(command, argparse.Namespace(command=list(command)))
    except _WrongArgumentsError as error:
        if _EVENTS not in command:
            error.parser.print_usage(sys.stderr)
        _say_why(str(error), EXIT_WRONG_USE, _EVENTS in command)
        sys.exit(EXIT_WRONG_USE)
    for_a_program = getattr(options, "events", False)
    try:
        return int(options.run(options))
    except UsageError as error:
        return _say_why(str(error), EXIT_WRONG_USE, for_a_program)
    except QuantSegError as error:
        return _say_why(str(error), EXIT_SOME_FAILED, for_a_program)
    except KeyboardInterrupt:
        reason = "interrupted; finished cases are kept, --resume goes on from here"
        return _say_why(reason, EXIT_INTERRUPTED, for_a_program)


def _say_why(reason: str, status: int, for_a_program: bool) -> int:
    """Say in one sentence why the command ends early, and return its exit status."""
    if for_a_program:
        from quantseg.batch.event_lines import EventLines
        from quantseg.results.events import RunEnded

        EventLines()(RunEnded(status, reason))
    else:
        print(f"quantseg: {reason}", file=sys.stderr)
    return status


class _WrongArgumentsError(Exception):
    """Arguments that a parser cannot make sense of."""

    def __init__(self, parser: argparse.ArgumentParser, message: str) -> None:
        super().__init__(message)
        self.parser = parser


class _Parser(argparse.ArgumentParser):
    """Leaves it to the command how wrong arguments are said."""

    def error(self, message: str) -> NoReturn:
        raise _WrongArgumentsError(self, message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="quantseg",
        description="Segment MRI and report what the labels measure. For research use only, not for diagnosis.",
    )
    parser.add_argument("--version", action="version", version=f"quantseg {quantseg.__version__}")
    verbs = parser.add_subparsers(title="verbs", required=True, metavar="VERB")
    for name, module in _VERBS.items():
        summary = (module.__doc__ or "").splitlines()[0]
        verb = verbs.add_parser(name, help=summary, description=summary)
        module.add_arguments(verb)
        verb.set_defaults(run=module.run)
    return parser
