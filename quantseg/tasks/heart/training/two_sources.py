"""ACDC and Sunnybrook as one data set: what the second leaves undrawn is known to be unknown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from quantseg.tasks.heart.anatomy import HeartLabel
from quantseg.tasks.heart.evaluation.parts import HEART_PARTS
from quantseg.tasks.heart.training.acdc import load_acdc, write_acdc_labels
from quantseg.tasks.heart.training.sunnybrook import (
    UNDRAWN,
    USUAL_TURN,
    load_sunnybrook,
    sunnybrook_dice,
    write_sunnybrook_labels,
)
from quantseg.training.approach import part_dice
from quantseg.training.cohort import Cohort, LoadedCase
from quantseg.training.decathlon import LabelledCase

ACDC_SOURCE, SUNNYBROOK_SOURCE = "ACDC", "Sunnybrook_LV"
"""Names of both sources in a recipe, and of their folders."""
BESIDE = 5
"""Label value outside a drawn epicardium, where the right ventricle is not: background or right ventricle."""

# In 27 patients of ACDC no right ventricle reaches more than 99 mm from the middle of the left cavity, nor more than
# 100 degrees round it to either side; eleven of twelve hearts of Sunnybrook lie within 25 degrees of the usual way.
_RIGHT_VENTRICLE_WITHIN_MM = 100.0
_RIGHT_VENTRICLE_WITHIN_RAD = np.radians(125.0)
# Beyond the radius of a disc as large as the cavity.
_WALL_WITHIN_MM = 35.0

_ACDC_DICE = part_dice(HEART_PARTS)


def load_two_sources(data: Path) -> Cohort:
    """Read both data sets, each from its folder in ``data``.

    Outside the left ventricle Sunnybrook's labels are ``UNDRAWN`` (background, muscle or right ventricle) on slices
    without epicardium and ``BESIDE`` on the others, but background where neither wall nor right ventricle can be: were
    all the image undecided, the network would be free to call any of it right ventricle.

    Raises:
        UsageError: as :func:`load_acdc` and :func:`load_sunnybrook` say.
    """
    both: dict[str, list[LoadedCase]] = {}
    for patient, cases in load_acdc(data / ACDC_SOURCE).items():
        both[patient] = [replace(case, source=ACDC_SOURCE) for case in cases]
    for patient, cases in load_sunnybrook(data / SUNNYBROOK_SOURCE).items():
        both[patient] = [
            replace(case, labels=_with_what_is_known(case.labels, case.spacing_mm[:2]), source=SUNNYBROOK_SOURCE)
            for case in cases
        ]
    return both


def _with_what_is_known(labels: np.ndarray, pixel_mm: tuple[float, float]) -> np.ndarray:
    """Return Sunnybrook's labels, shape (I, J, K), with undecided pixels only where they can be part of the heart."""
    known = labels.copy()
    i, j = np.meshgrid(*(np.arange(n) * mm for n, mm in zip(labels.shape, pixel_mm, strict=False)), indexing="ij")
    for k in range(labels.shape[2]):
        slice_labels = known[..., k]
        cavity = slice_labels == HeartLabel.LV_CAVITY
        if not cavity.any():
            continue
        middle = [float(axis[cavity].mean()) for axis in (i, j)]
        away_mm, direction = np.hypot(i - middle[0], j - middle[1]), np.arctan2(j - middle[1], i - middle[0])
        towards_right = np.abs(np.angle(np.exp(1j * (direction - USUAL_TURN - np.pi)))) < _RIGHT_VENTRICLE_WITHIN_RAD
        may_be_right = towards_right & (away_mm < _RIGHT_VENTRICLE_WITHIN_MM)
        radius_mm = float(np.sqrt(cavity.sum() * np.prod(pixel_mm) / np.pi))
        may_be_wall = (slice_labels == UNDRAWN) & (away_mm < radius_mm + _WALL_WITHIN_MM)
        slice_labels[(slice_labels == 0) & may_be_right] = BESIDE
        slice_labels[(slice_labels == UNDRAWN) & ~may_be_right & ~may_be_wall] = 0
    return known


def two_source_dice(predicted: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """Return the Dice of each part of ACDC, and of the parts of Sunnybrook; nan for those of the other source.

    Args:
        predicted: label values 0 to 3, shape (I, J, K).
        truth: of :func:`load_two_sources`, same shape.
    """
    unknown = {part.name: np.nan for part in HEART_PARTS}
    labels = np.where(truth == BESIDE, 0, truth)
    elsewhere = bool((truth >= UNDRAWN).any())
    left = np.where(predicted == HeartLabel.RV_CAVITY, 0, predicted)
    of_sunnybrook = sunnybrook_dice(left, labels)
    scores = unknown if elsewhere else _ACDC_DICE(predicted, truth)
    return {**scores, **{f"Sunnybrook {name}": of_sunnybrook[name] if elsewhere else np.nan for name in of_sunnybrook}}


def write_two_source_labels(case: LabelledCase, labels: np.ndarray, folder: Path) -> Path:
    """Write a label map as its source does; Sunnybrook's case names the folder of all images, ACDC's a file."""
    write = write_sunnybrook_labels if case.image.is_dir() else write_acdc_labels
    return write(case, labels, folder)


def by_source(
    predicted: Sequence[np.ndarray], cases: Sequence[LoadedCase]
) -> dict[str, tuple[list[np.ndarray], list[LoadedCase]]]:
    """Return label maps and cases of each source, in their order."""
    found: dict[str, tuple[list[np.ndarray], list[LoadedCase]]] = {}
    for labels, case in zip(predicted, cases, strict=True):
        maps, together = found.setdefault(case.source, ([], []))
        maps.append(labels)
        together.append(case)
    return found
