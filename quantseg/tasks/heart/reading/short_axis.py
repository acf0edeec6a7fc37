"""Whether a stack of slices can be a short-axis stack of the heart, as far as its geometry tells.

Geometry tells thin isotropic volumes, too few slices, and slices that stand wrong in a patient whose axes the header
knows. It tells nothing of the view where a header's directions are a mere placeholder, nor does it tell a heart from
another organ that is cut in the same way.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from quantseg.errors import InputRefused
from quantseg.reading.guard import InputLimits, check_affine
from quantseg.reading.spacing import SpacingMm, spacing_in_words
from quantseg.tasks.heart.reading.cine import CineGeometry, SpacingOrigin
from quantseg.volume import voxel_spacing_mm
from quantseg.volume.resampling import is_axis_aligned

CINE_LIMITS = InputLimits(max_spacing_mm=20.0, min_voxels=3)
"""What the heart's method asks of an image."""

_IN_PLANE_MM = (0.6, 2.5)
_BETWEEN_SLICES_MM = (4.0, CINE_LIMITS.max_spacing_mm)
_USUAL_DISTANCE_MM = 15.0
"""Beyond it half a slice at base and apex is some 10 ml, and so few slices call for a look."""
_ROUNDING_MM = 1e-3
_MIN_SLICES = CINE_LIMITS.min_voxels
_MAX_SLICES = 40
"""Slices of 4 mm, the thinnest usual ones, that cover 16 cm; a heart measures some 12 cm from base to apex."""
_MIN_IN_PLANE_VOXELS = 32
_MIN_IN_PLANE_MM = 80.0
"""Both ventricles of an adult are some 12 cm wide."""

_LONG_AXIS_RAS = np.array([-0.62, 0.62, -0.48])
"""Direction from base to apex in a normally placed heart: left, to the front and down, some 45° to the midline seen
from above and 38° below the horizontal seen from the front; anatomical knowledge, not measured on data at hand."""
_MAX_ANGLE_DEGREES = 50.0
"""Wide enough for lying and upright hearts. The normals of the body's own planes lie 52° (sagittal, coronal) and 61°
(axial) from that axis, those of long-axis views 90° from the patient's own."""
_LONG_AXIS_MIN_DEGREES = 65.0
"""From this angle on, a long-axis view is the likely reason."""
_SWAPPED_MIN_SLICES = 6
"""Stacks of long-axis views, which may stand as a mirrored short axis does, have fewer slices."""
_RAS_FROM_LPS = np.array([-1.0, -1.0, 1.0])


def is_cardiac(spacing_mm: SpacingMm) -> bool:
    """Tell whether a spacing is that of a short-axis stack: fine along two axes, slices along the third."""
    low, middle, high = sorted(spacing_mm)
    fine, coarse = _IN_PLANE_MM, _BETWEEN_SLICES_MM
    return (
        fine[0] - _ROUNDING_MM <= low
        and middle <= fine[1] + _ROUNDING_MM
        and coarse[0] - _ROUNDING_MM <= high <= coarse[1] + _ROUNDING_MM
    )


def expected_spacing() -> str:
    """Return in words which spacing a short-axis stack has."""
    fine, coarse = _IN_PLANE_MM, _BETWEEN_SLICES_MM
    return f"{fine[0]:g} to {fine[1]:g} mm in plane and {coarse[0]:g} to {coarse[1]:g} mm between slices"


def place_stack(
    shape: tuple[int, int, int],
    affine: np.ndarray,
    header_affine: np.ndarray,
    origin: SpacingOrigin,
    directions_known: bool = False,
) -> CineGeometry:
    """Return the geometry of a short-axis stack.

    Args:
        shape: of one frame, (I, J, K).
        affine: to RAS in mm, with the spacing that holds.
        header_affine: as the file states it.
        origin: where the spacing comes from.
        directions_known: the directions come from the scanner itself (DICOM). Without that, axes that run along the
            body's own count as a placeholder, since no short-axis slice does.

    Raises:
        InputRefused: the affine is unusable, slices are too few or too many, or they stand as no short-axis slices do.
    """
    known = origin is not SpacingOrigin.UNKNOWN
    check_affine(affine, _limits(origin))
    spacing_mm = voxel_spacing_mm(affine) if known else None
    axis = _slice_axis(shape, spacing_mm)
    _refuse_other_stacks(shape, axis, spacing_mm)
    doubts = _doubts_of_distance(affine, axis) if known and origin is not SpacingOrigin.USER else ()
    placeholder = not directions_known and is_axis_aligned(header_affine)
    swapped = not placeholder and not directions_known and _is_swapped(header_affine, shape, axis)
    if swapped:
        doubts += (
            "The directions in the header are those of no short-axis stack, but would be with left and right, and "
            "front and back, exchanged, as where DICOM's directions were copied unchanged: walls are not named, and "
            "volumes are right only if these are short-axis slices.",
        )
    elif not placeholder:
        _refuse_other_views(header_affine, axis)
    return CineGeometry(affine, header_affine, origin, axis, not (placeholder or swapped), doubts)


def _limits(origin: SpacingOrigin) -> InputLimits:
    """Return what holds for a spacing; one that a user has measured may be as wide as it is."""
    if origin is SpacingOrigin.UNKNOWN:
        return dataclasses.replace(CINE_LIMITS, max_spacing_mm=np.inf, min_spacing_mm=0)
    return dataclasses.replace(CINE_LIMITS, max_spacing_mm=np.inf) if origin is SpacingOrigin.USER else CINE_LIMITS


def _doubts_of_distance(affine: np.ndarray, axis: int) -> tuple[str, ...]:
    distance_mm = voxel_spacing_mm(affine)[axis]
    if distance_mm <= _USUAL_DISTANCE_MM:
        return ()
    return (
        f"The slices lie {distance_mm:.4g} mm apart (usual are at most {_USUAL_DISTANCE_MM:g} mm), so that few cross "
        "the heart and volumes are coarse.",
    )


def refuse_few_slices(slices: int) -> None:
    """Refuse what is too thin a stack for a volume.

    Raises:
        InputRefused: there are fewer than three slices.
    """
    if slices < _MIN_SLICES:
        noun = "slice" if slices == 1 else "slices"
        raise InputRefused(
            f"the image has {slices} {noun}, expected a short-axis stack of at least {_MIN_SLICES}; long-axis views "
            "and single slices give no volume, so choose the short-axis stack"
        )


def degrees_to_long_axis(normal: np.ndarray) -> float:
    """Return the angle between the normal of slices, RAS, shape (3,), and the long axis of a normally placed heart.

    Returns:
        0 for short-axis slices, 90 for long-axis views of such a heart.
    """
    cosine = abs(float(normal @ _LONG_AXIS_RAS)) / float(np.linalg.norm(normal) * np.linalg.norm(_LONG_AXIS_RAS))
    return float(np.degrees(np.arccos(min(cosine, 1.0))))


def stands_short_axis(normal: np.ndarray) -> bool:
    """Tell whether slices with this normal, RAS, shape (3,), can be short-axis slices of a normally placed heart."""
    return degrees_to_long_axis(normal) <= _MAX_ANGLE_DEGREES


def _slice_axis(shape: tuple[int, int, int], spacing_mm: SpacingMm | None) -> int:
    """Return the axis along which slices are stacked: the coarsest, or where spacings are alike that of fewest."""
    if spacing_mm is not None:
        _, middle, high = sorted(spacing_mm)
        if high > 1.5 * middle:
            return int(np.argmax(spacing_mm))
    # Of equal lengths the last is taken, since files mostly keep slices along k.
    return 2 - int(np.argmin(shape[::-1]))


def _refuse_other_stacks(shape: tuple[int, int, int], axis: int, spacing_mm: SpacingMm | None) -> None:
    slices = shape[axis]
    size = "×".join(str(n) for n in shape)
    refuse_few_slices(slices)
    if slices > _MAX_SLICES:
        raise InputRefused(
            f"the image has {slices} slices ({size} voxels), expected a short-axis stack of {_MIN_SLICES} to "
            f"{_MAX_SLICES}; it seems to show something else than a cine of the heart"
        )
    in_plane = [a for a in range(3) if a != axis]
    if min(shape[a] for a in in_plane) < _MIN_IN_PLANE_VOXELS:
        raise InputRefused(
            f"the slices are too small ({size} voxels), expected at least {_MIN_IN_PLANE_VOXELS} voxels along each side"
        )
    if spacing_mm is not None and min(shape[a] * spacing_mm[a] for a in in_plane) < _MIN_IN_PLANE_MM:
        width, height = (f"{shape[a] * spacing_mm[a]:.0f}" for a in in_plane)
        raise InputRefused(
            f"the slices measure {width} × {height} mm ({size} voxels of {spacing_in_words(spacing_mm)}), too little "
            f"for both ventricles, expected at least {_MIN_IN_PLANE_MM:g} mm along each side; choose the short-axis "
            "stack, or give --spacing X,Y,Z"
        )


def _normal(affine: np.ndarray, axis: int) -> np.ndarray:
    first, second = (affine[:3, a] for a in range(3) if a != axis)
    return np.cross(first, second)


def _is_swapped(affine: np.ndarray, shape: tuple[int, int, int], axis: int) -> bool:
    """Tell whether a header's directions make a short-axis stack only if they are LPS, as DICOM's are, not RAS."""
    normal = _normal(affine, axis)
    return (
        shape[axis] >= _SWAPPED_MIN_SLICES
        and not stands_short_axis(normal)
        and stands_short_axis(normal * _RAS_FROM_LPS)
    )


def _refuse_other_views(affine: np.ndarray, axis: int) -> None:
    """Refuse slices whose normal lies far from where the long axis of a heart can lie."""
    normal = _normal(affine, axis)
    if stands_short_axis(normal):
        return
    angle_degrees = degrees_to_long_axis(normal)
    likely = "a long-axis view" if angle_degrees >= _LONG_AXIS_MIN_DEGREES else "axial, sagittal or coronal slices"
    raise InputRefused(
        f"the slices stand {90 - angle_degrees:.0f}° to the long axis of a normally placed heart, as {likely} would, "
        f"expected short-axis slices (90°, at least {90 - _MAX_ANGLE_DEGREES:g}°); choose the short-axis stack (hearts "
        "in another place, such as on the right, are not supported)"
    )
