"""What a fit of the age model starts from."""

from __future__ import annotations

from typing import Any

from quantseg.training.volume_network import USUAL_VARIATION

INFERENCE: dict[str, Any] = {"regression": {}}
"""Its numbers are found by the fit."""

RECIPE: dict[str, Any] = {
    "seed": 2029,
    "folds": 10,
    "sd_mm": 3.4,
    "penalty": 0.01,
    "percentile_age_sd_years": 7.0,
    "networks": {
        "folds": 5,
        "share": 0.5,
        "middle_years": 50.0,
        "unit_years": 25.0,
        "network_def": {
            "_target_": "VolumeResNeXt",
            "spatial_dims": 3,
            "in_channels": 2,
            "out_channels": 2,
            "widths": [16, 32, 64, 96],
            "cardinality": 8,
            "dropout": 0.2,
        },
        "optimisation": {
            "samples": 16000,
            "batch_size": 8,
            "learning_rate": 0.003,
            "weight_decay": 0.02,
            "warmup_fraction": 0.1,
            "gradient_clip_norm": 2.0,
            "weight_average_decay": 0.99,
            "deep_supervision_levels": 0,
        },
        "variation": {**USUAL_VARIATION, "mixed_probability": 0.2},
    },
}
"""How it is fitted: smoothing of the features, penalty of the ridge, reach along age of the percentiles; and networks,
one a fold of their own, which is made of folds of the regression."""
