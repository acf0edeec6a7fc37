"""Entry point: reads the command line, runs one verb, turns errors into one sentence and an exit status."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import quantseg
from quantseg.cli import demo, devices, evaluate, models, run, segment, train
from quantseg.errors import QuantSegError, UsageError

EXIT_DONE, EXIT_SOME_FAILED, EXIT_WRONG_USE = 0, 1, 2

_VERBS = {
    "run": run,
    "segment": segment,
    "demo": demo,
    "train": train,
    "evaluate": evaluate,
    "models": models,
    "devices": devices,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 0 done, 1 something failed, 2 wrong use."""
    command = list(sys.argv[1:] if arguments is None else arguments)
    options = _parser().parse_args(command, argparse.Namespace(command=command))
    try:
        return int(options.run(options))
    except UsageError as error:
        print(f"quantseg: {error}", file=sys.stderr)
        return EXIT_WRONG_USE
    except QuantSegError as error:
        print(f"quantseg: {error}", file=sys.stderr)
        return EXIT_SOME_FAILED
    except KeyboardInterrupt:
        print("quantseg: interrupted; finished cases are kept, --resume goes on from here", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
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
