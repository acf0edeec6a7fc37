"""Training of a network that says a value of a standard brain: variation, losses, and statistics of plain images."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from quantseg.brain.tissue_volume import FULL_SHARE
from quantseg.brain.volume_networks import values_of_brains
from quantseg.inference.device import Backend, choose_device
from quantseg.inference.ensemble import PlainNetworks
from quantseg.inference.torch_network import TorchNetwork
from quantseg.models.building import build
from quantseg.models.resnext import fold_normalisation
from quantseg.training.fields import add_noise, coarsened, vary_gamma
from quantseg.training.loop import Batch, train_member
from quantseg.training.random_draws import RandomDraws
from quantseg.training.recipe import Optimisation
from quantseg.training.shuffle import Shuffle
from quantseg.training.starting import fill_from
from quantseg.training.weights_file import WEIGHTS_FILE, load_member, save_weights

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
_SETTLING_BATCH = 16
_LOG_SCALES = (-4.0, 1.0)
_ALL_AXES = 3


@dataclass(frozen=True)
class Variation:
    """How a brain is varied; every ``*_probability`` is per brain.

    Attributes:
        mirror_probability: exchange of left and right.
        affine_probability: of a turn, shear and change of size; the brain is shifted by whole voxels otherwise.
        affine_sd: SD of what is added to each number of the matrix.
        shift_voxels: largest shift along each axis.
        coarse_probability: of a lower resolution.
        coarsest_factor: of the voxel size then.
        gamma_probability: of an exponent on the shares.
        gamma_log_sd: SD of its logarithm.
        noise_probability: of noise on the shares.
        noise_sd: its largest SD, in units of the shares' own.
        mixed_probability: of a batch, in which each brain is then mixed with another, and so are their values (Zhang
            and others, ICLR 2018, with shares drawn evenly).
    """

    mirror_probability: float
    affine_probability: float
    affine_sd: float
    shift_voxels: int
    coarse_probability: float
    coarsest_factor: float
    gamma_probability: float
    gamma_log_sd: float
    noise_probability: float
    noise_sd: float
    mixed_probability: float


USUAL_VARIATION: dict[str, float] = {
    "mirror_probability": 0.5,
    "affine_probability": 0.6,
    "affine_sd": 0.05,
    "shift_voxels": 2,
    "coarse_probability": 0.2,
    "coarsest_factor": 2.0,
    "gamma_probability": 0.4,
    "gamma_log_sd": 0.2,
    "noise_probability": 0.5,
    "noise_sd": 0.2,
}
"""What recipes of :class:`Variation` have in common; how often brains are mixed is for each to say."""


def laplace_loss(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Return the negative log likelihood of a Laplace distribution, but for a constant.

    Args:
        output: its middle and the logarithm of its scale, shape (batch, 2).
        target: shape (batch,).
    """
    log_scale = output[:, 1].clamp(*_LOG_SCALES)
    return ((output[:, 0] - target).abs() * torch.exp(-log_scale) + log_scale).mean()


def logistic_loss(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Return the negative log likelihood of yes or no; output are log odds, shape (batch, 1), targets from 0 to 1."""
    return functional.binary_cross_entropy_with_logits(output[:, 0], target)


@dataclass(frozen=True)
class Brains:
    """Brains to learn from.

    Attributes:
        volumes: uint8, shape (N, channels, I, J, K).
        values: what each comes to, float32, shape (N,).
    """

    volumes: np.ndarray
    values: np.ndarray


def network_folder(output: Path, fold: int) -> Path:
    """Return the folder of a fold's network in a run."""
    return output / f"network_{fold}"


def said_of_unseen(
    brains: Brains,
    folds: np.ndarray,
    may_see: np.ndarray,
    network_def: Mapping[str, Any],
    recipe: Mapping[str, Any],
    loss: Loss,
    score: Callable[[np.ndarray, np.ndarray], dict[str, float]],
    output: Path,
    seed: int,
    device: torch.device,
    report: Callable[[str], None],
    start: Sequence[Path] = (),
) -> np.ndarray:
    """Train a network for each fold, and return what each says of the people of its fold, whom it has not seen.

    Args:
        brains: of everybody.
        folds: number of each one's, from 0, shape (N,).
        may_see: whom networks may be trained on at all, bool, shape (N,).
        network_def: what a network is built from.
        recipe: ``optimisation`` and ``variation``.
        loss: of output and values.
        score: scores of what is said of some, from float64 of shape (n, outputs) and their places.
        output: run folder, in which each network has a folder; finished ones are not trained again.
        seed: of the first network's weights and variation; the others have the numbers that follow.
        device: where to train.
        report: takes lines of progress.
        start: weights of finished networks, one a fold, that these begin with but for what says their values.

    Returns:
        float64, shape (N, outputs).
    """
    found: dict[int, np.ndarray] = {}
    for fold in range(int(folds.max()) + 1):
        seen, judged = np.flatnonzero(may_see & (folds != fold)), np.flatnonzero(may_see & (folds == fold))

        def validate(network: nn.Module, judged: np.ndarray = judged) -> dict[str, float]:
            return score(_values(network, brains.volumes[judged], device), judged)

        network = _trained(
            Brains(brains.volumes[seen], brains.values[seen]),
            network_def,
            recipe,
            loss,
            network_folder(output, fold),
            seed + fold,
            device,
            validate,
            lambda line, fold=fold: report(f"network {fold}: {line}"),  # type: ignore[misc]
            start[fold] if start else None,
        )
        left_out = np.flatnonzero(folds == fold)
        said = _values(network, brains.volumes[left_out], device)
        report(f"network {fold}, people whom it has not seen: {score(said[may_see[left_out]], judged)}")
        found |= dict(zip(left_out.tolist(), said, strict=True))
    return np.array([found[place] for place in range(len(folds))])


def _values(network: nn.Module, volumes: np.ndarray, device: torch.device) -> np.ndarray:
    served = PlainNetworks(
        [TorchNetwork(network, yields_probabilities=False)], choose_device(str(device), backend=Backend.TORCH)
    )
    return values_of_brains(served, volumes)


def _trained(
    brains: Brains,
    network_def: Mapping[str, Any],
    recipe: Mapping[str, Any],
    loss: Loss,
    folder: Path,
    seed: int,
    device: torch.device,
    validate: Callable[[nn.Module], dict[str, float]],
    report: Callable[[str], None],
    start: Path | None,
) -> nn.Module:
    """Train one network, or take it from its folder, and return it as its weights were written, in half precision."""
    if not (folder / WEIGHTS_FILE).is_file():
        torch.manual_seed(seed)
        # A finished network has its normalisation in its convolutions, and goes on so.
        network = build({**network_def, "normalised": start is None})
        if start is not None:
            fill_from(network, start, other_classes=True)
        shuffle = Shuffle(torch.Generator().manual_seed(seed))
        optimisation = Optimisation(**recipe["optimisation"])
        batches = vary(brains, Variation(**recipe["variation"]), optimisation.batch_size, shuffle)
        member = train_member(network, batches, loss, optimisation, folder, shuffle, device, validate, report)
        settle(member, brains.volumes, device)
        fold_normalisation(member)
        save_weights(member, folder / WEIGHTS_FILE)
    return load_member(folder, {"network_def": network_def}, device)


def vary(brains: Brains, variation: Variation, batch_size: int, shuffle: Shuffle) -> Iterator[Batch]:
    """Yield batches of varied brains without end, shapes (batch, channels, I, J, K) and (batch,)."""
    draws = RandomDraws(shuffle.generator)
    while True:
        places = [shuffle.draw(len(brains.values)) for _ in range(batch_size)]
        volumes = torch.stack([_varied(brains.volumes[place], variation, shuffle.generator) for place in places])
        values = torch.from_numpy(brains.values[places].astype(np.float32))
        if draws.happens(variation.mixed_probability):
            share = draws.share()
            others = torch.randperm(batch_size, generator=shuffle.generator)
            volumes = share * volumes + (1 - share) * volumes[others]
            values = share * values + (1 - share) * values[others]
        yield volumes, values


def settle(network: nn.Module, volumes: np.ndarray, device: torch.device) -> None:
    """Take the statistics of batch normalisation anew from brains as they are: varied ones have others."""
    layers = [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm3d)]
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None
        layer.train()
    with torch.inference_mode():
        # Every batch counts the same, so that all are as large.
        for batch in np.array_split(volumes, math.ceil(len(volumes) / _SETTLING_BATCH)):
            network(torch.from_numpy(batch).to(device).float() / FULL_SHARE)
    network.eval()


def _varied(volume: np.ndarray, variation: Variation, generator: torch.Generator) -> torch.Tensor:
    draws = RandomDraws(generator)
    shares = torch.from_numpy(volume).float() / FULL_SHARE
    if draws.happens(variation.mirror_probability):
        shares = shares.flip(1)
    if draws.happens(variation.affine_probability):
        matrix = torch.eye(3, 4) + variation.affine_sd * torch.randn(3, 4, generator=generator)
        grid = functional.affine_grid(matrix[None], [1, *shares.shape], align_corners=False)
        shares = functional.grid_sample(shares[None], grid, align_corners=False)[0]
    else:
        shifts = [draws.integer(2 * variation.shift_voxels + 1) - variation.shift_voxels for _ in range(3)]
        shares = shares.roll(shifts, (1, 2, 3))
    if draws.happens(variation.coarse_probability):
        factor = 1 + draws.share() * (variation.coarsest_factor - 1)
        shares = torch.stack([coarsened(share, factor, _ALL_AXES) for share in shares])
    if draws.happens(variation.gamma_probability):
        shares = vary_gamma(shares, variation.gamma_log_sd, generator)
    if draws.happens(variation.noise_probability):
        shares = add_noise(shares, draws.up_to(variation.noise_sd), generator)
    return shares
