"""Make the simulated PET with few counts that the project ships: a slab of a head of nobody.

The generator that the network of low-dose PET learns from paints FDG onto a label map that no training has seen, and
scans it with a twentieth of the counts. Slices through the middle of the brain are kept; no scan of a person goes in.

Usage::

    python Testing/samples/make_sample_pet.py synthseg_label_maps Resources/SampleData
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

import numpy as np

from quantseg.review.nifti import packed_nifti
from quantseg.tasks.low_dose_pet.training.activity import VOXEL_MM, draw_activity
from quantseg.tasks.low_dose_pet.training.recipe import read_activity_recipe, read_scanner_recipe
from quantseg.tasks.low_dose_pet.training.scanning import scan
from quantseg.tasks.low_dose_pet.training.starting_point import RECIPE
from quantseg.tasks.low_dose_pet.training.uptake import PLACE_OF_VALUE
from quantseg.training.head_label_maps import read_structures

FILE = "pet_simulated_low.nii.gz"
FRACTION = 0.05
_MAP = "training_seg_18.nii.gz"
"""Of those kept from training."""
_SEED = 6
_SLICES, _MARGIN_VOXELS = 20, 2
_RESOLUTION_MM, _TRUE_COUNTS = 5.0, 800_000.0
# So coarse that the file stays small; the noise's SD is two steps.
_STEPS_OF_MEAN = 10


def main() -> None:
    """Read the arguments, simulate the scan, write it."""
    parser = argparse.ArgumentParser(description="Simulate the sample PET with few counts.")
    parser.add_argument("maps", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=_SEED)
    options = parser.parse_args()
    stored = simulate_slab(options.maps / _MAP, options.seed)
    affine = np.diag([VOXEL_MM, VOXEL_MM, VOXEL_MM, 1.0])
    affine[:3, 3] = -(np.array(stored.shape) - 1) / 2 * VOXEL_MM
    (options.folder / FILE).write_bytes(packed_nifti(stored, affine))


def simulate_slab(path: Path, seed: int) -> np.ndarray:
    """Return slices of a simulated scan, uint8, shape (I, J, K), in the order right, anterior, superior."""
    random = np.random.default_rng(seed)
    told = RECIPE["simulation"]
    activity = draw_activity(read_structures(path, PLACE_OF_VALUE), read_activity_recipe(told["activity"]), random)
    # One scanner among those of the recipe, whose noise no filter hides.
    scanner = dataclasses.replace(
        read_scanner_recipe(told["scanner"]),
        resolution_mm=(_RESOLUTION_MM, _RESOLUTION_MM),
        true_counts=(_TRUE_COUNTS, _TRUE_COUNTS),
        filter_probability=0.0,
    )
    image = scan(activity, scanner, random).image(FRACTION, random)
    areas = np.convolve(activity.brain.sum(axis=(0, 1)), np.ones(_SLICES), "valid")
    first = int(np.argmax(areas))
    seen = activity.head[:, :, first : first + _SLICES].max(axis=2) > 0.5
    i, j = (np.flatnonzero(seen.any(axis=1 - axis)) for axis in (0, 1))
    box = (
        slice(max(i[0] - _MARGIN_VOXELS, 0), i[-1] + _MARGIN_VOXELS + 1),
        slice(max(j[0] - _MARGIN_VOXELS, 0), j[-1] + _MARGIN_VOXELS + 1),
        slice(first, first + _SLICES),
    )
    step = float(image[activity.brain].mean()) / _STEPS_OF_MEAN
    return np.clip(np.round(image[box] / step), 0, 255).astype(np.uint8)


if __name__ == "__main__":
    main()
