"""Fixtures that all tests share, and what they need of the machine."""

import os
from pathlib import Path

import pytest
from postgres_server import postgres

__all__ = ["postgres"]

_REPOSITORY = Path(__file__).parents[1]
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS")


def _share_cores_between_workers() -> None:
    """Let each of pytest-xdist's workers, and the programs that its tests start, compute on its share of the cores.

    Libraries read these variables when they are loaded, which is after this file. Two workers that each computed on all
    cores would wait for each other several times as long as they compute.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers > 1:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        for variable in _THREADS:
            os.environ.setdefault(variable, str(max(1, cores // workers)))


_share_cores_between_workers()


@pytest.fixture(scope="session")
def repository() -> Path:
    """Root of the checkout."""
    return _REPOSITORY


@pytest.fixture(scope="session")
def data_folder() -> Path | None:
    """Folder of the real data sets, where the environment names it; None elsewhere."""
    named = os.environ.get("QUANTSEG_DATA")
    return Path(named) if named else None
