"""A made PET for the tests of this folder."""

import pytest
from made_pet import made_brain, with_noise


@pytest.fixture(scope="session")
def low():
    """A noisy brain, uptake values."""
    return with_noise(made_brain(), 0.25)
