"""Does the probability that an expert outlines an end slice hold, and would ejection fractions gain by following it?

    python Testing/benchmarks/heart_presence.py --examples FILE.pickle [FILE.pickle ...]

Reads segmentations that ``heart_intervals.py --examples`` keeps. Every tenth of the patients is judged by a fit to the
others, unspoiled images alone. Printed by cavity and end: how many slices there are, how many of them an expert
outlined, how often the model's outline says the same and how often the more probable answer does, Brier's score beside
that of the share alone, and how many are in doubt. Below: errors of the ejection fraction as outlined, and with every
end slice decided by the probability.
"""

from __future__ import annotations

import argparse
import pickle
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from quantseg.tasks.heart.evaluation.corruption import CineCorruption
from quantseg.tasks.heart.function import ejection_fraction_percent
from quantseg.tasks.heart.sightings import CAVITIES
from quantseg.tasks.heart.slice_presence import DOUBTFUL, REGION_OF, PresenceModel
from quantseg.tasks.heart.training.doubt import HeartExample
from quantseg.tasks.heart.training.presence_fitting import fit_presence, known_ends

_GROUPS = 10


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--examples", type=Path, nargs="+", required=True)
    # Written by heart_intervals.py.
    examples: list[HeartExample] = [
        one for path in parser.parse_args().examples for one in pickle.loads(path.read_bytes())
    ]
    patients = sorted({e.patient for e in examples if not e.source})
    group = {patient: number % _GROUPS for number, patient in enumerate(patients)}
    models = {
        number: fit_presence([e for e in examples if group.get(e.patient, number) != number])
        for number in range(_GROUPS)
    }
    clean = [e for e in examples if e.corruption is CineCorruption.CLEAN and not e.source]
    _print_slices(clean, group, models)
    _print_fractions(clean, group, models)


def _print_slices(
    clean: Sequence[HeartExample], group: Mapping[str, int], models: Mapping[int, PresenceModel | None]
) -> None:
    rows = defaultdict(list)
    for example, one, pixels in known_ends(clean):
        model = models[group[example.patient]]
        if model is not None and one.kind in model.models:
            rows[one.kind].append((model.models[one.kind].probability(one.terms), pixels > 0, one.drawn))
    print("kind                slices  outlined  outline right  probable right  Brier (share)  in doubt")
    for kind, found in rows.items():
        probability, present, drawn = (np.array(column, float) for column in zip(*found, strict=True))
        share = present.mean()
        doubtful = np.mean((probability > DOUBTFUL[0]) & (probability < DOUBTFUL[1]))
        print(
            f"{kind:20}{len(found):6}{100 * share:8.0f} %{100 * np.mean(drawn == present):13.1f} %"
            f"{100 * np.mean((probability > 0.5) == present):14.1f} %{np.mean((probability - present) ** 2):8.3f} "
            f"({share * (1 - share):.3f}){100 * doubtful:9.0f} %"
        )


def _print_fractions(
    clean: Sequence[HeartExample], group: Mapping[str, int], models: Mapping[int, PresenceModel | None]
) -> None:
    for label in CAVITIES:
        errors = []
        for example in clean:
            model = models[group[example.patient]]
            if (
                example.evidence is None
                or model is None
                or example.true_areas is None
                or example.evidence.areas is None
            ):
                continue
            outlined = example.evidence.areas.areas[label].sum(axis=-1)
            followed = outlined.copy()
            for one in example.evidence.ends:
                if one.label is label and one.kind in model.models:
                    present = model.models[one.kind].probability(one.terms) > 0.5
                    if present != one.drawn:
                        followed[one.phase] += model.change_pixels(one)
            truth = ejection_fraction_percent(*example.true_areas[label].sum(axis=-1))
            errors.append([ejection_fraction_percent(*pair) - truth for pair in (outlined, followed)])
        found = np.array(errors)
        names = ("as outlined", "by the probability")
        print(
            f"{REGION_OF[label]}: "
            + "; ".join(
                f"{name} error {np.abs(found[:, n]).mean():.2f} points (bias {found[:, n].mean():+.2f})"
                for n, name in enumerate(names)
            )
        )


if __name__ == "__main__":
    main()
