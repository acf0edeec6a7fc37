"""Make the drawn stack of lumbar slices that the project ships: water and fat of a Dixon of nobody.

The generator that the network of lumbar muscles learns from draws one cross-section in several sizes, which are stacked
as if one person had been scanned from below upwards. No image of a person goes into it.

Usage::

    python Testing/samples/make_sample_muscles.py Resources/SampleData
"""

from __future__ import annotations

import argparse
import copy
import dataclasses
from pathlib import Path

import numpy as np

from quantseg.review.nifti import packed_nifti
from quantseg.tasks.lumbar_muscle.training.recipe import read_recipe
from quantseg.tasks.lumbar_muscle.training.scanning import Contrast
from quantseg.tasks.lumbar_muscle.training.starting_point import RECIPE
from quantseg.tasks.lumbar_muscle.training.synthetic_slices import draw_slice
from quantseg.volume import Grid, Volume, resample

FILES = ("lumbar_drawn_water.nii.gz", "lumbar_drawn_fat.nii.gz")
_SEED = 7
_DRAWN_SIZE, _DRAWN_MM = (448, 304), 0.7
_SHAPE, _PIXEL_MM, _SLICE_MM = (224, 152), 1.4, 6.0
# How large the person is drawn in each slice, the lowest first.
_SCALES = (0.97, 1.0, 1.03)
_BRIGHTEST, _NOISE = 150, 1.2


def main() -> None:
    """Read the arguments, draw the stack, write it."""
    parser = argparse.ArgumentParser(description="Draw the sample stack of lumbar slices.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=_SEED)
    options = parser.parse_args()
    for name, array in zip(FILES, draw_stack(options.seed), strict=True):
        affine = np.diag([_PIXEL_MM, _PIXEL_MM, _SLICE_MM, 1.0])
        affine[:3, 3] = -(np.array(array.shape) - 1) / 2 * [_PIXEL_MM, _PIXEL_MM, _SLICE_MM]
        (options.folder / name).write_bytes(packed_nifti(array, affine))


def draw_stack(seed: int) -> np.ndarray:
    """Return water and fat, uint8, shape (2, I, J, K); I to the person's right, J to the front, K to the head."""
    recipe = dataclasses.replace(
        read_recipe(copy.deepcopy(RECIPE["slices"])),
        swap_probability=0,
        ghost_probability=0,
        arms_probability=0,
        noise_sd=0,
        coil_probability=0,
        finest_mm=_DRAWN_MM,
        coarsest_mm=_DRAWN_MM + 0.01,
    )
    images = draw_slice(seed, _DRAWN_SIZE, _DRAWN_MM, recipe, Contrast.DIXON).images
    drawn = [Volume(image[..., None], np.diag([_DRAWN_MM] * 3 + [1.0])) for image in images]
    grids = [_grid(_PIXEL_MM / scale).centred_at(drawn[0].grid.centre_mm) for scale in _SCALES]
    stack = np.stack([[resample(image, grid).array[..., 0] for grid in grids] for image in drawn])
    bright = np.moveaxis(stack / stack.max() * _BRIGHTEST, 1, -1)
    noise = _NOISE * np.random.default_rng(seed).normal(size=(2, *bright.shape))
    # The magnitude of a complex signal, as a scanner gives it.
    return np.round(np.hypot(bright + noise[0], noise[1])).astype(np.uint8)


def _grid(pixel_mm: float) -> Grid:
    return Grid((*_SHAPE, 1), np.diag([pixel_mm] * 3 + [1.0]))


if __name__ == "__main__":
    main()
