"""Made cross-sections of the lumbar region for the tests of this folder."""

import copy

import pytest

from quantseg.tasks.lumbar_muscle.training.recipe import read_recipe
from quantseg.tasks.lumbar_muscle.training.starting_point import RECIPE


@pytest.fixture(scope="session")
def recipe():
    return read_recipe(copy.deepcopy(RECIPE["slices"]))
