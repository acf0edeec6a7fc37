"""What can be trained of the dementia task."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quantseg.tasks.learning import Configurations, Trainable, TrainsAlone

if TYPE_CHECKING:
    from quantseg.training.audit import Finding


_DATA = "a folder with persons.csv (person, mri, pet, age, label), or laid out as OASIS1_brains"


def _configurations() -> Configurations:
    from quantseg.tasks.dementia.training.recipe import INFERENCE, RECIPE

    return copy.deepcopy(INFERENCE), copy.deepcopy(RECIPE)


def _with_networks() -> Configurations:
    from quantseg.tasks.dementia.training.recipe import INFERENCE, NETWORK_RECIPE

    return copy.deepcopy(INFERENCE), copy.deepcopy(NETWORK_RECIPE)


def _alone() -> TrainsAlone:
    from quantseg.tasks.dementia.training.fitting import train_dementia_model

    return train_dementia_model


def _audit(data: Path, inference: Mapping[str, Any], recipe: Mapping[str, Any]) -> list[Finding]:
    from quantseg.tasks.dementia.training.cohort import audit_cohort

    del inference
    return audit_cohort(data, recipe["least_age_years"])


TRAINABLE = (
    Trainable(
        "dementia",
        "logistic regression of dementia on what MRI, PET or both show of a brain",
        _DATA,
        _configurations,
        alone=_alone,
        audit=_audit,
    ),
    Trainable(
        "dementia-network",
        "the same with 3D networks that are shown tissues, uptake or both as channels",
        _DATA,
        _with_networks,
        alone=_alone,
        audit=_audit,
    ),
)
