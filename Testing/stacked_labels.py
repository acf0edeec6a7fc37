"""Labels in any order of axes, brought into that of a short-axis stack."""

from __future__ import annotations

import numpy as np

from quantseg.tasks.heart.short_axis import ShortAxisStack
from quantseg.volume import voxel_spacing_mm


def short_axis_stack(
    labels: np.ndarray, affine: np.ndarray | None, orientation_trusted: bool = False
) -> ShortAxisStack:
    """Bring labels into the order frames, in plane, in plane, slices.

    Args:
        labels: shape (T, I, J, K), or (I, J, K) for a single frame; the spatial axes in any order.
        affine: 4x4 matrix from the spatial indices to RAS in mm; None where the spacing is unknown.
        orientation_trusted: see :class:`ShortAxisStack`.

    Returns:
        the stack; slices run along the axis with the widest spacing, or along the shortest where spacing is unknown.

    Raises:
        ValueError: the labels have neither three nor four axes.
    """
    if labels.ndim not in (3, 4):
        raise ValueError(f"Labels have three axes, or four with frames first; these have {labels.ndim}.")
    frames = labels if labels.ndim == 4 else labels[None]
    if affine is None:
        slice_axis = int(np.argmin(frames.shape[1:]))
    else:
        slice_axis = int(np.argmax(np.round(voxel_spacing_mm(affine), 3)))
    in_plane = [axis for axis in range(3) if axis != slice_axis]
    order = [*in_plane, slice_axis]
    reordered = np.moveaxis(frames, [1 + axis for axis in order], [1, 2, 3])
    return ShortAxisStack(
        reordered, None if affine is None else affine[:, [*order, 3]], orientation_trusted and affine is not None
    )
