"""What no task's method can work on is refused here, each time with one sentence that says why."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from quantseg.errors import InputRefused
from quantseg.reading.scan import Scan
from quantseg.volume import Volume, voxel_spacing_mm

_SHEAR_TOLERANCE_DEGREES = 0.5

_FEW_VALUES = 16
"""No image worth measuring has fewer grey values; masks and small label maps do."""
_MANY_VALUES = 4096
"""Label maps of whole-brain parcellations hold some hundred values."""
_LABEL_HOMOGENEITY = 0.5
"""Share of foreground voxels equal to their next neighbour: at most 0.17 in the real images that the tests read,
at least 0.79 in their label maps."""
_EXAMPLES = 4
_SMALL_VOXELS = 64**3
_SAMPLING_STEP = 4
"""Larger images are sampled at every fourth voxel along each axis to see which values occur."""

_ISOLATED_SHARE = 1e-3
"""Of voxels without a finite value, up to which they are counted; one outermost plane of a whole head is four times as
much."""

MRI = frozenset({"MR"})
"""DICOM's word for it."""
_CT = "CT"
_MODALITY_WORDS = {"MR": "MRI", "PT": "PET"}
_HOUNSFIELD_AIR = (-1100.0, -900.0)
_HOUNSFIELD_DARK = -500.0
_HOUNSFIELD_DARK_SHARE = 0.02
_HOUNSFIELD_AIR_SHARE = 0.4


@dataclass(frozen=True)
class InputLimits:
    """What a task's method asks of an image.

    Attributes:
        max_spacing_mm: coarsest spacing along any axis.
        min_spacing_mm: finest believable spacing; below it, a header's unit is wrong.
        min_voxels: fewest voxels along any axis; with 1 a single slice is an image.
        modalities: DICOM modalities that are let through, such as "MR", "CT" or "PT".
    """

    max_spacing_mm: float = 3.0
    min_spacing_mm: float = 0.05
    min_voxels: int = 8
    modalities: frozenset[str] = MRI

    @property
    def modalities_in_words(self) -> str:
        """What an image may be, such as "MRI or PET"."""
        return " or ".join(_MODALITY_WORDS.get(one, one) for one in sorted(self.modalities))


MRI_LIMITS = InputLimits()
"""What most methods ask."""


def check_modality(modality: str | None, limits: InputLimits) -> None:
    """Refuse a DICOM series of another modality, before its pixels are read.

    Raises:
        InputRefused: the modality is named and not among those let through.
    """
    if modality is not None and modality not in limits.modalities:
        expected = " or ".join(sorted(limits.modalities))
        raise InputRefused(f"the DICOM modality is {modality}, expected {expected}; choose a series of that modality")


def checked(scan: Scan, limits: InputLimits) -> Scan:
    """Return the scan with values that can be worked on, or refuse it.

    Values that are not finite become the lowest finite one, which a note says, and are a doubt.

    Raises:
        InputRefused: the geometry or the values are such that no result could be right.
    """
    check_size(scan.volume.array.shape, limits)
    check_affine(scan.volume.affine, limits)
    values, notes = finite_values(scan.volume.array)
    check_intensities(values, limits)
    doubts = doubt_of_missing(scan.volume.array)
    volume = Volume(values, scan.volume.affine)
    return replace(scan, volume=volume, notes=scan.notes + notes, doubts=scan.doubts + doubts)


def three_axes(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Return the shape without trailing axes of length one.

    Raises:
        InputRefused: the image has more than three axes, or fewer.
    """
    trimmed = shape
    while len(trimmed) > 3 and trimmed[-1] == 1:
        trimmed = trimmed[:-1]
    size = _in_words(shape)
    if len(trimmed) > 3:
        raise InputRefused(f"the image has {len(trimmed)} axes ({size}), expected 3; extract one volume from it")
    if len(trimmed) < 3:
        raise InputRefused(f"the image is one slice ({size}), expected a volume; give the whole stack")
    i, j, k = trimmed
    return i, j, k


def check_voxel_kind(kind: str) -> None:
    """Refuse voxels that are no plain numbers.

    Args:
        kind: numpy's letter, "c" for complex numbers and "V" for records such as colours.

    Raises:
        InputRefused: the voxels are colours, vectors or complex numbers.
    """
    if kind == "c":
        raise InputRefused("the voxels are complex numbers, expected magnitudes; export the magnitude image")
    if kind not in "iufb":
        raise InputRefused("the voxels are colours or vectors, expected one grey value each; export the scan itself")


def label_values(array: np.ndarray) -> np.ndarray:
    """Return labels as uint8, rounded: some tools store them as fractions.

    Raises:
        InputRefused: a value lies beyond those of a byte, in which 257 would begin anew as 1.
    """
    least, most = float(array.min(initial=0)), float(array.max(initial=0))
    if not (least >= 0 and most <= np.iinfo(np.uint8).max):
        raise InputRefused(f"the labels run from {least:g} to {most:g}, expected values from 0 to 255; save them again")
    return np.round(array).astype(np.uint8)


def plain_values(array: np.ndarray) -> np.ndarray:
    """Return grey values in native byte order as a stored integer type of at most 32 bits, or as float32.

    Raises:
        InputRefused: the values are colours or complex numbers.
    """
    check_voxel_kind(array.dtype.kind)
    if array.dtype.kind == "f":
        with np.errstate(over="ignore"):
            return array.astype(np.float32, copy=False)
    if array.dtype.kind == "b":
        return array.astype(np.uint8)
    if array.dtype.itemsize <= 4:
        return array.astype(array.dtype.newbyteorder("="), copy=False)
    limits = np.iinfo(np.int32)
    fits = array.size == 0 or (int(array.min()) >= limits.min and int(array.max()) <= limits.max)
    return array.astype(np.int32 if fits else np.float32)


def check_size(shape: tuple[int, ...], limits: InputLimits) -> None:
    """Refuse a slice or a slab.

    Raises:
        InputRefused: an axis is too short.
    """
    if min(shape) >= limits.min_voxels:
        return
    if min(shape) < 2:
        raise InputRefused(f"the image is one slice ({_in_words(shape)} voxels), expected a volume")
    raise InputRefused(
        f"the image is a slab of {_in_words(shape)} voxels, expected at least {limits.min_voxels} along each axis"
    )


def check_affine(affine: np.ndarray, limits: InputLimits) -> None:
    """Refuse a geometry in which volumes and sides cannot be trusted.

    Raises:
        InputRefused: the affine is not finite, singular or sheared, or the voxels are too coarse or absurdly fine.
    """
    if not np.all(np.isfinite(affine)) or min(voxel_spacing_mm(affine)) <= 0:
        raise InputRefused("the header has no usable affine (an axis has no length); convert the image again")
    directions = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    cosines = np.abs((directions.T @ directions)[np.triu_indices(3, 1)])
    shear_degrees = float(np.degrees(np.arcsin(np.minimum(cosines, 1.0)).max()))
    if shear_degrees > _SHEAR_TOLERANCE_DEGREES:
        raise InputRefused(
            f"the voxel axes are sheared by {shear_degrees:.1f}°, expected right angles; resample the image to a "
            "rectangular grid"
        )
    spacing = " × ".join(f"{value:.4g}" for value in voxel_spacing_mm(affine)) + " mm"
    if max(voxel_spacing_mm(affine)) > limits.max_spacing_mm * 1.001:
        raise InputRefused(f"the spacing is {spacing}, expected at most {limits.max_spacing_mm:g} mm along each axis")
    if min(voxel_spacing_mm(affine)) < limits.min_spacing_mm:
        raise InputRefused(
            f"the spacing is {spacing}, finer than any scan of a patient; check the header's unit, or give "
            "--spacing X,Y,Z in mm"
        )


def finite_values(array: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the values with NaN and infinity replaced by the lowest finite one, and a note where there were any.

    Raises:
        InputRefused: no value is finite.
    """
    if array.dtype.kind != "f":
        return array, ()
    finite = np.isfinite(array)
    missing = int(array.size - np.count_nonzero(finite))
    if missing == 0:
        return array, ()
    if missing == array.size:
        raise InputRefused("no voxel has a finite value (all are NaN or infinite); export the image again")
    note = f"{missing} of {array.size} voxels were NaN or infinite and were set to the lowest finite value."
    return np.where(finite, array, array[finite].min()), (note,)


def doubt_of_missing(array: np.ndarray) -> tuple[str, ...]:
    """Return why an image asks for a look in which voxels are NaN or infinite, be they one; nothing where none is.

    Args:
        array: values as stored.
    """
    if array.dtype.kind != "f":
        return ()
    missing = int(array.size - np.count_nonzero(np.isfinite(array)))
    if not missing:
        return ()
    if missing > _ISOLATED_SHARE * array.size:
        found, them = f"{100 * missing / array.size:.2g} % of the image has no value (NaN or infinite) and was", "it"
    elif missing == 1:
        found, them = "1 voxel has no finite value (NaN or infinite) and was", "it"
    else:
        found, them = f"{missing} voxels have no finite value (NaN or infinite) and were", "them"
    return (f"{found} taken for background; look whether anything that was measured reaches into {them}.",)


def check_intensities(values: np.ndarray, limits: InputLimits) -> None:
    """Refuse what holds no picture, what looks like CT unless it may be CT, and label maps.

    Args:
        values: finite, shape (I, J, K).
        limits: names the modalities that are let through.

    Raises:
        InputRefused: the values are those of no image of these modalities.
    """
    _refuse_constant(values)
    if _CT not in limits.modalities:
        _refuse_hounsfield(values, limits)
    _refuse_label_map(values)


def _refuse_constant(values: np.ndarray) -> None:
    if values.min() == values.max():
        raise InputRefused(f"every voxel has the same value ({values.flat[0]:g}); there is no image in the file")


def _refuse_hounsfield(values: np.ndarray, limits: InputLimits) -> None:
    """Refuse CT: of its darkest voxels, most are air at -1000 HU or the padding outside the scanner's circle."""
    lowest = float(values.min())
    if lowest > _HOUNSFIELD_DARK:
        return
    dark = values[values <= _HOUNSFIELD_DARK]
    if dark.size < _HOUNSFIELD_DARK_SHARE * values.size:
        return
    low, high = _HOUNSFIELD_AIR
    air = np.count_nonzero((dark >= low) & (dark <= high))
    padding = np.count_nonzero(dark == lowest) if lowest < low else 0
    if air > 0 and air >= _HOUNSFIELD_AIR_SHARE * (dark.size - padding):
        raise InputRefused(
            f"the values look like Hounsfield units of CT (lowest {lowest:g}, air near -1000), expected "
            f"{limits.modalities_in_words}"
        )


def _refuse_label_map(values: np.ndarray) -> None:
    """Refuse label maps: whole numbers that are few, or constant over regions as no noisy image is."""
    step = _SAMPLING_STEP if values.size > _SMALL_VOXELS else 1
    sample, counts = np.unique(values[::step, ::step, ::step], return_counts=True)
    if len(sample) > _MANY_VALUES or not _all_whole(sample):
        return
    few = len(sample) <= _FEW_VALUES and len(np.unique(values)) <= _FEW_VALUES
    if not few and _homogeneity(values, values != sample[counts.argmax()]) < _LABEL_HOMOGENEITY:
        return
    if not _all_whole(values):
        return
    examples = ", ".join(f"{value:g}" for value in sample[:_EXAMPLES])
    raise InputRefused(
        f"the values look like labels (whole numbers such as {examples}, constant over regions), expected the scan "
        "itself"
    )


def _all_whole(values: np.ndarray) -> bool:
    return values.dtype.kind != "f" or bool(np.all(values == np.rint(values)))


def _homogeneity(values: np.ndarray, foreground: np.ndarray) -> float:
    """Return the share of foreground voxels that equal their next neighbour, averaged over the axes."""
    shares = []
    for axis in range(3):
        here, following = (np.moveaxis(values, axis, 0)[part] for part in (slice(None, -1), slice(1, None)))
        inside = np.moveaxis(foreground, axis, 0)[:-1]
        pairs = np.count_nonzero(inside)
        shares.append(np.count_nonzero((here == following) & inside) / pairs if pairs else 0.0)
    return float(np.mean(shares))


def _in_words(shape: tuple[int, ...]) -> str:
    return "×".join(str(n) for n in shape)
