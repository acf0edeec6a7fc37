"""What is wrong with pairs of PET scans, found before they are trained on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import nibabel
import numpy as np

from quantseg.errors import UsageError
from quantseg.tasks.low_dose_pet.level import level_of, smoothed
from quantseg.tasks.low_dose_pet.training.pairs import Pair, list_pairs, load_pairs
from quantseg.training.audit import Finding, Severity
from quantseg.volume import Grid

_SPACING_MM, _TOLERANCE_MM = 2.0, 0.1
_SMOOTH_VOXELS = 3.0
_SHIFTS = [tuple(int(step) for step in row) for row in np.concatenate([np.eye(3), -np.eye(3)]).astype(int)]
_MOST_DIFFERENCE = 0.1


def audit_pairs(folder: Path) -> list[Finding]:
    """Check every pair of a folder: one grid, fractions that can be, scans that lie on each other, counts that fit.

    Args:
        folder: of pairs.

    Returns:
        the findings, errors first.

    Raises:
        UsageError: there is no usable table, or an image of a pair is damaged.
    """
    pairs = list_pairs(folder)
    findings = [finding for pair in pairs for finding in _of_headers(pair)]
    wrong = {finding.case for finding in findings if finding.severity is Severity.ERROR}
    whole = [pair for pair in pairs if pair.name not in wrong]
    # Simulated scans lie where they were put.
    real = [pair for pair in whole if not pair.row.simulated]
    for pair, (low, full) in zip(real, load_pairs(real), strict=True):
        findings += _of_images(pair, low, full)
    return sorted(findings, key=lambda one: one.severity is not Severity.ERROR)


def _of_headers(pair: Pair) -> Iterator[Finding]:
    if not 0 < pair.row.dose_fraction < 1:
        yield _error(pair, f"the dose fraction is {pair.row.dose_fraction:g}, expected one between 0 and 1")
    try:
        low, full = (_grid(pair.image(file)) for file in (pair.row.low, pair.row.full))
    except UsageError as error:
        yield _error(pair, str(error))
        return
    if not low.same_as(full):
        yield _error(
            pair,
            f"low and full scan lie on different grids ({low.shape} and {full.shape} voxels); expected one frame of "
            "reference, bring them onto one grid",
        )
    if not np.allclose(low.spacing_mm, _SPACING_MM, atol=_TOLERANCE_MM):
        spacing = " × ".join(f"{mm:.2f}" for mm in low.spacing_mm)
        yield _error(pair, f"voxels are {spacing} mm, expected {_SPACING_MM:g} mm along each axis; resample both")


def _grid(image: nibabel.Nifti1Image) -> Grid:
    i, j, k = image.shape[:3]
    return Grid((i, j, k), np.asarray(image.affine))


def _of_images(pair: Pair, low: np.ndarray, full: np.ndarray) -> Iterator[Finding]:
    try:
        level_low, level_full = level_of(low), level_of(full)
    except ValueError:
        yield _error(pair, "the low or the full scan shows no activity, expected some in both")
        return
    region = level_full.region
    ratio = float(low[region].mean() / full[region].mean())
    if abs(ratio - 1) > _MOST_DIFFERENCE:
        yield _error(
            pair,
            f"the low scan's mean is {ratio:.2f} of the full one's, expected the same activity; bring both to one unit",
        )
    if level_low.noise <= level_full.noise:
        yield _error(pair, "the low scan is not noisier than the full one, expected fewer counts in it; exchange them?")
    smooth_low, smooth_full = smoothed(low, _SMOOTH_VOXELS), smoothed(full, _SMOOTH_VOXELS)
    here = _likeness(smooth_low, smooth_full)
    better = [shift for shift in _SHIFTS if _likeness(np.roll(smooth_low, shift, (0, 1, 2)), smooth_full) > here]
    if better:
        yield Finding(
            Severity.WARNING,
            pair.name,
            f"the low scan fits the full one better when it is moved by {better[0]} voxels; register them",
        )


def _likeness(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def _error(pair: Pair, message: str) -> Finding:
    return Finding(Severity.ERROR, pair.name, message)
