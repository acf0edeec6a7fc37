"""The cases that doubt is fitted to and judged on, segmented clean and under every corruption."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from quantseg.evaluation.corruption import Corruption
from quantseg.models.bundle import Bundle
from quantseg.tasks.hippocampus.evaluation.elsewhere import elsewhere_in_head
from quantseg.tasks.hippocampus.segmenting import SupportsPrediction
from quantseg.tasks.hippocampus.training.doubt import fit_judgement
from quantseg.tasks.hippocampus.training.example import Example, example, wrong_organ_example
from quantseg.tasks.hippocampus.training.left_out_figures import left_out_lines
from quantseg.tasks.hippocampus.training.volume import load_hippocampi
from quantseg.tasks.hippocampus.volume_correction import VolumeCorrection
from quantseg.training.cohort import cases_of
from quantseg.volume import Volume

_SPOILING = tuple(c for c in Corruption if c is not Corruption.OTHER)
# Draws of each corruption a case: of some, such as noise, too few are bad in a single one to learn from.
FITTING_DRAWS = 2


def training_examples(
    bundle: Bundle,
    data: Path,
    ensemble: SupportsPrediction,
    seed: int,
    report: Callable[[str], None],
    draws: int = FITTING_DRAWS,
) -> Iterator[Example]:
    """Yield every cross-validation case, spoiled so many times, judged by the member that had not seen it."""
    folds: Sequence[Sequence[str]] = bundle.metadata["training_split"]["folds"]
    for witness, member in enumerate(bundle.members):
        fold = int(bundle.metadata["members"][member]["fold"])
        yield from _examples(data, folds[fold], ensemble, [seed, fold], witness, draws, report)


def held_out_examples(
    bundle: Bundle,
    data: Path,
    ensemble: SupportsPrediction,
    seed: int,
    repeats: int,
    report: Callable[[str], None],
    correction: VolumeCorrection | None = None,
) -> Iterator[Example]:
    """Yield every held-out case, which no member had seen, labelled as large as a correction says."""
    patients = bundle.metadata["training_split"]["held_out"]
    yield from _examples(data, patients, ensemble, [seed, 99], None, repeats, report, correction)


def other_anatomy_examples(
    head: Volume,
    hippocampi_mm: np.ndarray,
    ensemble: SupportsPrediction,
    count: int,
    seed: int,
    correction: VolumeCorrection | None = None,
) -> Iterator[Example]:
    """Yield windows of a head that show no hippocampus.

    Args:
        head: canonical, about 1 mm.
        hippocampi_mm: RAS centres of its hippocampi, shape (N, 3).
        ensemble: all members.
        count: how many windows.
        seed: of their places.
        correction: how large the labels shall be.
    """
    random = np.random.default_rng(seed)
    for index in range(count):
        window = elsewhere_in_head(head, hippocampi_mm, random)
        if window is not None:
            yield wrong_organ_example(f"elsewhere {index}", window, ensemble, correction=correction)


def calibrate(bundle: Bundle, examples: Sequence[Example], report: Callable[[str], None]) -> None:
    """Fit sizes of labels, limits, expectation and intervals, and write them to the bundle's ``configs/verdict.json``.

    Args:
        bundle: whose members made the examples.
        examples: each judged by the member that had not seen it.
        report: is told how all this does on persons left out of the fit.
    """
    text = json.dumps(fit_judgement(examples), indent=1) + "\n"
    (bundle.folder / "configs" / "verdict.json").write_text(text, encoding="utf-8")
    for line in left_out_lines(examples):
        report(line)


def _examples(
    data: Path,
    patients: Sequence[str],
    ensemble: SupportsPrediction,
    seed: Sequence[int],
    witness: int | None,
    repeats: int,
    report: Callable[[str], None],
    correction: VolumeCorrection | None = None,
) -> Iterator[Example]:
    for index, case in enumerate(cases_of(load_hippocampi(data), patients)):
        image = Volume(case.image, np.eye(4))
        for kind, corruption in enumerate(_SPOILING):
            for draw in range(1 if corruption is Corruption.CLEAN else repeats):
                random = np.random.default_rng([*seed, index, kind, draw])
                yield example(case.case.name, image, case.labels, corruption, ensemble, random, witness, correction)
        report(f"{case.case.name}: {index + 1} cases of {len(patients)} persons or files")
