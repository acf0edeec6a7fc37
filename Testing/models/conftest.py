from pathlib import Path

import pytest
from bundles import copy_bundle


@pytest.fixture
def quantseg_home(tmp_path, monkeypatch) -> Path:
    """The user's folder for this test alone."""
    home = tmp_path / "home"
    monkeypatch.setenv("QUANTSEG_HOME", str(home))
    monkeypatch.delenv("QUANTSEG_ACCEPT_LICENCE", raising=False)
    return home


@pytest.fixture
def a_bundle_folder(repository, tmp_path) -> Path:
    """A bundle from elsewhere: the hippocampus's configurations, two members with random weights."""
    return copy_bundle(repository / "Resources" / "Models" / "hippocampus", tmp_path / "elsewhere" / "mymodel")
