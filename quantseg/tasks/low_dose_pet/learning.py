"""What can be trained for low-dose PET."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quantseg.tasks.learning import Configurations, Trainable, TrainsAlone

if TYPE_CHECKING:
    from quantseg.training.audit import Finding


def _configurations() -> Configurations:
    from quantseg.tasks.low_dose_pet.training.starting_point import INFERENCE, RECIPE

    return copy.deepcopy(INFERENCE), copy.deepcopy(RECIPE)


def _alone() -> TrainsAlone:
    from quantseg.tasks.low_dose_pet.training.fitting import train_pet_network

    return train_pet_network


def _audit(data: Path, _inference: Mapping[str, Any], _recipe: Mapping[str, Any]) -> list[Finding]:
    from quantseg.tasks.low_dose_pet.training.auditing import audit_pairs

    return audit_pairs(data)


def _start_bundle(folder: Path) -> None:
    from quantseg.tasks.low_dose_pet.training.new_bundle import start_bundle

    start_bundle(folder)


TRAINABLE = (
    Trainable(
        "pet",
        "estimates the PET with all counts, and how sure that is, from one with fewer",
        "folder of pairs of scans with pairs.csv, as quantseg.tasks.low_dose_pet.training.simulate makes them",
        _configurations,
        alone=_alone,
        audit=_audit,
        start_bundle=_start_bundle,
    ),
)
