"""What a training of the tissue network starts from, as long as no bundle ships that says so itself."""

from __future__ import annotations

from typing import Any

INFERENCE: dict[str, Any] = {
    "spacing_mm": [1.0, 1.0, 1.0],
    "minimum_patch": [80, 96, 80],
    "patch_multiple": 8,
    # A network of all regions must see the whole head to tell left from right; this one sees parts, and tells tissues.
    "labels": {"background": 0, "fluid": 1, "grey": 2, "white": 3},
    # Two convolutions at each of 2, 4 and 8 mm, none at 1 mm but the last one, which spreads each voxel of 2 mm over
    # its eight of 1 mm: a convolution at 1 mm costs more than all others together.
    "network_def": {
        "_target_": "UNet",
        "spatial_dims": 3,
        "in_channels": 1,
        "out_channels": 4,
        "channels": [24, 24, 40, 40, 48, 48],
        "strides": [2, 1, 2, 1, 2],
        "act": ["LEAKYRELU", {"negative_slope": 0.01, "inplace": True}],
        "norm": ["INSTANCE", {"affine": True}],
    },
    "intensity": {
        "_target_": "Compose",
        "transforms": [
            {"_target_": "ClipIntensityPercentilesd", "keys": "image", "lower": 1, "upper": 99.5},
            {"_target_": "NormalizeIntensityd", "keys": "image"},
        ],
    },
}
"""Network and pre-processing, the plain values of ``inference.json``."""

RECIPE: dict[str, Any] = {
    "seed": 2029,
    "test_maps": ["training_seg_04", "training_seg_10", "training_seg_14", "training_seg_17"],
    "validation_brains": 8,
    "optimisation": {
        "samples": 2700,
        "batch_size": 1,
        "learning_rate": 0.002,
        "weight_decay": 0.01,
        "warmup_fraction": 0.03,
        "gradient_clip_norm": 5.0,
        "weight_average_decay": 0.995,
        "deep_supervision_levels": 0,
    },
    "brains": {
        # A box that is long along one axis and short along another shows air, skin and brain in the shares that a whole
        # head has them in, by which instance normalisation goes, at the cost of a small one.
        "sizes": [[48, 48, 56, 64, 112], [48, 56, 64, 72, 128], [48, 48, 56, 64, 112]],
        "rotation_deg": 20.0,
        "scale": 0.15,
        "shear": 0.05,
        "elastic_sd_mm": 3.0,
        "elastic_spacing_mm": 28.0,
        "overhang_mm": 20.0,
        "mirror_probability": 0.5,
        "contrast_weights": {
            "T1": 0.7,
            "T1_WEAK": 0.15,
            "T1_WITH_AGENT": 0.15,
            "T2": 0.0,
            "PROTON_DENSITY": 0.0,
            "FLAIR": 0.0,
            "INVERTED": 0.0,
            "RANDOM": 0.0,
        },
        "skull_weights": {"WHOLE": 0.64, "STRIPPED": 0.16, "BRAIN_ONLY": 0.2},
        "deface_probability": 0.15,
        "cut_probability": 0.15,
        "bias_field_sd": 0.4,
        "bias_spacing_mm": 60.0,
        "gamma_log_sd": 0.2,
        "noise_sd": 0.1,
        "texture_sd": 0.06,
        "blur_sd_mm": 0.9,
        "coarsest_mm": 3.0,
        "coarse_probability": 0.4,
    },
}
"""How it is trained, ``train.json``; the label maps kept for testing are those of the head localiser."""
