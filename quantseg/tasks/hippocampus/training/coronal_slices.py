"""The 2D model: coronal slices one by one through a U-Net with an EfficientNet-B0 encoder.

It is the other classic approach and stands beside the 3D model in the comparison table, so that it gets the same
patients, the same intensity normalisation and the same optimiser, and is scored in 3D on whole cases. Slices are
coronal (constant j in RAS order), across the long axis of the hippocampus, as it is traced by hand. Every slice of
a case takes part, with and without hippocampus: a model that never saw an empty slice invents one there.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the customary name
from monai.losses import DiceLoss
from torch.optim.swa_utils import update_bn

from quantseg.inference.device import bfloat16_autocast
from quantseg.inference.patches import pad_for_network
from quantseg.models.intensity import Intensity, intensity_transform
from quantseg.tasks.hippocampus.training.volume import DECATHLON_HIPPOCAMPUS
from quantseg.training.approach import Approach, Fold, Predict
from quantseg.training.cohort import LoadedCase
from quantseg.training.crossval import finish_fold, train_network
from quantseg.training.loop import Batch
from quantseg.training.shuffle import Shuffle

# One channel a part: anterior (label 1), posterior (label 2).
_PARTS = 2
# The encoder halves a slice five times.
_MULTIPLE = 32
_LEAST_SIZE = 64
_STATISTICS_BATCHES = 50

NETWORK_DEFINITION: dict[str, Any] = {
    "_target_": "FlexibleUNet",
    "spatial_dims": 2,
    "in_channels": 1,
    "out_channels": _PARTS,
    "backbone": "efficientnet-b0",
    "pretrained": False,
}
RECIPE: dict[str, Any] = {
    "optimisation": {
        "samples": 32_000,
        "batch_size": 32,
        "learning_rate": 0.001,
        "weight_decay": 0.01,
        "warmup_fraction": 0.05,
        "gradient_clip_norm": 5.0,
        "weight_average_decay": 0.99,
        "deep_supervision_levels": 0,
    },
    "augmentation": {"flip_probability": 0.5, "rotation_deg": 5.0, "scale": 0.1},
}


@dataclass(frozen=True)
class SliceAugmentation:
    """How a training slice is varied.

    Attributes:
        flip_probability: of an exchange of left and right.
        rotation_deg: largest rotation in the plane.
        scale: largest relative change of size.
    """

    flip_probability: float
    rotation_deg: float
    scale: float


def _train_fold(fold: Fold) -> None:
    shuffle = Shuffle(fold.generator())
    images, targets = coronal_slices(fold.training, intensity_transform(fold.inference["intensity"]))
    augmentation = SliceAugmentation(**fold.recipe["augmentation"])
    batches = slice_batches(images, targets, augmentation, fold.optimisation.batch_size, shuffle)
    member = train_network(fold, fold.network(), batches, slice_loss, shuffle)
    # Batch normalisation followed the last weights, slowly; what is kept is their average.
    update_bn(itertools.islice(batches, _STATISTICS_BATCHES), member, fold.device)
    finish_fold(fold, member)


def coronal_slices(cases: Sequence[LoadedCase], intensity: Intensity) -> tuple[torch.Tensor, torch.Tensor]:
    """Cut cases into coronal slices of one size, empty ones included.

    Args:
        cases: training cases.
        intensity: normalisation, fitted to each whole volume as at inference.

    Returns:
        images of shape (N, 1, I, K), float32, and targets of shape (N, 2, I, K), bool, one channel a part.
    """
    side = max(_LEAST_SIZE, *(size for case in cases for size in (case.image.shape[0], case.image.shape[2])))
    side = math.ceil(side / _MULTIPLE) * _MULTIPLE
    images, targets = [], []
    for case in cases:
        image = pad_for_network(case.image, (side, 1, side), 1)[0]
        labels = pad_for_network(case.labels, (side, 1, side), 1, fill=0)[0]
        images.append(_as_slices(image, intensity))
        targets.append(torch.from_numpy(np.stack([labels == part + 1 for part in range(_PARTS)]).transpose(2, 0, 1, 3)))
    return torch.cat(images), torch.cat(targets)


def _as_slices(image: np.ndarray, intensity: Intensity) -> torch.Tensor:
    """Normalise a volume of shape (I, J, K) as a whole and return its coronal slices, shape (J, 1, I, K)."""
    normalised = torch.from_numpy(intensity(image))
    return normalised.permute(1, 0, 2)[:, None].contiguous()


def slice_batches(
    images: torch.Tensor,
    targets: torch.Tensor,
    augmentation: SliceAugmentation,
    batch_size: int,
    shuffle: Shuffle,
) -> Iterator[Batch]:
    """Yield augmented batches for ever; every slice comes once before any comes again.

    Yields:
        images of shape (B, 1, I, K) and targets of shape (B, 2, I, K), float.
    """
    while True:
        drawn = [shuffle.draw(len(images)) for _ in range(batch_size)]
        yield vary_slices(images[drawn], targets[drawn], augmentation, shuffle.generator)


def vary_slices(
    images: torch.Tensor, targets: torch.Tensor, augmentation: SliceAugmentation, generator: torch.Generator
) -> Batch:
    """Flip, turn and scale each slice of a batch at random, image and targets alike.

    Args:
        images: shape (B, 1, S, S); slices are square, so that a rotation is one in space.
        targets: shape (B, 2, S, S).
        augmentation: how much.
        generator: source of the randomness.
    """
    count = len(images)
    shares = torch.rand(3, count, generator=generator)
    angle = torch.deg2rad(augmentation.rotation_deg * (2 * shares[0] - 1))
    scale = 1 + augmentation.scale * (2 * shares[1] - 1)
    flip = 1 - 2 * (shares[2] < augmentation.flip_probability).float()
    cosine, sine = angle.cos() * scale, angle.sin() * scale
    theta = torch.zeros(count, 2, 3)
    # affine_grid counts the last axis (k, superior) first and the one before it (i, left to right) second.
    theta[:, 0, 0], theta[:, 0, 1] = cosine, -sine * flip
    theta[:, 1, 0], theta[:, 1, 1] = sine, cosine * flip
    stacked = torch.cat([images, targets.to(images.dtype)], dim=1)
    grid = F.affine_grid(theta, list(stacked.shape), align_corners=False)
    varied = F.grid_sample(stacked, grid, mode="bilinear", padding_mode="border", align_corners=False)
    return varied[:, :1], (varied[:, 1:] > 0.5).float()


def slice_loss(scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return Dice loss plus binary cross-entropy, each part on its own; the Dice is taken over the batch.

    A batch always holds some hippocampus, so that empty slices enter the Dice through their false positives.
    """
    dice: torch.Tensor = _DICE_LOSS(scores, targets)
    return dice + F.binary_cross_entropy_with_logits(scores, targets)


_DICE_LOSS = DiceLoss(sigmoid=True, batch=True)


def slice_predictor(
    network: torch.nn.Module, inference_config: Mapping[str, Any], device: torch.device
) -> Callable[[np.ndarray], np.ndarray]:
    """Return the function from a 1 mm crop in RAS order to the label map, uint8, that a 2D member gives it.

    A voxel gets the likelier part where that part is likelier than not.
    """
    intensity = intensity_transform(inference_config["intensity"])

    def predict(image: np.ndarray) -> np.ndarray:
        padded, padding = pad_for_network(image, (_LEAST_SIZE, 1, _LEAST_SIZE), 1)
        slices = _as_slices(padded, intensity).to(device, memory_format=torch.channels_last)
        with torch.inference_mode(), bfloat16_autocast(device):
            scores = network(slices).float()
        best, part = scores.max(dim=1)
        labels = torch.where(best > 0, part + 1, 0).permute(1, 0, 2)
        return padding.remove(labels.cpu().numpy().astype(np.uint8))

    return predict


def _predictor(network: torch.nn.Module, inference_config: Mapping[str, Any], device: torch.device) -> Predict:
    predict = slice_predictor(network, inference_config, device)
    return lambda cases: [predict(case.image) for case in cases]


SLICES_APPROACH = Approach(DECATHLON_HIPPOCAMPUS, _train_fold, _predictor)
"""The 2D model, trained on the same data and split."""
