"""Compare two models on labelled cases of an old and of a new scanner."""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quantseg.errors import UsageError
from quantseg.models.bundle import Bundle, bundle_in, bundle_names, find_bundle
from quantseg.tasks.contract import Task
from quantseg.tasks.registry import TASKS, find_task

if TYPE_CHECKING:
    from quantseg.evaluation.paired import ScannerComparison
    from quantseg.evaluation.request import EvaluationReport
    from quantseg.tasks.learning import LabelledFolder

_EXIT_MAY_REPLACE, _EXIT_MUST_NOT = 0, 1
_MOST_LOST_POINTS = 0.3
# Of a network: what a model of another task has otherwise.
_SHAPE = ("spatial_dims", "in_channels", "out_channels")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``quantseg models compare``."""
    able = [name for name in TASKS if (scorer := find_task(name).scorer) is not None and scorer.labelled is not None]
    parser.add_argument("before", metavar="BEFORE", help="the model in use: its name, or its folder")
    parser.add_argument("after", metavar="AFTER", help="the model that was trained on: its name, or its folder")
    parser.add_argument("--task", choices=able, required=True, help="whose models they are")
    parser.add_argument("--old", type=Path, required=True, metavar="DIR", help="labelled cases of the old scanner")
    parser.add_argument("--new", type=Path, required=True, metavar="DIR", help="labelled cases of the new scanner")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE.md", help="write the report to FILE.md, all numbers to FILE.json"
    )
    parser.add_argument(
        "--most-lost",
        type=float,
        default=_MOST_LOST_POINTS,
        metavar="POINTS",
        help="how much of Dice, in points of 100, a part may lose (default: %(default)s)",
    )
    parser.add_argument("--in-place-of", metavar="NAME", help="which of the task's models is exchanged (the main one)")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps (default: %(default)s)")
    parser.add_argument("--resamples", type=int, default=10_000, help="bootstrap samples (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the bootstrap (default: %(default)s)")


def run(options: argparse.Namespace) -> int:
    """Compare, print the report and return the exit status: 1 if the newer model must not take the place."""
    if importlib.util.find_spec("scipy") is None:
        raise UsageError("A comparison needs SciPy, which is not installed; run: pip install scipy.")
    report: Path | None = options.output
    if report is not None and (report.suffix != ".md" or not report.absolute().parent.is_dir()):
        raise UsageError(f"-o {report} is no file .md in a folder that exists; name one.")
    # Not "below 0": of what is no number nothing could ever be lost too much.
    if not 0 <= options.most_lost < math.inf or options.resamples < 1 or options.seed < 0:
        raise UsageError("--most-lost and --seed must be 0 or more, --resamples 1 or more.")
    if options.old.resolve() == options.new.resolve():
        raise UsageError(f"--old and --new are both {options.old}; name the cases of two scanners.")
    from quantseg.evaluation.paired import objections
    from quantseg.evaluation.paired_presenting import ModelComparison, as_json, as_markdown
    from quantseg.models.bundle import reference
    from quantseg.training.seen import learned_from

    task = find_task(options.task)
    before, after = _bundle(options.before), _bundle(options.after)
    shipped = find_bundle(_exchanged(task, options))
    for model in (before, after):
        _require_kind(model, shipped, task.name)
    if reference(before).weight_hashes == reference(after).weight_hashes:
        raise UsageError(f"{before.folder} and {after.folder} hold the same weights; there is nothing to compare.")
    known = frozenset((*learned_from(before.metadata), *learned_from(after.metadata)))
    sides = [
        (name, folder, *_counted(name, folder, task, known))
        for name, folder in (("old", options.old), ("new", options.new))
    ]
    old, new = (_scanner(*side, task, (before, after), options) for side in sides)
    comparison = ModelComparison(
        task.name,
        _exchanged(task, options),
        reference(before),
        reference(after),
        old,
        new,
        options.most_lost,
        objections(old, new, options.most_lost),
        options.resamples,
        options.seed,
    )
    print(as_markdown(comparison), end="")
    if report is not None:
        from quantseg.results.atomic import write_file

        write_file(report, as_markdown(comparison).encode())
        values = json.dumps(as_json(comparison), indent=1, allow_nan=False) + "\n"
        write_file(report.with_suffix(".json"), values.encode())
    return _EXIT_MAY_REPLACE if comparison.passed else _EXIT_MUST_NOT


def _bundle(named: str) -> Bundle:
    return find_bundle(named) if named in bundle_names() and not Path(named).is_dir() else bundle_in(Path(named))


def _require_kind(model: Bundle, shipped: Bundle, task_name: str) -> None:
    """Refuse a model whose network takes or gives something else than the one whose place it is to take."""
    found, expected = ({key: _network(one).get(key) for key in _SHAPE} for one in (model, shipped))
    if found != expected:
        raise UsageError(
            f"{model.folder} is no model of {task_name}: its network has {_shape_in_words(found)}, expected "
            f"{_shape_in_words(expected)}; name a model that quantseg train {task_name} made."
        )


def _network(model: Bundle) -> dict[str, Any]:
    return dict(model.inference.get("network_def", {}))


def _shape_in_words(shape: dict[str, Any]) -> str:
    said = [f"{name.replace('_', ' ')} {value}" for name, value in shape.items() if value is not None]
    return ", ".join(said) or "no layers"


def _exchanged(task: Task[Any, Any], options: argparse.Namespace) -> str:
    return str(options.in_place_of or task.models(task.options())[0])


def _counted(
    name: str, folder: Path, task: Task[Any, Any], known: frozenset[str]
) -> tuple[LabelledFolder[Any], dict[str, Path]]:  # Of whatever options the task's scorer takes.
    """Return the cases of a scanner, and the images of those that neither model has learned from."""
    assert task.scorer is not None  # Else the command line would not offer the task.
    assert task.scorer.labelled is not None
    labelled = task.scorer.labelled(folder)
    seen = {person for case, person in labelled.patients.items() if {case, person} & known}
    counted = {case: path for case, path in labelled.images.items() if labelled.patients[case] not in seen}
    if not counted:
        raise UsageError(
            f"Nothing can be said of the {name} scanner: one of the models, or one before it, was trained on all "
            f"persons of {folder}; name cases that were kept aside."
        )
    return labelled, counted


def _scanner(
    name: str,
    folder: Path,
    labelled: LabelledFolder[Any],
    counted: dict[str, Path],
    task: Task[Any, Any],
    models: tuple[Bundle, Bundle],
    options: argparse.Namespace,
) -> ScannerComparison:
    """Let both models label the counted cases of a scanner, and pair what they are worth."""
    from quantseg.evaluation.paired import ScannerComparison, paired_qualities

    persons = frozenset(labelled.patients[case] for case in counted)
    reports, failed = [], []
    for model in models:
        made, report = _scored(task, labelled, counted, persons, model, options)
        reports.append(report)
        failed.append(tuple(sorted(set(counted) - made)))
    before, after = (report.qualities for report in reports)
    return ScannerComparison(
        name,
        str(folder),
        len(persons),
        tuple(sorted(set(labelled.images) - set(counted))),
        failed[0],
        failed[1],
        paired_qualities(before, after, options.resamples, options.seed),
    )


def _scored(
    task: Task[Any, Any],
    labelled: LabelledFolder[Any],  # Of whatever options the task's scorer takes.
    counted: dict[str, Path],
    persons: frozenset[str],
    model: Bundle,
    options: argparse.Namespace,
) -> tuple[set[str], EvaluationReport]:
    """Return the cases that a model makes labels of, and what these are worth."""
    from tqdm import tqdm

    from quantseg.batch.labelling import label_cases
    from quantseg.evaluation.request import EvaluationRequest

    assert task.scorer is not None
    with tempfile.TemporaryDirectory(prefix="quantseg-") as folder:
        predictions = Path(folder)
        label_cases(
            task,
            task.options(device=options.device),
            counted,
            (_exchanged(task, options), model),
            predictions,
            progress=lambda cases: tqdm(cases, unit="case", disable=None, leave=False),
        )
        made = {path.name for path in predictions.iterdir()}
        if not made:
            raise UsageError(f"The model in {model.folder} makes no labels of any of the {len(counted)} cases.")
        request = EvaluationRequest(
            [predictions], labelled.labels, persons, resamples=options.resamples, seed=options.seed
        )
        return made, task.scorer.score(request, labelled.options)
