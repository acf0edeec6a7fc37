"""Images that are small and quick to process, for tests of all but the models."""

from pathlib import Path

import nibabel
import numpy as np


def write_scan(path: Path, seed: int = 0, shape: tuple[int, int, int] = (18, 26, 14)) -> None:
    """Write a noisy image with a bright block in it, unless told otherwise as large as a crop around a hippocampus."""
    array = np.random.default_rng(seed).uniform(1, 90, shape).astype(np.float32)
    array[5:12, 6:20, 4:10] += 60
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(array, np.diag([1.0, 1.0, 1.0, 1.0])), path)
