"""Slice views brought close to a structure, and back to what they showed before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quantseg.measure.statistics import bounding_box
from quantseg.mrml.images import affine_of, vtk_matrix
from quantseg.mrml.scene_nodes import nodes_of_class
from quantseg.mrml.segmentation_node import mask_of_segment
from quantseg.volume import Grid

if TYPE_CHECKING:
    import slicer

_AROUND_SHARE = 1.35
_TOUCHING_MM = 5.0


@dataclass(frozen=True)
class ViewPlace:
    """Where a slice view looks.

    Attributes:
        slice_to_ras: place and directions of its plane, shape (4, 4).
        field_of_view_mm: width, height and depth.
        origin_mm: by which the view is moved within its plane.
    """

    slice_to_ras: np.ndarray
    field_of_view_mm: tuple[float, float, float]
    origin_mm: tuple[float, float, float]

    @classmethod
    def of(cls, view: slicer.vtkMRMLSliceNode) -> ViewPlace:
        """Return where a view looks now."""
        return cls(affine_of(view.GetSliceToRAS()), tuple(view.GetFieldOfView()), tuple(view.GetXYZOrigin()))

    def show(self, view: slicer.vtkMRMLSliceNode, through_ras_mm: np.ndarray | None = None) -> None:
        """Let a view look there.

        Args:
            view: the view, whose shape on the screen may have changed.
            through_ras_mm: a point that its plane shall go through all the same, shape (3,).
        """
        place = self.slice_to_ras.copy()
        if through_ras_mm is not None:
            normal = place[:3, 2]
            place[:3, 3] += normal * (normal @ (through_ras_mm - place[:3, 3]))
        width, _height, depth = self.field_of_view_mm
        _show(view, place, _fitted(view, width, self.field_of_view_mm[1]), depth, self.origin_mm)


def view_nodes(scene: slicer.vtkMRMLScene) -> list[slicer.vtkMRMLSliceNode]:
    """Return the nodes of all slice views of a scene."""
    return nodes_of_class(scene, "vtkMRMLSliceNode")


def look_closely(view: slicer.vtkMRMLSliceNode, points_ras_mm: np.ndarray, through_ras_mm: np.ndarray) -> None:
    """Bring a view so close that some points just fill it, without turning it.

    Args:
        view: the view.
        points_ras_mm: what shall be seen, such as the corners of its box, shape (N, 3).
        through_ras_mm: a point that the plane goes through, shape (3,).
    """
    place = affine_of(view.GetSliceToRAS())
    axes = place[:3, :3]
    within = np.vstack([points_ras_mm, through_ras_mm]) @ axes
    low, high = within.min(axis=0), within.max(axis=0)
    middle = (low + high) / 2
    middle[2] = axes[:, 2] @ through_ras_mm
    place[:3, 3] = axes @ middle
    width, height, _depth = _AROUND_SHARE * (high - low)
    _show(view, place, _fitted(view, width, height), view.GetFieldOfView()[2], (0.0, 0.0, 0.0))


def corners_around(node: slicer.vtkMRMLSegmentationNode, key: str, keys: Sequence[str]) -> np.ndarray:
    """Return the corners of the boxes of a segment and of those that touch it, RAS in mm, shape (N, 3).

    Args:
        node: holds the segments.
        key: of the segment that matters.
        keys: of the segments that may belong to the same organ, this one among them.

    Returns:
        no corner where the segment has no voxel, and nothing near it.
    """
    boxes = {one: box for one in keys if (box := _box(node, one)) is not None}
    if key not in boxes:
        return np.zeros((0, 3))
    grid, own = boxes[key]
    reach = _TOUCHING_MM / np.array(grid.spacing_mm)
    low, high = own.min(axis=0) - reach, own.max(axis=0) + reach
    touching = []
    for other, corners in boxes.values():
        corners_mm = other.to_world(corners)
        there = grid.to_voxel(corners_mm)
        if np.all(there.min(axis=0) <= high) and np.all(there.max(axis=0) >= low):
            touching.append(corners_mm)
    return np.vstack(touching)


def _box(node: slicer.vtkMRMLSegmentationNode, key: str) -> tuple[Grid, np.ndarray] | None:
    """Return a grid, and the corners of a segment's box on it, outer edges, shape (8, 3); None for an empty segment."""
    mask = mask_of_segment(node, key)
    box = None if mask is None else bounding_box(mask.array)
    if mask is None or box is None:
        return None
    low, high = (np.array([getattr(one, end) for one in box]) - 0.5 for end in ("start", "stop"))
    choices = np.array(list(np.ndindex(2, 2, 2)), bool)
    return mask.grid, np.where(choices, high, low)


def _fitted(view: slicer.vtkMRMLSliceNode, width_mm: float, height_mm: float) -> tuple[float, float]:
    """Return the field of view that holds a rectangle, in the proportions of the view on the screen."""
    pixels = view.GetDimensions()
    share = max(pixels[0], 1) / max(pixels[1], 1)
    width_mm = max(width_mm, height_mm * share)
    return width_mm, width_mm / share


def _show(
    view: slicer.vtkMRMLSliceNode,
    place: np.ndarray,
    size_mm: tuple[float, float],
    depth_mm: float,
    origin_mm: tuple[float, float, float],
) -> None:
    modified = view.StartModify()
    view.GetSliceToRAS().DeepCopy(vtk_matrix(place))
    view.SetFieldOfView(*size_mm, depth_mm)
    view.SetXYZOrigin(*origin_mm)
    view.UpdateMatrices()
    view.EndModify(modified)
