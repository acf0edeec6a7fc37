"""An outline of the left ventricle alone, held to what it is: bright blood with dark muscle around it.

A model that was trained on the left ventricle alone has seen no slice without one, and no right ventricle to tell it
from: it calls dark muscle blood where the wall is thick, and outlines atrium, vessels or fat in slices above the
valves. Both can be seen without it. Limits were chosen on patients of ACDC, which the model has never seen
(Testing/benchmarks/heart_blood_and_wall.py prints what they change).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import SimpleITK as sitk

from quantseg.measure.statistics import bounding_box
from quantseg.tasks.heart.anatomy import HeartLabel
from quantseg.tasks.heart.features import open_wall_share
from quantseg.volume.masks import components

# Darker than this, as a share of the way from muscle to blood, is no blood. Low, since experts count trabeculae, which
# are grey, as cavity.
DARKEST_BLOOD = 0.2
_BLOOD_PERCENTILE, _MUSCLE_PERCENTILE = 75.0, 25.0
# Papillary muscles and what lies between them count as cavity: notches of up to twice this width are filled.
_PAPILLARY_MM = 6.0
# Of 1436 slices with a cavity that experts outlined in ACDC, the most open one has 0.16 of the cavity's edge without
# muscle, one in a thousand more than 0.02.
MOST_OPEN = 0.25
_FEWEST_SLICES_LEFT = 3


def with_dark_rim_as_muscle(image: np.ndarray, labels: np.ndarray, pixel_mm: tuple[float, float]) -> np.ndarray:
    """Call muscle what lies outside the blood of a slice and is as dark as muscle.

    Args:
        image: intensities, shape (I, J, K).
        labels: ``HeartLabel`` values, same shape.
        pixel_mm: distance between pixels along i and j.

    Returns:
        labels; those of slices that show no muscle nearby, or none darker than blood, are as they were.
    """
    cavity, muscle = labels == HeartLabel.LV_CAVITY, labels == HeartLabel.LV_MYOCARDIUM
    found = {}
    for k in np.flatnonzero(cavity.any(axis=(0, 1))):
        near = slice(max(k - 1, 0), k + 2)
        if not muscle[..., near].any():
            continue
        blood_level = float(np.percentile(image[..., near][cavity[..., near]], _BLOOD_PERCENTILE))
        muscle_level = float(np.percentile(image[..., near][muscle[..., near]], _MUSCLE_PERCENTILE))
        bright = image[..., k] > muscle_level + DARKEST_BLOOD * (blood_level - muscle_level)
        blood = cavity[..., k] & bright
        if blood_level > muscle_level and blood.any():
            found[k] = blood
    mended = labels.copy()
    for k, filled in zip(found, _filled(list(found.values()), pixel_mm), strict=True):
        mended[..., k][cavity[..., k] & ~filled] = HeartLabel.LV_MYOCARDIUM
    return mended


def without_open_ends(labels: np.ndarray) -> tuple[np.ndarray, int]:
    """Take slices away from both ends of the left ventricle as long as their cavity lies open.

    Args:
        labels: ``HeartLabel`` values, shape (I, J, K).

    Returns:
        the labels that are left, and the number of slices that were taken away; none where hardly any would be left.
    """
    shown = np.flatnonzero((labels == HeartLabel.LV_CAVITY).any(axis=(0, 1)))
    is_open = [open_wall_share(labels[..., k : k + 1]) > MOST_OPEN for k in shown]
    if len(shown) - sum(is_open) < _FEWEST_SLICES_LEFT:
        return labels, 0
    first, last = is_open.index(False), len(is_open) - is_open[::-1].index(False)
    taken = [*shown[:first], *shown[last:]]
    kept = labels.copy()
    kept[..., taken] = 0
    return kept, len(taken)


def _filled(blood: Sequence[np.ndarray], pixel_mm: tuple[float, float]) -> list[np.ndarray]:
    """Return the largest piece of blood in each slice with holes and notches filled.

    The slices go through SimpleITK side by side, too far apart to touch: a call takes longer than what it does for one.

    Args:
        blood: slices of shape (I, J), each with some blood.
        pixel_mm: distance between pixels along i and j.
    """
    box = bounding_box(np.stack(blood)) if blood else None
    if box is None:
        return []
    radii = [max(1, round(_PAPILLARY_MM / mm)) for mm in pixel_mm]
    margin = max(radii) + 1
    parts = [np.pad(one[box[1:]], margin) for one in blood]
    numbered = np.split(components(np.concatenate(parts)[..., None])[..., 0], len(parts))
    largest = sitk.GetImageFromArray(np.concatenate([_largest(one) for one in numbered]).astype(np.uint8))
    # SimpleITK counts axes the other way round.
    closed = sitk.BinaryFillhole(sitk.BinaryMorphologicalClosing(largest, radii[::-1], sitk.sitkBall))
    filled = [np.zeros_like(one) for one in blood]
    for one, part in zip(filled, np.split(sitk.GetArrayFromImage(closed) > 0, len(parts)), strict=True):
        one[box[1:]] = part[margin:-margin, margin:-margin]
    return filled


def _largest(numbered: np.ndarray) -> np.ndarray:
    """Return the largest of the pieces that are numbered from 1 in a picture, the first one of several as large."""
    sizes = np.bincount(numbered.ravel())
    sizes[0] = 0
    return np.asarray(numbered == sizes.argmax())
