"""Training of the head localiser on synthetic heads."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from monai.losses import DiceLoss

from quantseg.inference.device import bfloat16_autocast
from quantseg.models.building import build
from quantseg.models.intensity import Intensity, intensity_transform
from quantseg.tasks.hippocampus.head_labels import HeadLabel
from quantseg.tasks.hippocampus.training.head_maps import read_head_map
from quantseg.tasks.hippocampus.training.head_recipe import Centre, HeadRecipe
from quantseg.tasks.hippocampus.training.synthetic_heads import HeadSynthesiser
from quantseg.training.head_label_maps import head_maps_to_train_on
from quantseg.training.loop import Batch, train_member
from quantseg.training.recipe import Optimisation
from quantseg.training.shuffle import Shuffle
from quantseg.training.starting import go_on_from
from quantseg.training.weights_file import WEIGHTS_FILE, save_weights

# Added to intersection and sum of the soft Dice, in voxels: with it a false hippocampus, of which the plain Dice has
# nearly no gradient where there is none, costs something.
_DICE_SMOOTHING_VOXELS = 10.0


def train_localiser(
    data: Path,
    output: Path,
    inference_config: dict[str, Any],
    train_config: dict[str, Any],
    device: torch.device,
    report: Callable[[str], None] = print,
    *,
    start_from: str | None = None,
) -> None:
    """Train the localiser on synthetic heads from all label maps of a folder but those kept for testing.

    Args:
        data: folder of head label maps in FreeSurfer values (``.nii.gz``, 1 mm).
        output: run folder; checkpoint, ``curves.csv`` and ``weights.safetensors`` (fp16) appear in it.
        inference_config: network and intensity normalisation, as the finished model will use them.
        train_config: the recipe.
        device: where to train.
        report: takes lines of progress.
        start_from: folder of the bundle whose weights to go on from; None starts from random ones.

    Raises:
        UsageError: no label map is left to train on, or the weights to go on from are missing or do not fit.
    """
    output.mkdir(parents=True, exist_ok=True)
    seed = train_config["seed"]
    maps = [read_head_map(path) for path in head_maps_to_train_on(data, train_config["test_maps"])]
    report(f"{len(maps)} label maps: {', '.join(head.name for head in maps)}")
    recipe = read_recipe(train_config["heads"])
    intensity = intensity_transform(inference_config["intensity"])
    optimisation = Optimisation(**train_config["optimisation"])
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    validation_heads = HeadSynthesiser(maps, recipe, torch.Generator().manual_seed(seed + 1))
    validation = [validation_heads.draw() for _ in range(train_config["validation_heads"])]

    def validate(network: torch.nn.Module) -> dict[str, float]:
        return label_dice(network, validation, intensity, device)

    network = train_member(
        go_on_from(build(inference_config["network_def"]), start_from, 0),
        training_batches(HeadSynthesiser(maps, recipe, generator), intensity),
        localiser_loss(torch.tensor(train_config["cross_entropy_weights"], device=device)),
        optimisation,
        output,
        Shuffle(generator),
        device,
        validate,
        report,
    )
    save_weights(network, output / WEIGHTS_FILE)
    result = {"seed": seed, "maps": [head.name for head in maps], **validate(network)}
    (output / "validation.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def localiser_loss(cross_entropy_weights: torch.Tensor) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
    """Return the sum of soft Dice, all labels alike, and cross-entropy with these weights, shape (labels,).

    A hippocampus fills one voxel in a thousand, and where its probability has sunk to nothing the soft Dice no longer
    lifts it: only a large weight in the cross-entropy does.
    """
    dice = DiceLoss(
        to_onehot_y=True,
        softmax=True,
        include_background=False,
        smooth_nr=_DICE_SMOOTHING_VOXELS,
        smooth_dr=_DICE_SMOOTHING_VOXELS,
    )
    cross_entropy = torch.nn.CrossEntropyLoss(cross_entropy_weights)
    return lambda scores, labels: dice(scores, labels) + cross_entropy(scores, labels[:, 0].long())


def read_recipe(config: dict[str, Any]) -> HeadRecipe:
    """Return the recipe that the ``heads`` section of ``train.json`` describes."""
    i, j, k = (tuple(sizes) for sizes in config["sizes"])
    left, front, up = config["shift_mm"]
    centre = Centre(config.get("centre", Centre.BRAIN.value))
    return HeadRecipe(**config | {"sizes": (i, j, k), "shift_mm": (left, front, up), "centre": centre})


def training_batches(heads: HeadSynthesiser, intensity: Intensity) -> Iterator[Batch]:
    """Yield normalised images and their labels for ever, one head a batch because sizes vary.

    Yields:
        image and labels, both of shape (1, 1, I, J, K).
    """
    while True:
        image, labels = heads.draw()
        yield torch.from_numpy(intensity(image.numpy()))[None, None], labels[None, None]


def label_dice(
    network: torch.nn.Module,
    heads: Sequence[tuple[torch.Tensor, torch.Tensor]],
    intensity: Intensity,
    device: torch.device,
) -> dict[str, float]:
    """Return the Dice of each label over the voxels of all heads together, and of the intracranial space."""
    overlap = torch.zeros(len(HeadLabel) + 1, dtype=torch.float64)
    total = torch.zeros_like(overlap)
    for image, truth in heads:
        normalised = torch.from_numpy(intensity(image.numpy()))[None, None]
        with torch.inference_mode(), bfloat16_autocast(device):
            predicted = network(normalised.to(device, memory_format=torch.channels_last_3d))[0].argmax(0).cpu()
        masks = [(predicted == label, truth == label) for label in HeadLabel] + [(predicted > 0, truth > 0)]
        for index, (found, true) in enumerate(masks):
            overlap[index] += (found & true).sum()
            total[index] += found.sum() + true.sum()
    names = [label.name.lower() for label in HeadLabel] + ["intracranial"]
    dice = (2 * overlap / total.clamp(min=1)).tolist()
    return {f"dice_{name}": value for name, value in zip(names, dice, strict=True) if name != "background"}
