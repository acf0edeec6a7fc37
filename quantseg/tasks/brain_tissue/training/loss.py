"""The loss of the tissue network: least where it gives each voxel the very fractions that it holds."""

from __future__ import annotations

from functools import partial

import torch
from monai.losses import DiceLoss

from quantseg.tasks.brain_tissue.regions import REGIONS_OF_TISSUE, Region

# Added to numerator and denominator of the soft Dice, in voxels: with it a region that is not there costs something
# where it is seen all the same.
_SMOOTHING_VOXELS = 10.0


class FractionLoss:
    """Cross-entropy and soft Dice of regions and of tissues against fractions.

    The Dice has squares in its denominator: with plain sums it is best where each voxel is given wholly to the tissue
    that holds more than half of it, and volumes from probabilities are off wherever borders are.
    """

    def __init__(self) -> None:
        dice = partial(DiceLoss, squared_pred=True, smooth_nr=_SMOOTHING_VOXELS, smooth_dr=_SMOOTHING_VOXELS)
        self._of_regions, self._of_tissues = dice(include_background=False), dice(include_background=True)

    def __call__(self, scores: torch.Tensor, fractions: torch.Tensor) -> torch.Tensor:
        """Return the loss.

        Args:
            scores: of each region before softmax, shape (B, regions, I, J, K).
            fractions: share of each region in each voxel, same shape.
        """
        log_probabilities = torch.log_softmax(scores, dim=1)
        cross_entropy = -(fractions * log_probabilities).sum(dim=1).mean()
        probabilities = log_probabilities.exp()
        dice: torch.Tensor = self._of_regions(probabilities, fractions) + self._of_tissues(
            tissue_shares(probabilities), tissue_shares(fractions)
        )
        return cross_entropy + dice


def tissue_shares(regions: torch.Tensor) -> torch.Tensor:
    """Return the share of fluid, grey and white matter, shape (B, 3, I, J, K), from that of each region."""
    sums = regions.new_zeros(len(Region), len(REGIONS_OF_TISSUE))
    for column, members in enumerate(REGIONS_OF_TISSUE.values()):
        sums[list(members), column] = 1.0
    return (regions.movedim(1, -1) @ sums).movedim(-1, 1)
