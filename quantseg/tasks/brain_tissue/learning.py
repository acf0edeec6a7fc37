"""What can be trained of brain tissue."""

from __future__ import annotations

import copy

from quantseg.tasks.learning import Configurations, Trainable, TrainsAlone


def _configurations() -> Configurations:
    from quantseg.tasks.brain_tissue.training.starting_point import INFERENCE, RECIPE

    return copy.deepcopy(INFERENCE), copy.deepcopy(RECIPE)


def _alone() -> TrainsAlone:
    from quantseg.tasks.brain_tissue.training.fitting import train_tissue_network

    return train_tissue_network


TRAINABLE = (
    Trainable(
        "tissue",
        "tells grey matter, white matter and fluid, and their parts, in a head of any contrast",
        "1 mm label maps of heads in FreeSurfer values",
        _configurations,
        alone=_alone,
    ),
)
