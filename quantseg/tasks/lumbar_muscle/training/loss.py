"""The loss of the lumbar muscle network: least where each pixel is given the very shares that it holds."""

from __future__ import annotations

from enum import Enum

import torch
from monai.losses import DiceLoss

# Added to numerator and denominator of the soft Dice, in pixels: with it a muscle that is not there costs something
# where it is seen all the same.
_SMOOTHING_PIXELS = 10.0
_SMALLEST = 1e-6


class LossKind(Enum):
    """What is added up."""

    BINARY_CROSS_ENTROPY_AND_DICE = "binary cross-entropy of each channel, and Dice"
    CROSS_ENTROPY_AND_DICE = "cross-entropy, and Dice"
    DICE = "Dice alone"
    CROSS_ENTROPY = "cross-entropy alone"


class ShareLoss:
    """Cross-entropy and soft Dice of channels against shares.

    The Dice has squares in its denominator: with plain sums it is best where each pixel is given wholly to what holds
    more than half of it.

    Args:
        kind: what is added up.
    """

    def __init__(self, kind: LossKind) -> None:
        self._kind = kind
        self._dice = DiceLoss(
            include_background=False,
            squared_pred=True,
            smooth_nr=_SMOOTHING_PIXELS,
            smooth_dr=_SMOOTHING_PIXELS,
            batch=True,
        )

    def __call__(self, scores: torch.Tensor, shares: torch.Tensor) -> torch.Tensor:
        """Return the loss.

        Args:
            scores: of each channel before softmax, shape (B, channels, I, J).
            shares: of each channel in each pixel, same shape.
        """
        log_probabilities = torch.log_softmax(scores, dim=1)
        probabilities = log_probabilities.exp()
        loss = scores.new_zeros(())
        if self._kind is LossKind.BINARY_CROSS_ENTROPY_AND_DICE:
            others = torch.log1p(-probabilities.clamp(max=1 - _SMALLEST))
            loss = loss - (shares * log_probabilities + (1 - shares) * others).sum(dim=1).mean()
        elif self._kind is not LossKind.DICE:
            loss = loss - (shares * log_probabilities).sum(dim=1).mean()
        if self._kind is not LossKind.CROSS_ENTROPY:
            loss = loss + self._dice(probabilities, shares)
        return loss
