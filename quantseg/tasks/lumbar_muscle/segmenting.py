"""Labels of one axial plane."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quantseg.inference.patches import pad_for_network
from quantseg.models.intensity import intensity_transform
from quantseg.tasks.lumbar_muscle.axial_planes import flat, flat_grid
from quantseg.tasks.lumbar_muscle.body import compressed
from quantseg.tasks.lumbar_muscle.channels import CHANNELS, LABELS, Muscle, Side, channel_of, label_of
from quantseg.tasks.lumbar_muscle.network_input import as_channels
from quantseg.tasks.lumbar_muscle.sides import with_sides
from quantseg.volume import resample
from quantseg.volume.bright_object import box_of_object
from quantseg.volume.masks import components, largest_component

if TYPE_CHECKING:
    from quantseg.inference.ensemble import Ensemble

# Of air about the body: training's pictures have some, too.
_MARGIN_PIXELS = 8
_LEAST_SUM = 0.5
# From the middle of the erector spinae to that of its neighbours, of a large adult, with room; assumed.
_FARTHEST_MM = {Muscle.PSOAS: 85.0, Muscle.MULTIFIDUS: 45.0, Muscle.QUADRATUS_LUMBORUM: 65.0}


@dataclass(frozen=True)
class PlaneLabels:
    """What the network sees in a plane.

    Attributes:
        labels: of the plane's own pixels, uint8, shape (I, J).
        confidence: mean probability of each label where it was given, by label value; 0 where it was not.
    """

    labels: np.ndarray
    confidence: tuple[float, ...]


def segment_plane(pictures: np.ndarray, pixel_mm: tuple[float, float], ensemble: Ensemble) -> PlaneLabels:
    """Label the muscles of one plane.

    Args:
        pictures: raw intensities of one image, or of water and fat, float32, shape (1 or 2, I, J).
        pixel_mm: size of a pixel.
        ensemble: of the lumbar muscle network.
    """
    inference = ensemble.bundle.inference
    own = flat(pictures[0], pixel_mm)
    grid = flat_grid(own.grid, float(inference["spacing_mm"][0]))
    shown = [resample(flat(picture, pixel_mm), grid) for picture in pictures]
    body = np.stack([one.array / max(float(one.array.max()), 1e-6) for one in shown]).sum(axis=0)
    box = box_of_object(compressed(body), _MARGIN_PIXELS)[:2]
    padded = []
    for one in shown:
        picture, padding = pad_for_network(
            one.array[box][:, :, 0], tuple(inference["minimum_patch"]), inference["patch_multiple"]
        )
        padded.append(picture)
    image = as_channels(np.stack(padded), intensity_transform(inference["intensity"]))
    # The network knows no sides: what it makes of the mirrored plane is another opinion of the same.
    plain, mirrored = ensemble.predict_samples(np.stack([image, image[:, ::-1]])).mean(axis=0)
    found = padding.remove((plain + mirrored[:, ::-1]) / 2)
    probabilities = np.zeros((len(CHANNELS), *grid.shape[:2]), np.float32)
    probabilities[0] = 1.0
    probabilities[(slice(None), *box)] = found
    on_plane = np.stack(
        [
            resample(shown[0].with_array(one[:, :, None]), own.grid, antialias=False).array[:, :, 0]
            for one in probabilities
        ]
    )
    muscles = on_plane.argmax(axis=0).astype(np.uint8)
    # Where the plane reaches beyond the network's grid by rounding, nothing was predicted.
    muscles[on_plane.sum(axis=0) < _LEAST_SUM] = 0
    labels = without_strays(muscles, pixel_mm)
    return PlaneLabels(labels, _confidence(labels, on_plane))


def without_strays(muscles: np.ndarray, pixel_mm: tuple[float, float]) -> np.ndarray:
    """Return label values of one piece a muscle and side, the largest near enough to the erector spinae of that side.

    Bowel looks like muscle, and a loop of it can be larger than a multifidus.

    Args:
        muscles: channel numbers, shape (I, J).
        pixel_mm: size of a pixel.
    """
    erector = muscles == channel_of(Muscle.ERECTOR_SPINAE)
    # By these two, the largest, it is told what is near; other muscles' strays would move the middle.
    sides = _largest_pieces(with_sides(np.where(erector, muscles, 0), pixel_mm))
    middles_mm = [np.argwhere(sides == value).mean(axis=0) * pixel_mm for value in np.unique(sides[sides > 0])]
    near = np.where(sides > 0, muscles, 0)
    for half, middle_mm in zip(_halves(muscles.shape, middles_mm, pixel_mm), middles_mm, strict=True):
        for muscle, farthest_mm in _FARTHEST_MM.items():
            pieces = components(((muscles == channel_of(muscle)) & half)[:, :, None])[:, :, 0]
            for number in range(1, int(pieces.max()) + 1):
                place_mm = np.argwhere(pieces == number).mean(axis=0) * pixel_mm
                if np.linalg.norm(place_mm - middle_mm) <= farthest_mm:
                    near[pieces == number] = channel_of(muscle)
    return _largest_pieces(with_sides(near, pixel_mm))


def _halves(
    shape: tuple[int, ...], middles_mm: Sequence[np.ndarray], pixel_mm: tuple[float, float]
) -> Iterator[np.ndarray]:
    """Yield for each middle the pixels that lie nearer to it than to the others, bool, of a shape.

    A pair that touches behind the spine is one piece, the middle of which is far from both.
    """
    places_mm = np.moveaxis(np.indices(shape), 0, -1) * np.array(pixel_mm)
    if middles_mm:
        nearest = np.argmin([np.linalg.norm(places_mm - middle_mm, axis=-1) for middle_mm in middles_mm], axis=0)
    for number in range(len(middles_mm)):
        yield nearest == number


def _largest_pieces(labels: np.ndarray) -> np.ndarray:
    """Return the largest piece of each label."""
    kept = np.zeros_like(labels)
    for value in range(1, len(LABELS)):
        kept[largest_component((labels == value)[:, :, None])[:, :, 0]] = value
    return kept


def _confidence(labels: np.ndarray, probabilities: np.ndarray) -> tuple[float, ...]:
    """Return the mean probability of each label where it was given, by its value; 0 where it was not."""
    found = [0.0] * len(LABELS)
    for muscle in Muscle:
        for side in Side:
            mask = labels == label_of(muscle, side)
            if mask.any():
                found[label_of(muscle, side)] = float(probabilities[channel_of(muscle)][mask].mean(dtype=np.float64))
    return tuple(found)
