"""The loss of heart models; it also learns from outlines of which only some were drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

# Added to intersection and sum of the soft Dice, in pixels: a batch may hold hardly any of a structure.
_DICE_SMOOTHING_PIXELS = 10.0


def heart_loss(classes: int, undrawn: Sequence[int] = ()) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
    """Return soft Dice over the batch plus cross-entropy.

    A target pixel of the value ``classes`` is one whose class is not known, but for being one of ``undrawn``: there
    the cross-entropy asks for their probabilities together, and the Dice of each of them leaves the pixel out.

    Args:
        classes: of the network, background included.
        undrawn: classes, background included, between which such a pixel is undecided.

    Returns:
        the loss of scores of shape (B, C, I, J) and targets of shape (B, 1, I, J), integer.
    """
    decided = [number for number in range(1, classes) if number not in undrawn]

    def loss(scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        target = targets[:, 0].long()
        log_probabilities = scores.log_softmax(dim=1)
        unknown = target == classes
        known = torch.where(unknown, 0, target)
        cross_entropy = -log_probabilities.gather(1, known[:, None])[:, 0]
        if undrawn:
            together = -log_probabilities[:, list(undrawn)].logsumexp(dim=1)
            cross_entropy = torch.where(unknown, together, cross_entropy)
        probabilities = log_probabilities.exp()
        terms = []
        for number in range(1, classes):
            counted = torch.ones_like(unknown) if number in decided else ~unknown
            mask = (target == number) & counted
            terms.append(_soft_dice(probabilities[:, number] * counted, mask))
        return cross_entropy.mean() + 1 - torch.stack(terms).mean()

    return loss


def _soft_dice(probability: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    overlap = (probability * mask).sum()
    return (2 * overlap + _DICE_SMOOTHING_PIXELS) / (probability.sum() + mask.sum() + _DICE_SMOOTHING_PIXELS)
