"""The axial planes of a scan, one by one, as pictures that lie flat: only their pixels' sizes matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np
from nibabel.orientations import io_orientation

from quantseg.errors import InputRefused
from quantseg.reading.scan import Scan
from quantseg.volume import Grid, Reorientation, Volume, resample, to_canonical

COARSEST_PIXEL_MM = 2.6
_AXIAL_AXIS = 2
_LEAST_PIXELS = 48
# Between which nearly all values of an image lie.
_ENDS_PERCENT = (0.5, 99.5)
# Between headers that round differently.
_SAME_STEP_MM = 1e-3


class SliceOrder(Enum):
    """Which way the slices of a file run; the value says it in words."""

    UPWARDS = "from the feet to the head"
    DOWNWARDS = "from the head to the feet"


def slice_of_plane(k: int, count: int, order: SliceOrder) -> int:
    """Return the slice that a plane is, or the plane that a slice is: the way back is the same."""
    return k if order is SliceOrder.UPWARDS else count - 1 - k


@dataclass(frozen=True)
class SlicePlaces:
    """Where the axial slices of a scan lie.

    Attributes:
        centres_ras_mm: middle of each slice by its index in the file, shape (slices, 3).
        order: which way they run.
    """

    centres_ras_mm: np.ndarray
    order: SliceOrder

    @property
    def count(self) -> int:
        """Number of slices."""
        return len(self.centres_ras_mm)


def slice_places(grid: Grid) -> SlicePlaces:
    """Return where the axial slices of a grid in any axis order lie."""
    axis, order = _axial_axis(io_orientation(grid.affine))
    voxels = np.tile((np.array(grid.shape) - 1) / 2, (grid.shape[axis], 1))
    voxels[:, axis] = np.arange(grid.shape[axis])
    return SlicePlaces(grid.to_world(voxels), order)


def _axial_axis(stored: np.ndarray) -> tuple[int, SliceOrder]:
    """Return which stored axis runs along the body, and which way, from nibabel's orientation of an array."""
    axis = int(np.flatnonzero(stored[:, 0] == _AXIAL_AXIS)[0])
    return axis, SliceOrder.DOWNWARDS if stored[axis, 1] < 0 else SliceOrder.UPWARDS


@dataclass(frozen=True)
class AxialPlanes:
    """A scan, or water and fat, in planes; I pixels to the person's right, J to the front, K to the head.

    Attributes:
        images: by role, the first role first, each float32, shape (I, J, K).
        grid: of all of them.
        reorientation: the way back to the axis order of the file.
        doubts: sentences on why two images may not lie in the same place.
    """

    images: Mapping[str, np.ndarray]
    grid: Grid
    reorientation: Reorientation
    doubts: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """Number of planes."""
        return self.grid.shape[_AXIAL_AXIS]

    @property
    def pixel_mm(self) -> tuple[float, float]:
        """Size of a pixel along i and j."""
        i_mm, j_mm, _ = self.grid.spacing_mm
        return i_mm, j_mm

    @property
    def pixel_mm2(self) -> float:
        """Area of a pixel."""
        return self.pixel_mm[0] * self.pixel_mm[1]

    @property
    def tilt_degrees(self) -> float:
        """Angle between the planes and those across the body's axis, by the affine."""
        normal = np.cross(self.grid.affine[:3, 0], self.grid.affine[:3, 1])
        return float(np.degrees(np.arccos(min(abs(normal[_AXIAL_AXIS]) / np.linalg.norm(normal), 1.0))))

    def pictures(self, k: int) -> np.ndarray:
        """Return what each role shows in a plane, float32, shape (roles, I, J)."""
        return np.stack([image[:, :, k] for image in self.images.values()])

    @property
    def order(self) -> SliceOrder:
        """Which way the slices of the file run."""
        return _axial_axis(self.reorientation.stored)[1]

    def plane_of(self, slice_index: int) -> int:
        """Return the plane that a slice of the file is, or the slice that a plane is."""
        return slice_of_plane(slice_index, self.count, self.order)


def axial_planes(scans: Mapping[str, Scan]) -> AxialPlanes:
    """Return the planes of a scan, further roles brought to the grid of the first.

    Args:
        scans: by role.

    Raises:
        InputRefused: pixels are too coarse, the scan runs along another plane, an image is mostly below zero, or a
            further image lies elsewhere.
    """
    for role, scan in scans.items():
        _refuse_negative(role, scan)
    (first_role, first), *others = scans.items()
    canonical, reorientation = to_canonical(first.volume)
    refuse_grid(canonical.grid)
    images = {first_role: canonical.array.astype(np.float32)}
    doubts = []
    for role, scan in others:
        if _only_lost_its_place(scan, first):
            images[role] = to_canonical(scan.volume)[0].array.astype(np.float32)
            doubts.append(
                f"The header of the {role} image or of the first one places it nowhere (origin 0): as their voxels are "
                "alike in number, size and direction, they were laid on each other; look at whether they fit."
            )
        else:
            images[role] = _on_grid(role, scan, canonical)
    return AxialPlanes(images, canonical.grid, reorientation, tuple(doubts))


def planes_of(volume: Volume) -> AxialPlanes:
    """Return the planes of one volume, whatever its pixels are."""
    canonical, reorientation = to_canonical(volume)
    return AxialPlanes({"image": canonical.array.astype(np.float32)}, canonical.grid, reorientation)


def refuse_grid(grid: Grid) -> None:
    """Refuse a canonical grid whose axial planes are too coarse or too small.

    Raises:
        InputRefused: they are.
    """
    coarsest_mm = max(grid.spacing_mm[:_AXIAL_AXIS])
    if coarsest_mm > COARSEST_PIXEL_MM:
        raise InputRefused(
            f"Axial planes of the scan have pixels of {grid.spacing_mm[0]:.3g} × {grid.spacing_mm[1]:.3g} mm, expected "
            f"at most {COARSEST_PIXEL_MM:g} mm; give an axial series."
        )
    if min(grid.shape[:_AXIAL_AXIS]) < _LEAST_PIXELS:
        raise InputRefused(
            f"Axial planes of the scan have {grid.shape[0]} × {grid.shape[1]} pixels, expected at least "
            f"{_LEAST_PIXELS} along each axis; give an axial series of the whole lumbar region."
        )


def _refuse_negative(role: str, scan: Scan) -> None:
    """Refuse an image that is farther below zero than above: an image with its sign, or inverted; noise is neither."""
    least, most = np.percentile(scan.volume.array, _ENDS_PERCENT)
    if -least > most:
        raise InputRefused(
            f"The {role} image runs from {least:.3g} to {most:.3g}, expected magnitudes, zero or more; export "
            "the magnitude image."
        )


def _only_lost_its_place(scan: Scan, first: Scan) -> bool:
    """Tell whether two images differ in nothing but the origin, which one of their headers lacks."""
    one, other = scan.volume.grid, first.volume.grid
    lacks = [not np.any(grid.affine[:3, 3]) for grid in (one, other)]
    alike = np.allclose(one.affine[:3, :3], other.affine[:3, :3], atol=_SAME_STEP_MM)
    return lacks[0] != lacks[1] and one.shape == other.shape and alike


def _on_grid(role: str, scan: Scan, first: Volume) -> np.ndarray:
    canonical, _ = to_canonical(scan.volume)
    if canonical.grid.same_as(first.grid):
        return canonical.array.astype(np.float32)
    corners = first.grid.to_world(np.array(list(np.ndindex(2, 2, 2))) * (np.array(first.grid.shape) - 1))
    places = canonical.grid.to_voxel(corners)
    # Half a voxel beyond the middle of the last one is still within the image.
    if np.any(places < -0.51) or np.any(places > np.array(canonical.grid.shape) - 0.49):
        raise InputRefused(
            f"The {role} image does not cover all of the first one ({_in_words(canonical.grid)} against "
            f"{_in_words(first.grid)}); expected both of one examination in the same place."
        )
    return np.asarray(resample(canonical, first.grid, antialias=False).array, np.float32)


def _in_words(grid: Grid) -> str:
    return " × ".join(f"{mm:.0f}" for mm in grid.extent_mm) + " mm"


def flat(picture: np.ndarray, pixel_mm: tuple[float, float]) -> Volume:
    """Return a picture as a volume of one thin slice at no place in particular.

    Its slice is as thick as its pixels are wide, so that carrying it to other pixels smooths by these alone.
    """
    return Volume(picture[:, :, None], np.diag([*pixel_mm, min(pixel_mm), 1.0]))


def flat_grid(like: Grid, pixel_mm: float) -> Grid:
    """Return the grid of square pixels that covers a flat picture, centred on it."""
    i, j = (max(1, int(np.ceil(mm / pixel_mm - 1e-3))) for mm in like.extent_mm[:_AXIAL_AXIS])
    return Grid((i, j, 1), np.diag([pixel_mm, pixel_mm, pixel_mm, 1.0])).centred_at(like.centre_mm)
