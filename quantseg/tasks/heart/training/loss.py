"""The loss of heart models; it also learns from outlines of which only some were drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch.nn import functional

# Added to intersection and sum of the soft Dice, in pixels: a batch may hold hardly any of a structure.
_DICE_SMOOTHING_PIXELS = 10.0
# Keeps the logarithm of a presence finite where the network is sure.
_SURE = 1e-4


@dataclass(frozen=True)
class PresenceLoss:
    """What asks a network whether a slice shows a structure at all.

    Attributes:
        weight: of this term beside Dice and cross-entropy.
        structures: classes that are one structure together, such as muscle and cavity.
        pixels: the structure is as present as the mean probability of so many likeliest pixels says.
    """

    weight: float
    structures: Sequence[Sequence[int]]
    pixels: int


def heart_loss(
    classes: int, undrawn: Sequence[Sequence[int]] = (), presence: PresenceLoss | None = None
) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
    """Return soft Dice over the batch plus cross-entropy.

    A target pixel of the value ``classes + n`` is one whose class is not known, but for being one of ``undrawn[n]``:
    there the cross-entropy asks for their probabilities together, and the Dice of each of them leaves the pixel out.

    Args:
        classes: of the network, background included.
        undrawn: sets of classes, background included, between which such a pixel is undecided.
        presence: a third term, over the slices of which is known whether they show the structure; None for none.

    Returns:
        the loss of scores of shape (B, C, I, J) and targets of shape (B, 1, I, J), integer.
    """

    def loss(scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        target = targets[:, 0].long()
        log_probabilities = scores.log_softmax(dim=1)
        cross_entropy = -log_probabilities.gather(1, torch.where(target < classes, target, 0)[:, None])[:, 0]
        for number, together in enumerate(undrawn, start=classes):
            either = -log_probabilities[:, list(together)].logsumexp(dim=1)
            cross_entropy = torch.where(target == number, either, cross_entropy)
        probabilities = log_probabilities.exp()
        terms = []
        for number in range(1, classes):
            counted = ~_may_be(target, [number], classes, undrawn)
            terms.append(_soft_dice(probabilities[:, number] * counted, (target == number) & counted))
        value = cross_entropy.mean() + 1 - torch.stack(terms).mean()
        if presence is None:
            return value
        return value + presence.weight * _presence_loss(probabilities, target, classes, undrawn, presence)

    return loss


def _presence_loss(
    probabilities: torch.Tensor,
    target: torch.Tensor,
    classes: int,
    undrawn: Sequence[Sequence[int]],
    presence: PresenceLoss,
) -> torch.Tensor:
    """Return the mean cross-entropy of whether a slice shows each structure, over what is known."""
    asked, answers = [], []
    for structure in presence.structures:
        likeliest = probabilities[:, list(structure)].sum(1).flatten(1).topk(presence.pixels, dim=1).values.mean(1)
        drawn = torch.stack([target == number for number in structure]).any(0).flatten(1).sum(1)
        shown = drawn >= presence.pixels / 2
        known = shown | ~_may_be(target, structure, classes, undrawn).flatten(1).any(1)
        asked.append(likeliest[known])
        answers.append(shown[known].float())
    chance = torch.cat(asked).clamp(_SURE, 1 - _SURE)
    return functional.binary_cross_entropy(chance, torch.cat(answers)) if len(chance) else chance.sum()


def _may_be(
    target: torch.Tensor, structure: Sequence[int], classes: int, undrawn: Sequence[Sequence[int]]
) -> torch.Tensor:
    """Return where it is not known whether a pixel belongs to a structure."""
    unknown = torch.zeros_like(target, dtype=torch.bool)
    for number, together in enumerate(undrawn, start=classes):
        if set(structure) & set(together):
            unknown = unknown | (target == number)
    return unknown


def _soft_dice(probability: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    overlap = (probability * mask).sum()
    return (2 * overlap + _DICE_SMOOTHING_PIXELS) / (probability.sum() + mask.sum() + _DICE_SMOOTHING_PIXELS)
