"""The phantom's labels, made once."""

import numpy as np
import pytest
from heart_phantom import END_SYSTOLE, phantom_affine, phantom_labels
from stacked_labels import short_axis_stack

from quantseg.tasks.heart.phases import Phases
from quantseg.tasks.heart.short_axis import ShortAxisStack


@pytest.fixture(scope="session")
def phantom() -> np.ndarray:
    """Labels of every frame, shape (T, I, J, K); read only."""
    labels = phantom_labels()
    labels.flags.writeable = False
    return labels


@pytest.fixture(scope="session")
def phases() -> Phases:
    """The phantom's phases."""
    return Phases(0, END_SYSTOLE)


@pytest.fixture(scope="session")
def stack(phantom) -> ShortAxisStack:
    """The phantom as it lies in the patient."""
    return short_axis_stack(phantom, phantom_affine(), orientation_trusted=True)
