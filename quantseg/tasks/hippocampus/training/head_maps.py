"""Label maps of whole heads, and what each of their FreeSurfer values means to the localiser."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from quantseg.errors import UsageError
from quantseg.tasks.hippocampus.head_labels import HeadLabel
from quantseg.training.head_label_maps import FLUID_OUTSIDE, SPINAL_CORD, head_map_name, read_structures


@dataclass(frozen=True)
class Structure:
    """Label values that look alike in an image.

    Attributes:
        tissue: name of what they share; each tissue has one intensity distribution in a synthetic image.
        target: what the localiser shall call them.
        values: FreeSurfer values, left before right.
    """

    tissue: str
    target: HeadLabel
    values: tuple[int, ...]


STRUCTURES = (
    Structure("air", HeadLabel.BACKGROUND, (0,)),
    Structure("hippocampus", HeadLabel.LEFT_HIPPOCAMPUS, (17,)),
    Structure("hippocampus", HeadLabel.RIGHT_HIPPOCAMPUS, (53,)),
    Structure("cerebral white matter", HeadLabel.WHITE_MATTER, (2, 41)),
    Structure("white matter lesion", HeadLabel.WHITE_MATTER, (25, 57)),
    Structure("cerebellar white matter", HeadLabel.WHITE_MATTER, (7, 46)),
    Structure("brain stem", HeadLabel.WHITE_MATTER, (16,)),
    Structure("ventral diencephalon", HeadLabel.WHITE_MATTER, (28, 60)),
    Structure("optic chiasm", HeadLabel.WHITE_MATTER, (85,)),
    Structure("cerebral cortex", HeadLabel.GREY_MATTER, (3, 42)),
    Structure("cerebellar cortex", HeadLabel.GREY_MATTER, (8, 47)),
    Structure("thalamus", HeadLabel.GREY_MATTER, (10, 49)),
    Structure("caudate", HeadLabel.GREY_MATTER, (11, 50, 26, 58)),
    Structure("putamen", HeadLabel.GREY_MATTER, (12, 51)),
    Structure("pallidum", HeadLabel.GREY_MATTER, (13, 52)),
    Structure("amygdala", HeadLabel.GREY_MATTER, (18, 54)),
    Structure("ventricle", HeadLabel.FLUID, (4, 43, 5, 44, 14, 15, 72)),
    Structure("cerebrospinal fluid", HeadLabel.FLUID, (24,)),
    Structure("choroid plexus", HeadLabel.FLUID, (136, 163, 137, 164)),
    Structure("vessel", HeadLabel.FLUID, (30, 62)),
    Structure("brain stem", HeadLabel.BACKGROUND, (SPINAL_CORD,)),
    Structure("cerebrospinal fluid", HeadLabel.BACKGROUND, (FLUID_OUTSIDE,)),
    *(
        Structure(f"outside the skull {value}", HeadLabel.BACKGROUND, (value,))
        for value in (502, 506, 507, 508, 509, 511, 512, 514, 515, 516, 530)
    ),
)

TISSUES = tuple(dict.fromkeys(structure.tissue for structure in STRUCTURES))
_INDEX_OF_VALUE = {value: index for index, structure in enumerate(STRUCTURES) for value in structure.values}
# The maps are stored with one small index for each (tissue, target) pair: the structure's place in the table.
TISSUE_OF_STRUCTURE = torch.tensor([TISSUES.index(structure.tissue) for structure in STRUCTURES])
TARGET_OF_STRUCTURE = torch.tensor([int(structure.target) for structure in STRUCTURES], dtype=torch.uint8)


@dataclass(frozen=True)
class HeadMap:
    """One head, RAS order, 1 mm isotropic, cut to the head with one voxel of air around it.

    Attributes:
        name: file name without its ending.
        structures: place in ``STRUCTURES`` of every voxel, uint8, shape (I, J, K).
        brain_centre: middle of the bounding box of the intracranial space, in voxels, shape (3,).
        hippocampi_centre: middle of the box around both hippocampi, in voxels, shape (3,).
    """

    name: str
    structures: torch.Tensor
    brain_centre: torch.Tensor
    hippocampi_centre: torch.Tensor

    def targets(self) -> torch.Tensor:
        """Return the localiser's label of every voxel, uint8, shape (I, J, K)."""
        return TARGET_OF_STRUCTURE[self.structures.long()]


def read_head_map(path: Path) -> HeadMap:
    """Read one label map.

    Raises:
        UsageError: a value is unknown, a hippocampus is missing, or the voxels are not 1 mm.
    """
    structures = read_structures(path, _INDEX_OF_VALUE)
    targets = TARGET_OF_STRUCTURE.numpy()[structures]
    hippocampi = np.isin(targets, (HeadLabel.LEFT_HIPPOCAMPUS, HeadLabel.RIGHT_HIPPOCAMPUS))
    if not hippocampi.any():
        raise UsageError(f"{path} shows no hippocampus; expected the FreeSurfer values 17 and 53.")
    return HeadMap(head_map_name(path), torch.from_numpy(structures), _box_centre(targets > 0), _box_centre(hippocampi))


def _box_centre(mask: np.ndarray) -> torch.Tensor:
    """Return the middle of the bounding box of a mask, in voxels, shape (3,)."""
    voxels = np.argwhere(mask)
    return torch.from_numpy((voxels.min(0) + voxels.max(0)) / 2).float()
