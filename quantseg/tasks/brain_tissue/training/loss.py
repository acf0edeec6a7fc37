"""The loss of the tissue network: least where it gives each voxel the very fractions that it holds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
from monai.losses import DiceLoss

from quantseg.brain.regions import REGIONS_OF_TISSUE, Region

# Added to numerator and denominator of the soft Dice, in voxels: with it a region that is not there costs something
# where it is seen all the same.
_SMOOTHING_VOXELS = 10.0


class FractionLoss:
    """Cross-entropy and soft Dice of channels, and of tissues where channels are parts of them, against fractions.

    The Dice has squares in its denominator: with plain sums it is best where each voxel is given wholly to the tissue
    that holds more than half of it, and volumes from probabilities are off wherever borders are.

    Args:
        channels: regions that each channel of the network holds, background first.
    """

    def __init__(self, channels: Sequence[Sequence[Region]]) -> None:
        dice = partial(DiceLoss, squared_pred=True, smooth_nr=_SMOOTHING_VOXELS, smooth_dr=_SMOOTHING_VOXELS)
        self._of_channels, self._of_tissues = dice(include_background=False), dice(include_background=True)
        self._tissues = sums_of(channels, list(REGIONS_OF_TISSUE.values()))
        # A network that tells tissues alone would be judged by them twice.
        self._has_parts = len(channels) > len(REGIONS_OF_TISSUE) + 1

    def __call__(self, scores: torch.Tensor, fractions: torch.Tensor) -> torch.Tensor:
        """Return the loss.

        Args:
            scores: of each channel before softmax, shape (B, channels, I, J, K).
            fractions: share of each channel in each voxel, same shape.
        """
        log_probabilities = torch.log_softmax(scores, dim=1)
        cross_entropy = -(fractions * log_probabilities).sum(dim=1).mean()
        probabilities = log_probabilities.exp()
        loss: torch.Tensor = cross_entropy + self._of_channels(probabilities, fractions)
        if self._has_parts:
            loss = loss + self._of_tissues(summed(probabilities, self._tissues), summed(fractions, self._tissues))
        return loss


def sums_of(channels: Sequence[Sequence[Region]], groups: Sequence[Sequence[Region]]) -> torch.Tensor:
    """Return which channels each group is made of, as what to multiply with, shape (channels, groups)."""
    return torch.tensor([[float(set(channel) <= set(group)) for group in groups] for channel in channels])


def summed(shares: torch.Tensor, sums: torch.Tensor) -> torch.Tensor:
    """Return the share of each group, shape (B, groups, I, J, K), from that of each channel."""
    return (shares.movedim(1, -1) @ sums).movedim(-1, 1)
