"""A small data set in Decathlon layout, drawn with blocks."""

import json
from pathlib import Path

import numpy as np
from made_nifti import save_nifti

_CASES = 10


def write_decathlon(folder: Path) -> Path:
    """Write ten crops: a bright anterior and a brighter posterior block on noise, 24 x 28 x 20 voxels of 1 mm."""
    draw = np.random.default_rng(11)
    entries = []
    for index in range(_CASES):
        labels = np.zeros((24, 28, 20), dtype=np.uint8)
        size = 8 + index % 3
        labels[6 : 6 + size, 14:22, 5:12] = 1
        labels[6 : 6 + size, 5:14, 8:15] = 2
        image = draw.normal(100, 10, labels.shape) + 150 * (labels == 1) + 300 * (labels == 2)
        name = f"block_{index:03d}.nii.gz"
        save_nifti(image.astype(np.float32), folder / "imagesTr" / name)
        save_nifti(labels, folder / "labelsTr" / name)
        entries.append({"image": f"./imagesTr/{name}", "label": f"./labelsTr/{name}"})
    (folder / "dataset.json").write_text(json.dumps({"name": "Blocks", "training": entries}))
    return folder
