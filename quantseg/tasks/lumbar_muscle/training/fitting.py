"""Training of the lumbar muscle network on synthetic cross-sections, and on real ones where there are any."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from quantseg.inference.device import bfloat16_autocast
from quantseg.models.building import build
from quantseg.models.intensity import Intensity, intensity_transform
from quantseg.tasks.lumbar_muscle.channels import CHANNELS, without_sides
from quantseg.tasks.lumbar_muscle.network_input import as_channels
from quantseg.tasks.lumbar_muscle.training.loss import LossKind, ShareLoss
from quantseg.tasks.lumbar_muscle.training.real_slices import RealSlices
from quantseg.tasks.lumbar_muscle.training.recipe import SliceRecipe, read_recipe
from quantseg.tasks.lumbar_muscle.training.synthetic_slices import SyntheticSlice, draw_slice
from quantseg.training.loop import Batch, train_member
from quantseg.training.random_draws import RandomDraws
from quantseg.training.recipe import Optimisation
from quantseg.training.shuffle import Shuffle
from quantseg.training.starting import go_on_from
from quantseg.training.weights_file import WEIGHTS_FILE, save_weights

_SEEDS = 2**31 - 1
# Validation slices have seeds that no training slice can have.
_FIRST_UNSEEN_SEED = _SEEDS
_MIRRORED = 0.5


def train_muscle_network(
    data: Path | None,
    output: Path,
    inference_config: dict[str, Any],
    train_config: dict[str, Any],
    device: torch.device,
    report: Callable[[str], None] = print,
    *,
    start_from: str | None = None,
) -> None:
    """Train the network on cross-sections that are drawn as they are needed.

    Args:
        data: folder in Decathlon layout with real cross-sections, which then make up ``real_share`` of the batches;
            None trains on synthetic ones alone.
        output: run folder; checkpoint, ``curves.csv``, ``validation.json`` and ``weights.safetensors`` (fp16) appear
            in it.
        inference_config: network and intensity normalisation, as the finished model will use them.
        train_config: the recipe.
        device: where to train.
        report: takes lines of progress.
        start_from: folder of the bundle whose weights to go on from; None starts from random ones.

    Raises:
        UsageError: the real data cannot be used, or the weights to go on from are missing or do not fit.
    """
    seed = train_config["seed"]
    recipe = read_recipe(train_config["slices"])
    pixel_mm = float(inference_config["spacing_mm"][0])
    intensity = intensity_transform(inference_config["intensity"])
    optimisation = Optimisation(**train_config["optimisation"])
    real = None if data is None else RealSlices(data, pixel_mm)
    if real is not None:
        report(f"{len(real)} real slices of {real.cases} cases beside synthetic ones")
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    count = train_config["validation_slices"]
    validation = [
        draw_slice(_FIRST_UNSEEN_SEED + number, recipe.sizes[number % len(recipe.sizes)], pixel_mm, recipe)
        for number in range(count)
    ]

    def validate(network: torch.nn.Module) -> dict[str, float]:
        return score_network(network, validation, intensity, device)

    batches = training_batches(
        recipe, pixel_mm, intensity, optimisation.batch_size, RandomDraws(generator), real, train_config["real_share"]
    )
    network = train_member(
        go_on_from(build(inference_config["network_def"]), start_from, 0),
        batches,
        ShareLoss(LossKind[train_config["loss"]]),
        optimisation,
        output,
        Shuffle(generator),
        device,
        validate,
        report,
        # A 2D network's backward pass takes a fifth less time without it on a CPU.
        channels_last=device.type != "cpu",
    )
    save_weights(network, output / WEIGHTS_FILE)
    result = {"seed": seed, "scored_on": "synthetic_slices", "real_slices": 0 if real is None else len(real)}
    (output / "validation.json").write_text(json.dumps(result | validate(network), indent=1) + "\n", encoding="utf-8")


def training_batches(
    recipe: SliceRecipe,
    pixel_mm: float,
    intensity: Intensity,
    batch_size: int,
    draws: RandomDraws,
    real: RealSlices | None = None,
    real_share: float = 0.0,
) -> Iterator[Batch]:
    """Yield normalised images and their shares for ever, all slices of a batch of one size.

    Yields:
        images, shape (B, 2, I, J), and shares, shape (B, channels, I, J).
    """
    while True:
        size = recipe.sizes[draws.integer(len(recipe.sizes))]
        of_real = real is not None and draws.happens(real_share)
        images, shares = [], []
        for _ in range(batch_size):
            seed = draws.integer(_SEEDS)
            one = real.draw(seed, size) if real is not None and of_real else draw_slice(seed, size, pixel_mm, recipe)
            # The network knows no sides: mirrored, a slice is as good as another.
            turn = -1 if draws.happens(_MIRRORED) else 1
            images.append(as_channels(one.images, intensity)[:, ::turn])
            shares.append(without_sides(one.shares)[:, ::turn])
        yield torch.from_numpy(np.stack(images)), torch.from_numpy(np.stack(shares))


def score_network(
    network: torch.nn.Module, slices: Sequence[SyntheticSlice], intensity: Intensity, device: torch.device
) -> dict[str, float]:
    """Return how well a network does over the pixels of all slices together.

    Returns:
        ``dice_<muscle>`` of each muscle, left and right together, and ``dice_mean`` over the muscles.
    """
    numbers = range(1, len(CHANNELS))
    both, either = np.zeros(len(CHANNELS)), np.zeros(len(CHANNELS))
    for one in slices:
        image = torch.from_numpy(as_channels(one.images, intensity))[None].to(device)
        with torch.inference_mode(), bfloat16_autocast(device):
            found = network(image).float().argmax(dim=1)[0].cpu().numpy()
        true = without_sides(one.shares).argmax(axis=0)
        for number in numbers:
            both[number] += np.count_nonzero((found == number) & (true == number))
            either[number] += np.count_nonzero(found == number) + np.count_nonzero(true == number)
    scores = {f"dice_{CHANNELS[number]}": float(2 * both[number] / max(either[number], 1)) for number in numbers}
    return scores | {"dice_mean": sum(scores.values()) / len(scores)}
