"""Training of one ensemble member: optimisation, weight averaging, curves, checkpoints to resume from."""

from __future__ import annotations

import csv
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from quantseg.inference.device import bfloat16_autocast
from quantseg.models.weights import CHANNELS_LAST, to_channels_last
from quantseg.training.recipe import Optimisation

_CHECKPOINT_EVERY_STEPS = 250
_LOG_EVERY_STEPS = 50
_VALIDATIONS = 6

Batch = tuple[torch.Tensor, torch.Tensor]


def train_member(
    network: torch.nn.Module,
    batches: Iterator[Batch],
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    optimisation: Optimisation,
    folder: Path,
    generator: torch.Generator,
    device: torch.device,
    validate: Callable[[torch.nn.Module], dict[str, float]],
    report: Callable[[str], None] = print,
    channels_last: bool = True,
) -> torch.nn.Module:
    """Train a network and return its averaged weights.

    The last average is what is kept: no checkpoint is chosen by its validation score, so that this score stays a
    fair estimate. An interrupted run goes on from ``folder / "checkpoint.pt"``.

    Args:
        network: freshly initialised.
        batches: endless (images, targets), drawn with ``generator``.
        loss: of (network output, target).
        optimisation: schedule.
        folder: where checkpoint and ``curves.csv`` go.
        generator: the one source of randomness of ``batches``; its state is part of the checkpoint.
        device: where to train; bfloat16 autocast is used where it is in hardware.
        validate: scores of a network, logged a few times in a run.
        report: takes one line of progress.
        channels_last: memory layout of network and images. A 2D network's backward pass takes a fifth less time
            without it on a CPU.

    Returns:
        the averaged network, on ``device``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    network = to_channels_last(network, device) if channels_last else network.to(device)
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(optimisation.weight_average_decay))
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=optimisation.learning_rate, weight_decay=optimisation.weight_decay
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: learning_rate_factor(step, optimisation))
    checkpoint = folder / "checkpoint.pt"
    parts = {"network": network, "average": average, "optimiser": optimiser, "schedule": schedule}
    first_step = _restore(checkpoint, parts, generator, device)
    curves = Curves(folder / "curves.csv", first_step)
    network.train()
    running, started = 0.0, time.perf_counter()
    for step in range(first_step + 1, optimisation.steps + 1):
        images, targets = next(batches)
        with bfloat16_autocast(device):
            layout = CHANNELS_LAST[images.ndim] if channels_last else torch.contiguous_format
            output = network(images.to(device, memory_format=layout))
        value = loss(output.float(), targets.to(device))
        optimiser.zero_grad(set_to_none=True)
        value.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), optimisation.gradient_clip_norm)
        optimiser.step()
        schedule.step()
        average.update_parameters(network)
        running += float(value.detach())
        if step % _LOG_EVERY_STEPS == 0:
            seconds = (time.perf_counter() - started) / _LOG_EVERY_STEPS
            row: dict[str, float] = {
                "loss": running / _LOG_EVERY_STEPS,
                "learning_rate": float(schedule.get_last_lr()[0]),
            }
            if step % max(_LOG_EVERY_STEPS, optimisation.steps // _VALIDATIONS // 50 * 50) == 0:
                row |= validate(average.module.eval())
            curves.add(step, row)
            report(f"step {step}/{optimisation.steps} {seconds:.2f} s/step " + _in_words(row))
            running, started = 0.0, time.perf_counter()
        if step % _CHECKPOINT_EVERY_STEPS == 0:
            _save(checkpoint, step, parts, generator)
    return average.module.eval()


def learning_rate_factor(step: int, optimisation: Optimisation) -> float:
    """Return the share of the peak learning rate at a step: linear warm-up, then half a cosine down to zero."""
    warmup = max(1, int(optimisation.steps * optimisation.warmup_fraction))
    if step < warmup:
        return (step + 1) / warmup
    progress = (step - warmup) / max(1, optimisation.steps - warmup)
    return 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))


class Curves:
    """The learning curves of one run as a CSV file, one row a logged step.

    Args:
        path: the file.
        last_step: rows after this step belong to work that an interruption lost, and are dropped.
    """

    _COLUMNS = ("step", "name", "value")

    def __init__(self, path: Path, last_step: int) -> None:
        self._path = path
        kept = []
        if path.exists() and last_step:
            with path.open(newline="", encoding="utf-8") as file:
                kept = [row for row in csv.DictReader(file) if int(row["step"]) <= last_step]
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, self._COLUMNS)
            writer.writeheader()
            writer.writerows(kept)

    def add(self, step: int, values: dict[str, float]) -> None:
        """Append the values of one step."""
        with self._path.open("a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows((step, name, f"{value:.6g}") for name, value in values.items())


def _in_words(row: dict[str, float]) -> str:
    return " ".join(f"{name} {value:.4g}" for name, value in row.items())


def _save(checkpoint: Path, step: int, parts: dict, generator: torch.Generator) -> None:
    state = {name: part.state_dict() for name, part in parts.items()}
    aside = checkpoint.with_suffix(".part")
    torch.save({"step": step, "generator": generator.get_state(), **state}, aside)
    aside.replace(checkpoint)


def _restore(checkpoint: Path, parts: dict, generator: torch.Generator, device: torch.device) -> int:
    if not checkpoint.exists():
        return 0
    state = torch.load(checkpoint, map_location=device, weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(state[name])
    generator.set_state(state["generator"].cpu())
    return int(state["step"])
