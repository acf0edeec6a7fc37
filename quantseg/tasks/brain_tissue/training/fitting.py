"""Training of the tissue network on synthetic brains."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from quantseg.brain.regions import REGIONS_OF_TISSUE, Region, Tissue, regions_of_channel
from quantseg.inference.device import bfloat16_autocast
from quantseg.models.building import build
from quantseg.models.intensity import Intensity, intensity_transform
from quantseg.tasks.brain_tissue.training.brain_maps import read_brain_map
from quantseg.tasks.brain_tissue.training.loss import FractionLoss, summed, sums_of
from quantseg.tasks.brain_tissue.training.recipe import read_recipe
from quantseg.tasks.brain_tissue.training.synthetic_brains import BrainSynthesiser, SyntheticBrain
from quantseg.training.head_label_maps import head_maps_to_train_on
from quantseg.training.loop import Batch, train_member
from quantseg.training.recipe import Optimisation
from quantseg.training.shuffle import Shuffle
from quantseg.training.starting import go_on_from
from quantseg.training.weights_file import WEIGHTS_FILE, save_weights

_INTRACRANIAL = "intracranial"
_EVERY_REGION = tuple((region,) for region in Region)
Channels = Sequence[Sequence[Region]]
"""Regions that each channel of a network holds, background first."""


def train_tissue_network(
    data: Path,
    output: Path,
    inference_config: dict[str, Any],
    train_config: dict[str, Any],
    device: torch.device,
    report: Callable[[str], None] = print,
    *,
    start_from: str | None = None,
) -> None:
    """Train the tissue network on synthetic brains from all label maps of a folder but those kept for testing.

    Args:
        data: folder of head label maps in FreeSurfer values (``.nii.gz``, 1 mm).
        output: run folder; checkpoint, ``curves.csv``, ``validation.json`` and ``weights.safetensors`` (fp16) appear
            in it.
        inference_config: network and intensity normalisation, as the finished model will use them.
        train_config: the recipe.
        device: where to train.
        report: takes lines of progress.
        start_from: folder of the bundle whose weights to go on from, such as those of a network that tells other
            parts of a head; None starts from random ones.

    Raises:
        UsageError: no label map is left to train on, or the weights to go on from are missing or do not fit.
    """
    seed = train_config["seed"]
    maps = [read_brain_map(path) for path in head_maps_to_train_on(data, train_config["test_maps"])]
    report(f"{len(maps)} label maps: {', '.join(head.name for head in maps)}")
    recipe = read_recipe(train_config["brains"])
    intensity = intensity_transform(inference_config["intensity"])
    channels = tuple(regions_of_channel(name) for name in inference_config["labels"])
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    unseen = BrainSynthesiser(maps, recipe, torch.Generator().manual_seed(seed + 1))
    validation = [unseen.draw() for _ in range(train_config["validation_brains"])]

    def validate(network: torch.nn.Module) -> dict[str, float]:
        return score_network(network, validation, intensity, device, channels)

    network = train_member(
        go_on_from(build(inference_config["network_def"]), start_from, 0, other_classes=True),
        training_batches(BrainSynthesiser(maps, recipe, generator), intensity, channels),
        FractionLoss(channels),
        Optimisation(**train_config["optimisation"]),
        output,
        Shuffle(generator),
        device,
        validate,
        report,
    )
    save_weights(network, output / WEIGHTS_FILE)
    result = {"seed": seed, "maps": [head.name for head in maps], **validate(network)}
    (output / "validation.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def training_batches(brains: BrainSynthesiser, intensity: Intensity, channels: Channels) -> Iterator[Batch]:
    """Yield normalised images and their fractions for ever, one brain a batch because sizes vary.

    Yields:
        image, shape (1, 1, I, J, K), and fractions, shape (1, channels, I, J, K), channels last in memory.
    """
    sums = sums_of(_EVERY_REGION, channels)
    while True:
        brain = brains.draw()
        yield _normalised(brain, intensity), _fractions(brain, sums)


def score_network(
    network: torch.nn.Module,
    brains: Sequence[SyntheticBrain],
    intensity: Intensity,
    device: torch.device,
    channels: Channels,
) -> dict[str, float]:
    """Return how well a network does over the voxels of all brains together.

    Returns:
        ``dice_fluid``, ``dice_grey``, ``dice_white`` and ``dice_intracranial`` of what holds more than half of each
        voxel, ``dice_channels``, the mean over channels likewise, and ``volume_error_percent_…``, by how much the sum
        of probabilities exceeds that of fractions.
    """
    names = [tissue.name.lower() for tissue in Tissue if tissue is not Tissue.BACKGROUND]
    groups = [*REGIONS_OF_TISSUE.values(), [region for region in Region if region is not Region.BACKGROUND]]
    to_channels, to_groups = sums_of(_EVERY_REGION, channels), sums_of(channels, groups)
    of_tissues, of_channels = _Overlap([*names, _INTRACRANIAL]), _Overlap([str(n) for n in range(1, len(channels))])
    for brain in brains:
        image = _normalised(brain, intensity).to(device, memory_format=torch.channels_last_3d)
        with torch.inference_mode(), bfloat16_autocast(device):
            found = torch.softmax(network(image).float(), dim=1).cpu()
        true = _fractions(brain, to_channels)
        of_tissues.add(summed(found, to_groups), summed(true, to_groups))
        of_channels.add(found[:, 1:], true[:, 1:])
    dice = of_tissues.dice()
    scores = {f"dice_{name}": value for name, value in dice.items()}
    scores["dice_channels"] = sum(of_channels.dice().values()) / (len(channels) - 1)
    return scores | {f"volume_error_percent_{name}": value for name, value in of_tissues.error_percent().items()}


class _Overlap:
    """Counts over several images, of classes whose shares in a voxel sum to one or less.

    Args:
        names: of the classes.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._both, self._either, self._found, self._true = torch.zeros(4, len(names), dtype=torch.float64)

    def add(self, found: torch.Tensor, true: torch.Tensor) -> None:
        """Count an image in, both of shape (1, classes, I, J, K)."""
        for index in range(len(self._names)):
            this_found, this_true = found[0, index], true[0, index]
            masks = this_found > 0.5, this_true > 0.5
            self._both[index] += (masks[0] & masks[1]).sum()
            self._either[index] += masks[0].sum() + masks[1].sum()
            self._found[index] += this_found.sum(dtype=torch.float64)
            self._true[index] += this_true.sum(dtype=torch.float64)

    def dice(self) -> dict[str, float]:
        """Return the Dice of what each class holds more than half of."""
        return dict(zip(self._names, (2 * self._both / self._either.clamp(min=1)).tolist(), strict=True))

    def error_percent(self) -> dict[str, float]:
        """Return by how much more of each class was found than there is, in per cent."""
        return dict(zip(self._names, (100 * (self._found / self._true.clamp(min=1) - 1)).tolist(), strict=True))


def _normalised(brain: SyntheticBrain, intensity: Intensity) -> torch.Tensor:
    return torch.from_numpy(intensity(brain.image.numpy()))[None, None]


def _fractions(brain: SyntheticBrain, to_channels: torch.Tensor) -> torch.Tensor:
    """Return the share of each channel, shape (1, channels, I, J, K), channels last in memory."""
    return (brain.fractions @ to_channels).movedim(-1, 0)[None]
