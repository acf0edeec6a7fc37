"""How large labels shall be, and how far the truth may lie from that: fitted to cases that a member had not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from quantseg.evaluation.corruption import Corruption
from quantseg.measure.expectation import LinearExpectation, fit_linear
from quantseg.measure.scaled_error import ScaledErrorModel
from quantseg.tasks.hippocampus.judgement import interval_terms
from quantseg.tasks.hippocampus.training.example import Example
from quantseg.tasks.hippocampus.volume_correction import PartCorrection, VolumeCorrection, volume_terms
from quantseg.training.left_out import fit_scaled_error

# Of predicted on true volumes of a part. The least squared error has a slope of r², about 0.7 for a part: stretched
# no further than this, volumes follow the truth, and their mean error grows by a few per cent.
_WANTED_SLOPE = 0.79
# A part that was missed, or a border between the parts drawn elsewhere, is no matter of size: errors of more robust
# SDs than an outlier has (B. Iglewicz and D. C. Hoaglin, 1993) take no part in the fit.
_MOST_SDS, _SD_PER_MAD = 3.5, 1.4826
# What foresees the size of a volume's error, and how little is believed of it, in units of one of about a thousand
# segmentations, most of them of spoiled images: a fit that believes more is sharper on those, but on clean images worse
# than one width for all.
_FORESEEN_FROM = ("unsure", "noise")
_RIDGE_OF_SIZES = 500.0


def fit_volume_correction(examples: Sequence[Example]) -> VolumeCorrection:
    """Fit the size of both parts to clean cases.

    Args:
        examples: segmentations, of which the clean ones count that can be compared with the truth.
    """
    clean = [e for e in examples if e.corruption is Corruption.CLEAN and e.comparable]
    terms = [volume_terms(e.found.anterior, e.found.posterior, e.features.promised_dice) for e in clean]
    anterior, posterior = (
        _part(terms, np.array([e.found.of(part) for e in clean]), np.array([e.true.of(part) for e in clean]))
        for part in ("anterior", "posterior")
    )
    return VolumeCorrection(anterior, posterior)


def _part(terms: Sequence[dict[str, float]], found: np.ndarray, true: np.ndarray) -> PartCorrection:
    usual = _usual(terms, true)
    model = fit_linear([one for one, kept in zip(terms, usual, strict=True) if kept], true[usual])
    expected = np.array([model.expect(one) for one in terms])
    slope = float(np.polyfit(true, expected, 1)[0])
    gain = max(_WANTED_SLOPE / max(slope, 1e-6), 1.0)
    gain = min(gain, float(true.std()) / max(float(expected.std()), 1e-6))
    stretched = _stretched(model, gain, float(true[usual].mean()))
    factors = np.array([stretched.expect(one) / counted for one, counted in zip(terms, found, strict=True)])[usual]
    return PartCorrection(stretched, float(factors.min()), float(factors.max()))


def _usual(terms: Sequence[dict[str, float]], true: np.ndarray) -> np.ndarray:
    """Return which cases a fit to all of them does not miss as outliers, bool, shape (N,)."""
    model = fit_linear(terms, true)
    errors = true - np.array([model.expect(one) for one in terms])
    away = np.abs(errors - np.median(errors))
    return np.asarray(away <= _MOST_SDS * _SD_PER_MAD * np.median(away))


def _stretched(model: LinearExpectation, gain: float, mean: float) -> LinearExpectation:
    """Return the model whose estimates lie so many times as far from a mean."""
    weights = {name: gain * weight for name, weight in model.weights.items()}
    return replace(model, intercept=mean + gain * (model.intercept - mean), weights=weights)


def fit_interval(examples: Sequence[Example], part: str) -> ScaledErrorModel:
    """Fit the interval of a volume to corrected examples.

    Args:
        examples: segmentations; the sizes of errors are told apart over all that are comparable, and the interval
            holds in the clean ones.
        part: ``anterior``, ``posterior`` or ``whole``.
    """
    usable = [e for e in examples if e.comparable]
    return fit_scaled_error(
        np.array([log_volume_error(e, part) for e in usable]),
        [{name: interval_terms(e.features)[name] for name in _FORESEEN_FROM} for e in usable],
        [e.person for e in usable],
        np.array([e.corruption is Corruption.CLEAN for e in usable]),
        _RIDGE_OF_SIZES,
    )


def log_volume_error(one: Example, part: str) -> float:
    """Return the logarithm of true over found volume."""
    return float(np.log(one.true.of(part) / one.found.of(part)))
