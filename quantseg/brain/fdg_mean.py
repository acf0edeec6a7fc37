"""The mean FDG uptake of healthy adults in the atlas's space; ``Resources/Atlas`` says where it comes from."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from quantseg.brain.atlas import Atlas
from quantseg.errors import UsageError
from quantseg.resources import resources_folder
from quantseg.volume import Grid, Volume, resample, to_canonical

_FILE = "fdg_healthy_mean_2mm.nii.gz"


@lru_cache(maxsize=1)
def _shipped() -> Volume:
    return _read(resources_folder() / "Atlas" / _FILE)


def read_fdg_mean(atlas: Atlas) -> Volume:
    """Return the mean uptake on the grid of the atlas, in a unit of its own, float32."""
    return resample(_shipped(), atlas.grid)


def read_standard_map(path: Path, grid: Grid, what: str) -> Volume:
    """Return a map in the atlas's space that a user supplies, on the atlas's grid.

    Args:
        path: NIfTI file.
        grid: of the atlas.
        what: names the map in a message.

    Raises:
        UsageError: it cannot be read, or does not cover the brain of the atlas.
    """
    try:
        volume = _read(path)
    except Exception as error:  # Whatever nibabel finds wrong with a file.
        raise UsageError(f"The {what} {path} cannot be read as NIfTI ({error}); give a map in MNI space.") from error
    corners = volume.grid.to_voxel(grid.to_world(np.array(list(np.ndindex(2, 2, 2))) * (np.array(grid.shape) - 1)))
    room = np.array(volume.array.shape)
    if np.any(corners < -0.2 * room) or np.any(corners > 1.2 * room):
        raise UsageError(f"The {what} {path} does not cover the brain of the ICBM 152 atlas; give a map in MNI space.")
    return resample(volume, grid)


def _read(path: Path) -> Volume:
    import nibabel

    image = nibabel.nifti1.load(path)
    volume, _ = to_canonical(Volume(np.asarray(image.dataobj, np.float32), np.asarray(image.affine)))
    return volume
