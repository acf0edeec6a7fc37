"""Small scans as cases, and a job for the stand-in pipeline."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from small_scans import write_scan
from standin_pipeline import REFERENCE, StandInOptions

from quantseg.batch.job import Job
from quantseg.reading import find_cases
from quantseg.reading.scan import CaseInput
from quantseg.reading.spacing import HEADER_SPACING


@pytest.fixture
def scans(tmp_path: Path) -> Callable[[Sequence[str]], list[CaseInput]]:
    """Write a small image for each name and return them as cases, in the order of the names."""

    def write(names: Sequence[str]) -> list[CaseInput]:
        folder = tmp_path / "scans"
        for index, name in enumerate(names):
            write_scan(folder / f"{name}.nii.gz", seed=index)
        found = {case.name: case for case in find_cases([folder])}
        return [found[name] for name in names]

    return write


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """A job for the stand-in pipeline, without pictures and reports."""
    output = tmp_path / "results"
    output.mkdir()
    return Job(REFERENCE, StandInOptions(), output, HEADER_SPACING, report=False)
