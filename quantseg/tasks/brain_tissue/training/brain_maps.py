"""Label maps of whole heads, and what each of their FreeSurfer values means to the tissue network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from quantseg.brain.regions import Region
from quantseg.errors import UsageError
from quantseg.training.head_label_maps import FLUID_OUTSIDE, SPINAL_CORD, head_map_name, read_structures


@dataclass(frozen=True)
class Structure:
    """Label values that look alike in an image and count alike.

    Attributes:
        look: name of what looks alike; each has one distribution of intensities in a synthetic image.
        region: what the network shall call it.
        values: in FreeSurfer's table.
        whiteness: how its brightness mixes those of grey (0) and white matter (1); None for what is neither.
        fluidity: share of fluid in its brightness, from 0 to 1.
    """

    look: str
    region: Region
    values: tuple[int, ...]
    whiteness: float | None = None
    fluidity: float = 0.0


def _sided(
    look: str, left: Region, right: Region, values: tuple[tuple[int, ...], tuple[int, ...]], whiteness: float
) -> tuple[Structure, Structure]:
    return Structure(look, left, values[0], whiteness), Structure(look, right, values[1], whiteness)


_GREY, _WHITE = (Region.LEFT_GREY, Region.RIGHT_GREY), (Region.LEFT_WHITE, Region.RIGHT_WHITE)
_DEEP = (Region.LEFT_DEEP_GREY, Region.RIGHT_DEEP_GREY)
_CEREBELLAR_GREY = (Region.LEFT_CEREBELLAR_GREY, Region.RIGHT_CEREBELLAR_GREY)
_CEREBELLAR_WHITE = (Region.LEFT_CEREBELLAR_WHITE, Region.RIGHT_CEREBELLAR_WHITE)

STRUCTURES = (
    Structure("air", Region.BACKGROUND, (0,)),
    *_sided("cerebral cortex", *_GREY, ((3,), (42,)), 0.0),
    *_sided("hippocampus", *_GREY, ((17,), (53,)), 0.05),
    *_sided("amygdala", *_GREY, ((18,), (54,)), 0.0),
    *_sided("cerebral white matter", *_WHITE, ((2,), (41,)), 1.0),
    *_sided("white matter lesion", *_WHITE, ((25,), (57,)), 0.3),
    *_sided("ventral diencephalon", *_WHITE, ((28,), (60,)), 0.7),
    *_sided("thalamus", *_DEEP, ((10,), (49,)), 0.45),
    *_sided("caudate", *_DEEP, ((11, 26), (50, 58)), 0.05),
    *_sided("putamen", *_DEEP, ((12,), (51,)), 0.2),
    *_sided("pallidum", *_DEEP, ((13,), (52,)), 0.7),
    *_sided("cerebellar cortex", *_CEREBELLAR_GREY, ((8,), (47,)), 0.0),
    *_sided("cerebellar white matter", *_CEREBELLAR_WHITE, ((7,), (46,)), 1.0),
    Structure("brain stem", Region.BRAIN_STEM, (16,), 0.8),
    Structure("brain stem", Region.BACKGROUND, (SPINAL_CORD,), 0.8),
    Structure("fluid", Region.OUTER_FLUID, (24,), 0.0, 1.0),
    Structure("fluid", Region.BACKGROUND, (FLUID_OUTSIDE,), 0.0, 1.0),
    Structure("fluid", Region.LEFT_VENTRICLE, (4, 5), 0.0, 1.0),
    Structure("fluid", Region.RIGHT_VENTRICLE, (43, 44), 0.0, 1.0),
    Structure("fluid", Region.MIDLINE_VENTRICLES, (14, 15, 72), 0.0, 1.0),
    Structure("choroid plexus", Region.LEFT_VENTRICLE, (136, 137), 0.0, 0.5),
    Structure("choroid plexus", Region.RIGHT_VENTRICLE, (163, 164), 0.0, 0.5),
    # Perivascular spaces, which the maps call vessels, and the chiasm lie at the base of the brain, in its fluid.
    Structure("vessel", Region.OUTER_FLUID, (30, 62)),
    Structure("optic chiasm", Region.OUTER_FLUID, (85,), 1.0),
    *(
        Structure(f"outside the skull {value}", Region.BACKGROUND, (value,))
        for value in (502, 506, 507, 508, 509, 511, 512, 514, 515, 516, 530)
    ),
)
LOOKS = tuple(dict.fromkeys(structure.look for structure in STRUCTURES))
_INDEX_OF_VALUE = {value: index for index, structure in enumerate(STRUCTURES) for value in structure.values}
# The maps are stored with one small index for each row of the table.
LOOK_OF_STRUCTURE = torch.tensor([LOOKS.index(structure.look) for structure in STRUCTURES])
REGION_OF_STRUCTURE = torch.tensor([int(structure.region) for structure in STRUCTURES])


@dataclass(frozen=True)
class BrainMap:
    """One head, RAS order, 1 mm isotropic, cut to the head with one voxel of air around it.

    Attributes:
        name: file name without its ending.
        structures: place in ``STRUCTURES`` of every voxel, uint8, shape (I, J, K).
        first: first voxel of the box around the intracranial space, shape (3,).
        last: last voxel of that box.
    """

    name: str
    structures: torch.Tensor
    first: torch.Tensor
    last: torch.Tensor

    @property
    def centre(self) -> torch.Tensor:
        """Middle of the box around the intracranial space, in voxels, shape (3,)."""
        return (self.first + self.last) / 2

    def regions(self) -> torch.Tensor:
        """Return the ``Region`` of every voxel, int64, shape (I, J, K)."""
        return REGION_OF_STRUCTURE[self.structures.long()]


def read_brain_map(path: Path) -> BrainMap:
    """Read one label map.

    Raises:
        UsageError: a value is unknown, there is no brain, or the voxels are not 1 mm.
    """
    structures = torch.from_numpy(read_structures(path, _INDEX_OF_VALUE))
    skull = (REGION_OF_STRUCTURE[structures.long()] > 0).nonzero()
    if not len(skull):
        raise UsageError(f"{path} shows no brain; expected FreeSurfer values such as 2, 3, 41 and 42.")
    return BrainMap(head_map_name(path), structures, skull.min(0).values.float(), skull.max(0).values.float())
