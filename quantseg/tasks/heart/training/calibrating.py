"""The patients that doubt about hearts is fitted to and judged on, segmented clean and under every corruption.

Those of another scanner, Sunnybrook's, are shown clean beside them where the data hold them: what is fitted to one
scanner alone promises too much on the next. For a model that was trained on Sunnybrook alone they are all there is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from quantseg.inference.ensemble import Ensemble
from quantseg.models.bundle import Bundle
from quantseg.tasks.heart.evaluation.corruption import CineCorruption, LabelledStack, head_stack, spoil
from quantseg.tasks.heart.function import LEFT_VENTRICLE
from quantseg.tasks.heart.judgement import VERDICT_FILE
from quantseg.tasks.heart.training.acdc import load_acdc
from quantseg.tasks.heart.training.doubt import (
    HeartExample,
    heart_example,
    left_dice,
    true_ejection_fractions,
)
from quantseg.tasks.heart.training.fitting import fit_heart_judgement
from quantseg.tasks.heart.training.sunnybrook import (
    ASSUMED_SPACING_MM,
    SharedSlices,
    is_sunnybrook,
    load_shared_slices,
)
from quantseg.tasks.heart.training.two_sources import ACDC_SOURCE, SUNNYBROOK_SOURCE
from quantseg.training.cohort import Cohort, require_patients
from quantseg.volume import Volume

_SPOILING = tuple(c for c in CineCorruption if c not in (CineCorruption.CLEAN, CineCorruption.HEAD))
# Corruptions of each patient: all of every kind take a core an hour. They are taken in turn, so that each
# is seen as often.
FITTING_DRAWS = 3
EVERY_KIND = len(_SPOILING)


def heart_training_examples(
    bundle: Bundle,
    data: Path,
    ensemble: Ensemble,
    seed: int,
    report: Callable[[str], None],
    draws: int = FITTING_DRAWS,
) -> Iterator[HeartExample]:
    """Yield every cross-validation patient, judged by the member that had not seen the patient.

    Args:
        bundle: tells who had seen whom.
        data: folder in ACDC's layout, or of Sunnybrook's slices, or one that holds ``ACDC`` and ``Sunnybrook_LV``,
            whose patients come last.
        ensemble: all members of the bundle.
        seed: of the corruptions.
        report: takes lines of progress.
        draws: corruptions of each patient.

    Raises:
        UsageError: the data lack a patient of the split.
    """
    folds: Sequence[Sequence[str]] = bundle.metadata["training_split"]["folds"]
    cohort = _cohort(data)
    seen_elsewhere = _sunnybrook(data)
    for index, member in enumerate(bundle.members):
        scout = ensemble.alone(member)
        fold = int(bundle.metadata["members"][member]["fold"])
        patients = [patient for patient in folds[fold] if patient not in seen_elsewhere]
        require_patients(cohort, patients, data)
        yield from _examples(cohort, patients, bundle, ensemble, [seed, fold], scout, index, draws, report)
        for patient in _unseen(list(seen_elsewhere), bundle, fold):
            yield _of_another_scanner(patient, seen_elsewhere[patient], bundle, ensemble, scout, index)
            report(patient)


def heart_held_out_examples(
    bundle: Bundle,
    data: Path,
    ensemble: Ensemble,
    seed: int,
    draws: int,
    report: Callable[[str], None],
    every: int | None = None,
) -> Iterator[HeartExample]:
    """Yield patients of ACDC whom no member had seen; arguments as for ``heart_training_examples``.

    They are those that the split set aside; with ``every``, one of so many of all, for models that saw none of them.
    """
    cohort = _cohort(data)
    if every is not None:
        patients = sorted(cohort)[::every]
    else:
        elsewhere = _sunnybrook(data)
        patients = [patient for patient in bundle.metadata["training_split"]["held_out"] if patient not in elsewhere]
    require_patients(cohort, patients, data)
    yield from _examples(cohort, patients, bundle, ensemble, [seed, 99], ensemble, None, draws, report)


def head_examples(head: Volume, bundle: Bundle, ensemble: Ensemble, seed: int, count: int) -> Iterator[HeartExample]:
    """Yield stacks cut from a head, in which there is no heart to be outlined."""
    random = np.random.default_rng([seed, 77])
    for index in range(count):
        stack = head_stack(head, random)
        yield heart_example(f"head {index}", CineCorruption.HEAD, stack, {}, ensemble, bundle.inference, ensemble, None)


def calibrate_heart(bundle: Bundle, examples: Sequence[HeartExample]) -> None:
    """Fit limits, expectation and intervals, and write them to the bundle's ``configs/verdict.json``.

    Sunnybrook alone, which shows no whole stacks, yields intervals alone.
    """
    text = json.dumps(fit_heart_judgement(examples), indent=1) + "\n"
    (bundle.folder / VERDICT_FILE).write_text(text, encoding="utf-8")


def _examples(
    cohort: Cohort,
    patients: Sequence[str],
    bundle: Bundle,
    ensemble: Ensemble,
    seed: Sequence[int],
    scout: Ensemble,
    witness: int | None,
    draws: int,
    report: Callable[[str], None],
) -> Iterator[HeartExample]:
    for index, patient in enumerate(patients):
        stack, other = (_stack(cohort, patients[(index + step) % len(patients)]) for step in (0, 1))
        fractions = true_ejection_fractions(stack)
        kinds = [_SPOILING[(draws * index + draw) % len(_SPOILING)] for draw in range(draws)]
        for draw, corruption in enumerate((CineCorruption.CLEAN, *kinds)):
            random = np.random.default_rng([*seed, index, draw])
            spoiled = spoil(stack, corruption, random, other)
            if spoiled is not None:
                yield heart_example(patient, corruption, spoiled, fractions, ensemble, bundle.inference, scout, witness)
        report(f"{index + 1} of {len(patients)}: {patient}")


def _stack(cohort: Cohort, patient: str) -> LabelledStack:
    end_diastole, end_systole = cohort[patient]
    frames, labels = (
        np.stack(pair) for pair in ((end_diastole.image, end_systole.image), (end_diastole.labels, end_systole.labels))
    )
    return LabelledStack(frames, labels, end_diastole.spacing_mm)


def _cohort(data: Path) -> Cohort:
    if is_sunnybrook(data):
        return {}
    inside = data / ACDC_SOURCE
    return load_acdc(inside if inside.is_dir() else data)


def _sunnybrook(data: Path) -> Mapping[str, SharedSlices]:
    folder = data if is_sunnybrook(data) else data / SUNNYBROOK_SOURCE
    return load_shared_slices(folder) if folder.is_dir() else {}


def _unseen(patients: Sequence[str], bundle: Bundle, fold: int) -> Sequence[str]:
    """Return the patients of another scanner that the member of a fold is a witness of, none of them twice."""
    split = bundle.metadata["training_split"]
    trained_on = {patient for one in split["folds"] for patient in one}
    if trained_on.isdisjoint(patients):
        return patients[fold :: len(split["folds"])]
    return [patient for patient in patients if patient in split["folds"][fold]]


def _of_another_scanner(
    patient: str,
    slices: SharedSlices,
    bundle: Bundle,
    ensemble: Ensemble,
    scout: Ensemble,
    witness: int,
) -> HeartExample:
    """Return a patient whose right ventricle nobody has outlined, judged by the left one alone."""
    stack = LabelledStack(slices.frames, slices.labels, ASSUMED_SPACING_MM, slices.missing_slices)
    fractions = {LEFT_VENTRICLE: true_ejection_fractions(stack)[LEFT_VENTRICLE]}
    example = heart_example(
        patient, CineCorruption.CLEAN, stack, fractions, ensemble, bundle.inference, scout, witness, left_dice
    )
    return replace(example, source=SUNNYBROOK_SOURCE)
