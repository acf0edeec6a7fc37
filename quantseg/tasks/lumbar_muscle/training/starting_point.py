"""What a training of the lumbar muscle network starts from."""

from __future__ import annotations

from typing import Any

from quantseg.tasks.lumbar_muscle.channels import CHANNELS

INFERENCE: dict[str, Any] = {
    "spacing_mm": [1.25, 1.25],
    "minimum_patch": [160, 128],
    "patch_multiple": 16,
    # Two convolutions at 2.5 mm, one at each coarser level; the last one spreads each pixel of 2.5 mm over its four.
    "network_def": {
        "_target_": "UNet",
        "spatial_dims": 2,
        "in_channels": 2,
        "out_channels": len(CHANNELS),
        "channels": [32, 32, 48, 64, 80, 96],
        "strides": [2, 1, 2, 2, 2],
        "act": ["LEAKYRELU", {"negative_slope": 0.01, "inplace": True}],
        "norm": ["INSTANCE", {"affine": True}],
    },
    "intensity": {
        "_target_": "Compose",
        "transforms": [
            {"_target_": "ClipIntensityPercentilesd", "keys": "image", "lower": 0.5, "upper": 99.5},
            {"_target_": "NormalizeIntensityd", "keys": "image"},
        ],
    },
}
"""Network and pre-processing, the plain values of ``inference.json``."""

RECIPE: dict[str, Any] = {
    "seed": 2031,
    "validation_slices": 48,
    "real_share": 0.5,
    "loss": "BINARY_CROSS_ENTROPY_AND_DICE",
    "optimisation": {
        "samples": 12000,
        "batch_size": 3,
        "learning_rate": 0.003,
        "weight_decay": 0.01,
        "warmup_fraction": 0.03,
        "gradient_clip_norm": 5.0,
        "weight_average_decay": 0.995,
        "deep_supervision_levels": 0,
    },
    "slices": {
        # From a spine coil's usual field of view, which cuts the trunk on all sides, to the whole of a large person.
        "sizes": [[160, 144], [176, 160], [224, 160], [256, 160], [256, 176], [272, 176], [288, 208]],
        "fat_most": 0.65,
        "wasting_most": 0.3,
        "rotation_deg": 12.0,
        "scale": 0.08,
        "shear": 0.06,
        "wave_mm": 7.0,
        "shift_mm": 15.0,
        "behind_mm": [-15.0, 25.0],
        "arms_probability": 0.12,
        "contrast_weights": {
            "DIXON": 0.45,
            "WATER": 0.12,
            "FAT": 0.05,
            "T1": 0.17,
            "T2": 0.17,
            "T2_WITHOUT_FAT": 0.04,
        },
        "finest_mm": 0.6,
        "coarsest_mm": 1.8,
        "bias_field_sd": 0.25,
        "coil_probability": 0.6,
        "noise_sd": 0.18,
        "ghost_probability": 0.2,
        "swap_probability": 0.1,
        "leak": 0.06,
        "gamma_log_sd": 0.15,
    },
}
"""How it is trained, ``train.json``."""
