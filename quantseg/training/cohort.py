"""The labelled cases of a data set in memory, by patient, and their division."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from quantseg.errors import UsageError
from quantseg.results.atomic import write_file
from quantseg.training.decathlon import LabelledCase, Persons, list_cases, own_person, read_image, read_labels
from quantseg.training.splits import (
    SPLIT_FILE,
    SharedPersons,
    Split,
    draw_split,
    joined_splits,
    persons_on_both_sides,
)

_SET_ASIDE = -1


@dataclass(frozen=True)
class LoadedCase:
    """One case in memory, RAS order.

    Attributes:
        case: where it came from.
        image: raw intensities, float32, shape (I, J, K).
        labels: 0 background, and the label values of its data set, uint8, same shape.
        spacing_mm: along i, j and k.
        group: what splits are balanced by beside size, such as a diagnosis.
        source: data set that it came from, where several are trained on together; each of them is split by itself.
    """

    case: LabelledCase
    image: np.ndarray
    labels: np.ndarray
    spacing_mm: tuple[float, float, float] = (1.0, 1.0, 1.0)
    group: str = ""
    source: str = ""


Cohort = Mapping[str, Sequence[LoadedCase]]
"""The cases of each patient."""


def load_cohort(data: Path, persons: Persons = own_person) -> Cohort:
    """Read every case of a Decathlon folder.

    Args:
        data: the folder.
        persons: tells whom a case came from that carries no ``patient`` entry.

    Raises:
        UsageError: ``dataset.json`` or a file that it names is missing.
    """
    cohort: dict[str, list[LoadedCase]] = {}
    for case in list_cases(data, persons):
        cohort.setdefault(case.patient, []).append(LoadedCase(case, read_image(case.image), read_labels(case.labels)))
    return cohort


def joined(cohorts: Sequence[Cohort]) -> Cohort:
    """Return the cases of several folders as one cohort; a person who is in two of them is one person.

    Raises:
        UsageError: two cases have one name, by which their predictions would be written.
    """
    together: dict[str, list[LoadedCase]] = {}
    for cohort in cohorts:
        for patient, cases in cohort.items():
            together.setdefault(patient, []).extend(cases)
    counts = Counter((patient, case.case.name) for patient, cases in together.items() for case in cases)
    twice = sorted(name for (_, name), count in counts.items() if count > 1)
    if twice:
        raise UsageError(f"Two of the folders hold a case {twice[0]}; rename one, or name its folder once.")
    return together


def divide(cohort: Cohort, train_config: Mapping[str, Any], output: Path, before: Split | None = None) -> Split:
    """Return the split of a run: the one in ``output / "split.json"``, or a new one as its recipe asks, written there.

    A run keeps its split, whatever a recipe or this code says today: a case that a finished fold was trained on must
    never be among those that are set aside. A new draw depends on the labels and on these values of the recipe alone,
    so that every kind of model trained with them faces the same persons: ``held_out_cases``, which counts persons, or
    the persons of each source; ``set_aside``, the names of cases whose persons are set aside in any case; ``folds``
    and ``seed``. Each source is drawn as if it were alone.

    A run that goes on from a finished model leaves everybody whom that model knows where they were, so that each member
    still has not seen those that it is validated on, and nobody set aside is trained on. All others are dealt to the
    folds; none of them is set aside.

    Args:
        cohort: the cases.
        train_config: the recipe.
        output: run folder.
        before: split of the model that the run goes on from, with as many folds; None for a run from random weights.

    Raises:
        UsageError: the data are not those that the split was drawn from, or cannot be divided so.
    """
    kept = output / SPLIT_FILE
    if kept.is_file():
        return _kept_split(kept, cohort)
    held_out = train_config["held_out_cases"]
    if isinstance(held_out, Mapping):
        sources = {source: {p: c for p, c in cohort.items() if c[0].source == source} for source in held_out}
        split = joined_splits(
            [
                _gone_on(sources[name], before, train_config)
                if before and knows(before, sources[name])
                else _drawn(sources[name], count, train_config)
                for name, count in held_out.items()
            ]
        )
    else:
        split = _gone_on(cohort, before, train_config) if before else _drawn(cohort, held_out, train_config)
    output.mkdir(parents=True, exist_ok=True)
    write_file(kept, (json.dumps(asdict(split), indent=1) + "\n").encode())
    return split


def knows(split: Split, cohort: Cohort) -> bool:
    """Tell whether a split names anybody of a cohort."""
    return not set(_parts_before(cohort, split).values()) <= {None}


def _parts_before(cohort: Cohort, before: Split) -> dict[str, int | None]:
    """Return where each patient stood: a fold, ``_SET_ASIDE``, or None for one whom the split does not name."""
    parts = {name: fold for fold, names in enumerate(before.folds) for name in names}
    parts |= dict.fromkeys(before.held_out, _SET_ASIDE)
    # An older split names files; of a person whom it has torn apart, what was set aside counts.
    found = {
        patient: [parts[name] for name in (patient, *(case.case.name for case in cases)) if name in parts]
        for patient, cases in cohort.items()
    }
    return {patient: min(where, default=None) for patient, where in found.items()}


def _gone_on(cohort: Cohort, before: Split, train_config: Mapping[str, Any]) -> Split:
    parts = _parts_before(cohort, before)
    known = Split(
        tuple(sorted(patient for patient, part in parts.items() if part == _SET_ASIDE)),
        tuple(
            tuple(sorted(patient for patient, part in parts.items() if part == fold))
            for fold in range(len(before.folds))
        ),
    )
    new = {patient: cohort[patient] for patient, part in parts.items() if part is None}
    return joined_splits([known, _drawn(new, 0, train_config)]) if new else known


def _drawn(cohort: Cohort, held_out: int, train_config: Mapping[str, Any]) -> Split:
    volumes_mm3 = {
        patient: float(np.mean([(case.labels > 0).sum() * np.prod(case.spacing_mm) for case in cases]))
        for patient, cases in cohort.items()
    }
    groups = {patient: cases[0].group for patient, cases in cohort.items()}
    named = train_config.get("set_aside", ())
    always = {patient for patient, cases in cohort.items() if any(case.case.name in named for case in cases)}
    return draw_split(volumes_mm3, held_out, train_config["folds"], train_config["seed"], groups, always)


def _kept_split(path: Path, cohort: Cohort) -> Split:
    values = json.loads(path.read_text(encoding="utf-8"))
    split = Split(tuple(values["held_out"]), tuple(tuple(fold) for fold in values["folds"]))
    names = [*split.held_out, *(name for fold in split.folds for name in fold)]
    require_patients(cohort, names, path.parent)
    known = {case.case.name for case in cases_of(cohort, names)}
    new = sorted(case.case.name for cases in cohort.values() for case in cases if case.case.name not in known)
    if new:
        raise UsageError(
            f"{path} does not say on which side {', '.join(new)} stands; go on with the data that the run was begun "
            "with, or begin a new one in another folder."
        )
    return split


def shared_persons(split: Split, cohort: Cohort) -> SharedPersons:
    """Find the persons whom a split by file, such as an older version drew, has torn apart."""
    person_of = {case.case.name: patient for patient, cases in cohort.items() for case in cases}
    return persons_on_both_sides(split, lambda name: person_of.get(name, name))


def cases_of(cohort: Cohort, patients: Sequence[str]) -> list[LoadedCase]:
    """Return all cases of these patients, patient by patient; a split by file names single cases instead."""
    alone = {case.case.name: [case] for cases in cohort.values() for case in cases}
    return [case for patient in patients for case in cohort.get(patient) or alone[patient]]


def require_patients(cohort: Cohort, patients: Sequence[str], data: Path | str) -> None:
    """Make sure that nobody is missing whom an earlier split names.

    Raises:
        UsageError: the data lack somebody.
    """
    absent = sorted(set(patients) - set(cohort) - {case.case.name for cases in cohort.values() for case in cases})
    if absent:
        raise UsageError(f"{data} lacks {', '.join(absent)} of the split; name the data that the model was trained on.")
