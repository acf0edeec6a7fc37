"""Small real scans, jobs for the stand-in pipeline, and a command line that runs in a child process of its own."""

from collections.abc import Callable, Sequence
from pathlib import Path

import nibabel
import numpy as np
import pytest
from standin_pipeline import FACTORY, StandInOptions

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
    return Job("hippocampus", StandInOptions(), output, HEADER_SPACING, report=False, pipeline=FACTORY)


def write_scan(path: Path, seed: int = 0) -> None:
    """Write a noisy image with a bright block in the middle, as large as a crop around a hippocampus."""
    array = np.random.default_rng(seed).uniform(1, 90, (18, 26, 14)).astype(np.float32)
    array[5:12, 6:20, 4:10] += 60
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(array, np.diag([1.0, 1.0, 1.0, 1.0])), path)
