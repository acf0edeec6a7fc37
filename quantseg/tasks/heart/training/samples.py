"""What heart models are trained on: slices at the resolutions of the coarse and the fine pass, in memory."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from quantseg.models.intensity import Intensity
from quantseg.tasks.heart.anatomy import HeartLabel
from quantseg.tasks.heart.plane_sampling import resize_in_plane
from quantseg.tasks.heart.region import heart_region
from quantseg.tasks.heart.shading import slices_as_seen
from quantseg.tasks.heart.stack_input import (
    neighbour_indices,
    normalised,
    size_at,
    with_end_diastole,
    with_neighbours,
)
from quantseg.tasks.heart.training.augmentation import SliceAugmenter
from quantseg.training.cohort import LoadedCase
from quantseg.training.loop import Batch
from quantseg.training.shuffle import Shuffle

# From the middle of the left ventricle towards the right one, where only the left is outlined.
_FROM_LEFT_VENTRICLE_TO_HEART_MM = 18.0


@dataclass(frozen=True)
class ResampledStack:
    """A stack at the resolution of one pass.

    Attributes:
        slices: intensities, air at zero, shape (K, I, J).
        labels: network class of each pixel, uint8, same shape.
        centre: pixel coordinates of the middle of the heart, shape (2,).
        turn: from the right to the left ventricle, in radians from i towards j; None where that is not known.
        pixel_mm: size of a pixel, about the same along i and j.
        end_diastole: what the same slices show at end-diastole, shape (K, I, J); None where that is not known.
    """

    slices: torch.Tensor
    labels: torch.Tensor
    centre: torch.Tensor
    turn: float | None
    pixel_mm: float
    end_diastole: torch.Tensor | None = None


@dataclass(frozen=True)
class Sampling:
    """Which slices are drawn how often.

    Attributes:
        end_repeats: how often a slice at or just beyond base or apex comes while any other comes once.
        coarse_share: of the samples show the coarse pass, which sees the heart in any direction.
        unturned_share: of the fine samples do so too, as where the coarse pass found no right ventricle.
        empty_share: of the samples show a place without any heart; for data whose slices all show one.
        alone_share: of the fine samples come without end-diastole, as a single frame does.
    """

    end_repeats: int
    coarse_share: float
    unturned_share: float
    empty_share: float
    alone_share: float


@dataclass(frozen=True)
class TrainingStack:
    """One stack at both resolutions, and its slices at the ends of the heart."""

    fine: ResampledStack
    coarse: ResampledStack
    ends: frozenset[int]


def training_stack(
    case: LoadedCase,
    label_values: Sequence[int],
    inference: Mapping[str, Any],
    unknown_values: Sequence[int] = (),
    end_diastole: np.ndarray | None = None,
    usual_turn: float | None = None,
) -> TrainingStack:
    """Bring a case to both resolutions.

    Args:
        case: with slices along k.
        label_values: label value of each network class, in order, background first.
        inference: holds ``spacing_mm``, ``coarse_spacing_mm`` and whether shading is flattened.
        unknown_values: label values of pixels whose class is not known; they get the classes after the network's last.
        end_diastole: the same slices at end-diastole, as the case's image, which it may be.
        usual_turn: where the left ventricle lies from the right one in this data set, where that is not outlined, in
            radians from i towards j; None where hearts lie in any direction.
    """
    reference = None if end_diastole is None else slices_as_seen(end_diastole, inference)
    slices = slices_as_seen(case.image, inference)
    values = np.moveaxis(case.labels, 2, 0)
    heart = [*label_values[1:]]
    right = heart.index(HeartLabel.RV_CAVITY) if HeartLabel.RV_CAVITY in heart else None
    classes = [values == value for value in [*heart, *unknown_values]]
    masks = np.stack(classes, axis=1).astype(np.float32)
    labelled = np.flatnonzero(masks[:, : len(heart)].any(axis=(1, 2, 3))).tolist()
    ends = {labelled[0] - 1, labelled[0], labelled[-1], labelled[-1] + 1} if labelled else set()
    fine, coarse = (
        _resampled(slices, masks, len(heart), right, case.spacing_mm[:2], pixel_mm, reference, usual_turn)
        for pixel_mm in (inference["spacing_mm"][0], inference["coarse_spacing_mm"])
    )
    return TrainingStack(fine, coarse, frozenset(ends & set(range(len(slices)))))


def _resampled(
    slices: np.ndarray,
    masks: np.ndarray,
    heart_classes: int,
    right_class: int | None,
    spacing_mm: tuple[float, float],
    pixel_mm: float,
    end_diastole: np.ndarray | None,
    usual_turn: float | None,
) -> ResampledStack:
    size = size_at((slices.shape[1], slices.shape[2]), spacing_mm, pixel_mm)
    parts = resize_in_plane(masks, size)
    labels = np.concatenate([1 - parts.sum(axis=1, keepdims=True), parts], axis=1).argmax(axis=1).astype(np.uint8)
    heart = parts[:, :heart_classes]
    right = None if right_class is None else heart[:, right_class]
    region = heart_region(heart.sum(axis=1), (pixel_mm, pixel_mm), right)
    centre = torch.tensor(region.centre_mm) / pixel_mm - 0.5
    turn = region.turn
    if turn is None and usual_turn is not None:
        turn = usual_turn
        way = torch.tensor([math.cos(turn), math.sin(turn)])
        centre = centre - _FROM_LEFT_VENTRICLE_TO_HEART_MM / pixel_mm * way
    beside = None if end_diastole is None else torch.from_numpy(resize_in_plane(end_diastole, size))
    shown = torch.from_numpy(resize_in_plane(slices, size))
    return ResampledStack(shown, torch.from_numpy(labels), centre, turn, pixel_mm, beside)


def heart_batches(
    stacks: Sequence[TrainingStack],
    classes: int,
    sampling: Sampling,
    augmenter: SliceAugmenter,
    intensity: Intensity,
    batch_size: int,
    shuffle: Shuffle,
    end_diastolic_channel: bool = False,
) -> Iterator[Batch]:
    """Yield augmented batches for ever; every slice comes once before any comes again, those at the ends repeatedly.

    Args:
        stacks: training cases.
        classes: of the network, background included, and one more where the truth may be partly unknown.
        sampling: which slices come how often.
        augmenter: varies each.
        intensity: normalisation, as at inference.
        batch_size: samples a batch.
        shuffle: order of the slices, and source of the randomness.
        end_diastolic_channel: whether the network sees end-diastole beside each slice; the coarse pass never does.

    Yields:
        images of shape (B, channels, I, J), normalised, and classes of shape (B, 1, I, J).
    """
    deck = [
        (stack, k)
        for stack in stacks
        for k in range(len(stack.fine.slices))
        for _ in range(sampling.end_repeats if k in stack.ends else 1)
    ]
    generator = shuffle.generator
    while True:
        images, targets = [], []
        for _ in range(batch_size):
            stack, k = deck[shuffle.draw(len(deck))]
            share = float(torch.rand(1, generator=generator))
            shown_at = stack.coarse if share < sampling.coarse_share else stack.fine
            unturned = shown_at is stack.coarse or float(torch.rand(1, generator=generator)) < sampling.unturned_share
            centre = _away_from_heart(shown_at, generator) if share > 1 - sampling.empty_share else shown_at.centre
            below, above = neighbour_indices(len(shown_at.slices))
            shown = [shown_at.slices[[k, int(below[k]), int(above[k])]]]
            alone = shown_at is stack.coarse or float(torch.rand(1, generator=generator)) < sampling.alone_share
            if end_diastolic_channel and shown_at.end_diastole is not None and not alone:
                shown.append(shown_at.end_diastole[k : k + 1])
            masks = functional.one_hot(shown_at.labels[k].long(), classes)[..., 1:].permute(2, 0, 1).float()
            varied, labels = augmenter(
                torch.cat(shown), masks, centre, shown_at.pixel_mm, None if unturned else shown_at.turn
            )
            seen = varied.numpy()
            sample = normalised(with_neighbours(seen[:1], seen[1:2], seen[2:3]), intensity)
            if end_diastolic_channel:
                beside = normalised(seen[3:, None], intensity) if len(seen) > 3 else None
                sample = with_end_diastole(sample, beside)
            images.append(torch.from_numpy(sample))
            targets.append(labels[None])
        yield torch.cat(images), torch.stack(targets)


def _away_from_heart(stack: ResampledStack, generator: torch.Generator) -> torch.Tensor:
    """Return a random place in the field of view; a window there shows the heart at its rim or not at all."""
    size = torch.tensor([float(n) for n in stack.slices.shape[1:]])
    place = torch.rand(2, generator=generator) * size
    away = place - stack.centre
    distance: torch.Tensor = away.norm()
    return stack.centre + away / distance.clamp(min=1) * torch.maximum(distance, size.min() / 3)
