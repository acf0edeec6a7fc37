"""The loss of the network for low-dose PET."""

from __future__ import annotations

import torch
from torch.nn.functional import avg_pool2d

_LOG_VARIANCE = (-8.0, 6.0)


class MeanAndVariance:
    """Squared errors for the mean, a Gaussian likelihood for the variance alone.

    A likelihood would take hot places, which are noisy, for less than others, and they would lose their contrast
    (Seitzer et al., On the pitfalls of heteroscedastic uncertainty estimation, 2022); absolute errors would lead to the
    median, which lies below the mean where noise is skewed, as that of counts is. Squared errors are divided by the
    mean variance of each image, so that scans with many counts and with few are learned from alike. Errors that
    neighbours share are counted once more: averages over a region have to be kept.

    Args:
        variance_power: each voxel's likelihood is weighed by this power of its variance, 0 to 1.
        low_pass_voxels: side of the squares over which errors are averaged.
        low_pass_weight: of the squares of these averages, beside 1 of those of single voxels.
    """

    def __init__(self, variance_power: float, low_pass_voxels: int, low_pass_weight: float) -> None:
        self._power = variance_power
        self._side = low_pass_voxels
        self._weight = low_pass_weight

    def __call__(self, answer: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Return the mean loss.

        Args:
            answer: of the network, shape (B, 2, I, J): mean, logarithm of the variance.
            target: shape (B, 1, I, J).
        """
        error = target - answer[:, :1]
        log_variance = answer[:, 1:].clamp(*_LOG_VARIANCE)
        per_image = (1, 2, 3)
        shared = avg_pool2d(error, self._side, stride=max(self._side // 2, 1))
        squares = (error**2).mean(dim=per_image) + self._weight * (shared**2).mean(dim=per_image)
        of_mean = squares / torch.exp(log_variance.detach()).mean(dim=per_image)
        likelihood = 0.5 * (error.detach() ** 2 * torch.exp(-log_variance) + log_variance)
        weight: torch.Tensor = torch.exp(self._power * log_variance.detach())
        return of_mean.mean() + (weight * likelihood).mean()
