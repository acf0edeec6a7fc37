"""What a training of the network for low-dose PET starts from."""

from __future__ import annotations

from typing import Any

from quantseg.tasks.low_dose_pet.network_input import CHANNELS

INFERENCE: dict[str, Any] = {
    "spacing_mm": [2.0, 2.0, 2.0],
    "minimum_patch": [64, 64],
    "patch_multiple": 4,
    # Noise is of every scale down to a voxel: two levels without striding. No normalisation within: what a network
    # makes of a place must not depend on how large the picture around it is.
    "network_def": {
        "_target_": "UNet",
        "spatial_dims": 2,
        "in_channels": CHANNELS,
        "out_channels": 2,
        "channels": [24, 24, 48, 64, 96],
        "strides": [1, 1, 2, 2],
        "act": ["LEAKYRELU", {"negative_slope": 0.01, "inplace": True}],
        "norm": None,
    },
    # An image is divided by the mean of the brain before it comes here.
    "intensity": {"_target_": "Compose", "transforms": []},
    "output": "values",
    # Fitted to the simulated pairs that it was trained on; see the card.
    "dose_from_noise": {"at_one": -5.865, "noise": -4.553, "noise_of_neighbours": 2.19, "sd": 0.565},
}
"""Network and pre-processing, the plain values of ``inference.json``."""

RECIPE: dict[str, Any] = {
    "seed": 2041,
    "test_maps": ["training_seg_17", "training_seg_18", "training_seg_19", "training_seg_20"],
    "validation_persons": ["training_seg_16"],
    "patch": [80, 80],
    "loss": {"variance_power": 0.5, "low_pass_voxels": 6, "low_pass_weight": 4.0},
    "optimisation": {
        "samples": 12000,
        "batch_size": 4,
        "learning_rate": 0.001,
        "weight_decay": 0.0001,
        "warmup_fraction": 0.02,
        "gradient_clip_norm": 1.0,
        "weight_average_decay": 0.996,
        "deep_supervision_levels": 0,
    },
    "simulation": {
        "activity": {
            "cortex_suv": 8.0,
            "turn_deg": 12.0,
            "scale": 0.08,
            "shift_mm": 8.0,
            "bend_mm": 2.0,
            "variation": 0.2,
            "hypometabolic_areas": 1.5,
            "lesions": 2.5,
            "hot_share": 0.6,
            "lesion_radius_mm": [3.0, 12.0],
        },
        "scanner": {
            "angles": 96,
            "subsets": 8,
            "iterations": 3,
            "resolution_mm": [4.0, 7.0],
            "model_share": [0.7, 1.0],
            "true_counts": [400000, 1500000],
            "scatter": [0.15, 0.4],
            "randoms": [0.1, 0.4],
            "background_error": 0.03,
            "filter_mm": [2.0, 5.0],
            "filter_probability": 0.5,
            "fractions": [0.0167, 0.6],
        },
        "slab": 40,
        "scans_per_map": 2,
        "doses_per_scan": 3,
    },
}
"""How it is trained, ``train.json``."""
