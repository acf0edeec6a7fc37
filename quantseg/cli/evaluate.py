"""Score predicted labels against reference labels."""

from __future__ import annotations

import argparse
import importlib.util
import json
from pathlib import Path
from typing import Any

from quantseg.cli.task_options import add_task_options, task_options
from quantseg.errors import UsageError
from quantseg.tasks.learning import Scorer
from quantseg.tasks.registry import TASKS, find_task

_EXIT_DONE, _EXIT_SOME_FAILED = 0, 1
_HELD_OUT, _CROSS_VALIDATION = "held-out", "cross-validation"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``quantseg evaluate``."""
    verbs = parser.add_subparsers(title="tasks", required=True, metavar="TASK")
    for name in TASKS:
        task = find_task(name)
        if task.scorer is not None:
            verb = verbs.add_parser(name, help=task.summary, description=task.summary)
            verb.set_defaults(scorer=task.scorer)
            _add_arguments(verb, task.scorer)


def _add_arguments(
    parser: argparse.ArgumentParser, scorer: Scorer[Any]
) -> None:  # Of whatever options the task's scorer takes.
    parser.add_argument("--predictions", type=Path, required=True, nargs="+", metavar="DIR", help=scorer.predictions)
    parser.add_argument("--labels", type=Path, required=True, metavar="DIR", help=scorer.labels)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every number to FILE")
    add_task_options(parser, scorer.options)
    parser.add_argument(
        "--split",
        type=Path,
        metavar="JSON",
        help="split.json of a training run, or metadata.json of a bundle; see --part",
    )
    parser.add_argument(
        "--part",
        metavar="NAME",
        help=f"patients of the split to score: {_HELD_OUT}, {_CROSS_VALIDATION} (all folds), or a fold's number",
    )
    parser.add_argument(
        "--leave-out-failures",
        action="store_true",
        help="name missing or refused predictions without counting them (default: Dice 0)",
    )
    parser.add_argument("--resamples", type=int, default=10_000, help="bootstrap samples (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the bootstrap (default: %(default)s)")


def run(options: argparse.Namespace) -> int:
    """Score, print the tables and return the exit status: 1 if a case has no usable prediction."""
    if importlib.util.find_spec("scipy") is None:
        raise UsageError("Evaluation needs SciPy, which is not installed; run: pip install scipy.")
    if options.resamples < 1 or options.seed < 0:
        raise UsageError(
            f"--resamples {options.resamples} --seed {options.seed} draw nothing; give 1 or more samples, and a seed "
            "of 0 or more."
        )
    if options.json and (options.json.is_dir() or not options.json.absolute().parent.is_dir()):
        raise UsageError(f"--json {options.json} is no file in a folder that exists; name one.")
    from tqdm import tqdm

    from quantseg.evaluation.request import EvaluationRequest

    request = EvaluationRequest(
        options.predictions,
        options.labels,
        _patients_asked_for(options),
        count_failures=not options.leave_out_failures,
        resamples=options.resamples,
        seed=options.seed,
        progress=lambda pairs: tqdm(pairs, unit="case", disable=None, leave=False),
    )
    report = options.scorer.score(request, task_options(options, options.scorer.options))
    print(report.text)
    if options.json:
        from quantseg.results.atomic import write_file

        write_file(options.json, (json.dumps(report.values, indent=1, allow_nan=False) + "\n").encode())
    return _EXIT_SOME_FAILED if report.has_failures else _EXIT_DONE


def _patients_asked_for(options: argparse.Namespace) -> frozenset[str] | None:
    if (options.split is None) != (options.part is None):
        raise UsageError("--split and --part belong together: a split.json, and which of its patients to score.")
    if options.split is None:
        return None
    try:
        split = json.loads(options.split.read_text(encoding="utf-8"))
        split = split.get("training_split", split)
        held_out, folds = split["held_out"], split["folds"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{options.split} is neither the split.json of a training run nor the metadata.json of a bundle ({error})."
        ) from error
    if options.part == _HELD_OUT:
        return frozenset(held_out)
    if options.part == _CROSS_VALIDATION:
        return frozenset(patient for fold in folds for patient in fold)
    if options.part.isdecimal() and int(options.part) < len(folds):
        return frozenset(folds[int(options.part)])
    raise UsageError(
        f"--part {options.part} is unknown; expected {_HELD_OUT}, {_CROSS_VALIDATION} or a number below {len(folds)}."
    )
