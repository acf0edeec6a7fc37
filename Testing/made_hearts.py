"""Small hearts drawn with discs: a folder in ACDC layout, and one of Sunnybrook slices."""

from pathlib import Path

import nibabel
import numpy as np
from PIL import Image

SPACING_MM = (2.0, 2.0, 8.0)
_SHAPE = (72, 64, 4)
_GROUPS = ("DCM", "NOR")
TINY_NETWORK = {
    "filters": [4, 4, 8, 8],
    "kernel_size": [3, 3, 3, 3],
    "strides": [1, 2, 2, 2],
    "upsample_kernel_size": [2, 2, 2],
}
"""Definition of a network that trains in seconds."""


def heart_labels(shape=_SHAPE, cavity_radius=7.0, centre=(38.0, 30.0), empty_slices=(0,)) -> np.ndarray:
    """A round LV with a wall of 4 pixels and an RV beside it, shape (I, J, K), uint8."""
    i, j = np.meshgrid(np.arange(shape[0]), np.arange(shape[1]), indexing="ij")
    distance = np.hypot(i - centre[0], j - centre[1])
    right = np.hypot(i - centre[0], j - centre[1] - 13) < 10
    slice_labels = np.where(right, 1, 0)
    slice_labels[distance < cavity_radius + 4] = 2
    slice_labels[distance < cavity_radius] = 3
    labels = np.repeat(slice_labels[..., None], shape[2], axis=2).astype(np.uint8)
    labels[..., list(empty_slices)] = 0
    return labels


def heart_image(labels: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """Bright blood, dark muscle, grey surroundings and noise."""
    brightness = np.array([120.0, 300.0, 40.0, 320.0])[labels]
    return (brightness + draw.normal(0, 8, labels.shape)).clip(0).astype(np.int16)


def write_acdc(folder: Path, patients: int = 6) -> Path:
    """Write patients whose LV cavity shrinks from a radius of 8 to one of 5 pixels."""
    draw = np.random.default_rng(3)
    affine = np.diag([-SPACING_MM[0], -SPACING_MM[1], SPACING_MM[2], 1.0])
    for index in range(patients):
        name = f"patient{index + 1:03d}"
        (folder / name).mkdir(parents=True)
        (folder / name / "Info.cfg").write_text(f"ED: 1\nES: 9\nGroup: {_GROUPS[index % 2]}\n", encoding="utf-8")
        centre = (36.0 + index, 32.0 - index)
        for frame, radius in ((1, 8.0 + 0.2 * index), (9, 5.0)):
            labels = heart_labels(cavity_radius=radius, centre=centre)
            stem = folder / name / f"{name}_frame{frame:02d}"
            nibabel.save(nibabel.Nifti1Image(heart_image(labels, draw), affine), f"{stem}.nii.gz")
            nibabel.save(nibabel.Nifti1Image(labels, affine), f"{stem}_gt.nii.gz")
    return folder


def write_sunnybrook(folder: Path, patients: int = 4) -> Path:
    """Write patients with three slices; the epicardium is drawn at end-diastole alone (frame 0)."""
    draw = np.random.default_rng(4)
    for kind in ("images", "i_labels", "o_labels"):
        (folder / kind).mkdir(parents=True)
    for index in range(patients):
        for frame, radius in ((0, 9.0), (8, 6.0)):
            labels = heart_labels((96, 96, 3), radius, (45.0, 50.0), empty_slices=())
            labels[labels == 1] = 0
            image = heart_image(labels, draw)
            for k in range(3):
                name = f"SC-HF-I-{index + 1:02d}-IM-0001-{20 * (k + 1) + frame:04d}.dcm.png"
                _save_png(image[..., k] * 0.7, folder / "images" / name)
                _save_png((labels[..., k] == 3) * 255, folder / "i_labels" / name)
                if frame == 0:
                    _save_png((labels[..., k] >= 2) * 255, folder / "o_labels" / name)
    return folder


def _save_png(values: np.ndarray, path: Path) -> None:
    """Save values of shape (i to the right, j down)."""
    Image.fromarray(values.clip(0, 255).astype(np.uint8).T).save(path)
