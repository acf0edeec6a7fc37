"""Fitting of the probability that an expert outlines a cavity where the model's outline of it ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from quantseg.measure.logistic import LogisticModel
from quantseg.tasks.heart.evaluation.corruption import CineCorruption
from quantseg.tasks.heart.slice_presence import EndSlice, PresenceModel
from quantseg.tasks.heart.training.doubt import BAD_DICE, HeartExample
from quantseg.training.logistic import fit_logistic

# In units of one of about a thousand slices.
_RIDGE = 3.0
# Of slices that were missed but for which there is no example.
_USUAL_SHARE = 0.6
_FEWEST_SLICES = 20


def known_ends(examples: Sequence[HeartExample]) -> Iterator[tuple[HeartExample, EndSlice, float]]:
    """Yield every end slice whose truth is known, of the scanner that the model was trained on.

    Stacks outlined badly, and those of two patients, are left out: what an expert draws there says nothing of where a
    good outline ends. Other scanners' files hold outlined slices only, so that their ends are those of the files.

    Yields:
        the segmentation, the slice, and the pixels that the expert outlined of the cavity in it.
    """
    for example in examples:
        if example.evidence is None or example.true_areas is None or example.source or example.wrong_organ:
            continue
        if example.corruption is CineCorruption.MIXED or example.dice < BAD_DICE:
            continue
        for one in example.evidence.ends:
            yield example, one, float(example.true_areas[one.label, one.phase, one.k])


def fit_presence(examples: Sequence[HeartExample]) -> PresenceModel | None:
    """Fit the model to all of them; None where too few slices are known of every kind."""
    by_kind: dict[str, list[tuple[EndSlice, float]]] = defaultdict(list)
    for _, one, pixels in known_ends(examples):
        by_kind[one.kind].append((one, pixels))
    models, added = {}, {}
    for kind, slices in by_kind.items():
        present = np.array([pixels > 0 for _, pixels in slices])
        if len(slices) < _FEWEST_SLICES or present.all() or not present.any():
            continue
        models[kind] = _fit([one for one, _ in slices], present)
        missed = [pixels / one.pixels for one, pixels in slices if pixels and not one.drawn]
        added[kind] = float(np.median(missed)) if missed else _USUAL_SHARE
    return PresenceModel(models, added) if models else None


def _fit(slices: Sequence[EndSlice], present: np.ndarray) -> LogisticModel:
    names = list(slices[0].terms)
    fit = fit_logistic(np.array([[one.terms[name] for name in names] for one in slices]), present, _RIDGE)
    weights = fit.weights / fit.sds
    return LogisticModel(float(fit.intercept - weights @ fit.means), dict(zip(names, weights.tolist(), strict=True)))
