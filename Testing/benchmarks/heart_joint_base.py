"""Would ejection fractions gain if the last basal slices of both phases were chosen together?

    python Testing/benchmarks/heart_joint_base.py --examples FILE.pickle

Reads segmentations that ``heart_intervals.py --examples`` keeps; unspoiled patients of the own scanner, every tenth
judged by fits to the others. At either phase the outermost slice may be dropped, all stay as outlined, or the next one
be added, each with its probability of presence. Printed is the error of the ejection fraction for labels as they are;
with the likeliest choice of each phase alone; with the likeliest pair, under a prior of how far the base comes down
that counts slices or millimetres, as experts outlined it in the other patients; with the pair where it is sure by 80 %;
with volumes in which each slice counts by its probability; and with the expert's own last slices, which no rule beats.
"""

from __future__ import annotations

import argparse
import pickle
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

from quantseg.tasks.heart.anatomy import HeartLabel
from quantseg.tasks.heart.coverage import StackEnd
from quantseg.tasks.heart.evaluation.corruption import CineCorruption
from quantseg.tasks.heart.function import ejection_fraction_percent
from quantseg.tasks.heart.sightings import CAVITIES
from quantseg.tasks.heart.slice_presence import REGION_OF, PresenceModel
from quantseg.tasks.heart.training.doubt import HeartExample
from quantseg.tasks.heart.training.presence_fitting import fit_presence

_GROUPS = 10
_SURE = 0.8
_LEAST_SPREAD_MM = 4.0
Prior = Callable[[int, float], float]
"""From slices that the base comes down and their distance in mm to a weight."""


@dataclass(frozen=True)
class Choice:
    """What may be done at the base of one phase: the change in pixels, the last slice then, and its probability."""

    pixels: float
    last: int
    probability: float


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--examples", type=Path, required=True)
    # Written by heart_intervals.py.
    examples: list[HeartExample] = pickle.loads(parser.parse_args().examples.read_bytes())
    own = [e for e in examples if not e.source]
    group = {patient: number % _GROUPS for number, patient in enumerate(sorted({e.patient for e in own}))}
    models = {n: fit_presence([e for e in own if group[e.patient] != n]) for n in range(_GROUPS)}
    clean = [e for e in own if e.corruption is CineCorruption.CLEAN and e.evidence and e.evidence.areas]
    for label in CAVITIES:
        errors: dict[str, list[float]] = defaultdict(list)
        for e in clean:
            number = group[e.patient]
            others = [one for one in clean if group[one.patient] != number]
            for rule, error in _errors(e, label, models[number], others).items():
                errors[rule].append(error)
        _print(REGION_OF[label], errors)


def _errors(
    e: HeartExample, label: HeartLabel, model: PresenceModel | None, others: Sequence[HeartExample]
) -> Mapping[str, float]:
    outlined = e.evidence.areas.areas[label].sum(axis=-1)
    truth = _true_areas(e)[label]
    rules = {"as outlined": (0.0, 0.0)}
    choices = [_choices(e, label, phase, model) for phase in (0, 1)]
    if all(choices) and truth.any(axis=-1).all():
        rules |= _rules(choices, _last(truth), others, label, e.evidence.areas.slice_distance_mm)
    true = ejection_fraction_percent(*truth.sum(axis=-1))
    found = {rule: ejection_fraction_percent(*(outlined + changes)) - true for rule, changes in rules.items()}
    return defaultdict(lambda: found["as outlined"], found)


def _rules(
    choices: Sequence[Sequence[Choice]],
    expert: Sequence[int],
    others: Sequence[HeartExample],
    label: HeartLabel,
    distance_mm: float,
) -> dict[str, tuple[float, float]]:
    alone = [max(of_phase, key=lambda one: one.probability) for of_phase in choices]
    experts = [min(of_phase, key=lambda one: abs(one.last - n)) for of_phase, n in zip(choices, expert, strict=True)]
    found = {
        "each phase alone": (alone[0].pixels, alone[1].pixels),
        "expected volumes": tuple(sum(one.pixels * one.probability for one in of_phase) for of_phase in choices),
        "expert's slices": (experts[0].pixels, experts[1].pixels),
    }
    for unit, prior in (("slices", _prior_of_slices(others, label)), ("mm", _prior_of_mm(others, label))):
        weighed = [
            (ed.probability * es.probability * prior(es.last - ed.last, distance_mm), (ed.pixels, es.pixels))
            for ed, es in product(*choices)
        ]
        weight, pair = max(weighed)
        found[f"pair, prior of {unit}"] = pair
        sure = weight > _SURE * sum(one for one, _ in weighed)
        found[f"pair where sure, prior of {unit}"] = pair if sure else (0.0, 0.0)
    return found


def _choices(e: HeartExample, label: HeartLabel, phase: int, model: PresenceModel | None) -> Sequence[Choice]:
    """Return what may be done at one phase; nothing where the presence of the slice cannot be judged."""
    ends = [one for one in e.evidence.ends if (one.label, one.end, one.phase) == (label, StackEnd.BASE, phase)]
    drawn = next((one for one in ends if one.drawn), None)
    if drawn is None or model is None or drawn.kind not in model.models:
        return ()
    beyond = next((one for one in ends if not one.drawn), None)
    present = model.models[drawn.kind].probability(drawn.terms)
    further = model.models[beyond.kind].probability(beyond.terms) if beyond else 0.0
    last = drawn.number - 1
    return (
        Choice(-drawn.pixels, last + 1, 1 - present),
        Choice(0.0, last, present * (1 - further)),
        Choice(model.change_pixels(beyond) if beyond else 0.0, last - 1, present * further),
    )


def _prior_of_slices(others: Sequence[HeartExample], label: HeartLabel) -> Prior:
    counts = Counter(slices for _, slices in _with_descent(others, label))
    total = sum(counts.values())
    return lambda slices, _: (counts[slices] + 0.5) / (total + 3)


def _prior_of_mm(others: Sequence[HeartExample], label: HeartLabel) -> Prior:
    """Return Student's t with three degrees of freedom around the median."""
    known = np.array([n * e.evidence.areas.slice_distance_mm for e, n in _with_descent(others, label)])
    middle = float(np.median(known))
    spread = max(1.4826 * float(np.median(np.abs(known - middle))), _LEAST_SPREAD_MM)
    return lambda slices, distance_mm: float((1 + ((slices * distance_mm - middle) / spread) ** 2 / 3) ** -2)


def _with_descent(examples: Sequence[HeartExample], label: HeartLabel) -> list[tuple[HeartExample, int]]:
    areas = [(e, _true_areas(e)[label]) for e in examples]
    return [(e, -int(np.subtract(*_last(one)))) for e, one in areas if one.any(axis=-1).all()]


def _last(areas: np.ndarray) -> tuple[int, int]:
    """Return the most basal slice of either phase, base first."""
    return int(np.flatnonzero(areas[0])[0]), int(np.flatnonzero(areas[1])[0])


def _true_areas(e: HeartExample) -> np.ndarray:
    """Return the expert's areas from base to apex, shape (4, 2, K)."""
    first, *_, last = sorted(e.evidence.ends, key=lambda one: one.number)
    return e.true_areas if first.k < last.k else e.true_areas[..., ::-1]


def _print(region: str, errors: Mapping[str, Sequence[float]]) -> None:
    outlined = np.abs(np.array(errors["as outlined"]))
    print(f"{region} ({len(outlined)} patients)")
    for rule, found in errors.items():
        values = np.array(found)
        gain = np.abs(values) - outlined
        print(
            f"  {rule:32} error {np.abs(values).mean():.2f} points, bias {values.mean():+.2f}, change "
            f"{gain.mean():+.2f} (SE {gain.std(ddof=1) / len(gain) ** 0.5:.2f}), better in "
            f"{np.count_nonzero(gain < -0.5)}, worse in {np.count_nonzero(gain > 0.5)}"
        )


if __name__ == "__main__":
    main()
