"""A real PostgreSQL for tests, in a folder of its own, reached by a socket in it and by nothing else."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

_PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


@contextlib.contextmanager
def postgres_url() -> Iterator[str]:
    """Start a server and yield its URL; skip, with the reason, where there is none to start."""
    if not _PLACES:
        pytest.skip("there is no PostgreSQL on this machine; run: apt-get install postgresql")
    programs = _PLACES[0]
    # The server refuses to run as root, and its socket's path must be short.
    user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
    home = Path(tempfile.mkdtemp(prefix="qs-pg-", dir="/tmp"))
    if user:
        shutil.chown(home, "postgres", "postgres")
    data = home / "data"

    def run(*command: str) -> None:
        done = subprocess.run(command, cwd=home, capture_output=True, encoding="utf-8", check=False, **user)
        assert done.returncode == 0, done.stdout + done.stderr

    try:
        run(str(programs / "initdb"), "-D", str(data), "-A", "trust", "-U", "quantseg", "--no-sync")
        options = f"-c listen_addresses= -c unix_socket_directories={home} -c fsync=off"
        run(str(programs / "pg_ctl"), "-D", str(data), "-w", "-l", str(home / "log"), "-o", options, "start")
        try:
            yield f"postgresql://quantseg@/postgres?host={home}"
        finally:
            run(str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a server of our own."""
    with postgres_url() as url:
        yield url


def forget_all(url: str) -> None:
    """Empty a database."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS history, jobs, marks")
