"""Who is trained on, who is validated on, and who is never seen: seeded, stratified, by patient."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from quantseg.errors import UsageError

SPLIT_FILE = "split.json"
"""Name of the file in a run's folder that holds the split."""


@dataclass(frozen=True)
class Split:
    """A division of the patients.

    Attributes:
        held_out: patients that no training, checkpoint or threshold ever sees.
        folds: patients of each validation fold; together with ``held_out`` they are all patients.
    """

    held_out: tuple[str, ...]
    folds: tuple[tuple[str, ...], ...]

    def training(self, fold: int) -> tuple[str, ...]:
        """Return the patients that the member of this fold is trained on."""
        return tuple(sorted(p for i, group in enumerate(self.folds) if i != fold for p in group))


@dataclass(frozen=True)
class SharedPersons:
    """Persons who stand on two sides of a split.

    Attributes:
        held_out: set aside, and yet trained on by some member.
        validation: validated on in one fold, and yet trained on by that fold's member.
    """

    held_out: tuple[str, ...]
    validation: tuple[str, ...]


def persons_on_both_sides(split: Split, person_of: Callable[[str], str]) -> SharedPersons:
    """Find the persons whom a split by file has torn apart; a split by person has none.

    Args:
        split: whose parts may name files or persons.
        person_of: from such a name to the person.
    """
    folds = [{person_of(name) for name in fold} for fold in split.folds]
    times = Counter(person for fold in folds for person in fold)
    held_out = {person_of(name) for name in split.held_out}
    return SharedPersons(
        tuple(sorted(held_out & set(times))), tuple(sorted(person for person, count in times.items() if count > 1))
    )


def joined_splits(splits: Sequence[Split]) -> Split:
    """Return the split of several data sets trained on together, fold by fold; each must have as many folds."""
    folds = zip(*(split.folds for split in splits), strict=True)
    return Split(
        tuple(patient for split in splits for patient in split.held_out),
        tuple(tuple(patient for part in fold for patient in part) for fold in folds),
    )


def draw_split(
    volume_mm3: Mapping[str, float],
    held_out: int,
    folds: int,
    seed: int,
    group: Mapping[str, str] | None = None,
    always_held_out: Collection[str] = (),
) -> Split:
    """Divide patients so that every part holds small and large structures, and every group, alike.

    Patients of a group sorted by volume are cut into runs of neighbours; each run gives one random patient to the
    held-out set, and what is left is dealt to the folds in runs of ``folds``, in random order. A run that is shorter
    goes to the folds with the fewest patients.

    Args:
        volume_mm3: labelled volume of each patient.
        held_out: number of patients to set aside, shared evenly between the groups.
        folds: number of validation folds.
        seed: of the draw.
        group: of each patient, such as a diagnosis; all are one group by default.
        always_held_out: patients who are among the held-out ones whatever the draw says.

    Returns:
        the split, each part sorted by name.

    Raises:
        UsageError: the held-out patients cannot be shared evenly, or a group has too few.
    """
    draw = random.Random(seed)
    members = _by_group(volume_mm3, group)
    each, left_over = divmod(held_out, len(members))
    fixed = {name: [p for p in patients if p in always_held_out] for name, patients in members.items()}
    too_few = any(each >= len(patients) or each < len(fixed[name]) for name, patients in members.items())
    if left_over or too_few:
        sizes = ", ".join(f"{name or 'all'}: {len(patients)}" for name, patients in members.items())
        raise UsageError(
            f"{held_out} patients cannot be set aside evenly from these groups ({sizes}); change held_out_cases."
        )
    set_aside = set()
    for name, patients in members.items():
        drawn_from, still = [p for p in patients if p not in fixed[name]], each - len(fixed[name])
        set_aside.update(fixed[name])
        for stratum in range(still):
            first, last = (len(drawn_from) * s // still for s in (stratum, stratum + 1))
            set_aside.add(draw.choice(drawn_from[first:last]))
    parts: list[list[str]] = [[] for _ in range(folds)]
    for patients in members.values():
        remaining = [patient for patient in patients if patient not in set_aside]
        for start in range(0, len(remaining), folds):
            run = remaining[start : start + folds]
            for patient, fold in zip(run, _folds_for(len(run), parts, draw), strict=True):
                parts[fold].append(patient)
    return Split(tuple(sorted(set_aside)), tuple(tuple(sorted(part)) for part in parts))


def _by_group(volume_mm3: Mapping[str, float], group: Mapping[str, str] | None) -> dict[str, list[str]]:
    """Return the patients of each group by volume, groups sorted by name."""
    names = {patient: group[patient] if group else "" for patient in volume_mm3}
    ordered = sorted(volume_mm3, key=lambda patient: (volume_mm3[patient], patient))
    return {name: [p for p in ordered if names[p] == name] for name in sorted(set(names.values()))}


def _folds_for(count: int, parts: Sequence[Sequence[str]], draw: random.Random) -> list[int]:
    """Return ``count`` different folds in random order, those with the fewest patients before the others."""
    fewest = min(len(part) for part in parts)
    emptiest = [fold for fold, part in enumerate(parts) if len(part) == fewest]
    if count <= len(emptiest):
        return draw.sample(emptiest, count)
    others = [fold for fold in range(len(parts)) if fold not in emptiest]
    chosen = emptiest + draw.sample(others, count - len(emptiest))
    return draw.sample(chosen, count)
