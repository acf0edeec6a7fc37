"""What users had on their disks before organs became tasks, laid out anew for every test."""

import shutil

import pytest
from old_fixtures import BEFORE_TASKS


@pytest.fixture
def old(tmp_path):
    """Copies a folder or file of the fixtures to where a test may change it."""

    def copy(name):
        source, target = BEFORE_TASKS / name, tmp_path / "old" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        return shutil.copytree(source, target) if source.is_dir() else shutil.copyfile(source, target)

    return copy


@pytest.fixture(autouse=True)
def _a_users_folder(old, monkeypatch):
    """A user who agreed to the heart's licence, and added a model, before."""
    monkeypatch.setenv("QUANTSEG_HOME", str(old("user_folder")))
    monkeypatch.delenv("QUANTSEG_ACCEPT_LICENCE", raising=False)
