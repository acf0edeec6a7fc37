"""Networks, pre-processing and recipes of the heart models, until bundles with weights carry them as JSON."""

from __future__ import annotations

from typing import Any

# 168 mm hold every heart of the training data (at most 152 mm); 1.5 mm is the median pixel there. Filters are few where
# the image is large, since they cost the time, and grow no further than what all weights together may weigh.
INFERENCE: dict[str, Any] = {
    "spacing_mm": [1.5, 1.5],
    "coarse_spacing_mm": 3.0,
    "minimum_patch": [112, 112],
    "patch_multiple": 16,
    "margin_mm": 20.0,
    "label_values": [0, 1, 2, 3],
    # The slice, the darker and the brighter neighbour, and the slice at end-diastole.
    "end_diastolic_channel": True,
    "network_def": {
        "_target_": "DynUNet",
        "spatial_dims": 2,
        "in_channels": 4,
        "out_channels": 4,
        "kernel_size": [3, 3, 3, 3, 3],
        "strides": [1, 2, 2, 2, 2],
        "upsample_kernel_size": [2, 2, 2, 2],
        "filters": [16, 32, 64, 80, 112],
        "norm_name": "instance",
        "deep_supervision": False,
        "res_block": True,
    },
    "intensity": {
        "_target_": "Compose",
        "transforms": [
            {"_target_": "ClipIntensityPercentilesd", "keys": "image", "lower": 0.5, "upper": 99.5},
            {"_target_": "NormalizeIntensityd", "keys": "image"},
        ],
    },
}
"""LV and RV on ACDC: 0 background, 1 RV cavity, 2 LV myocardium, 3 LV cavity."""

RECIPE: dict[str, Any] = {
    "seed": 2026,
    "held_out_cases": 10,
    "folds": 4,
    "undrawn_classes": [],
    "sampling": {
        "end_repeats": 2,
        "coarse_share": 0.15,
        "unturned_share": 0.1,
        "empty_share": 0.0,
        "alone_share": 0.15,
    },
    "optimisation": {
        "samples": 56_000,
        "batch_size": 4,
        "learning_rate": 0.002,
        "weight_decay": 0.01,
        "warmup_fraction": 0.05,
        "gradient_clip_norm": 5.0,
        "weight_average_decay": 0.995,
        "deep_supervision_levels": 0,
    },
    "augmentation": {
        "mirror_probability": 0.5,
        "turn_deg": 20.0,
        "scale": 0.2,
        "stretch": 0.08,
        "shift_mm": 12.0,
        "elastic_probability": 0.3,
        "elastic_sd_mm": 4.0,
        "elastic_knots": 6,
        "neighbour_shift_mm": 1.0,
        "neighbour_loss_probability": 0.1,
        "tone_probability": 0.2,
        "tone_strength": 0.7,
        "tissue_probability": 0.15,
        "tissue_sd": 0.15,
        "bias_field_probability": 0.2,
        "bias_field_sd": 0.3,
        "gamma_probability": 0.3,
        "gamma_log_sd": 0.3,
        "blur_probability": 0.15,
        "blur_sd_mm": 1.5,
        "low_resolution_probability": 0.15,
        "low_resolution_factor": 2.0,
        "noise_probability": 0.2,
        "noise_sd": 0.2,
    },
}

LV_OPEN_INFERENCE: dict[str, Any] = INFERENCE | {
    "label_values": [0, 2, 3],
    # Not every patient there has the same slices drawn at both phases.
    "end_diastolic_channel": False,
    # One ventricle, on little data: a smaller network has room for it.
    "network_def": INFERENCE["network_def"]
    | {
        "in_channels": 3,
        "out_channels": 3,
        "kernel_size": [3, 3, 3, 3],
        "strides": [1, 2, 2, 2],
        "upsample_kernel_size": [2, 2, 2],
        "filters": [16, 32, 48, 64],
    },
}
"""The LV alone on Sunnybrook: 0 background, 2 LV myocardium, 3 LV cavity."""

LV_OPEN_RECIPE: dict[str, Any] = RECIPE | {
    "held_out_cases": 0,
    "folds": 3,
    "optimisation": RECIPE["optimisation"] | {"samples": 16_000},
    # On a slice without epicardium, what is not cavity is background or myocardium.
    "undrawn_classes": [0, 1],
    # Every slice there shows the LV: places without it come from elsewhere in the image.
    "sampling": RECIPE["sampling"] | {"empty_share": 0.1},
    # The size of a pixel is assumed.
    "augmentation": RECIPE["augmentation"] | {"scale": 0.35},
}

# The network of INFERENCE, whose weights it goes on from; one of a third of its weights, begun anew, outlined fold 0 of
# ACDC at a mean Dice of 0.886 after 28,000 samples, where this one reaches 0.913.
TWO_SOURCES_INFERENCE: dict[str, Any] = INFERENCE | {"flatten_shading": True}
"""LV and RV on ACDC and Sunnybrook; what reaches the network has its shading divided out."""

TWO_SOURCES_RECIPE: dict[str, Any] = RECIPE | {
    # By source; those of ACDC, with as many folds and the same seed, are the patients of RECIPE.
    "held_out_cases": {"ACDC": 10, "Sunnybrook_LV": 8},
    # Without epicardium what is not cavity is background, right ventricle or muscle; with it, one of the first two.
    "undrawn_classes": [[0, 1, 2], [0, 1]],
    "presence": {"weight": 0.1, "structures": [[1], [2, 3]], "pixels": 24},
    # Where the heart lies and how it is turned is what other fields of view make hard: half trained, this network
    # outlined a right ventricle at a Dice of 0.76 and more in the right window and at 0.15 in a window turned wrongly.
    "sampling": RECIPE["sampling"] | {"coarse_share": 0.2, "alone_share": 0.25, "empty_share": 0.02},
    # Meant for --start-from a finished model: with none of its weights left ACDC's Dice falls by 0.004, with half of
    # them by 0.002, and two thirds of what the second scanner gains are kept.
    "optimisation": RECIPE["optimisation"] | {"samples": 12_000, "learning_rate": 0.0007, "start_share": 0.4},
    "augmentation": RECIPE["augmentation"]
    | {
        "scale": 0.28,
        "shift_mm": 14.0,
        "tone_probability": 0.35,
        "bias_field_probability": 0.2,
        "gamma_log_sd": 0.35,
        "blur_probability": 0.2,
        "low_resolution_probability": 0.2,
        "noise_probability": 0.3,
        "noise_sd": 0.25,
    },
    "scanner": {
        "shading_probability": 0.35,
        "shading_factor": 10.0,
        "blood_probability": 0.25,
        "blood_contrast": 0.5,
        "blood_unrest": 0.15,
        "papillary_probability": 0.2,
        "thick_probability": 0.2,
        "thick_share": 0.35,
        "motion_probability": 0.1,
        "motion_mm": 5.0,
        "ghost_probability": 0.1,
        "ghost_strength": 0.2,
        "crop_probability": 0.15,
        "crop_margin_mm": [8.0, 80.0],
    },
}
