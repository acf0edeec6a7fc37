"""One regular grid for slices that differ slightly: in place, matrix, pixel size, tilt and distance.

Slices of a cine are acquired in breath-holds of their own, between which a scanner or its operator may change a little.
What is alike is taken pixel for pixel; what is not is resampled within its plane, never between slices.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from quantseg.errors import InputRefused
from quantseg.reading.dicom_frames import DIRECTION_TOLERANCE, IN_PLANE_TOLERANCE, Frame, have_one_grid
from quantseg.reading.dicom_stack import stack

_MAX_TILT_DEGREES = 1.0
"""Over 6 cm, the reach of a heart, a slice tilted so far lies 1 mm beside its place."""
_MAX_PIXEL_RATIO = 1.2
_MAX_BESIDE_MM = 30.0
"""How far the middles of two slices may lie beside each other: then both still show the heart."""
_MAX_UNEVENNESS = 0.15
"""Share of the mean distance by which a distance may differ: the sum of discs is then right within a few per cent."""
_GAP_TOLERANCE = 0.15
"""Share of a distance by which a multiple of it may differ and still be slices that are missing."""
_SAME_MM = 0.1
_RAS_FROM_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


@dataclass(frozen=True)
class CommonGrid:
    """Where the slices of a cine lie together.

    Attributes:
        size: rows and columns of every slice.
        affine: 4x4 matrix from (column, row, slice) to RAS in mm.
        mappings: one a slice: 2x3 matrix from the column and row of the grid to those of the slice's own images; None
            where these are taken pixel for pixel.
        doubts: what was done to slices that were not alike, a sentence each.
    """

    size: tuple[int, int]
    affine: np.ndarray
    mappings: tuple[np.ndarray | None, ...]
    doubts: tuple[str, ...] = ()


def reference_of(frames: Sequence[Frame]) -> Frame:
    """Return the first of those images that are like the most others in size, pixel size and orientation."""
    groups: list[list[Frame]] = []
    for frame in frames:
        home = next((group for group in groups if have_one_grid(frame, group[0])), None)
        if home is None:
            groups.append([frame])
        else:
            home.append(frame)
    return max(groups, key=len)[0]


def along_mm(frame: Frame, reference: Frame) -> float:
    """Return where an image crosses the line through the middle of a reference image along its normal.

    Unlike the corner's position, this hardly changes with matrix, field of view or a slight tilt.
    """
    normal, own = reference.normal, frame.normal
    return float((frame.position_mm - _middle_mm(reference)) @ own / (normal @ own))


def hindrance(frame: Frame, reference: Frame) -> str | None:
    """Return in words why an image cannot be resampled onto the grid of another; None where it can."""
    tilt_degrees = _degrees(frame, reference)
    if tilt_degrees > _MAX_TILT_DEGREES:
        return f"it is tilted by {tilt_degrees:.2g}° against the others (at most {_MAX_TILT_DEGREES:g}° can be used)"
    ratios = np.array(frame.spacing_mm) / np.array(reference.spacing_mm)
    if max(ratios.max(), 1 / ratios.min()) > _MAX_PIXEL_RATIO:
        own, others = ("×".join(f"{mm:.4g}" for mm in one.spacing_mm) for one in (frame, reference))
        return f"its pixels of {own} mm are too unlike the others' of {others} mm"
    beside_mm = _beside_mm(_middle_mm(frame) - _middle_mm(reference), reference.normal)
    if beside_mm > _MAX_BESIDE_MM:
        return f"its middle lies {beside_mm:.0f} mm beside the others' (at most {_MAX_BESIDE_MM:g} mm can be used)"
    return None


def common_grid(frames: Sequence[Frame], distance_given: bool = False) -> CommonGrid:
    """Return the grid of slices, one image of each, in their order along the normal.

    Args:
        frames: none of which has a :func:`hindrance` against the reference of all.
        distance_given: the user has said how far slices lie apart, which settles uneven distances.

    Raises:
        InputRefused: slices are missing, or their distances differ too much.
    """
    try:
        ordered, affine = stack(frames)
    except InputRefused:
        return _fitted(frames, distance_given)
    if [id(frame) for frame in ordered] != [id(frame) for frame in frames]:
        return _fitted(frames, distance_given)
    return CommonGrid(frames[0].size, affine, (None,) * len(frames))


def resampled(planes: np.ndarray, size: tuple[int, int], mapping: np.ndarray) -> np.ndarray:
    """Return images on the common grid, linearly interpolated; outside their own field of view, their lowest value.

    Args:
        planes: shape (frames, rows, columns).
        size: rows and columns of the grid.
        mapping: as in :class:`CommonGrid`.
    """
    import SimpleITK as sitk

    transform = sitk.AffineTransform(2)
    transform.SetMatrix(mapping[:, :2].ravel().tolist())
    transform.SetTranslation(mapping[:, 2].tolist())
    rows, columns = size
    found = []
    for plane in planes:
        image = sitk.GetImageFromArray(plane.astype(np.float32))
        lowest = float(plane.min())
        grid = (columns, rows), transform, sitk.sitkLinear, (0.0, 0.0), (1.0, 1.0), (1.0, 0.0, 0.0, 1.0), lowest
        found.append(sitk.GetArrayFromImage(sitk.Resample(image, *grid)))
    values = np.stack(found)
    return values if planes.dtype.kind == "f" else np.rint(values).astype(planes.dtype)


def _fitted(frames: Sequence[Frame], distance_given: bool) -> CommonGrid:
    reference = _straightest(frames)
    normal = reference.normal
    places_mm = np.array([along_mm(frame, reference) for frame in frames])
    distances_mm = np.diff(places_mm)
    doubts = [] if distance_given else _uneven(distances_mm)
    step_mm = float(places_mm[-1] - places_mm[0]) / (len(frames) - 1)
    # The reference's corner, moved along the normal to the first slice.
    origin_mm = reference.position_mm + places_mm[0] * normal
    lps = np.eye(4)
    lps[:3, 0] = reference.row_direction * reference.spacing_mm[1]
    lps[:3, 1] = reference.column_direction * reference.spacing_mm[0]
    lps[:3, 2] = normal * step_mm
    lps[:3, 3] = origin_mm
    mappings = []
    for frame, place_mm in zip(frames, places_mm, strict=True):
        corner_mm = reference.position_mm + place_mm * normal
        beside_mm = _beside_mm(frame.position_mm - corner_mm, normal)
        mappings.append(
            None if have_one_grid(frame, reference) and beside_mm <= _SAME_MM else _mapping(frame, lps, corner_mm)
        )
    doubts += _resampling(frames, reference, mappings)
    return CommonGrid(reference.size, _RAS_FROM_LPS @ lps, tuple(mappings), tuple(doubts))


def _straightest(frames: Sequence[Frame]) -> Frame:
    """Return that of the images like most others above or below which most others lie."""
    usual = reference_of(frames)
    alike = [frame for frame in frames if have_one_grid(frame, usual)]

    def in_line(frame: Frame) -> int:
        offsets_mm = (_beside_mm(other.position_mm - frame.position_mm, frame.normal) for other in alike)
        return sum(offset_mm <= _SAME_MM for offset_mm in offsets_mm)

    return max(alike, key=in_line)


def _mapping(frame: Frame, lps: np.ndarray, corner_mm: np.ndarray) -> np.ndarray:
    """Return the matrix from the grid's column and row to those of an image, along the image's own normal."""
    to_pixels = np.stack([frame.row_direction / frame.spacing_mm[1], frame.column_direction / frame.spacing_mm[0]])
    return np.column_stack(
        [to_pixels @ lps[:3, 0], to_pixels @ lps[:3, 1], to_pixels @ (corner_mm - frame.position_mm)]
    )


def _uneven(distances_mm: np.ndarray) -> list[str]:
    """Return a doubt about distances that differ; none where they do not.

    Raises:
        InputRefused: slices are missing, or the distances differ too much.
    """
    usual_mm, mean_mm = float(np.median(distances_mm)), float(np.mean(distances_mm))
    found = ", ".join(f"{mm:.3g}" for mm in sorted(set(np.round(distances_mm, 1).tolist())))
    if np.all(np.abs(distances_mm / mean_mm - 1) <= _MAX_UNEVENNESS):
        if np.ptp(distances_mm) <= _SAME_MM:
            return []
        return [
            f"Slices lie {found} mm apart; {mean_mm:.3g} mm, the mean, was taken for all, so that volumes are near."
        ]
    steps = np.rint(distances_mm / usual_mm)
    if np.all(steps >= 1) and np.all(np.abs(distances_mm / usual_mm - steps) <= _GAP_TOLERANCE):
        missing = int(np.sum(steps - 1))
        noun = "slice is" if missing == 1 else "slices are"
        raise InputRefused(
            f"{missing} {noun} missing from the series ({len(distances_mm) + 1} found, {usual_mm:.4g} mm apart); "
            "export the whole series again"
        )
    raise InputRefused(
        f"the slices lie {found} mm apart, expected one distance within {_MAX_UNEVENNESS:.0%}; choose another series, "
        "or give --spacing X,Y,Z if one distance holds"
    )


def _resampling(frames: Sequence[Frame], reference: Frame, mappings: Sequence[np.ndarray | None]) -> list[str]:
    """Return a doubt that names what was resampled, and why; none where nothing was."""
    reasons = Counter(
        _difference(frame, reference) for frame, mapping in zip(frames, mappings, strict=True) if mapping is not None
    )
    if not reasons:
        return []
    count = sum(reasons.values())
    was = "was" if count == 1 else "were"
    named = "; ".join(f"{number} with {reason}" for reason, number in reasons.items())
    return [f"{count} of {len(frames)} slices {was} resampled within the plane onto the grid of the others: {named}."]


def _difference(frame: Frame, reference: Frame) -> str:
    if not np.allclose(frame.spacing_mm, reference.spacing_mm, rtol=IN_PLANE_TOLERANCE, atol=0):
        return f"pixels of {frame.spacing_mm[0]:.4g} instead of {reference.spacing_mm[0]:.4g} mm"
    if frame.size != reference.size:
        own, others = ("×".join(str(n) for n in one.size) for one in (frame, reference))
        return f"{own} instead of {others} pixels"
    tilt_degrees = _degrees(frame, reference)
    return (
        "another place in the plane"
        if tilt_degrees < np.degrees(DIRECTION_TOLERANCE)
        else f"a tilt of {tilt_degrees:.1g}°"
    )


def _degrees(one: Frame, two: Frame) -> float:
    """Return the angle of the rotation between two images."""
    pairs = (
        (one.row_direction, two.row_direction),
        (one.column_direction, two.column_direction),
        (one.normal, two.normal),
    )
    trace = sum(float(first @ second) for first, second in pairs)
    return float(np.degrees(np.arccos(np.clip((trace - 1) / 2, -1, 1))))


def _middle_mm(frame: Frame) -> np.ndarray:
    rows, columns = frame.size
    between_rows, between_columns = frame.spacing_mm
    across_mm = frame.row_direction * (columns - 1) * between_columns / 2
    down_mm = frame.column_direction * (rows - 1) * between_rows / 2
    middle_mm: np.ndarray = frame.position_mm + across_mm + down_mm
    return middle_mm


def _beside_mm(offset_mm: np.ndarray, normal: np.ndarray) -> float:
    return float(np.linalg.norm(offset_mm - (offset_mm @ normal) * normal))
