"""Small NIfTI files for tests of training."""

from pathlib import Path

import nibabel
import numpy as np

_ONE_MM = np.diag([1.0, 1.0, 1.0, 1.0])


def save_nifti(array: np.ndarray, path: Path, affine: np.ndarray = _ONE_MM) -> None:
    """Write an array as NIfTI, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(array, affine), path)
