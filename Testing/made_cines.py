"""Short-axis stacks over time, made on the spot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import nibabel
import numpy as np
from made_volumes import affine_of
from pydicom.uid import generate_uid

from quantseg.volume import Volume

SHAPE = (36, 40, 5)
SPACING_MM = (2.4, 2.4, 8.0)
PLACEHOLDER = affine_of(np.diag([-1.0, -1.0, 1.0]), SPACING_MM, (0.0, 0.0, 0.0))
"""Axes along the body's own, as converted files have them that lost their directions."""


def directions_of(normal: Sequence[float]) -> np.ndarray:
    """Right-handed unit vectors with a normal for the third, shape (3, 3)."""
    third = np.array(normal) / np.linalg.norm(normal)
    first = np.cross([0.0, 1.0, 0.3], third)
    first /= np.linalg.norm(first)
    return np.stack([first, np.cross(third, first), third], axis=1)


SHORT_AXIS = affine_of(directions_of([-0.6, 0.65, -0.45]), SPACING_MM)
"""Slices across a heart that points left, to the front and down."""
LONG_AXIS = affine_of(directions_of([0.65, 0.75, 0.2]), SPACING_MM)
"""Slices along that heart."""


def frames_of(count: int = 4, shape: tuple[int, int, int] = SHAPE, dtype=np.int16, seed: int = 0) -> np.ndarray:
    """Noise, shape (T, I, J, K)."""
    return np.random.default_rng(seed).integers(1, 800, (count, *shape)).astype(dtype)


def nifti_array(frames: np.ndarray) -> np.ndarray:
    """Frames as NIfTI keeps them, time last."""
    return np.moveaxis(frames, 0, 3)


def write_nifti(path: Path, array: np.ndarray, affine: np.ndarray = PLACEHOLDER, change=None) -> Path:
    image = nibabel.Nifti1Image(array, affine, dtype=array.dtype)
    if change is not None:
        change(image.header)
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(image, path)
    return path


def like_the_challenge(header: nibabel.Nifti1Header) -> None:
    """Like the files that ACDC distributes: sform of 1 mm with code 2, no qform, the true spacing in pixdim."""
    header.set_sform(np.diag([1.0, 1.0, 1.0, 1.0]), code=2)
    header["qform_code"] = 0
    header["pixdim"][1:4] = (1.6, 1.6, 10.0)


def write_patient(
    folder: Path, info: str = "ED: 1\nES: 3\n", numbers=(1, 3), write=write_nifti, **options
) -> np.ndarray:
    """Write frames and true labels in ACDC layout, and return the frames, shape (2, I, J, K)."""
    frames = frames_of(len(numbers))
    for number, frame in zip(numbers, frames, strict=True):
        name = f"{folder.name}_frame{number:02d}"
        write(folder / f"{name}.nii.gz", frame, **options)
        write(folder / f"{name}_gt.nii.gz", (frame > 700).astype(np.uint8), **options)
    (folder / "Info.cfg").write_text(info)
    return frames


TIMES_MS = (0.0, 200.0, 400.0, 600.0)


def write_dicom_cine(
    dicom_series: Callable[..., list[Path]],
    folder: Path,
    frames: np.ndarray,
    affine: np.ndarray = SHORT_AXIS,
    slice_series: bool = False,
    times_ms: Sequence[float] | None = TIMES_MS,
    change=None,
    **fields,
) -> None:
    """Write a cine as classic DICOM images.

    Args:
        dicom_series: the factory fixture.
        folder: receives the files.
        frames: shape (T, columns, rows, K).
        affine: of each frame.
        slice_series: a series a slice, instead of one for all.
        times_ms: TriggerTime of each frame; None leaves the field out.
        change: called with the data set, its time and its slice; False leaves the image out.
        fields: of all images.
    """
    for time, frame in enumerate(frames):

        def timed(dataset, k, time=time):
            dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
            if times_ms is not None:
                dataset.TriggerTime = f"{times_ms[time]:g}"
            if slice_series:
                # Numbers in another order than positions.
                dataset.SeriesInstanceUID, dataset.SeriesNumber = f"1.2.3.5.{k + 1}", 20 + (k * 2) % 5
            return None if change is None else change(dataset, time, k)

        dicom_series(folder, Volume(frame, affine), change=timed, prefix=f"T{9 - time}_", **fields)
