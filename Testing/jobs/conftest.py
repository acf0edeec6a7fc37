"""Stores of jobs on SQLite and on a real PostgreSQL."""

import pytest
from postgres_server import forget_all

from quantseg.jobs.store import JobStore


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self):
        self.now = 1_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def sqlite_place(tmp_path):
    return tmp_path / "queue" / "jobs.sqlite"


@pytest.fixture
def store(sqlite_place, clock):
    found = JobStore.open(sqlite_place, clock=clock)
    yield found
    found.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, sqlite_place):
    """Where a queue lies, of either kind."""
    if request.param == "sqlite":
        return str(sqlite_place)
    url = request.getfixturevalue("postgres")
    forget_all(url)
    return url
