"""What a training of the tissue network starts from, as long as no bundle ships that says so itself."""

from __future__ import annotations

from typing import Any

from quantseg.brain.regions import Region

INFERENCE: dict[str, Any] = {
    "spacing_mm": [3.0, 3.0, 3.0],
    "minimum_patch": [48, 48, 48],
    "patch_multiple": 8,
    "labels": {region.name.lower(): int(region) for region in Region},
    # The network of the head localiser but for its classes: training goes on from that one's weights.
    "network_def": {
        "_target_": "DynUNet",
        "spatial_dims": 3,
        "in_channels": 1,
        "out_channels": len(Region),
        "kernel_size": [3, 3, 3, 3],
        "strides": [1, 2, 2, 2],
        "upsample_kernel_size": [2, 2, 2],
        "filters": [12, 24, 48, 96],
        "norm_name": "instance",
        "deep_supervision": False,
        "res_block": False,
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
        "samples": 2200,
        "batch_size": 1,
        "learning_rate": 0.001,
        "weight_decay": 0.01,
        "warmup_fraction": 0.03,
        "gradient_clip_norm": 5.0,
        "weight_average_decay": 0.995,
        "deep_supervision_levels": 0,
    },
    "brains": {
        "spacing_mm": 3.0,
        # A head must be seen wholly, or nearly so, to tell left from right, and with as much air around it as when a
        # scan is segmented: instance normalisation goes by all that is shown.
        "sizes": [[48, 56, 56, 64], [56, 64, 72, 72], [48, 56, 56, 64]],
        "rotation_deg": 20.0,
        "scale": 0.15,
        "shear": 0.05,
        "elastic_sd_mm": 3.0,
        "elastic_spacing_mm": 28.0,
        "overhang_mm": 12.0,
        "mirror_probability": 0.5,
        "contrast_weights": {
            "T1": 0.55,
            "T1_WEAK": 0.15,
            "T1_WITH_AGENT": 0.12,
            "T2": 0.06,
            "PROTON_DENSITY": 0.04,
            "FLAIR": 0.04,
            "INVERTED": 0.04,
            "RANDOM": 0.0,
        },
        "skull_weights": {"WHOLE": 0.6, "STRIPPED": 0.15, "BRAIN_ONLY": 0.25},
        "deface_probability": 0.15,
        "cut_probability": 0.12,
        "bias_field_sd": 0.4,
        "bias_spacing_mm": 60.0,
        "gamma_log_sd": 0.2,
        "noise_sd": 0.1,
        "texture_sd": 0.06,
        "blur_sd_mm": 1.2,
        "coarsest_mm": 4.0,
        "coarse_probability": 0.25,
    },
}
"""How it is trained, ``train.json``; the label maps kept for testing are those of the head localiser."""
