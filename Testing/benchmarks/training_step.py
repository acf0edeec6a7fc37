"""Where the time of a training step goes: batch, forward, loss, backward, optimiser; and what makes it less.

Ways are timed in turn, so that another load of the machine meets all alike; the least of several repetitions counts. On
one thread the processor's time is taken, which is not that of other programs.
Images are drawn, since no step depends on what they show; batches come from made hearts and boxes of noise.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from quantseg.models.building import build
from quantseg.models.intensity import intensity_transform
from quantseg.models.weights import CHANNELS_LAST, to_channels_last
from quantseg.resources import shipped_configurations
from quantseg.tasks.heart.training.augmentation import SliceAugmenter, SliceVariation
from quantseg.tasks.heart.training.loss import heart_loss
from quantseg.tasks.heart.training.recipe import INFERENCE, RECIPE
from quantseg.tasks.heart.training.samples import Sampling, heart_batches, training_stack
from quantseg.tasks.hippocampus.training.volume import training_batches
from quantseg.training.augmentation import Augmenter
from quantseg.training.cohort import LoadedCase
from quantseg.training.decathlon import LabelledCase
from quantseg.training.loop import Batch
from quantseg.training.normalisation import with_grouped_normalisation
from quantseg.training.recipe import Augmentation
from quantseg.training.shuffle import Shuffle

_PARTS = ("forward", "loss", "backward", "optimiser")


@dataclass(frozen=True)
class _Way:
    name: str
    build: Callable[[], torch.nn.Module]
    batches: Callable[[], Iterator[Batch]]
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    channels_last: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repetitions", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    clock = time.process_time if options.threads == 1 else time.perf_counter
    for ways in (_heart_ways(), _hippocampus_ways()):
        _report(ways, options.repetitions, clock)


def _report(ways: Sequence[_Way], repetitions: int, clock: Callable[[], float]) -> None:
    runs = [
        (way, to_channels_last(way.build(), torch.device("cpu")) if way.channels_last else way.build()) for way in ways
    ]
    timed: list[list[list[float]]] = [[] for _ in ways]
    drawn = [way.batches() for way in ways]
    for number in range(repetitions + 1):
        for place, (way, network) in enumerate(runs):
            row = _step(way, network, drawn[place], clock)
            if number:
                timed[place].append(row)
    first = None
    for way, rows in zip(ways, timed, strict=True):
        least = np.min(rows, axis=0)
        total = float(least.sum())
        first = first or total
        shares = ", ".join(f"{name} {seconds:.3f}" for name, seconds in zip(("batch", *_PARTS), least, strict=True))
        print(f"{way.name}: {total:.3f} s a step ({shares}), {total / first:.2f} of the first", flush=True)


def _step(way: _Way, network: torch.nn.Module, batches: Iterator[Batch], clock: Callable[[], float]) -> list[float]:
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-4)
    times = [clock()]
    images, targets = next(batches)
    times.append(clock())
    layout = CHANNELS_LAST[images.ndim] if way.channels_last else torch.contiguous_format
    output = network(images.contiguous(memory_format=layout))
    times.append(clock())
    value = way.loss(output, targets)
    times.append(clock())
    value.backward()
    times.append(clock())
    torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
    optimiser.step()
    times.append(clock())
    return np.diff(times).tolist()


def _heart_ways() -> list[_Way]:
    network = INFERENCE["network_def"]

    def way(name: str, grouped: bool, layout: bool, size: int) -> _Way:
        return _Way(f"heart, {name}", lambda: _network(network, grouped), lambda: _hearts(size), heart_loss(4), layout)

    return [
        way("instance normalisation, four slices", False, False, 4),
        way("grouped normalisation", True, False, 4),
        way("grouped, channels last", True, True, 4),
        way("grouped, a batch of eight", True, False, 8),
    ]


def _hippocampus_ways() -> list[_Way]:
    inference, recipe = (shipped_configurations("hippocampus", name) for name in ("inference", "train"))
    levels = recipe["optimisation"]["deep_supervision_levels"]
    heads = {"deep_supervision": True, "deep_supr_num": levels} if levels else {}
    definition = inference["network_def"] | heads
    from quantseg.tasks.hippocampus.training.volume import _loss

    def way(name: str, grouped: bool, layout: bool, size: int = 2) -> _Way:
        return _Way(
            f"hippocampus, {name}",
            lambda: _network(definition, grouped),
            lambda: _boxes(inference, recipe, size),
            _loss(levels),
            layout,
        )

    return [
        way("instance normalisation, two crops, channels last", False, True),
        way("grouped normalisation, channels last", True, True),
        way("grouped, channels first", True, False),
        way("grouped, channels last, a batch of four", True, True, 4),
    ]


def _network(definition: dict[str, object], grouped: bool) -> torch.nn.Module:
    torch.manual_seed(0)
    network: torch.nn.Module = build(definition).train()
    return with_grouped_normalisation(network) if grouped else network


def _hearts(batch_size: int) -> Iterator[Batch]:
    random, generator = np.random.default_rng(0), torch.Generator().manual_seed(0)
    labels = np.zeros((216, 256, 9), np.uint8)
    i, j = np.meshgrid(np.arange(216) - 100, np.arange(256) - 120, indexing="ij")
    for value, radius, place in ((1, 22, 38), (2, 28, 0), (3, 20, 0)):
        labels[np.hypot(i + place, j) < radius] = value
    image = (random.normal(0, 20, labels.shape) + np.array([120, 300, 60, 320])[labels]).astype(np.float32)
    case = LoadedCase(LabelledCase("made", None, None, "made"), image, labels, (1.5, 1.5, 8.0))  # type: ignore[arg-type]
    stack = training_stack(case, [0, 1, 2, 3], INFERENCE, end_diastole=image)
    augmenter = SliceAugmenter(SliceVariation(**RECIPE["augmentation"]), (112, 112), generator)
    intensity = intensity_transform(INFERENCE["intensity"])
    return heart_batches(
        [stack], 4, Sampling(**RECIPE["sampling"]), augmenter, intensity, batch_size, Shuffle(generator), True
    )


def _boxes(inference: dict[str, object], recipe: dict[str, object], batch_size: int) -> Iterator[Batch]:
    random, generator = np.random.default_rng(0), torch.Generator().manual_seed(0)
    image = random.normal(100, 20, (36, 50, 36)).astype(np.float32)
    labels = np.zeros(image.shape, np.uint8)
    labels[12:24, 10:25, 10:24], labels[12:24, 25:40, 10:24] = 1, 2
    case = LoadedCase(LabelledCase("made", None, None, "made"), image, labels)  # type: ignore[arg-type]
    patch = tuple(inference["minimum_patch"])  # type: ignore[arg-type]
    augmenter = Augmenter(Augmentation(**recipe["augmentation"]), patch, 3, generator)  # type: ignore[arg-type]
    intensity = intensity_transform(inference["intensity"])  # type: ignore[arg-type]
    return training_batches([case], augmenter, intensity, batch_size, Shuffle(generator))


if __name__ == "__main__":
    main()
