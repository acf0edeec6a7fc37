"""What a training run does, as read from a bundle's ``train.json``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Optimisation:
    """How the weights are found.

    Attributes:
        samples: augmented samples seen in all.
        batch_size: samples a step.
        learning_rate: peak of the schedule (linear warm-up, cosine decay to zero).
        weight_decay: of AdamW.
        warmup_fraction: share of the steps spent warming up.
        gradient_clip_norm: largest gradient norm.
        weight_average_decay: of the exponential moving average of the weights, which is what is shipped.
        deep_supervision_levels: coarser decoder levels that also carry a loss.
        start_share: share of the weights that training began with in the finished ones, for training that goes on from
            a finished model: what the new images teach is then less at the cost of what the old ones did.
    """

    samples: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    warmup_fraction: float
    gradient_clip_norm: float
    weight_average_decay: float
    deep_supervision_levels: int
    start_share: float = 0.0

    @property
    def steps(self) -> int:
        """Number of optimiser steps."""
        return self.samples // self.batch_size


@dataclass(frozen=True)
class Augmentation:
    """How a training case is varied; every ``*_probability`` is per sample.

    Attributes:
        mirror_probability: exchange of left and right.
        rotation_deg: largest rotation about each axis.
        scale: largest relative change of size, overall.
        shift_mm: largest displacement of the window along each axis.
        elastic_sd_mm: SD of the displacements at the knots of the elastic field.
        elastic_knots: knots of that field along each axis.
        bias_field_sd: SD of the logarithm of the multiplicative field.
        gamma_log_sd: SD of the logarithm of the exponent.
        noise_sd: largest SD of the noise, in units of the image's SD.
        blur_sd_mm: largest SD of the Gaussian.
        low_resolution_factor: coarsest voxel size simulated, relative to the true one.
        cut_probability: of a half-space set to the background, as in a cut field of view or a stripped skull.
    """

    mirror_probability: float
    rotation_deg: float
    scale: float
    shift_mm: float
    shift_probability: float
    elastic_probability: float
    elastic_sd_mm: float
    elastic_knots: int
    bias_field_probability: float
    bias_field_sd: float
    gamma_probability: float
    gamma_log_sd: float
    noise_probability: float
    noise_sd: float
    blur_probability: float
    blur_sd_mm: float
    low_resolution_probability: float
    low_resolution_factor: float
    cut_probability: float
