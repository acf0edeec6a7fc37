"""Labels of one frame carried to its neighbours: deformed along with the image, slice by slice, never pasted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise

import numpy as np
import SimpleITK as sitk

from quantseg.measure.statistics import bounding_box
from quantseg.tasks.heart.anatomy import HeartLabel

_MARGIN_PIXELS = 20
_ITERATIONS, _FIELD_SD_PIXELS = 60, 1.5
_HISTOGRAM_LEVELS, _MATCH_POINTS = 256, 10
_FEWEST_PIXELS = 8


def carry_labels(
    labels: np.ndarray, frames: np.ndarray, path: Sequence[int], slices: Collection[int]
) -> dict[int, np.ndarray]:
    """Carry labels from the first frame of a path to each following one.

    Each frame is registered to the one before it (Vercauteren et al., NeuroImage 2009;45:S61, symmetric demons), in
    the plane of every slice on its own: slices lie too far apart, and are acquired in beats of their own.

    Args:
        labels: of the first frame, ``HeartLabel`` values, slices along the last axis, shape (I, J, K).
        frames: the images, shape (T, I, J, K).
        path: frames in the order in which labels are carried; neighbours in time follow each other.
        slices: which ones are carried; all others are left empty.

    Returns:
        labels of every frame of the path but the first, in the chosen slices, shape (I, J, K) each.
    """
    carried = {}
    current = np.zeros_like(labels)
    for k in slices:
        current[:, :, k] = labels[:, :, k]
    for before, after in pairwise(path):
        moved = np.zeros_like(current)
        for k in slices:
            moved[:, :, k] = _carry_slice(current[:, :, k], frames[before][:, :, k], frames[after][:, :, k])
        carried[after] = current = moved
    return carried


def _carry_slice(labels: np.ndarray, image: np.ndarray, next_image: np.ndarray) -> np.ndarray:
    """Carry the labels of a slice, shape (I, J), from one image to another."""
    box = bounding_box(labels[:, :, None])
    if box is None:
        return labels
    window = tuple(slice(max(one.start - _MARGIN_PIXELS, 0), one.stop + _MARGIN_PIXELS) for one in (box[0], box[1]))
    moved = np.zeros_like(labels)
    fixed, moving = (_picture(picture[window]) for picture in (next_image, image))
    if min(fixed.GetSize()) < _FEWEST_PIXELS:
        return labels
    demons = sitk.FastSymmetricForcesDemonsRegistrationFilter()
    demons.SetNumberOfIterations(_ITERATIONS)
    demons.SetStandardDeviations(_FIELD_SD_PIXELS)
    # Waiting for each other costs threads more than so small a picture does.
    demons.SetNumberOfThreads(1)
    matched = sitk.HistogramMatching(moving, fixed, _HISTOGRAM_LEVELS, _MATCH_POINTS, True)
    field = sitk.DisplacementFieldTransform(sitk.Cast(demons.Execute(fixed, matched), sitk.sitkVectorFloat64))
    # Each label on its own and smooth, so that a border moves by less than a pixel where the heart does.
    shares = [
        sitk.GetArrayFromImage(sitk.Resample(_picture(labels[window] == value), fixed, field, sitk.sitkLinear, 0.0))
        for value in HeartLabel
    ]
    moved[window] = np.argmax(shares, axis=0).astype(labels.dtype)
    return moved


def _picture(values: np.ndarray) -> sitk.Image:
    return sitk.GetImageFromArray(np.ascontiguousarray(values, dtype=np.float32))
