"""What a fit of the age model starts from."""

from __future__ import annotations

from typing import Any

INFERENCE: dict[str, Any] = {"regression": {}}
"""The model is no network; its numbers are found by the fit."""

RECIPE: dict[str, Any] = {
    "seed": 2029,
    "folds": 10,
    "sd_mm": 3.4,
    "penalty": 0.01,
    "percentile_age_sd_years": 7.0,
}
"""How it is fitted: smoothing of the features, penalty of the ridge, reach along age of the percentiles."""
