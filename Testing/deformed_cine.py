"""A cine made by deforming between the two real frames of an ACDC patient, since no public 4D cine is at hand.

Its first frame and its end-systole are the real ones, with an expert's labels; the frames between are warped halfway
from either side and blended, so that they look real, though no scanner saw them.
"""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import SimpleITK as sitk
from heart_phantom import CYCLE_MS, contraction

from quantseg.reading.spacing import HEADER_SPACING
from quantseg.tasks.heart.reading.acdc_folder import read_acdc_folder

_ITERATIONS, _FIELD_SD_PIXELS, _INVERSION_STEPS = 60, 1.5, 20


def write_deformed_cine(patient: Path, output: Path, frames: int = 30) -> int:
    """Write a cine as 4D NIfTI.

    Args:
        patient: folder in ACDC layout.
        output: file to write.
        frames: of the cycle.

    Returns:
        index of the frame that is the real end-systole; the real end-diastole is frame 0.
    """
    pair = read_acdc_folder(patient, HEADER_SPACING)
    diastole, systole = (frame.astype(np.float32) for frame in pair.frames)
    shares = [contraction(frame / frames) for frame in range(frames)]
    end_systole = int(np.argmax(shares))
    shares[end_systole] = 1.0
    slices = [_slice_over_time(diastole[..., k], systole[..., k], shares) for k in range(diastole.shape[2])]
    cine = np.moveaxis(np.rint(np.stack(slices, axis=-1)).astype(np.int16), 0, -1)
    image = nibabel.Nifti1Image(cine, pair.geometry.affine)
    image.header.set_xyzt_units("mm", "msec")
    image.header.set_zooms((*pair.spacing_mm, CYCLE_MS / frames))
    nibabel.save(image, output)
    return end_systole


def _slice_over_time(diastole: np.ndarray, systole: np.ndarray, shares: list[float]) -> np.ndarray:
    """Return a slice at each share of the way from one frame to the other, shape (T, I, J)."""
    fixed, moving = (sitk.GetImageFromArray(np.ascontiguousarray(picture)) for picture in (diastole, systole))
    demons = sitk.FastSymmetricForcesDemonsRegistrationFilter()
    demons.SetNumberOfIterations(_ITERATIONS)
    demons.SetStandardDeviations(_FIELD_SD_PIXELS)
    to_systole = demons.Execute(fixed, sitk.HistogramMatching(moving, fixed, 256, 10, True))
    to_diastole = sitk.InvertDisplacementField(to_systole, maximumNumberOfIterations=_INVERSION_STEPS)
    pictures = []
    for share in shares:
        if share in (0.0, 1.0):
            pictures.append(diastole if share == 0.0 else systole)
            continue
        forwards, backwards = _warped(fixed, to_diastole, share), _warped(moving, to_systole, 1 - share)
        pictures.append((1 - share) * forwards + share * backwards)
    return np.stack(pictures)


def _warped(picture: sitk.Image, field: sitk.Image, share: float) -> np.ndarray:
    part = sitk.GetImageFromArray(sitk.GetArrayFromImage(field).astype(np.float64) * share, isVector=True)
    moved = sitk.Resample(picture, picture, sitk.DisplacementFieldTransform(part), sitk.sitkLinear, 0.0)
    return sitk.GetArrayFromImage(moved)
