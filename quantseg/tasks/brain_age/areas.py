"""Which areas carry an estimate: what changes if an area is made as it is in the average brain."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from quantseg.brain.atlas import Atlas, read_atlas
from quantseg.brain.standard_space import StandardBrain
from quantseg.brain.tissue_features import areas_of, brain_mixture, describe_features, tissue_features
from quantseg.brain.tissue_volume import tissue_volume, volume_places
from quantseg.brain.volume_networks import SaysValues
from quantseg.tasks.brain_age.model import AgeModel, SeenBrain


def see(brain: StandardBrain, atlas: Atlas, sd_mm: float) -> SeenBrain:
    """Return what the model is shown of a brain.

    Args:
        brain: in standard space.
        atlas: whose space that is.
        sd_mm: smoothing of the features.
    """
    mixture = brain_mixture(brain, atlas)
    return SeenBrain(tissue_features(mixture, atlas, sd_mm), tissue_volume(mixture, atlas))


@lru_cache(maxsize=2)
def average_brain(sd_mm: float) -> SeenBrain:
    """Return the atlas's own brain, with which a brain is compared area by area."""
    atlas = read_atlas()
    return see(StandardBrain(atlas.brain.array, np.eye(4), 1.0), atlas, sd_mm)


def contributions(model: AgeModel, networks: SaysValues | None, brain: SeenBrain, atlas: Atlas) -> dict[str, float]:
    """Return by how many years each area makes a brain look older than the atlas's, the most first.

    It is what the estimate loses where the area is replaced by the atlas's (occlusion; Zeiler and Fergus, ECCV 2014).

    Args:
        model: that estimates.
        networks: those of the model, where it has any.
        brain: what it is shown.
        atlas: says where areas lie.
    """
    whole, average = model.estimate(brain, networks).years, average_brain(model.regression.sd_mm)
    of_features, of_voxels = describe_features(atlas).area, areas_of(atlas)[volume_places(atlas)]
    found = {}
    for area in dict.fromkeys(of_features):
        without = SeenBrain(
            np.where(of_features == area, average.features, brain.features),
            np.where(of_voxels == area, average.volume, brain.volume),
        )
        found[str(area)] = whole - model.estimate(without, networks).years
    return dict(sorted(found.items(), key=lambda one: -abs(one[1])))
