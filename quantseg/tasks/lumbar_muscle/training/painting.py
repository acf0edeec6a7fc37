"""From outlines to arrays: which part lies at each fine pixel, and how much of it is fat."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import torch
from PIL import Image, ImageChops, ImageDraw
from torch.nn import functional

from quantseg.tasks.lumbar_muscle.training.parts import Part
from quantseg.tasks.lumbar_muscle.training.shapes import Points
from quantseg.tasks.lumbar_muscle.training.tissues import Tissue

_MOST_PARTS = 255
# Between lean and fatty fibres, in SD of the field that tells where fat lies; and what that softness adds to its SD.
_SOFTNESS, _SPREAD = 0.35, 1.16
# Most that the logarithm of lean fibres' own fat changes with one SD of that field.
_GRAIN = 0.6


@dataclass(frozen=True)
class Painting:
    """A cross-section on a fine grid; I pixels towards the right, J towards the front.

    Attributes:
        numbers: part at each pixel, counted from 1, 0 for air, uint8, shape (I, J).
        parts: what they are.
        fat: share of fat, float32, shape (I, J).
    """

    numbers: np.ndarray
    parts: Sequence[Part]
    fat: np.ndarray

    @property
    def labels(self) -> np.ndarray:
        """The label value at each pixel, uint8, shape (I, J)."""
        return np.asarray(np.array([0, *(part.label for part in self.parts)], np.uint8)[self.numbers])


def paint(
    parts: Sequence[Part],
    bend: Callable[[Points], Points],
    first_mm: tuple[float, float],
    shape: tuple[int, int],
    pixel_mm: float,
    random: np.random.Generator,
) -> Painting:
    """Paint parts one over the other.

    Args:
        parts: in order.
        bend: moves the points of every outline.
        first_mm: where the corner of the first pixel lies, x and y.
        shape: of the fine grid.
        pixel_mm: of the fine grid.
        random: source of the randomness of what is within the parts.
    """
    if len(parts) > _MOST_PARTS:
        raise ValueError(f"{len(parts)} parts do not fit into bytes.")
    # An image of Pillow has columns first: its columns are the second axis of the array.
    canvas = Image.new("L", (shape[1], shape[0]))
    draw = ImageDraw.Draw(canvas)
    for number, part in enumerate(parts, start=1):
        places = (bend(part.outline) - first_mm) / pixel_mm - 0.5
        corners = places[:, ::-1].ravel().tolist()
        if part.over:
            _fill_over(canvas, corners, number, [k for k, one in enumerate(parts, start=1) if one.label == part.over])
        elif part.line_mm:
            draw.line(corners + corners[:2], fill=number, width=max(1, round(part.line_mm / pixel_mm)))
        else:
            draw.polygon(corners, fill=number)
    numbers = np.array(canvas)
    return Painting(numbers, parts, _fat(numbers, parts, pixel_mm, random))


def _fill_over(canvas: Image.Image, corners: Sequence[float], number: int, below: Sequence[int]) -> None:
    """Fill a polygon where one of some parts lies, and leave all else as it is."""
    inside = Image.new("L", canvas.size)
    ImageDraw.Draw(inside).polygon(corners, fill=255)
    of_those = canvas.point([255 if value in below else 0 for value in range(256)])
    canvas.paste(number, mask=ImageChops.darker(inside, of_those))


def _fat(numbers: np.ndarray, parts: Sequence[Part], pixel_mm: float, random: np.random.Generator) -> np.ndarray:
    """Return the share of fat: what each tissue holds, and streaks within muscles."""
    of_tissue = {tissue: random.uniform(*tissue.value.fat) for tissue in Tissue}
    held = np.array([0.0, *(of_tissue[part.tissue] * random.uniform(0.9, 1.05) for part in parts)], np.float32)
    streaky = np.array([0.0, *(min(part.streaks, 0.95) for part in parts)], np.float32)
    fat: np.ndarray = held[numbers]
    if streaky.max() <= 0:
        return fat
    at_least = np.maximum(streaky, 1e-4)
    thresholds = np.array([_SPREAD * NormalDist().inv_cdf(1 - float(share)) for share in at_least], np.float32)
    within = np.flatnonzero(streaky[numbers.ravel()] > 0)
    field = _streak_field(numbers.shape, pixel_mm, random).ravel()[within]
    which = numbers.ravel()[within]
    field += _gradient(numbers, parts, within)
    share = 1 / (1 + np.exp((thresholds[which] - field) / _SOFTNESS))
    # Lean fibres are not all alike, either.
    grain = np.exp(np.float32(random.uniform(0, _GRAIN)) * np.clip(field, -2, 2))
    lean = np.minimum(held[which] * grain, 0.3)
    flat = fat.ravel()
    flat[within] = lean + (0.92 - lean) * share
    return fat


def _gradient(numbers: np.ndarray, parts: Sequence[Part], within: np.ndarray) -> np.ndarray:
    """Return what is added to the field of streaks so that they lie more on one side of a part, shape of ``within``."""
    added = np.zeros(len(within), np.float32)
    which = numbers.ravel()[within]
    for number, part in enumerate(parts, start=1):
        if not any(part.fatter):
            continue
        here = np.flatnonzero(which == number)
        if not len(here):
            continue
        for places, steepness in zip(np.unravel_index(within[here], numbers.shape), part.fatter, strict=True):
            middle, extent = (places.min() + places.max()) / 2, max(np.ptp(places) / 2, 1)
            added[here] += np.float32(steepness) * ((places - middle) / extent).astype(np.float32)
    return added


def _streak_field(shape: tuple[int, ...], pixel_mm: float, random: np.random.Generator) -> np.ndarray:
    """Return a random field of SD 1 with streaks along the fibres and patches of all sizes, shape (I, J)."""
    total = np.zeros(shape, np.float32)
    weights = random.dirichlet((1.0, 1.0, 1.0)) + 0.05
    grains_mm = ((1.4, 4.5), (3.0, 3.0), (9.0, 9.0))
    for weight, grain in zip(weights, grains_mm, strict=True):
        along = tuple(max(4, round(n * pixel_mm / mm)) for n, mm in zip(shape, grain, strict=True))
        coarse = torch.from_numpy(random.standard_normal(along, np.float32))
        fine = functional.interpolate(coarse[None, None], size=shape, mode="bilinear", align_corners=False)[0, 0]
        total += np.float32(np.sqrt(weight)) * fine.numpy()
    return np.asarray(total / total.std(), np.float32)
