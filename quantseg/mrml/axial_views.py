"""Slice views that look along the body: brought to one of the planes of an axial scan, and which of these they show."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from quantseg.mrml.images import affine_of

if TYPE_CHECKING:
    import slicer

_LEAST_COSINE = 0.7


def show_plane(through_ras_mm: np.ndarray, views: Iterable[slicer.vtkMRMLSliceNode]) -> None:
    """Move every view that looks along the body, and no other, until it goes through a point.

    Args:
        through_ras_mm: the point, shape (3,).
        views: slice views.
    """
    for view in _along_body(views):
        view.JumpSliceByOffsetting(*(float(mm) for mm in through_ras_mm))


def nearest_shown(places_ras_mm: np.ndarray, views: Iterable[slicer.vtkMRMLSliceNode]) -> int | None:
    """Return which of some points lies nearest to what is seen along the body; None where no view looks along it.

    Args:
        places_ras_mm: middles of the planes of a scan, shape (planes, 3).
        views: slice views; of several along the body the first counts.
    """
    view = next(iter(_along_body(views)), None)
    if view is None:
        return None
    plane = affine_of(view.GetSliceToRAS())
    return int(np.abs((places_ras_mm - plane[:3, 3]) @ plane[:3, 2]).argmin())


def _along_body(views: Iterable[slicer.vtkMRMLSliceNode]) -> list[slicer.vtkMRMLSliceNode]:
    return [view for view in views if abs(affine_of(view.GetSliceToRAS())[2, 2]) > _LEAST_COSINE]
