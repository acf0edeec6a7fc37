"""Fixtures that all tests share."""

import os
from pathlib import Path

import pytest

_REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def repository() -> Path:
    """Root of the checkout."""
    return _REPOSITORY


@pytest.fixture(scope="session")
def data_folder() -> Path | None:
    """Folder of the real data sets, where the environment names it; None elsewhere."""
    named = os.environ.get("QUANTSEG_DATA")
    return Path(named) if named else None
