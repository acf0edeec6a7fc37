"""Made cross-sections of the lumbar region for the tests of this folder."""

import copy
from dataclasses import replace

import nibabel
import numpy as np
import pytest

from quantseg.tasks.lumbar_muscle.training.recipe import read_recipe
from quantseg.tasks.lumbar_muscle.training.scanning import Contrast
from quantseg.tasks.lumbar_muscle.training.starting_point import RECIPE
from quantseg.tasks.lumbar_muscle.training.synthetic_slices import draw_slice

SIZE, PIXEL_MM = (256, 176), 1.25
SEEDS = (5, 11, 23)


@pytest.fixture(scope="session")
def recipe():
    return read_recipe(copy.deepcopy(RECIPE["slices"]))


@pytest.fixture(scope="session")
def clean(recipe):
    """Slices without mishaps, of a person who lies straight."""
    return replace(
        recipe, swap_probability=0, ghost_probability=0, noise_sd=0.05, leak=0, wave_mm=3, rotation_deg=4, fat_most=0.2
    )


@pytest.fixture(scope="session")
def drawn(clean):
    """Three slices of a Dixon with their truth."""
    return [draw_slice(seed, SIZE, PIXEL_MM, clean, Contrast.DIXON) for seed in SEEDS]


@pytest.fixture
def dixon(drawn, tmp_path):
    """Water and fat of three slices as files, stored from the left to the right and from the back to the front."""
    paths = []
    for channel, name in enumerate(("water", "fat")):
        array = np.stack([one.images[channel] for one in drawn], axis=2)
        paths.append(tmp_path / f"{name}.nii.gz")
        nibabel.save(nibabel.Nifti1Image(array, np.diag([PIXEL_MM, PIXEL_MM, 5.0, 1.0])), paths[-1])
    return tuple(paths)
