"""The loss of the network for low-dose PET."""

from __future__ import annotations

import torch

_LOG_VARIANCE = (-8.0, 6.0)


class WeighedLikelihood:
    """Negative logarithm of a Gaussian likelihood, each voxel weighed by a power of its variance.

    With power 0 voxels that are hard to tell are hardly learned; with 1 the mean is learned as by squared errors
    (Seitzer et al., On the pitfalls of heteroscedastic uncertainty estimation, 2022).

    Args:
        power: from 0 to 1.
    """

    def __init__(self, power: float) -> None:
        self._power = power

    def __call__(self, answer: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Return the mean loss.

        Args:
            answer: of the network, shape (B, 2, I, J): mean, logarithm of the variance.
            target: shape (B, 1, I, J).
        """
        log_variance = answer[:, 1].clamp(*_LOG_VARIANCE)
        likelihood = 0.5 * ((target[:, 0] - answer[:, 0]) ** 2 * torch.exp(-log_variance) + log_variance)
        weight: torch.Tensor = torch.exp(self._power * log_variance.detach())
        return (weight * likelihood).mean()
