"""A beating heart whose volumes are known: shells of ellipsoids in short-axis slices, as labels and as an image.

The left ventricle is an ellipsoid cut off at the base, its muscle the shell between two such ellipsoids whose volume
stays the same while the heart beats, the right ventricle a crescent on the muscle. Volumes are integrals of these
shapes, not sums of voxels. The sample that ships with QuantSeg is made by ::

    python Testing/heart_phantom.py Resources/SampleData/heart_phantom.nii.gz
"""

from __future__ import annotations

import argparse
import gzip
import math
from dataclasses import dataclass
from pathlib import Path

import nibabel
import numpy as np
import SimpleITK as sitk

FRAMES, CYCLE_MS, END_SYSTOLE = 20, 900.0, 7
LV_EDV_ML, LV_ESV_ML = 130.0, 52.0
RV_EDV_ML, RV_ESV_ML = 140.0, 63.0
MUSCLE_ML = 100.0
MASS_G = 105.0

_SHAPE, _PIXEL_MM, _SLICE_MM = (88, 88, 13), 1.8, 8.0
_SLICES_ABOVE_BASE = 1
# Widest place of the ventricle below its base, half lengths of the cavity, and thickness of the muscle at the apex.
_WIDEST_MM, _HALF_LENGTH_MM, _APEX_MM = 15.0, (62.0, 54.0), (8.0, 11.0)
_RV_LENGTH_MM, _RV_HALF_ANGLE = 66.0, math.radians(62)
_CENTRE_MM, _TURN = (16.3, -7.7), math.radians(25)
# Where the base lies as seen from the apex, and the septum as seen from the left ventricle, in RAS.
_BASEWARDS = np.array([0.6, -0.6, 0.5]) / math.sqrt(0.97)
_TO_SEPTUM = np.array([1.0, 1.0, 0.0]) / math.sqrt(2)
_AIR, _LUNG, _STOMACH, _LIVER, _FAT, _MUSCLE, _BLOOD = 3.0, 22.0, 45.0, 78.0, 125.0, 62.0, 160.0
# Left atrium, aorta and outflow of the right ventricle in the slice above the base: centre and half widths.
_VESSELS_MM = ((-16.0, -16.0, 27.0, 16.0), (6.0, 12.0, 12.0, 12.0), (36.0, 22.0, 15.0, 12.0))
_RV_WALL_MM, _PAPILLARY_MM, _CHEST_MM = 3.0, 4.0, (84.0, 76.0)
_NOISE_SD = 2.5


@dataclass(frozen=True)
class Shape:
    """The heart at one moment.

    Attributes:
        inner: half width and half length of the cavity's ellipsoid, in mm.
        outer: of the muscle's.
        crescent: largest thickness of the right ventricle per radius of the muscle beside it.
    """

    inner: tuple[float, float]
    outer: tuple[float, float]
    crescent: float


def contraction(moment: float) -> float:
    """Return how far the heart has contracted, 0 to 1, at a share of the cycle that starts at end-diastole."""
    knots = [0.0, 0.07, 0.14, 0.21, 0.28, 0.35, 0.42, 0.49, 0.56, 0.63, 0.80, 0.88, 0.95, 1.0]
    values = [0.0, 0.14, 0.45, 0.75, 0.94, 1.0, 0.90, 0.62, 0.40, 0.30, 0.23, 0.18, 0.05, 0.0]
    return float(np.interp(moment, knots, values))


def shape_at(moment: float) -> Shape:
    """Solve for the shape that has the volumes of a moment."""
    share = contraction(moment)
    cavity_ml = LV_EDV_ML - share * (LV_EDV_ML - LV_ESV_ML)
    right_ml = RV_EDV_ML - share * (RV_EDV_ML - RV_ESV_ML)
    half_length = _HALF_LENGTH_MM[0] + share * (_HALF_LENGTH_MM[1] - _HALF_LENGTH_MM[0])
    outer_length = half_length + _APEX_MM[0] + share * (_APEX_MM[1] - _APEX_MM[0])
    inner = (_half_width_mm(cavity_ml, half_length), half_length)
    outer = (_half_width_mm(cavity_ml + MUSCLE_ML, outer_length), outer_length)
    # The crescent's area is r^2 (p w + q w^2) with its thickness w; so is its volume, by integration along z.
    z, step = np.linspace(0, _RV_LENGTH_MM, 4001, retstep=True)
    radii_2, taper = _radius_mm(z, outer) ** 2, _rv_taper(z)
    linear = float(np.trapezoid(radii_2 * taper, dx=step)) * _RV_HALF_ANGLE * 4 / math.pi
    square = float(np.trapezoid(radii_2 * taper**2, dx=step)) * _RV_HALF_ANGLE / 2
    crescent = (-linear + math.sqrt(linear**2 + 4 * square * right_ml * 1000)) / (2 * square)
    return Shape(inner, outer, crescent)


def frame_moments() -> np.ndarray:
    """Return the moment of each frame as a share of the cycle, shape (T,)."""
    return np.arange(FRAMES) / FRAMES


def frame_times_ms() -> list[float]:
    """Return the time of each frame after end-diastole."""
    return [float(moment * CYCLE_MS) for moment in frame_moments()]


def phantom_affine() -> np.ndarray:
    """Return the 4x4 matrix to RAS in mm: a heart as it lies in a patient, base in the first slices."""
    anterior = np.cross(_BASEWARDS, _TO_SEPTUM)
    along_i = -math.cos(_TURN) * _TO_SEPTUM - math.sin(_TURN) * anterior
    along_j = math.sin(_TURN) * _TO_SEPTUM - math.cos(_TURN) * anterior
    affine = np.eye(4)
    affine[:3, :3] = np.column_stack([along_i * _PIXEL_MM, along_j * _PIXEL_MM, -_BASEWARDS * _SLICE_MM])
    affine[:3, 3] = -affine[:3, :3] @ ((np.array(_SHAPE) - 1) / 2)
    return affine


def phantom_labels() -> np.ndarray:
    """Return the labels of every frame, uint8, shape (T, I, J, K): 1 RV cavity, 2 LV myocardium, 3 LV cavity."""
    u, v, z = _positions()
    return np.stack([_structures(shape_at(moment), u, v, z) for moment in frame_moments()])


def phantom_image(seed: int = 0) -> np.ndarray:
    """Return intensities like those of a balanced steady-state cine, int16, shape (T, I, J, K)."""
    random = np.random.default_rng(seed)
    texture = _smooth(random, 2.5) * 7 + _smooth(random, 9.0) * 9
    shading = 1 + 0.18 * _smooth(random, 30.0)
    frames = []
    for moment in frame_moments():
        shape = shape_at(moment)
        looks = [_intensities(shape, *_positions(di, dj)) for di in (-0.25, 0.25) for dj in (-0.25, 0.25)]
        clean = np.mean(looks, axis=0)
        clean = (clean + texture * (clean > _LUNG)) * shading
        noise = random.normal(0, _NOISE_SD, (2, *_SHAPE))
        # Magnitude images have Rician noise: both channels of the receiver are noisy.
        frames.append(np.hypot(clean + noise[0], noise[1]))
    return np.rint(np.stack(frames)).astype(np.int16)


def write_phantom(path: Path) -> None:
    """Write the cine as compressed 4D NIfTI with scanner coordinates and the frames' distance in ms."""
    affine = phantom_affine()
    image = nibabel.Nifti1Image(np.moveaxis(phantom_image(), 0, -1), affine)
    image.set_qform(affine, code="scanner")
    image.set_sform(affine, code="scanner")
    image.header.set_xyzt_units("mm", "msec")
    image.header.set_zooms((_PIXEL_MM, _PIXEL_MM, _SLICE_MM, CYCLE_MS / FRAMES))
    image.header["descrip"] = b"synthetic beating heart, CC0 1.0"
    path.write_bytes(gzip.compress(image.to_bytes(), compresslevel=9, mtime=0))


def _half_width_mm(volume_ml: float, half_length_mm: float) -> float:
    """Return the half width of an ellipsoid of revolution, cut off at the base, that holds a volume."""
    height = _WIDEST_MM + half_length_mm - (_WIDEST_MM**3 + half_length_mm**3) / (3 * half_length_mm**2)
    return math.sqrt(volume_ml * 1000 / (math.pi * height))


def _radius_mm(z: np.ndarray, ellipsoid: tuple[float, float]) -> np.ndarray:
    half_width, half_length = ellipsoid
    radius = half_width * np.sqrt(np.maximum(1 - ((z - _WIDEST_MM) / half_length) ** 2, 0))
    return np.where(z >= 0, radius, 0)


def _rv_taper(z: np.ndarray) -> np.ndarray:
    return np.where(z >= 0, np.sqrt(np.maximum(1 - (z / _RV_LENGTH_MM) ** 2, 0)), 0)


def _positions(di: float = 0.0, dj: float = 0.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return mm towards the septum, towards the anterior wall, and below the base, broadcast to (I, J, K)."""
    i, j, k = (np.arange(n) for n in _SHAPE)
    x = (i + di - (_SHAPE[0] - 1) / 2) * _PIXEL_MM - _CENTRE_MM[0]
    y = (j + dj - (_SHAPE[1] - 1) / 2) * _PIXEL_MM - _CENTRE_MM[1]
    u = -math.cos(_TURN) * x[:, None] + math.sin(_TURN) * y
    v = -math.sin(_TURN) * x[:, None] - math.cos(_TURN) * y
    return u[..., None], v[..., None], (k + 0.5 - _SLICES_ABOVE_BASE) * _SLICE_MM


def _crescent_mm(shape: Shape, angle: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Return the right ventricle's thickness at an angle from the septum's middle."""
    bulge = np.where(np.abs(angle) < _RV_HALF_ANGLE, np.cos(math.pi / 2 * angle / _RV_HALF_ANGLE), 0)
    return _radius_mm(z, shape.outer) * shape.crescent * _rv_taper(z) * bulge


def _structures(shape: Shape, u: np.ndarray, v: np.ndarray, z: np.ndarray) -> np.ndarray:
    radius, angle = np.hypot(u, v), np.arctan2(v, u)
    outer = _radius_mm(z, shape.outer)
    labels = np.where((radius >= outer) & (radius < outer + _crescent_mm(shape, angle, z)), 1, 0)
    labels = np.where(radius < outer, 2, labels)
    return np.where(radius < _radius_mm(z, shape.inner), 3, labels).astype(np.uint8)


def _intensities(shape: Shape, u: np.ndarray, v: np.ndarray, z: np.ndarray) -> np.ndarray:
    labels = _structures(shape, u, v, z)
    radius, angle = np.hypot(u, v), np.arctan2(v, u)
    heart = _radius_mm(z, shape.outer) + _crescent_mm(shape, angle, z)
    # The diaphragm bulges towards the apex; beyond it lie liver, stomach and fat, not lung.
    below = v < -38 - 0.12 * u + 0.022 * np.maximum(z - 22, 0) ** 2
    folds = np.sin(u / 11 + z / 9) + np.sin(v / 14 - z / 13) + np.sin((u - v) / 23)
    image = np.where(below, np.where(folds > 1.3, _FAT, np.where(folds < -1.5, _STOMACH, _LIVER)), _LUNG)
    chest = np.hypot((u - 6) / _CHEST_MM[0], v / _CHEST_MM[1])
    image = np.where(chest > 0.84, _MUSCLE, image)
    image = np.where(chest > 0.9, _FAT, image)
    image = np.where(chest > 1.0, _AIR, image)
    image = np.where((z >= 0) & (radius < heart + 6) & (np.cos(angle - 1) > 0.2), _FAT, image)
    image = np.where((heart > 0) & (radius < heart + _RV_WALL_MM) & (z >= 0), _MUSCLE, image)
    image = np.choose(labels, [image, _BLOOD, _MUSCLE, _BLOOD])
    # Above the valves: fat around the left atrium, the aorta and the way out of the right ventricle, all thin-walled.
    image = np.where((z < 0) & (np.hypot(u - 6, v) < 50), _FAT, image)
    for centre_u, centre_v, half_u, half_v in _VESSELS_MM:
        for wall_mm, brightness in ((1.5, _MUSCLE), (0.0, _BLOOD)):
            inside = np.hypot((u - centre_u) / (half_u + wall_mm), (v - centre_v) / (half_v + wall_mm)) < 1
            image = np.where((z < 0) & inside, brightness, image)
    for direction in (1.9, -1.9):
        place = 0.66 * _radius_mm(z, shape.inner)
        near = np.hypot(u - place * math.cos(direction), v - place * math.sin(direction)) < _PAPILLARY_MM
        image = np.where(near & (z > 18) & (z < 50) & (labels == 3), _MUSCLE, image)
    return image


def _smooth(random: np.random.Generator, sigma_mm: float) -> np.ndarray:
    """Return a smooth random field of SD 1 on the phantom's grid."""
    white = sitk.GetImageFromArray(random.normal(0, 1, _SHAPE).astype(np.float32))
    white.SetSpacing((_SLICE_MM, _PIXEL_MM, _PIXEL_MM))
    field = sitk.GetArrayFromImage(sitk.SmoothingRecursiveGaussian(white, sigma_mm))
    return field / field.std()


def main() -> None:
    """Read the arguments and write the sample."""
    parser = argparse.ArgumentParser(description="Make the sample heart.")
    parser.add_argument("output", type=Path)
    write_phantom(parser.parse_args().output)


if __name__ == "__main__":
    main()
