"""Label maps of whole heads in FreeSurfer values, as the twenty training maps of SynthSeg have them.

github.com/BBillot/SynthSeg, Apache-2.0. What a value means to a model is the model's own affair.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import nibabel
import numpy as np
import SimpleITK as sitk

from quantseg.errors import UsageError

# The spinal canal is drawn as part of the brain; below the foramen magnum, which lies about as low as the
# cerebellum, it is not intracranial. These two values, unused by FreeSurfer, stand for cord and fluid there.
SPINAL_CORD, FLUID_OUTSIDE = 1016, 1024
_BRAIN_STEM, _FLUID = 16, 24
_CEREBELLUM = (7, 8, 46, 47)
_FORAMEN_BELOW_CEREBELLUM_MM = 5
# Values from here on lie outside the skull.
_FIRST_OUTSIDE = 500


def list_head_maps(folder: Path) -> list[Path]:
    """Return the label maps of a folder, sorted by name.

    Raises:
        UsageError: there is none.
    """
    paths = sorted(folder.glob("*.nii.gz"))
    if not paths:
        raise UsageError(f"{folder} holds no .nii.gz file; expected label maps of whole heads in FreeSurfer values.")
    return paths


def head_map_name(path: Path) -> str:
    """Return the name of a label map: that of its file without the ending."""
    return path.name.removesuffix(".nii.gz")


def head_maps_to_train_on(folder: Path, test_maps: Collection[str]) -> list[Path]:
    """Return the label maps of a folder but those kept for testing.

    Args:
        folder: of the maps.
        test_maps: names of those that are kept.

    Raises:
        UsageError: none is left.
    """
    paths = [path for path in list_head_maps(folder) if head_map_name(path) not in test_maps]
    if not paths:
        raise UsageError(f"All label maps in {folder} are kept for testing; add maps to train on.")
    return paths


def read_structures(path: Path, place_of_value: Mapping[int, int]) -> np.ndarray:
    """Read one label map.

    Args:
        path: a 1 mm label map.
        place_of_value: where in the reader's own list of structures each value stands that may occur, ``SPINAL_CORD``
            and ``FLUID_OUTSIDE`` among them.

    Returns:
        places in that list, in RAS order, uint8, cut to the head with one voxel of air around it, cord and fluid below
        the foramen magnum told apart from those within the skull.

    Raises:
        UsageError: a value is unknown, or the voxels are not 1 mm.
    """
    image = nibabel.as_closest_canonical(nibabel.load(path))
    if not np.allclose(image.header.get_zooms()[:3], 1.0, atol=0.01):
        raise UsageError(f"{path} has voxels of {image.header.get_zooms()[:3]} mm; expected 1 mm isotropic.")
    values = np.asarray(image.dataobj).round().astype(np.int16)
    corners = np.argwhere(values > 0)
    values = np.pad(values[tuple(slice(a, b + 1) for a, b in zip(corners.min(0), corners.max(0), strict=True))], 1)
    unknown = [int(value) for value in np.unique(values) if value not in place_of_value]
    if unknown:
        raise UsageError(f"{path} holds the label values {unknown}, which the table of structures does not name.")
    values = _without_spinal_canal(values)
    present = np.unique(values)
    places = np.zeros(int(present.max()) + 1, np.uint8)
    places[present] = [place_of_value[int(value)] for value in present]
    return places[values]


def _without_spinal_canal(values: np.ndarray) -> np.ndarray:
    """Move cord and fluid below the foramen magnum, and specks of fluid apart from the brain, out of the skull."""
    cerebellum = np.isin(values, _CEREBELLUM).any((0, 1))
    foramen = max(0, int(np.argmax(cerebellum)) - _FORAMEN_BELOW_CEREBELLUM_MM)
    skull = (values > 0) & (values < _FIRST_OUTSIDE)
    skull[:, :, :foramen] = False
    components = sitk.RelabelComponent(sitk.ConnectedComponent(sitk.GetImageFromArray(skull.astype(np.uint8))))
    outside = sitk.GetArrayFromImage(components) != 1
    moved = np.where(outside & (values == _FLUID), np.int16(FLUID_OUTSIDE), values)
    return np.where(outside & (values == _BRAIN_STEM), np.int16(SPINAL_CORD), moved)
