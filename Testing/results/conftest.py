"""Small finished cases as fixtures."""

import pytest
from finished_cases import build_crop, build_head


@pytest.fixture
def head():
    """A head with both hippocampi."""
    return build_head()


@pytest.fixture
def crop():
    """A crop of unknown side, read from DICOM, oblique and left-handed."""
    return build_crop()


@pytest.fixture
def head_with():
    """Builder of heads: sides, axis order, intracranial volume."""
    return build_head


@pytest.fixture
def crop_with():
    """Builder of crops: labels."""
    return build_crop
