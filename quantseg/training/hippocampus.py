"""Training of the hippocampus ensemble on a folder in Decathlon layout."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from monai.losses import DeepSupervisionLoss, DiceCELoss

from quantseg.inference.device import choose_device
from quantseg.inference.forward import class_probabilities, prepare
from quantseg.models.building import build
from quantseg.training.augmentation import Augmenter
from quantseg.training.cohort import Cohort, LoadedCase, cases_of
from quantseg.training.crossval import Predict, finish_fold, mean_dice, run_folds
from quantseg.training.loop import Batch, train_member
from quantseg.training.recipe import Augmentation, Optimisation
from quantseg.training.splits import Split

_CLASSES = 3


def train_hippocampus(
    data: Path,
    output: Path,
    inference_config: dict[str, Any],
    train_config: dict[str, Any],
    folds: Sequence[int],
    device: torch.device,
    report: Callable[[str], None] = print,
) -> None:
    """Train the members of the given folds and score each on its validation fold.

    Args:
        data: Decathlon folder.
        output: run folder; ``split.json`` and one folder a fold appear in it.
        inference_config: network and intensity normalisation, as the finished model will use them.
        train_config: the recipe.
        folds: which members to train; finished ones are skipped.
        device: where to train.
        report: takes lines of progress.
    """

    def train_fold(cohort: Cohort, split: Split, fold: int, folder: Path) -> None:
        _train_fold(cohort, split, fold, folder, inference_config, train_config, device, report)

    run_folds(data, output, train_config, folds, train_fold, report)


def _train_fold(
    cohort: Cohort,
    split: Split,
    fold: int,
    folder: Path,
    inference_config: dict[str, Any],
    train_config: dict[str, Any],
    device: torch.device,
    report: Callable[[str], None],
) -> None:
    seed = train_config["seed"] + fold
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    optimisation = Optimisation(**train_config["optimisation"])
    levels = optimisation.deep_supervision_levels
    network = build(inference_config["network_def"] | {"deep_supervision": levels > 0, "deep_supr_num": max(1, levels)})
    intensity = build(inference_config["intensity"])
    augmenter = Augmenter(
        Augmentation(**train_config["augmentation"]), tuple(inference_config["minimum_patch"]), _CLASSES, generator
    )
    validation = cases_of(cohort, split.folds[fold])
    member = train_member(
        network,
        training_batches(
            cases_of(cohort, split.training(fold)), augmenter, intensity, optimisation.batch_size, generator
        ),
        _loss(levels),
        optimisation,
        folder,
        generator,
        device,
        lambda network: mean_dice(validation, crop_predictor(network, inference_config, device)),
        lambda line: report(f"fold {fold}: {line}"),
    )
    weights = {
        name: tensor
        for name, tensor in member.state_dict().items()
        if "deep_supervision_heads" not in name and not name.startswith("skip_layers")
    }
    finish_fold(folder, fold, seed, weights, validation, crop_predictor(member, inference_config, device))


def training_batches(
    cases: Sequence[LoadedCase],
    augmenter: Augmenter,
    intensity: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]],
    batch_size: int,
    generator: torch.Generator,
) -> Iterator[Batch]:
    """Yield augmented batches for ever; every case comes once before any comes again.

    Yields:
        images of shape (B, 1, I, J, K), normalised, and labels of shape (B, 1, I, J, K).
    """
    images = [torch.from_numpy(case.image) for case in cases]
    labels = [torch.from_numpy(case.labels) for case in cases]
    queue: list[int] = []
    while True:
        drawn_images, drawn_labels = [], []
        for _ in range(batch_size):
            queue = queue or torch.randperm(len(cases), generator=generator).tolist()
            index = queue.pop()
            image, label = augmenter(images[index], labels[index])
            drawn_images.append(torch.as_tensor(intensity({"image": image[None]})["image"]))
            drawn_labels.append(label[None])
        yield torch.stack(drawn_images), torch.stack(drawn_labels)


def _loss(deep_supervision_levels: int) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
    dice_and_cross_entropy = DiceCELoss(to_onehot_y=True, softmax=True, include_background=False, batch=True)
    if not deep_supervision_levels:
        return dice_and_cross_entropy
    deep = DeepSupervisionLoss(dice_and_cross_entropy)
    # DynUNet stacks the outputs of its levels, all at full resolution, along axis 1.
    return lambda output, target: deep(list(output.unbind(1)), target)


def crop_predictor(network: torch.nn.Module, inference_config: dict[str, Any], device: torch.device) -> Predict:
    """Return the function from a 1 mm crop in RAS order to the label map that one member gives it."""
    intensity = build(inference_config["intensity"])
    processor = choose_device(str(device))

    def predict(image: np.ndarray) -> np.ndarray:
        batch, padding = prepare(image, intensity, inference_config)
        probabilities = class_probabilities(network, batch, processor)[0]
        return padding.remove(probabilities.argmax(0).cpu().numpy().astype(np.uint8))

    return predict
