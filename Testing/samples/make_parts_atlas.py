"""Make Resources/Atlas/brain_parts_4mm.nii.gz, where the parts of the brain lie in standard space.

python Testing/samples/make_parts_atlas.py LABEL_MAPS Resources/Atlas

LABEL_MAPS holds the head label maps of SynthSeg; the four that are kept for testing are left out.
"""

import sys
from pathlib import Path

import nibabel
import numpy as np
import torch
from torch.nn import functional

from quantseg.brain.atlas import read_atlas
from quantseg.brain.parts_atlas import PARTS_FILE
from quantseg.brain.regions import MIRRORED, Region
from quantseg.brain.standard_space import to_standard
from quantseg.tasks.brain_tissue.training.brain_maps import LOOK_OF_STRUCTURE, BrainMap, read_brain_map
from quantseg.tasks.brain_tissue.training.contrast import Contrast, look_means
from quantseg.tasks.brain_tissue.training.starting_point import RECIPE
from quantseg.training.head_label_maps import head_maps_to_train_on
from quantseg.volume import Grid, Volume, resample_through

_GRID = Grid((41, 48, 42), np.array([[4.0, 0, 0, -80], [0, 4, 0, -112], [0, 0, 4, -72], [0, 0, 0, 1]]))
_IMAGE_MM, _SHARES_MM = 2, 4
_SEED = 2029


def main(maps: Path, target: Path) -> None:
    """Write the file."""
    means = look_means(Contrast.T1, torch.Generator().manual_seed(_SEED))
    heads = [read_brain_map(path) for path in head_maps_to_train_on(maps, RECIPE["test_maps"])]
    shares = np.mean([_shares(head, means) for head in heads], axis=0)
    # No hemisphere is meant to be another than its mirror image.
    shares = (shares + shares[list(MIRRORED)][:, ::-1]) / 2
    stored = np.moveaxis((255 * shares).round().astype(np.uint8), 0, -1)
    nibabel.save(nibabel.Nifti1Image(stored, _GRID.affine), target / PARTS_FILE)


def _shares(head: BrainMap, means: torch.Tensor) -> np.ndarray:
    """Return the share of each region in each voxel of standard space, shape (regions, I, J, K)."""
    regions = head.regions()
    bright = torch.where(regions > 0, means[LOOK_OF_STRUCTURE][head.structures.long()], torch.zeros(()))
    brain = to_standard(_coarser(100 * bright, _IMAGE_MM), read_atlas())
    print(head.name, f"likeness {brain.likeness:.2f}, scale {brain.scale:.2f}", flush=True)
    found = [
        resample_through(_coarser((regions == region).float(), _SHARES_MM), _GRID, brain.to_scan).array
        for region in Region
    ]
    found[Region.BACKGROUND] = np.clip(1 - np.sum(found[1:], axis=0), 0, 1)
    return np.stack(found)


def _coarser(values: torch.Tensor, factor: int) -> Volume:
    """Return the means over cubes of a map of 1 mm."""
    affine = np.diag([factor, factor, factor, 1.0])
    affine[:3, 3] = (factor - 1) / 2
    return Volume(functional.avg_pool3d(values[None, None], factor)[0, 0].numpy(), affine)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
