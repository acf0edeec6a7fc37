"""Training of the hippocampus ensemble on a folder in Decathlon layout."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from monai.losses import DeepSupervisionLoss, DiceCELoss

from quantseg.inference.patches import pad_for_network
from quantseg.models.building import build
from quantseg.training.augmentation import Augmenter
from quantseg.training.decathlon import LabelledCase, list_cases, read_image, read_labels
from quantseg.training.loop import Batch, train_member
from quantseg.training.recipe import Augmentation, Optimisation
from quantseg.training.splits import Split, draw_split

_CLASSES = 3
_ANTERIOR, _POSTERIOR = 1, 2


@dataclass(frozen=True)
class LoadedCase:
    """One case in memory, RAS order, 1 mm.

    Attributes:
        case: where it came from.
        image: raw intensities, float32, shape (I, J, K).
        labels: 0 background, 1 anterior, 2 posterior, uint8, same shape.
    """

    case: LabelledCase
    image: np.ndarray
    labels: np.ndarray


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
    output.mkdir(parents=True, exist_ok=True)
    loaded = {
        case.patient: LoadedCase(case, read_image(case.image), read_labels(case.labels)) for case in list_cases(data)
    }
    volumes_mm3 = {name: float((case.labels > 0).sum()) for name, case in loaded.items()}
    split = draw_split(volumes_mm3, train_config["held_out_cases"], train_config["folds"], train_config["seed"])
    (output / "split.json").write_text(json.dumps(asdict(split), indent=1) + "\n", encoding="utf-8")
    for fold in folds:
        if (output / f"fold_{fold}" / "validation.json").exists():
            report(f"fold {fold} is finished already")
            continue
        _train_fold(loaded, split, fold, output / f"fold_{fold}", inference_config, train_config, device, report)


def _train_fold(
    loaded: dict[str, LoadedCase],
    split: Split,
    fold: int,
    folder: Path,
    inference_config: dict[str, Any],
    train_config: dict[str, Any],
    device: torch.device,
    report: Callable[[str], None],
) -> None:
    from safetensors.torch import save_file

    seed = train_config["seed"] + fold
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    optimisation = Optimisation(**train_config["optimisation"])
    levels = optimisation.deep_supervision_levels
    network = build(inference_config["network_def"] | {"deep_supervision": levels > 0, "deep_supr_num": max(1, levels)})
    intensity = build(inference_config["intensity"])
    minimum, multiple = tuple(inference_config["minimum_patch"]), inference_config["patch_multiple"]
    augmenter = Augmenter(Augmentation(**train_config["augmentation"]), minimum, _CLASSES, generator)
    validation = [loaded[patient] for patient in split.folds[fold]]

    def validate(member: torch.nn.Module) -> dict[str, float]:
        scores = [
            part_dice(predict_crop(member, case.image, intensity, minimum, multiple, device), case.labels)
            for case in validation
        ]
        return {f"dice_{part}": float(np.mean([score[part] for score in scores])) for part in scores[0]}

    member = train_member(
        network,
        training_batches(
            [loaded[p] for p in split.training(fold)], augmenter, intensity, optimisation.batch_size, generator
        ),
        _loss(levels),
        optimisation,
        folder,
        generator,
        device,
        validate,
        lambda line: report(f"fold {fold}: {line}"),
    )
    weights = {
        name: tensor.half().contiguous().cpu()
        for name, tensor in member.state_dict().items()
        if "deep_supervision_heads" not in name and not name.startswith("skip_layers")
    }
    save_file(weights, folder / "weights.safetensors")
    result = {"fold": fold, "seed": seed, "cases": [case.case.name for case in validation], **validate(member)}
    (folder / "validation.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


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


def predict_crop(
    network: torch.nn.Module,
    image: np.ndarray,
    intensity: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]],
    minimum: tuple[int, ...],
    multiple: int,
    device: torch.device,
) -> np.ndarray:
    """Return the label map that one member gives a 1 mm crop in RAS order, shape of the crop, uint8."""
    padded, padding = pad_for_network(image, minimum, multiple)
    normalised = torch.as_tensor(intensity({"image": torch.from_numpy(padded)[None]})["image"])[None]
    with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=device.type != "mps"):
        scores = network(normalised.to(device, memory_format=torch.channels_last_3d)).float()
    return padding.remove(scores[0].argmax(0).cpu().numpy().astype(np.uint8))


def part_dice(predicted: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """Return the Dice of anterior, posterior and whole hippocampus, each a binary mask of its own."""
    masks = {
        "anterior": (predicted == _ANTERIOR, truth == _ANTERIOR),
        "posterior": (predicted == _POSTERIOR, truth == _POSTERIOR),
        "whole": (predicted > 0, truth > 0),
    }
    return {part: 2 * float((a & b).sum()) / max(1.0, float(a.sum() + b.sum())) for part, (a, b) in masks.items()}
