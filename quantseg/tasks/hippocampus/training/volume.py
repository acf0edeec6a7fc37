"""Training of the hippocampus ensemble on a folder in Decathlon layout."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from monai.losses import DeepSupervisionLoss, DiceCELoss

from quantseg.inference.device import Backend, choose_device
from quantseg.inference.preparing import prepare
from quantseg.inference.torch_network import TorchNetwork
from quantseg.models.intensity import Intensity, intensity_transform
from quantseg.tasks.hippocampus.evaluation.parts import HIPPOCAMPUS_PARTS
from quantseg.tasks.hippocampus.persons import decathlon_person
from quantseg.training.approach import Approach, DataSet, Fold, Predict, part_dice
from quantseg.training.augmentation import Augmenter
from quantseg.training.cohort import Cohort, LoadedCase, load_cohort
from quantseg.training.crossval import finish_fold, train_network
from quantseg.training.decathlon import write_labels
from quantseg.training.loop import Batch
from quantseg.training.recipe import Augmentation
from quantseg.training.shuffle import Shuffle

_CLASSES = 3


def load_hippocampi(data: Path) -> Cohort:
    """Read every case of a Decathlon folder, by the person it came from.

    Raises:
        UsageError: ``dataset.json`` or a file that it names is missing.
    """
    return load_cohort(data, decathlon_person)


def _train_fold(fold: Fold) -> None:
    generator = fold.generator()
    levels = fold.optimisation.deep_supervision_levels
    # Only a DynUNet has heads at coarser levels, and takes these parameters.
    network = fold.network(deep_supervision=True, deep_supr_num=levels) if levels else fold.network()
    intensity = intensity_transform(fold.inference["intensity"])
    augmenter = Augmenter(
        Augmentation(**fold.recipe["augmentation"]), tuple(fold.inference["minimum_patch"]), _CLASSES, generator
    )
    shuffle = Shuffle(generator)
    batches = training_batches(fold.training, augmenter, intensity, fold.optimisation.batch_size, shuffle)
    member = train_network(fold, network, batches, _loss(levels), shuffle)
    finish_fold(fold, member)


def training_batches(
    cases: Sequence[LoadedCase],
    augmenter: Augmenter,
    intensity: Intensity,
    batch_size: int,
    shuffle: Shuffle,
) -> Iterator[Batch]:
    """Yield augmented batches for ever; every case comes once before any comes again.

    Yields:
        images of shape (B, 1, I, J, K), normalised, and labels of shape (B, 1, I, J, K).
    """
    images = [torch.from_numpy(case.image) for case in cases]
    labels = [torch.from_numpy(case.labels) for case in cases]
    while True:
        drawn_images, drawn_labels = [], []
        for _ in range(batch_size):
            index = shuffle.draw(len(cases))
            image, label = augmenter(images[index], labels[index])
            drawn_images.append(torch.from_numpy(intensity(image.numpy()))[None])
            drawn_labels.append(label[None])
        yield torch.stack(drawn_images), torch.stack(drawn_labels)


def _loss(deep_supervision_levels: int) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
    dice_and_cross_entropy = DiceCELoss(to_onehot_y=True, softmax=True, include_background=False, batch=True)
    if not deep_supervision_levels:
        return dice_and_cross_entropy
    deep = DeepSupervisionLoss(dice_and_cross_entropy)
    # DynUNet stacks the outputs of its levels, all at full resolution, along axis 1.
    return lambda output, target: deep(list(output.unbind(1)), target)


def crop_predictor(
    network: torch.nn.Module, inference_config: Mapping[str, Any], device: torch.device
) -> Callable[[np.ndarray], np.ndarray]:
    """Return the function from a 1 mm crop in RAS order to the label map, uint8, that one member gives it."""
    intensity = intensity_transform(inference_config["intensity"])
    processor, member = choose_device(str(device), backend=Backend.TORCH), TorchNetwork(network)

    def predict(image: np.ndarray) -> np.ndarray:
        batch, padding = prepare(image, intensity, inference_config)
        return padding.remove(member(batch, processor)[0].argmax(axis=0).astype(np.uint8))

    return predict


def _predictor(network: torch.nn.Module, inference_config: Mapping[str, Any], device: torch.device) -> Predict:
    predict = crop_predictor(network, inference_config, device)
    return lambda cases: [predict(case.image) for case in cases]


DECATHLON_HIPPOCAMPUS = DataSet(load_hippocampi, part_dice(HIPPOCAMPUS_PARTS), write_labels)
VOLUME_APPROACH = Approach(DECATHLON_HIPPOCAMPUS, _train_fold, _predictor)
"""The 3D model, the one that is shipped."""
