"""Training of one ensemble member: optimisation, weight averaging, curves, checkpoints to resume from."""

from __future__ import annotations

import csv
import math
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from quantseg.inference.device import bfloat16_autocast
from quantseg.models.weights import CHANNELS_LAST, to_channels_last
from quantseg.training.normalisation import with_grouped_normalisation
from quantseg.training.recipe import Optimisation
from quantseg.training.shuffle import Shuffle
from quantseg.training.weights_file import CURVES_FILE

_CHECKPOINT_EVERY_STEPS = 250
# The first step also prepares what later ones find ready: speed is told from the second on.
_FIRST_TOLD_STEP = 2
_LOG_EVERY_STEPS = 50
_LONGEST_SILENCE_SECONDS = 30
_VALIDATIONS = 6
# Key in a checkpoint: the states of the generators that networks with dropped connections draw from.
_NETWORK_RANDOMNESS = "network_randomness"

Batch = tuple[torch.Tensor, torch.Tensor]


def train_member(
    network: torch.nn.Module,
    batches: Iterator[Batch],
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    optimisation: Optimisation,
    folder: Path,
    shuffle: Shuffle,
    device: torch.device,
    validate: Callable[[torch.nn.Module], dict[str, float]],
    report: Callable[[str], None] = print,
    channels_last: bool = True,
) -> torch.nn.Module:
    """Train a network and return its averaged weights.

    The last average is what is kept: no checkpoint is chosen by its validation score, so that this score stays a
    fair estimate. An interrupted run goes on from ``folder / "checkpoint.pt"`` and ends, on the same machine, with the
    weights of one that was never interrupted.

    Args:
        network: freshly initialised.
        batches: endless (images, targets), drawn with ``shuffle``.
        loss: of (network output, target).
        optimisation: schedule.
        folder: where checkpoint and ``curves.csv`` go.
        shuffle: order and one source of randomness of ``batches``; its state is part of the checkpoint.
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
    if device.type == "cpu":
        network = with_grouped_normalisation(network)
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(optimisation.weight_average_decay))
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=optimisation.learning_rate, weight_decay=optimisation.weight_decay
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: learning_rate_factor(step, optimisation))
    checkpoint = folder / "checkpoint.pt"
    parts: dict[str, _Resumable] = {
        "network": network,
        "average": average,
        "optimiser": optimiser,
        "schedule": schedule,
    }
    first_step = _restore(checkpoint, parts, shuffle, device)
    curves = Curves(folder / CURVES_FILE, first_step)
    network.train()
    report(f"step {first_step}/{optimisation.steps}: drawing images")
    running, started = 0.0, time.perf_counter()
    heard = started
    pace = _Pace(optimisation)
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
        speed = pace.after(step)
        if step % _LOG_EVERY_STEPS == 0:
            seconds = (time.perf_counter() - started) / _LOG_EVERY_STEPS
            row: dict[str, float] = {
                "loss": running / _LOG_EVERY_STEPS,
                "learning_rate": float(schedule.get_last_lr()[0]),
            }
            if step % max(_LOG_EVERY_STEPS, optimisation.steps // _VALIDATIONS // 50 * 50) == 0:
                row |= validate(average.module.eval())
            curves.add(step, row)
            report(f"step {step}/{optimisation.steps} {seconds:.2f} s/step, {speed}" + _in_words(row))
            running, started = 0.0, time.perf_counter()
            heard = started
        elif step == first_step + _FIRST_TOLD_STEP or time.perf_counter() - heard > _LONGEST_SILENCE_SECONDS:
            heard = time.perf_counter()
            report(f"step {step}/{optimisation.steps}, {speed}loss of this step {float(value.detach()):.4g}")
        if step % _CHECKPOINT_EVERY_STEPS == 0:
            _save(checkpoint, step, parts, shuffle, device)
    return average.module.eval()


class _Pace:
    """How fast samples are learned from, and how long that takes to the end.

    Args:
        optimisation: schedule.
    """

    def __init__(self, optimisation: Optimisation) -> None:
        self._optimisation = optimisation
        self._first: tuple[int, float] | None = None

    def after(self, step: int) -> str:
        """Return both in words after a step; nothing after the first, which also prepares what later ones find."""
        now = time.perf_counter()
        if self._first is None:
            self._first = step, now
        steps, seconds = step - self._first[0], now - self._first[1]
        if not steps or not seconds:
            return ""
        left = timedelta(seconds=round((self._optimisation.steps - step) * seconds / steps))
        return f"{steps * self._optimisation.batch_size / seconds:.1f} samples a second, {left} h left, "


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


class _Resumable(Protocol):
    """What a checkpoint keeps: network, optimizer, schedule, average."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state: dict[str, Any], /) -> Any: ...  # Networks return what was missing, others nothing.


def _save(checkpoint: Path, step: int, parts: Mapping[str, _Resumable], shuffle: Shuffle, device: torch.device) -> None:
    state = {name: part.state_dict() for name, part in parts.items()}
    aside = checkpoint.with_suffix(".part")
    torch.save({"step": step, **shuffle.state_dict(), _NETWORK_RANDOMNESS: _random_states(device), **state}, aside)
    aside.replace(checkpoint)


def _restore(checkpoint: Path, parts: Mapping[str, _Resumable], shuffle: Shuffle, device: torch.device) -> int:
    if not checkpoint.exists():
        return 0
    state = torch.load(checkpoint, map_location=device, weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(state[name])
    shuffle.load_state_dict(state)
    # Checkpoints of older versions lack them.
    _set_random_states(state.get(_NETWORK_RANDOMNESS, {}), device)
    return int(state["step"])


def _random_states(device: torch.device) -> dict[str, torch.Tensor]:
    """Return the states of torch's own generators, by which a network drops connections in training."""
    states = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        states["cuda"] = torch.cuda.get_rng_state(device)
    if device.type == "mps":
        states["mps"] = torch.mps.get_rng_state()
    return states


def _set_random_states(states: Mapping[str, torch.Tensor], device: torch.device) -> None:
    if "cpu" in states:
        torch.set_rng_state(states["cpu"].cpu())
    if "cuda" in states and device.type == "cuda":
        torch.cuda.set_rng_state(states["cuda"].cpu(), device)
    if "mps" in states and device.type == "mps":
        torch.mps.set_rng_state(states["mps"].cpu())
