"""What a network sees in a head at 1 mm, and the same on the grid of the scan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from quantseg.tasks.brain_tissue.anatomy import LabelledStructure
from quantseg.tasks.brain_tissue.regions import REGIONS_OF_TISSUE, Region, Tissue
from quantseg.volume import Grid, Volume, aligned_grid, resample
from quantseg.volume.binning import bin_towards
from quantseg.volume.bright_object import box_of_object
from quantseg.volume.masks import grown, largest_component

if TYPE_CHECKING:
    from quantseg.models.bundle import Bundle

# Where the head lies is seen well enough, and much faster, on voxels of 3 mm.
_COARSE_MM = 3.0
# A stripped brain's outer fluid may be as dark as air; scalp and brain may be two objects, and a speck is none.
_AIR_AROUND_COARSE_VOXELS = 4
_LEAST_OBJECT_SHARE = 0.02
_AIR_PERCENTILE = 1.0
# Beyond this distance from the intracranial space the background's traces of probability are not counted.
_SOFT_RIM_MM = 3.0


class PredictsRegions(Protocol):
    """What segmenting needs of an ensemble."""

    bundle: Bundle

    def predict(self, image: np.ndarray) -> np.ndarray:
        """Return softmax probabilities (M, C, I, J, K) for intensities (I, J, K)."""
        ...


@dataclass(frozen=True)
class TissuePrediction:
    """What the network sees in one head.

    Attributes:
        image: intensities of the scan on the network's grid, along the axes of space, around the head.
        probabilities: of each ``Region`` there, shape (regions, I, J, K); nothing but background away from the brain.
        in_view: which voxels lie inside the scan.
    """

    image: Volume
    probabilities: np.ndarray
    in_view: np.ndarray

    @property
    def grid(self) -> Grid:
        """Where the probabilities lie."""
        return self.image.grid

    @property
    def intracranial(self) -> np.ndarray:
        """Probability of lying in the intracranial space, float32, shape (I, J, K)."""
        return np.asarray(1 - self.probabilities[Region.BACKGROUND])

    def share(self, regions: Sequence[Region]) -> np.ndarray:
        """Return the probability of some regions together, float32, shape (I, J, K)."""
        total: np.ndarray = self.probabilities[list(regions)].sum(axis=0)
        return total

    def tissue(self, tissue: Tissue) -> np.ndarray:
        """Return the probability of a tissue, float32, shape (I, J, K)."""
        return self.share(REGIONS_OF_TISSUE[tissue])

    def volume_ml(self, regions: Sequence[Region]) -> float:
        """Return the sum of probabilities of some regions, as a volume."""
        voxels = float(self.probabilities[list(regions)].sum(dtype=np.float64))
        return voxels * self.grid.voxel_volume_mm3 / 1000


def predict_tissue(volume: Volume, ensemble: PredictsRegions) -> TissuePrediction:
    """Show the network the head, on its own grid.

    Args:
        volume: a scan in canonical order.
        ensemble: predicts ``Region`` probabilities.
    """
    spacing_mm = float(ensemble.bundle.inference["spacing_mm"][0])
    grid = _around_head(volume, aligned_grid(volume.grid, spacing_mm))
    # Not the minimum: after somebody's cubic resampling that is a ring's undershoot, far below air.
    air = float(np.percentile(volume.array, _AIR_PERCENTILE))
    image = resample(volume, grid, fill=air)
    in_view = resample(volume.with_array(np.ones(volume.array.shape, np.uint8)), grid, "nearest").array > 0
    probabilities = ensemble.predict(image.array.astype(np.float32, copy=False)).mean(axis=0)
    skull = largest_component((probabilities[Region.BACKGROUND] < 0.5) & in_view)
    near = grown(skull, round(_SOFT_RIM_MM / spacing_mm)) & in_view
    probabilities[:, ~near] = 0.0
    probabilities[Region.BACKGROUND, ~near] = 1.0
    return TissuePrediction(image, probabilities, in_view)


def labels_on_scan(prediction: TissuePrediction, structures: Sequence[LabelledStructure], grid: Grid) -> np.ndarray:
    """Return the label of whatever holds most of each voxel of a scan, uint8.

    Probabilities, not labels, are carried to the grid of the scan: a thick slice shares out what lies in it.

    Args:
        prediction: of the scan.
        structures: what is told apart; together all of the intracranial space.
        grid: of the scan, in canonical order.
    """
    background = prediction.image.with_array(prediction.probabilities[Region.BACKGROUND])
    most = resample(background, grid, fill=1.0).array
    labels = np.zeros(grid.shape, np.uint8)
    for structure in structures:
        share = resample(prediction.image.with_array(prediction.share(structure.regions)), grid).array
        more = share > most
        labels[more] = structure.segment.value
        most[more] = share[more]
    return labels


def _around_head(volume: Volume, grid: Grid) -> Grid:
    """Return the part of a grid that holds the head, and a little air."""
    coarse = bin_towards(volume, _COARSE_MM)
    box = box_of_object(np.ascontiguousarray(coarse.array, np.float32), _AIR_AROUND_COARSE_VOXELS, _LEAST_OBJECT_SHARE)
    ends = [side.indices(n)[:2] for side, n in zip(box, coarse.array.shape, strict=True)]
    corners = np.array([[ends[axis][one] - one for axis, one in enumerate(corner)] for corner in np.ndindex(2, 2, 2)])
    places = grid.to_voxel(coarse.grid.to_world(corners))
    first = np.clip(np.floor(places.min(axis=0)), 0, np.array(grid.shape) - 1).astype(int)
    last = np.clip(np.ceil(places.max(axis=0)), first, np.array(grid.shape) - 1).astype(int)
    i, j, k = (int(n) for n in last - first + 1)
    a, b, c = (int(n) for n in first)
    return grid.window((a, b, c), (i, j, k))
