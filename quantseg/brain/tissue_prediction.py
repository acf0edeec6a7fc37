"""What a network sees of tissues in a head, in voxels of its own size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from quantseg.brain.regions import REGIONS_OF_TISSUE, Region, Tissue, regions_of_channel
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
        probabilities: of each channel there, background first, shape (channels, I, J, K); nothing but background away
            from the brain.
        in_view: which voxels lie inside the scan.
        channels: regions that each channel holds; together each region once.
    """

    image: Volume
    probabilities: np.ndarray
    in_view: np.ndarray
    channels: tuple[tuple[Region, ...], ...]

    @property
    def grid(self) -> Grid:
        """Where the probabilities lie."""
        return self.image.grid

    @property
    def intracranial(self) -> np.ndarray:
        """Probability of lying in the intracranial space, float32, shape (I, J, K)."""
        return np.asarray(1 - self.probabilities[Region.BACKGROUND])

    def tells(self, regions: Sequence[Region]) -> bool:
        """Whether the network tells some regions from all others."""
        return all(set(channel) <= set(regions) for channel in self.channels if set(channel) & set(regions))

    def share(self, regions: Sequence[Region]) -> np.ndarray:
        """Return the probability of some regions together, float32, shape (I, J, K).

        Raises:
            ValueError: the network does not tell them from others.
        """
        total: np.ndarray = self.probabilities[self._channels_of(regions)].sum(axis=0)
        return total

    def tissue(self, tissue: Tissue) -> np.ndarray:
        """Return the probability of a tissue, float32, shape (I, J, K)."""
        return self.share(REGIONS_OF_TISSUE[tissue])

    def volume_ml(self, regions: Sequence[Region]) -> float:
        """Return the sum of probabilities of some regions, as a volume."""
        voxels = float(self.probabilities[self._channels_of(regions)].sum(dtype=np.float64))
        return voxels * self.grid.voxel_volume_mm3 / 1000

    def _channels_of(self, regions: Sequence[Region]) -> list[int]:
        if not self.tells(regions):
            names = ", ".join(region.name.lower() for region in regions)
            raise ValueError(f"This network does not tell {names} from what lies beside them.")
        return [number for number, channel in enumerate(self.channels) if set(channel) <= set(regions)]


def predict_tissue(
    volume: Volume, ensemble: PredictsRegions, channel_of: Mapping[str, str] | None = None
) -> TissuePrediction:
    """Show the network the head, on its own grid.

    Args:
        volume: a scan in canonical order.
        ensemble: predicts the channels that its bundle names.
        channel_of: what each of these is called here, where the bundle has names of its own; those that come to one
            name are counted together.
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
    names = ensemble.bundle.inference["labels"]
    of_channels = [regions_of_channel(name if channel_of is None else channel_of[name]) for name in names]
    channels = tuple(dict.fromkeys(of_channels))
    if len(channels) < len(of_channels):
        together = ([n for n, regions in enumerate(of_channels) if regions == one] for one in channels)
        probabilities = np.stack([probabilities[numbers].sum(axis=0) for numbers in together])
    return TissuePrediction(image, probabilities, in_view, channels)


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
