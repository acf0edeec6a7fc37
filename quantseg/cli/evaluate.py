"""Score predicted labels against reference labels."""

from __future__ import annotations

import argparse
import importlib.util
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quantseg.errors import UsageError

if TYPE_CHECKING:
    from quantseg.evaluation.comparing import Evaluation
    from quantseg.evaluation.pairing import AffineOf, Pairing
    from quantseg.evaluation.parts import Part

_EXIT_DONE, _EXIT_SOME_FAILED = 0, 1
_HELD_OUT, _CROSS_VALIDATION = "held-out", "cross-validation"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``quantseg evaluate``."""
    parser.add_argument("organ", choices=["hippocampus", "heart"])
    parser.add_argument(
        "--predictions",
        type=Path,
        required=True,
        nargs="+",
        metavar="DIR",
        help="folders of predicted labels: <case>.nii.gz, or <case>/labels.nii.gz as segment writes them; for the "
        "heart <patient>/ED_labels.nii.gz and ES_labels.nii.gz",
    )
    parser.add_argument(
        "--labels",
        type=Path,
        required=True,
        metavar="DIR",
        help="reference labels, same names; for the heart a folder in ACDC layout",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every number to FILE")
    parser.add_argument("--sided", action="store_true", help="labels are 1/2 left and 3/4 right, in both folders")
    parser.add_argument(
        "--patients",
        type=Path,
        metavar="FILE",
        help="patient of each case: CSV with the columns case,patient, or a dataset.json (default: a case a patient)",
    )
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
        raise UsageError("Evaluation needs SciPy, which is not installed; run: pip install 'quantseg[train]'.")
    if options.organ == "heart" and (options.sided or options.patients):
        raise UsageError("--sided and --patients are for the hippocampus; an ACDC folder names its patients.")
    text, values, failed = _heart(options) if options.organ == "heart" else _hippocampus(options)
    print(text)
    if options.json:
        from quantseg.results.atomic import write_file

        write_file(options.json, (json.dumps(values, indent=1, allow_nan=False) + "\n").encode())
    return _EXIT_SOME_FAILED if failed else _EXIT_DONE


def _hippocampus(options: argparse.Namespace) -> tuple[str, dict[str, Any], bool]:
    from quantseg.evaluation.pairing import header_affine, pair_cases, read_patients
    from quantseg.evaluation.presenting import as_json, as_text
    from quantseg.tasks.hippocampus.evaluation.parts import HIPPOCAMPUS_PARTS, SIDED_HIPPOCAMPUS_PARTS

    patients = read_patients(options.patients) if options.patients else None
    pairing = pair_cases(options.predictions, options.labels, patients, _patients_asked_for(options))
    overlap = _overlap(pairing, SIDED_HIPPOCAMPUS_PARTS if options.sided else HIPPOCAMPUS_PARTS, options, header_affine)
    return as_text(overlap), as_json(overlap), bool(overlap.failures)


def _heart(options: argparse.Namespace) -> tuple[str, dict[str, Any], bool]:
    from quantseg.tasks.heart.evaluation.function import evaluate_function
    from quantseg.tasks.heart.evaluation.pairing import pair_phases
    from quantseg.tasks.heart.evaluation.parts import HEART_PARTS
    from quantseg.tasks.heart.evaluation.presenting import as_text, heart_as_json
    from quantseg.tasks.heart.reading.cardiac_spacing import cardiac_affine

    pairing, frames = pair_phases(options.predictions, options.labels, _patients_asked_for(options))
    evaluation = evaluate_function(_overlap(pairing, HEART_PARTS, options, cardiac_affine), frames)
    return as_text(evaluation), heart_as_json(evaluation), bool(evaluation.overlap.failures)


def _overlap(pairing: Pairing, parts: tuple[Part, ...], options: argparse.Namespace, affine_of: AffineOf) -> Evaluation:
    from tqdm import tqdm

    from quantseg.evaluation.comparing import evaluate

    return evaluate(
        pairing,
        parts,
        count_failures=not options.leave_out_failures,
        resamples=options.resamples,
        seed=options.seed,
        progress=lambda pairs: tqdm(pairs, unit="case", disable=None, leave=False),
        affine_of=affine_of,
    )


def _patients_asked_for(options: argparse.Namespace) -> set[str] | None:
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
        return set(held_out)
    if options.part == _CROSS_VALIDATION:
        return {patient for fold in folds for patient in fold}
    if options.part.isdecimal() and int(options.part) < len(folds):
        return set(folds[int(options.part)])
    raise UsageError(
        f"--part {options.part} is unknown; expected {_HELD_OUT}, {_CROSS_VALIDATION} or a number below {len(folds)}."
    )
