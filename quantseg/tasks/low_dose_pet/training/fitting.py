"""Training of the network for low-dose PET on pairs of scans."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from quantseg.errors import UsageError
from quantseg.inference.device import bfloat16_autocast
from quantseg.models.building import build
from quantseg.tasks.low_dose_pet.dose import DoseFromNoise, read_dose_from_noise
from quantseg.tasks.low_dose_pet.level import level_of, smoothed
from quantseg.tasks.low_dose_pet.network_input import (
    NEIGHBOURS,
    SMOOTH_VOXELS,
    as_channels,
    estimated,
    slices_around,
)
from quantseg.tasks.low_dose_pet.training.loss import MeanAndVariance
from quantseg.tasks.low_dose_pet.training.pairs import Pair, list_pairs, load_pairs
from quantseg.training.loop import Batch, train_member
from quantseg.training.random_draws import RandomDraws
from quantseg.training.recipe import Optimisation
from quantseg.training.shuffle import Shuffle
from quantseg.training.starting import go_on_from
from quantseg.training.weights_file import WEIGHTS_FILE, save_weights

# Patches lie about voxels that are brighter than this share of the brain's mean.
_IN_VIEW = 0.1
_VALIDATION_SLICES = 4


@dataclass(frozen=True)
class Sample:
    """A pair as the network is shown it.

    Attributes:
        pair: where it came from.
        low: divided by the low image's mean, float16, shape (I, J, K).
        smooth: the same, smoothed, float16, shape (3, I, J, K).
        full: divided by the same, same shape.
        noise: relative SD of the low image.
        fraction: of the counts.
        fraction_by_noise: what noise tells of it.
    """

    pair: Pair
    low: np.ndarray
    smooth: np.ndarray
    full: np.ndarray
    noise: float
    fraction: float
    fraction_by_noise: float

    def channels(self, k: int, fraction: float, box: tuple[slice, slice] = (slice(None), slice(None))) -> np.ndarray:
        """Return what the network is shown of a part of slice ``k``."""
        around = self.low[(*box, slices_around(k, self.low.shape[2]))]
        smooth = self.smooth[(slice(None), *box, k)]
        return as_channels(
            np.moveaxis(around, 2, 0).astype(np.float32), smooth.astype(np.float32), self.noise, fraction
        )


def train_pet_network(
    data: Path,
    output: Path,
    inference_config: dict[str, Any],
    train_config: dict[str, Any],
    device: torch.device,
    report: Callable[[str], None] = print,
    *,
    start_from: str | None = None,
) -> None:
    """Train the network on pairs of scans.

    Args:
        data: folder of pairs, as ``simulate`` makes them.
        output: run folder; checkpoint, ``curves.csv``, ``split.csv``, ``validation.json`` and ``weights.safetensors``
            (fp16) appear in it.
        inference_config: network, as the finished model will use it.
        train_config: the recipe.
        device: where to train.
        report: takes lines of progress.
        start_from: folder of the bundle whose weights to go on from; None starts from random ones.

    Raises:
        UsageError: the pairs cannot be used, or the weights to go on from are missing or do not fit.
    """
    seed = train_config["seed"]
    training, validation = divide(list_pairs(data), train_config)
    dose = read_dose_from_noise(inference_config)
    samples, unseen = prepare(training, dose), prepare(validation, dose)
    report(f"{len(samples)} pairs to train on, {len(unseen)} of {_persons(validation)} to validate on")
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    shuffle = Shuffle(generator)
    optimisation = Optimisation(**train_config["optimisation"])

    def validate(network: torch.nn.Module) -> dict[str, float]:
        return score_network(network, unseen, device)

    network = train_member(
        go_on_from(build(inference_config["network_def"]), start_from, 0),
        training_batches(samples, train_config["patch"], optimisation.batch_size, shuffle, RandomDraws(generator)),
        MeanAndVariance(**train_config["loss"]),
        optimisation,
        output,
        shuffle,
        device,
        validate,
        report,
    )
    save_weights(network, output / WEIGHTS_FILE)
    simulated = all(pair.row.simulated for pair in training)
    result: dict[str, Any] = {"seed": seed, "scored_on": "simulated_pairs" if simulated else "pairs"}
    result |= {"maps": sorted({pair.row.person for pair in training}), "pairs": len(training)}
    result |= {"validation_persons": sorted({pair.row.person for pair in validation})}
    (output / "validation.json").write_text(json.dumps(result | validate(network), indent=1) + "\n", encoding="utf-8")


def divide(pairs: Sequence[Pair], recipe: Mapping[str, Any]) -> tuple[list[Pair], list[Pair]]:
    """Return the pairs to train on and those to validate on, by person; persons kept for testing are in neither.

    Where none of the persons that the recipe validates on is there, the last one by name is taken.

    Raises:
        UsageError: nobody is left for one of the two.
    """
    left = [pair for pair in pairs if pair.row.person not in recipe["test_maps"]]
    persons = sorted({pair.row.person for pair in left})
    if len(persons) < 2:
        raise UsageError(
            f"The pairs show {len(persons)} persons beside those kept for testing; expected at least two, one of them "
            "to validate on."
        )
    chosen = set(recipe["validation_persons"]) & set(persons) or {persons[-1]}
    return [one for one in left if one.row.person not in chosen], [one for one in left if one.row.person in chosen]


def prepare(pairs: Sequence[Pair], dose: DoseFromNoise) -> list[Sample]:
    """Read pairs, and bring each to the scale of its low image."""
    samples = []
    for pair, (low, full) in zip(pairs, load_pairs(pairs), strict=True):
        level = level_of(low)
        of_low, of_full = ((image / level.mean).astype(np.float16) for image in (low, full))
        smooth = np.stack([(smoothed(low, sd) / level.mean).astype(np.float16) for sd in SMOOTH_VOXELS])
        fractions = pair.row.dose_fraction, dose.fraction(level)
        samples.append(Sample(pair, of_low, smooth, of_full, level.noise, *fractions))
    return samples


def training_batches(
    samples: Sequence[Sample],
    patch: Sequence[int],
    batch_size: int,
    shuffle: Shuffle,
    draws: RandomDraws,
) -> Iterator[Batch]:
    """Yield patches of the low images and what is to be added to them in units of their noise, for ever.

    The network is told the true dose fraction half of the time, what noise tells of it the other half.

    Yields:
        images, shape (B, 14, I, J), and targets, shape (B, 1, I, J).
    """
    while True:
        images, targets = [], []
        for _ in range(batch_size):
            sample = samples[shuffle.draw(len(samples))]
            k, box = _place(sample.low, patch, draws)
            fraction = sample.fraction if draws.happens(0.5) else sample.fraction_by_noise
            image = sample.channels(k, fraction, box)
            target = (sample.full[(*box, k)].astype(np.float32) - sample.low[(*box, k)]) / sample.noise
            turns = draws.integer(4)
            image, target = np.rot90(image, turns, (1, 2)), np.rot90(target[None], turns, (1, 2))
            if draws.happens(0.5):
                image, target = image[:, ::-1], target[:, ::-1]
            if draws.happens(0.5):
                image = np.concatenate([image[2 * NEIGHBOURS :: -1], image[2 * NEIGHBOURS + 1 :]])
            images.append(image)
            targets.append(target)
        yield torch.from_numpy(np.stack(images)), torch.from_numpy(np.stack(targets))


def _place(image: np.ndarray, patch: Sequence[int], draws: RandomDraws) -> tuple[int, tuple[slice, slice]]:
    """Return a slice and a box in it whose middle shows anything, if a few draws find one."""
    for _ in range(20):
        i, j, k = (draws.integer(n) for n in image.shape)
        if image[i, j, k] > _IN_VIEW:
            break
    firsts = [
        min(max(middle - size // 2, 0), n - size) for middle, size, n in zip((i, j), patch, image.shape, strict=False)
    ]
    return k, (slice(firsts[0], firsts[0] + patch[0]), slice(firsts[1], firsts[1] + patch[1]))


def score_network(network: torch.nn.Module, samples: Sequence[Sample], device: torch.device) -> dict[str, float]:
    """Return how well a network does on a few slices of each pair.

    Returns:
        ``gain_db``, how much nearer the estimate is to the scan with all counts than the low one, in the brain;
        ``covered``, the share of voxels whose full count lies within 1.96 SD of the estimate.
    """
    gains, covered = [], []
    for sample in samples:
        count = sample.low.shape[2]
        for k in np.linspace(0, count - 1, _VALIDATION_SLICES + 2).astype(int)[1:-1]:
            image = torch.from_numpy(sample.channels(int(k), sample.fraction))[None].to(device)
            with torch.inference_mode(), bfloat16_autocast(device):
                answer = network(image).float().cpu().numpy()[0]
            low, full = (image[:, :, k].astype(np.float32) for image in (sample.low, sample.full))
            estimate, sd = estimated(answer, low, sample.noise)
            brain = low > _IN_VIEW
            errors = [float(((found - full)[brain] ** 2).mean()) for found in (low, estimate)]
            gains.append(10 * np.log10(errors[0] / errors[1]))
            covered.append(float((np.abs(estimate - full) <= 1.96 * sd)[brain].mean()))
    return {"gain_db": float(np.mean(gains)), "covered": float(np.mean(covered))}


def _persons(pairs: Sequence[Pair]) -> str:
    return ", ".join(sorted({pair.row.person for pair in pairs}))
