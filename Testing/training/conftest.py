"""A small data set in Decathlon layout."""

from pathlib import Path

import pytest
from made_decathlon import write_decathlon


@pytest.fixture
def decathlon_folder(tmp_path: Path) -> Path:
    """Ten crops, each with an anterior and a posterior block."""
    return write_decathlon(tmp_path / "Task99_Blocks")
