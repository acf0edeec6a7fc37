"""What can be trained of brain age."""

from __future__ import annotations

import copy

from quantseg.tasks.learning import Configurations, Trainable, TrainsAlone


def _configurations() -> Configurations:
    from quantseg.tasks.brain_age.training.recipe import INFERENCE, RECIPE

    return copy.deepcopy(INFERENCE), copy.deepcopy(RECIPE)


def _alone() -> TrainsAlone:
    from quantseg.tasks.brain_age.training.fitting import train_age_model

    return train_age_model


TRAINABLE = (
    Trainable(
        "age",
        "linear regression of age on the tissues of a brain, and 3D networks beside it",
        "a folder of brains in MNI space with subjects.csv, as OASIS1_brains",
        _configurations,
        alone=_alone,
    ),
)
