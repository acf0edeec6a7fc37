"""The average brain that others are compared with, the ICBM 152 template, and what tissue it expects where.

``Resources/Atlas`` says where it comes from.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from quantseg.resources import resources_folder
from quantseg.volume import Grid, Volume, resample, to_canonical

_TEMPLATE, _TISSUES = "icbm152_t1_brain_2mm.nii.gz", "icbm152_tissues_4mm.nii.gz"
_LARGEST_STORED = 255.0
STANDARD_SPACING_MM = 2.0


@dataclass(frozen=True)
class Atlas:
    """The average brain, on a grid of 2 mm in RAS order.

    Attributes:
        brain: T1-weighted, without skull, 0 outside, float32.
        expected: share of fluid, grey and white matter expected in each voxel, smooth, float32, shape (3, I, J, K).
    """

    brain: Volume
    expected: np.ndarray

    @property
    def grid(self) -> Grid:
        """Where standard brains lie."""
        return self.brain.grid

    @property
    def mask(self) -> np.ndarray:
        """Which voxels are brain, bool, shape (I, J, K)."""
        return self.brain.array > 0


@lru_cache(maxsize=1)
def read_atlas() -> Atlas:
    """Return the atlas that ships with QuantSeg."""
    import nibabel

    folder = resources_folder() / "Atlas"
    template = nibabel.nifti1.load(folder / _TEMPLATE)
    brain, _ = to_canonical(Volume(np.asarray(template.dataobj, np.float32), np.asarray(template.affine)))
    tissues = nibabel.nifti1.load(folder / _TISSUES)
    coarse = np.asarray(tissues.dataobj, np.float32) / _LARGEST_STORED
    shares = [resample(Volume(coarse[..., n], np.asarray(tissues.affine)), brain.grid).array for n in range(3)]
    expected = np.stack(shares)
    return Atlas(brain, np.asarray(expected, np.float32))
