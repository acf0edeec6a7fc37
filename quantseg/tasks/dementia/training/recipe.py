"""What a fit of the dementia model starts from."""

from __future__ import annotations

from typing import Any

from quantseg.tasks.dementia.features import (
    AGE,
    AREAS,
    BRAIN_PERCENT,
    LEFT_HIPPOCAMPUS,
    NETWORK_LOG_ODDS,
    RIGHT_HIPPOCAMPUS,
    UPTAKE,
)
from quantseg.tasks.dementia.uptake import REGIONS, SIDES
from quantseg.training.volume_network import USUAL_VARIATION

INFERENCE: dict[str, Any] = {"regression": {}}
"""Its numbers are found by the fit."""

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

NETWORK_RECIPE: dict[str, Any] = {
    **RECIPE,
    "feature_sets": {
        "network": [AGE, NETWORK_LOG_ODDS],
        "hippocampi and network": [AGE, *_HIPPOCAMPI, NETWORK_LOG_ODDS],
        "hippocampi, brain and network": [AGE, *_HIPPOCAMPI, BRAIN_PERCENT, NETWORK_LOG_ODDS],
        "uptake and network": [AGE, *_UPTAKE, NETWORK_LOG_ODDS],
    },
    "networks": {
        "folds": 5,
        "shipped": 2,
        "network_def": {
            "_target_": "VolumeResNeXt",
            "spatial_dims": 3,
            "in_channels": 0,
            "out_channels": 1,
            "widths": [16, 32, 64, 96],
            "cardinality": 8,
            "dropout": 0.3,
        },
        "optimisation": {
            "samples": 4800,
            "batch_size": 8,
            "learning_rate": 0.003,
            "weight_decay": 0.05,
            "warmup_fraction": 0.1,
            "gradient_clip_norm": 2.0,
            "weight_average_decay": 0.98,
            "deep_supervision_levels": 0,
        },
        "variation": {**USUAL_VARIATION, "mixed_probability": 0.5},
    },
}
"""The same with networks that are shown tissues, uptake or both; they have as many channels as the people's images. Of
those of all folds, which are needed to judge, the bundle holds the first ones."""
