"""Masks carried from one grid to another by the nearest voxel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from quantseg.volume import Grid, Volume

_HALFWAY_VOXELS = 1e-4
"""A place halfway between two voxels, but for rounding, takes the lower one."""
_ALONG_AXES_VOXELS = 1e-5
"""So far a whole axis may lean and still count as running along another: far less than what halfway is told by."""


def paint(mask: Volume, value: int, labels: np.ndarray, grid: Grid) -> None:
    """Set every voxel of a grid whose centre's nearest voxel of a mask is set.

    Args:
        mask: at its place in space.
        value: that the voxels get.
        labels: on the grid; changed.
        grid: anywhere in space; where its axes run along those of the mask, no place is looked up by itself.
    """
    corners = np.array(list(np.ndindex(2, 2, 2))) * np.array(mask.array.shape) - 0.5
    reach = grid.to_voxel(mask.grid.to_world(corners))
    first = np.maximum(np.floor(reach.min(axis=0)), 0).astype(int)
    last = np.minimum(np.ceil(reach.max(axis=0)), np.array(grid.shape) - 1).astype(int)
    if np.any(last < first):
        return
    box = tuple(slice(a, b + 1) for a, b in zip(first, last, strict=True))
    axes = [np.arange(a, b + 1) for a, b in zip(first, last, strict=True)]
    along = _axes_in_mask(grid, mask.grid)
    found = _taken_anywhere(mask, axes, grid) if along is None else _taken_along_axes(mask, axes, *along)
    labels[box][found] = value


def _axes_in_mask(grid: Grid, mask_grid: Grid) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Return how the axes of a grid run in a mask, None where they run aslant.

    Returns:
        the mask's axis along each axis of the grid; voxels of the mask a step along it; where it begins.
    """
    to_mask = np.linalg.inv(mask_grid.affine) @ grid.affine
    steps = to_mask[:3, :3]
    axes = np.abs(steps).argmax(axis=0)
    if len(set(axes)) < 3:
        return None
    along = steps[axes, range(3)]
    aslant = steps.copy()
    aslant[axes, range(3)] = 0
    if np.abs(aslant).sum(axis=1).max() * max(grid.shape) > _ALONG_AXES_VOXELS:
        return None
    return axes, along, to_mask[axes, 3]


def _taken_along_axes(
    mask: Volume, axes: Sequence[np.ndarray], mask_axes: np.ndarray, steps: np.ndarray, starts: np.ndarray
) -> np.ndarray:
    """Return a mask at places whose axes run along its own: what :func:`_taken_anywhere` does, voxel by voxel."""
    found = mask.array.transpose(mask_axes) > 0
    for axis, (places, step, start) in enumerate(zip(axes, steps, starts, strict=True)):
        nearest = _nearest(places * step + start)
        inside = (nearest >= 0) & (nearest < found.shape[axis])
        found = found.take(np.where(inside, nearest, 0), axis)
        if not inside.all():
            found[tuple(~inside if other == axis else slice(None) for other in range(3))] = False
    return found


def _taken_anywhere(mask: Volume, axes: Sequence[np.ndarray], grid: Grid) -> np.ndarray:
    places = grid.to_world(np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1))
    nearest = _nearest(mask.grid.to_voxel(places))
    inside = np.all((nearest >= 0) & (nearest < mask.array.shape), axis=-1)
    found = np.zeros(inside.shape, bool)
    found[inside] = mask.array[tuple(nearest[inside].T)] > 0
    return found


def _nearest(voxels: np.ndarray) -> np.ndarray:
    return np.floor(voxels + 0.5 - _HALFWAY_VOXELS).astype(int)
