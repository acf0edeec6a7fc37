"""Where the parts of a brain lie in standard space, by which tissues are shared out among them.

A network that tells tissues in a head says nothing of sides or nuclei. Laid on the atlas by an affine transform, a
place tells them: fluid in the middle of the brain is ventricle, grey matter there is deep, and what lies behind and
below is cerebellum. Tissues and their amounts stay as they were found.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from quantseg.brain.atlas import read_atlas
from quantseg.brain.regions import REGIONS_OF_TISSUE, Region
from quantseg.brain.standard_space import StandardBrain, to_standard
from quantseg.brain.tissue_prediction import TissuePrediction
from quantseg.resources import resources_folder
from quantseg.volume import Volume, resample_through

PARTS_FILE = "brain_parts_4mm.nii.gz"
_LARGEST_STORED = 255.0
_INTRACRANIAL_FROM = 0.5
# Where the atlas knows of no region of a tissue, its regions are shared evenly rather than divided by nothing.
_LEAST_SHARE = 1e-4
# Voxels beyond the atlas that are taken for what lies at its end: below it, for the rest of the brain stem.
_BEYOND = 6


def laid_on_atlas(coarse: TissuePrediction) -> StandardBrain:
    """Return the brain that a network saw, on the grid of the atlas.

    Args:
        coarse: what it saw; its image has the brain's brightness.

    Raises:
        ValueError: there is no brain.
    """
    image = coarse.image.array.astype(np.float32)
    inside = coarse.intracranial > _INTRACRANIAL_FROM
    darkest = float(image[inside].min()) if inside.any() else 0.0
    return to_standard(coarse.image.with_array(np.where(inside, image - darkest + 1, 0)), read_atlas())


def shared_out(tissues: TissuePrediction, brain: StandardBrain) -> TissuePrediction:
    """Share each tissue out among its regions, as they lie in the atlas.

    Args:
        tissues: in the voxels of a scan.
        brain: the scan's, laid on the atlas.

    Returns:
        the prediction with a channel for each :class:`quantseg.brain.regions.Region`; the regions of a tissue come to
        what it was.
    """
    to_standard_space = np.linalg.inv(brain.to_scan)
    probabilities = np.zeros((len(Region), *tissues.grid.shape), np.float32)
    probabilities[Region.BACKGROUND] = tissues.probabilities[Region.BACKGROUND]
    for tissue, regions in REGIONS_OF_TISSUE.items():
        parts = [resample_through(_parts()[region], tissues.grid, to_standard_space).array for region in regions]
        expected = np.stack(parts) + np.float32(_LEAST_SHARE)
        probabilities[list(regions)] = expected / expected.sum(axis=0) * tissues.tissue(tissue)
    return TissuePrediction(tissues.image, probabilities, tissues.in_view, tuple((region,) for region in Region))


@lru_cache(maxsize=1)
def _parts() -> tuple[Volume, ...]:
    """Return the share of each region in each voxel of standard space, and some way beyond it."""
    import nibabel

    image = nibabel.nifti1.load(resources_folder() / "Atlas" / PARTS_FILE)
    shares = np.pad(
        np.asarray(image.dataobj, np.float32) / _LARGEST_STORED, [(_BEYOND, _BEYOND)] * 3 + [(0, 0)], "edge"
    )
    affine = np.array(image.affine)
    affine[:3, 3] -= _BEYOND * affine[:3, :3].sum(axis=1)
    return tuple(Volume(np.ascontiguousarray(shares[..., region]), affine) for region in Region)
