"""Small data sets drawn for the training runs of ``Testing/fixtures/before_tasks``; they must stay as they are."""

import json
from pathlib import Path

import nibabel
import numpy as np

_CASES, _PATIENTS = 10, 6


def write_blocks(folder: Path) -> Path:
    """Write ten crops in Decathlon layout, with two bright blocks on noise."""
    draw = np.random.default_rng(11)
    entries = []
    for index in range(_CASES):
        labels = np.zeros((24, 28, 20), np.uint8)
        size = 8 + index % 3
        labels[6 : 6 + size, 14:22, 5:12] = 1
        labels[6 : 6 + size, 5:14, 8:15] = 2
        image = draw.integers(80, 120, labels.shape) + 150 * (labels == 1) + 300 * (labels == 2)
        name = f"block_{index:03d}.nii.gz"
        _save(image.astype(np.float32), folder / "imagesTr" / name, np.eye(4))
        _save(labels, folder / "labelsTr" / name, np.eye(4))
        entries.append({"image": f"./imagesTr/{name}", "label": f"./labelsTr/{name}"})
    (folder / "dataset.json").write_text(json.dumps({"name": "Blocks", "training": entries}), encoding="utf-8")
    return folder


def write_discs(folder: Path) -> Path:
    """Write six patients in ACDC layout: discs in four slices, the first one empty."""
    draw = np.random.default_rng(3)
    affine = np.diag([-2.0, -2.0, 8.0, 1.0])
    for index in range(_PATIENTS):
        name = f"patient{index + 1:03d}"
        (folder / name).mkdir(parents=True)
        group = ("DCM", "NOR")[index % 2]
        (folder / name / "Info.cfg").write_text(f"ED: 1\nES: 9\nGroup: {group}\n", encoding="utf-8")
        for frame, radius in ((1, 8.0 + 0.2 * index), (9, 5.0)):
            labels = _discs(radius, (36.0 + index, 32.0 - index))
            image = np.array([120, 300, 40, 320])[labels] + draw.integers(-12, 13, labels.shape)
            stem = folder / name / f"{name}_frame{frame:02d}"
            _save(image.astype(np.int16), Path(f"{stem}.nii.gz"), affine)
            _save(labels, Path(f"{stem}_gt.nii.gz"), affine)
    return folder


def _discs(radius: float, centre: tuple[float, float]) -> np.ndarray:
    i, j = np.meshgrid(np.arange(72), np.arange(64), indexing="ij")
    distance = np.hypot(i - centre[0], j - centre[1])
    one = np.where(np.hypot(i - centre[0], j - centre[1] - 13) < 10, 1, 0)
    one[distance < radius + 4] = 2
    one[distance < radius] = 3
    labels = np.repeat(one[..., None], 4, axis=2).astype(np.uint8)
    labels[..., 0] = 0
    return labels


def _save(array: np.ndarray, path: Path, affine: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(array, affine), path)
