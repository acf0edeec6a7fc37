"""What a fit of the dementia model starts from."""

from __future__ import annotations

from typing import Any

from quantseg.tasks.dementia.features import AGE, AREAS, BRAIN_PERCENT, LEFT_HIPPOCAMPUS, RIGHT_HIPPOCAMPUS, UPTAKE
from quantseg.tasks.dementia.uptake import REGIONS, SIDES

INFERENCE: dict[str, Any] = {"regression": {}}
"""The model is no network; its numbers are found by the fit."""

_HIPPOCAMPI = [LEFT_HIPPOCAMPUS, RIGHT_HIPPOCAMPUS]
_UPTAKE = [f"{UPTAKE}{side}_{region}" for region in REGIONS for side in SIDES]

RECIPE: dict[str, Any] = {
    "seed": 2029,
    "folds": 10,
    "repeats": 5,
    "least_age_years": 60.0,
    "condition": "",
    "population": "",
    "feature_sets": {
        "hippocampi": [AGE, *_HIPPOCAMPI],
        "hippocampi and brain": [AGE, *_HIPPOCAMPI, BRAIN_PERCENT],
        "tissues": [AGE, BRAIN_PERCENT, *AREAS],
        "hippocampi and tissues": [AGE, *_HIPPOCAMPI, BRAIN_PERCENT, *AREAS],
        "uptake": [AGE, *_UPTAKE],
        "hippocampi and uptake": [AGE, *_HIPPOCAMPI, *_UPTAKE],
    },
    "penalties": [1.0, 10.0, 100.0],
    "draws": 400,
    "voxels": {"components": 50, "penalties": [0.1, 1.0, 10.0]},
}
"""How it is fitted: sets of features and penalties that folds choose from, refits for the interval, and what it is
compared with. Condition and population are those of the data set where nothing is said."""
