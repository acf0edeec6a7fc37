"""The same head stored, placed and scanned differently, and how to bring its labels back for comparison."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from nibabel import orientations
from storage_orders import stored_in_order

from quantseg.measure.steps import Steps
from quantseg.reading.scan import ImageFormat, Scan
from quantseg.tasks.hippocampus.pipeline import HippocampusPipeline
from quantseg.volume import Grid, Volume, resample


@dataclass(frozen=True)
class Variation:
    """A changed head.

    Attributes:
        name: in words.
        volume: the changed head.
        labels_back: brings labels of the changed head to the original's grid.
    """

    name: str
    volume: Volume
    labels_back: Callable[[np.ndarray], np.ndarray]


def labels_of(pipeline: HippocampusPipeline, volume: Volume) -> np.ndarray:
    """Return the label map that a pipeline gives a head."""
    return pipeline.run("head", Scan(volume, ImageFormat.NIFTI), Steps()).labels


def in_order(head: Volume, order: np.ndarray) -> Variation:
    """Store a canonical head in another axis order."""
    stored = stored_in_order(head, order)
    back_order = orientations.io_orientation(stored.affine)

    def back(labels: np.ndarray) -> np.ndarray:
        return orientations.apply_orientation(labels, back_order)

    return Variation("".join(orientations.ornt2axcodes(order)), stored, back)


def obliquely_stored(head: Volume, angle_deg: float) -> Variation:
    """Store the same anatomy on a grid turned about the left-right and the vertical axis."""
    turn = _turn(0, angle_deg) @ _turn(2, angle_deg / 2)
    extent = np.array(head.grid.extent_mm)
    spacing_mm = np.array(head.spacing_mm)
    reach_mm = np.abs(turn.T) @ extent
    i, j, k = (int(n) for n in np.ceil(reach_mm / spacing_mm))
    affine = np.eye(4)
    affine[:3, :3] = turn @ np.diag(spacing_mm)
    affine[:3, 3] = head.grid.centre_mm - affine[:3, :3] @ ((np.array([i, j, k]) - 1) / 2)
    grid = Grid((i, j, k), affine)
    return _resampled(f"oblique {angle_deg:.0f}°", head, grid)


def at_spacing(head: Volume, spacing_mm: float) -> Variation:
    """Resample the head to another isotropic voxel size."""
    i, j, k = (int(np.ceil(e / spacing_mm)) for e in head.grid.extent_mm)
    affine = head.affine.copy()
    affine[:3, :3] = head.affine[:3, :3] / np.array(head.spacing_mm) * spacing_mm
    affine[:3, 3] = head.grid.centre_mm - affine[:3, :3] @ ((np.array([i, j, k]) - 1) / 2)
    return _resampled(f"{spacing_mm} mm", head, Grid((i, j, k), affine))


def shifted(head: Volume, shift_mm: float) -> Variation:
    """Move the content of the field of view, filling with air."""
    voxels = np.round(shift_mm / np.array(head.spacing_mm)).astype(int)
    source = tuple(slice(0, n - v) for n, v in zip(head.array.shape, voxels, strict=True))
    target = tuple(slice(v, n) for n, v in zip(head.array.shape, voxels, strict=True))
    moved = np.full_like(head.array, head.array.min())
    moved[target] = head.array[source]

    def back(labels: np.ndarray) -> np.ndarray:
        there = np.zeros_like(labels)
        there[source] = labels[target]
        return there

    return Variation(f"shifted {shift_mm:.0f} mm", Volume(moved, head.affine), back)


def rotated(head: Volume, angle_deg: float) -> Variation:
    """Turn the head itself, as a patient lies differently, about all three axes."""
    turn = _turn(0, angle_deg) @ _turn(1, angle_deg * 0.6) @ _turn(2, angle_deg * 0.6)
    centre_mm = head.grid.centre_mm
    pose = np.eye(4)
    pose[:3, :3] = turn
    pose[:3, 3] = centre_mm - turn @ centre_mm
    # The head placed by `pose`, sampled on the scanner's own grid; labels go the same way back.
    placed = Volume(head.array, pose @ head.affine)
    volume = resample(placed, head.grid, "cubic", fill=float(head.array.min()))

    def back(labels: np.ndarray) -> np.ndarray:
        return _labels_on(Volume(labels, head.affine), Grid(head.grid.shape, pose @ head.affine))

    return Variation(f"rotated {angle_deg:.0f}°", volume, back)


def with_bias_field(head: Volume, strength: float = 0.35) -> Variation:
    """Multiply by a smooth field between about 1 - strength and 1 + strength."""
    axes = [np.linspace(-1, 1, n) for n in head.array.shape]
    x, y, z = np.meshgrid(*axes, indexing="ij")
    field = 1 + strength * (0.5 * x + 0.6 * y * z - 0.4 * z)
    return Variation("bias field", Volume((head.array * field).astype(np.float32), head.affine), lambda labels: labels)


def mirrored_content(head: Volume) -> Volume:
    """Exchange left and right of a head whose first axis runs from left to right."""
    return Volume(np.ascontiguousarray(head.array[::-1]), head.affine)


def _turn(axis: int, angle_deg: float) -> np.ndarray:
    angle = np.deg2rad(angle_deg)
    u, v = (a for a in range(3) if a != axis)
    turn = np.eye(3)
    turn[u, u] = turn[v, v] = np.cos(angle)
    turn[u, v], turn[v, u] = -np.sin(angle), np.sin(angle)
    return turn


def _resampled(name: str, head: Volume, grid: Grid) -> Variation:
    volume = resample(head, grid, "cubic", fill=float(head.array.min()))
    return Variation(name, volume, lambda labels: _labels_on(Volume(labels, grid.affine), head.grid))


def _labels_on(labels: Volume, grid: Grid) -> np.ndarray:
    """Carry labels to another grid by interpolating each one's mask, which loses less than the nearest voxel."""
    values = [0, *(int(v) for v in np.unique(labels.array) if v)]
    shares = []
    for value in values:
        mask = Volume((labels.array == value).astype(np.float32), labels.affine)
        shares.append(resample(mask, grid, "linear", fill=float(value == 0), antialias=False).array)
    return np.array(values, np.uint8)[np.argmax(shares, axis=0)]
