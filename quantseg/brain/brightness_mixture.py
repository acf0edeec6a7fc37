"""Fluid, grey and white matter told apart by brightness, by what is expected at each place, and by neighbours' votes.

Each voxel holds one tissue, or two. Pure tissues are Gaussians, whose means and SDs are fitted by expectation and
maximisation in turns with the slowly varying field by which the coil made one side brighter (Wells et al., IEEE TMI
1996; Ashburner and Friston, NeuroImage 2005). Two tissues in one voxel are as bright as their shares in it say
(Shattuck et al., NeuroImage 2001). Where shares f, g and w are expected, voxels of one tissue are expected as f², g²
and w² and those of two as 2fg, 2gw and 2fw, as if each voxel's halves were drawn alone, which leaves the expected
shares as they are. Neighbours vote as in a hidden Markov random field (Zhang, Brady and Smith, IEEE TMI 2001), by its
mean field.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from quantseg.brain.tissue_mixture import smoothed
from quantseg.volume import Volume, resample
from quantseg.volume.binning import bin_towards

FLUID, GREY, WHITE = range(3)
_PAIRS = ((FLUID, GREY), (GREY, WHITE), (FLUID, WHITE))
_ROUNDS, _FITTING_STEPS = 3, 8
# Every so many voxels tell means and SDs well enough.
_FITTED_SHARE = 9
_FIELD_MM, _FIELD_SD_MM = 6.0, 25.0
_MOST_FIELD = 0.7
# Brightness as a share of white matter's; vessels and what was left of the head are brighter.
_DARKEST, _BRIGHTEST = 0.02, 1.35
_LEAST_SD = 0.03
# As a share of the brightness of grey matter.
_BRIGHTEST_FLUID = 0.7
_SUREST_SHARE, _PURE_FLUID = 0.3, 0.1
# Added to what is expected of each tissue: whoever expects may be wrong.
_DOUBT = 0.02
_LEAST_DENSITY = 1e-4
# How much a voxel's neighbours weigh, all of them together, and how often they are asked.
_VOTE, _VOTES = 1.0, 2


@dataclass(frozen=True)
class Expected:
    """What is expected at each of N voxels.

    Attributes:
        kinds: share of each kind of tissue, alike in brightness, float32, shape (kinds, N); sums to one.
        tissues: ``FLUID``, ``GREY`` or ``WHITE``, of each kind; the first that is white tells how bright white is.
        brain: how much each voxel tells of the brain's brightness, from 0 to 1, float32, shape (N,).
    """

    kinds: np.ndarray
    tissues: tuple[int, ...]
    brain: np.ndarray

    def every(self, step: int) -> Expected:
        """Return what is expected at every so manieth voxel."""
        return Expected(np.ascontiguousarray(self.kinds[:, ::step]), self.tissues, self.brain[::step])

    def of(self, tissue: int) -> list[int]:
        """Return the kinds of a tissue."""
        return [kind for kind, its in enumerate(self.tissues) if its == tissue]


@dataclass(frozen=True)
class Mixture:
    """What brightness tells of a brain.

    Attributes:
        means: brightness of each kind, as a share of cerebral white matter's, shape (kinds,).
        sds: shape (kinds,).
        even: brightness without the coil's field, as a share of white matter's, float32, shape (N,).
    """

    means: np.ndarray
    sds: np.ndarray
    even: np.ndarray


def fit_mixture(image: Volume, inside: np.ndarray, expected: Expected) -> Mixture:
    """Fit the brightness of each kind, and the coil's field.

    Args:
        image: intensities above those of air.
        inside: the N voxels where there may be brain, bool, shape (I, J, K).
        expected: at these voxels.
    """
    values = image.array[inside].astype(np.float32)
    some, places = expected.every(_FITTED_SHARE), np.flatnonzero(inside)[::_FITTED_SHARE]
    white = expected.of(WHITE)[0]
    level = _middle(values[::_FITTED_SHARE], some.kinds[white] * some.brain)
    values = np.clip(values / max(level, 1e-9), _DARKEST, _BRIGHTEST)
    # Most of what is called fluid in voxels of 3 mm holds some brain as well: the darkest of it is pure.
    quantiles = [_PURE_FLUID if tissue == FLUID else 0.5 for tissue in expected.tissues]
    means = np.array(
        [
            _middle(values[::_FITTED_SHARE], share * some.brain, quantile)
            for share, quantile in zip(some.kinds, quantiles, strict=True)
        ],
        np.float32,
    )
    sds = np.full(len(means), max(0.3 * abs(float(means[white] - means[expected.of(GREY)[0]])), _LEAST_SD), np.float32)
    field = np.ones_like(values)
    for turn in range(_ROUNDS):
        fitted = Mixture(means, sds, (values / field)[::_FITTED_SHARE])
        for _ in range(_FITTING_STEPS):
            means, sds = _moments(fitted, some)
            fitted = Mixture(means, sds, fitted.even)
        if turn < _ROUNDS - 1:
            apart, trust = _unevenness(values[::_FITTED_SHARE], fitted, some)
            field = _field(image, places, apart, trust)[inside]
    return Mixture(means, sds, values / field)


def tell_apart(mixture: Mixture, expected: Expected, inside: np.ndarray, spacing_mm: Sequence[float]) -> np.ndarray:
    """Return the share of fluid, grey and white matter in each voxel, float32, shape (3, N), summing to one.

    Args:
        mixture: as fitted.
        expected: as fitted to.
        inside: which voxels, bool, shape (I, J, K).
        spacing_mm: of the voxels along i, j and k; the nearer a neighbour, the more it counts.
    """
    likely, second = _likely(mixture, expected)
    shares = _shares(likely, second)
    for _ in range(_VOTES):
        votes = np.stack([np.exp(_VOTE * _near(share, inside, spacing_mm)) for share in shares])
        of_pairs = [np.sqrt(votes[one] * votes[other]) for one, other in _PAIRS]
        shares = _shares(likely * np.stack([*votes, *of_pairs]), second)
    return shares


def _middle(values: np.ndarray, weight: np.ndarray, quantile: float = 0.5) -> float:
    """Return the median brightness, or another quantile, where a kind is surest."""
    least = np.quantile(weight, 1 - _SUREST_SHARE * float(weight.mean()))
    return float(np.quantile(values[weight >= least], quantile))


def _likely(mixture: Mixture, expected: Expected) -> tuple[np.ndarray, np.ndarray]:
    """Return how likely each voxel holds one tissue or two, and how much of the second there is if there are two.

    Returns:
        likelihood times what is expected, of the three tissues and the three pairs, shape (6, N); share of the second
        tissue of each pair, shape (3, N).
    """
    means, sds, there = [], [], []
    for tissue in (FLUID, GREY, WHITE):
        kinds = expected.of(tissue)
        share = expected.kinds[kinds]
        total = share.sum(axis=0)
        of_kind = (share + 1e-4) / (total + 1e-4 * len(kinds))
        means.append(mixture.means[kinds] @ of_kind)
        sds.append(mixture.sds[kinds] @ of_kind)
        there.append((total + _DOUBT) / (1 + 3 * _DOUBT))
    darkest, brightest = means[FLUID], np.maximum(means[WHITE], means[GREY])
    # Beyond the outer means a voxel is as if it were at them.
    values = np.clip(mixture.even, darkest, brightest)
    likely = [_density(values, means[t], sds[t]) * there[t] ** 2 for t in (FLUID, GREY, WHITE)]
    second = []
    for one, other in _PAIRS:
        apart = means[other] - means[one]
        sd = np.sqrt((sds[one] ** 2 + sds[other] ** 2) / 2 + apart**2 / 12)
        likely.append(_density(values, (means[one] + means[other]) / 2, sd) * 2 * there[one] * there[other])
        second.append(np.clip((values - means[one]) / np.where(np.abs(apart) < 1e-3, 1e-3, apart), 0, 1))
    return np.stack(likely), np.stack(second)


def _density(values: np.ndarray, mean: np.ndarray, sd: np.ndarray) -> np.ndarray:
    apart = (values - mean) / sd
    return np.asarray(np.exp(-0.5 * apart * apart) / sd + _LEAST_DENSITY)


def _shares(likely: np.ndarray, second: np.ndarray) -> np.ndarray:
    likely = likely / likely.sum(axis=0)
    shares = likely[:3].copy()
    for (one, other), pair, share in zip(_PAIRS, likely[3:], second, strict=True):
        shares[one] += pair * (1 - share)
        shares[other] += pair * share
    return shares


def _moments(mixture: Mixture, expected: Expected) -> tuple[np.ndarray, np.ndarray]:
    """Return means and SDs of the kinds by the voxels that are pure."""
    likely, _ = _likely(mixture, expected)
    likely *= expected.brain / likely.sum(axis=0)
    means, sds = mixture.means.copy(), mixture.sds.copy()
    for tissue in (GREY, WHITE, FLUID):
        kinds = expected.of(tissue)
        of_kind = expected.kinds[kinds] + 1e-6
        parts = likely[tissue] * of_kind / of_kind.sum(axis=0)
        sums = parts.sum(axis=1) + 1e-6
        means[kinds] = parts @ mixture.even / sums
        if tissue == FLUID:
            # Where hardly any fluid was left in a brain, it would find itself another tissue.
            means[kinds] = np.minimum(means[kinds], _BRIGHTEST_FLUID * means[expected.of(GREY)[0]])
        apart = mixture.even - means[kinds][:, None]
        sds[kinds] = np.maximum(np.sqrt((parts * apart * apart).sum(axis=1) / sums), _LEAST_SD)
        if tissue == FLUID:
            # Fluid has no texture: it varies by noise, as white matter does.
            sds[kinds] = np.minimum(sds[kinds], sds[expected.of(WHITE)[0]])
    return means, sds


def _unevenness(values: np.ndarray, mixture: Mixture, expected: Expected) -> tuple[np.ndarray, np.ndarray]:
    """Return the logarithm of how much too bright each voxel is, and how surely it is pure grey or white matter."""
    likely, _ = _likely(mixture, expected)
    likely *= expected.brain / likely.sum(axis=0)
    foreseen, trust = np.zeros_like(values), np.zeros_like(values)
    for tissue in (GREY, WHITE):
        kinds = expected.of(tissue)
        of_kind = expected.kinds[kinds] + 1e-6
        foreseen += likely[tissue] * (mixture.means[kinds] @ of_kind) / of_kind.sum(axis=0)
        trust += likely[tissue]
    ratio = values / np.maximum(foreseen / np.maximum(trust, 1e-6), _DARKEST)
    return np.clip(np.log(ratio), -_MOST_FIELD, _MOST_FIELD), trust


def _field(image: Volume, places: np.ndarray, apart: np.ndarray, trust: np.ndarray) -> np.ndarray:
    """Return by how much each voxel of an image is too bright, from some voxels, smoothed, shape (I, J, K).

    Args:
        image: whose grid it is.
        places: of the voxels that tell, in the flattened image.
        apart: logarithm of how much too bright each is.
        trust: how much each counts.
    """
    coarse = []
    for one in (apart * trust, trust):
        whole = np.zeros(image.array.size, np.float32)
        whole[places] = one
        coarse.append(bin_towards(image.with_array(whole.reshape(image.array.shape)), _FIELD_MM))
    i, j, k = (_FIELD_SD_MM / mm for mm in coarse[0].spacing_mm)
    error, weight = (smoothed(one.array, (i, j, k)) for one in coarse)
    log_field = error / (weight + 1e-4 * float(weight.max()))
    log_field -= np.average(log_field, weights=np.maximum(weight, 0))
    return np.asarray(np.exp(resample(coarse[0].with_array(log_field), image.grid, antialias=False).array))


def _near(share: np.ndarray, inside: np.ndarray, spacing_mm: Sequence[float]) -> np.ndarray:
    """Return the mean share of a tissue in the six neighbours of each voxel, the nearer the heavier, shape (N,)."""
    whole = np.zeros(inside.shape, np.float32)
    whole[inside] = share
    total = np.zeros_like(whole)
    near = 1 / np.array(spacing_mm, np.float32)
    for axis, weight in enumerate(near / (2 * near.sum())):
        ahead = tuple(slice(1, None) if a == axis else slice(None) for a in range(3))
        behind = tuple(slice(None, -1) if a == axis else slice(None) for a in range(3))
        total[ahead] += weight * whole[behind]
        total[behind] += weight * whole[ahead]
    return np.asarray(total[inside])
