"""Fitting of the interval of an ejection fraction to segmentations whose truth is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from quantseg.measure.scaled_error import ScaledErrorModel
from quantseg.tasks.heart.evaluation.corruption import CineCorruption
from quantseg.tasks.heart.fraction_error import fraction_terms
from quantseg.tasks.heart.training.doubt import BAD_DICE, MOST_MISSING_SLICES, HeartExample
from quantseg.training.left_out import fit_scaled_error

# In units of one of several hundred segmentations: few of them err by much.
_RIDGE = 30.0


def fit_fraction_error(examples: Sequence[HeartExample], region: str) -> ScaledErrorModel | None:
    """Fit how far the ejection fraction of a ventricle may lie from the true one.

    Spoiled images stand for scanners that nobody has shown yet: errors' sizes are told apart over all segmentations
    whose true fraction is known, and the interval holds in 95 of 100 of those of each data set whose outline deserves
    trust.

    Args:
        examples: segmentations, clean and spoiled.
        region: of the ventricle.

    Returns:
        None where no segmentation shows the ventricle.
    """
    known = [
        (e, fraction_terms(e.evidence, e.spread[region]))
        for e in examples
        if e.evidence is not None
        and region in e.ejection_fraction_error
        and region in e.spread
        and np.isfinite(e.ejection_fraction_error[region])
        and _whole_heart_of_one(e)
    ]
    counted = np.array([e.dice >= BAD_DICE for e, _ in known], bool)
    if not counted.any():
        return None
    return fit_scaled_error(
        np.array([e.ejection_fraction_error[region] for e, _ in known]),
        [one for _, one in known],
        [e.patient for e, _ in known],
        counted,
        _RIDGE,
        [e.source for e, _ in known],
    )


def _whole_heart_of_one(example: HeartExample) -> bool:
    """Tell whether the stack can show the true ejection fraction at all.

    Of another data set the fraction that counts as true is that of the slices shown, however many it lacks.
    """
    return (
        example.corruption is not CineCorruption.MIXED
        and not example.cut
        and not example.wrong_organ
        and (bool(example.source) or example.missing_slices <= MOST_MISSING_SLICES)
    )
