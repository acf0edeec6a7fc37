"""The command and its workers leave the processor to the networks: NumPy's own threads would spin beside them."""

import os
import subprocess
import sys

import pytest

_WORKER = """
import multiprocessing, os, sys
from quantseg.batch.worker_process import begin

class Answer:
    def __reduce__(self):
        return report, ()

def report():
    # Called where a job would arrive: what the worker has imported by then decides what follows.
    import nibabel.nifti1, numpy
    print(os.environ.get("OPENBLAS_NUM_THREADS"), nibabel.nifti1.have_dicom, flush=True)
    os._exit(0)

if __name__ == "__main__":
    worker = multiprocessing.get_context("spawn").Process(target=begin, args=(Answer(), None, None, 1))
    worker.start()
    worker.join()
"""
_COUNT = """
import os
from quantseg.cli import main
import numpy as np
before = len(os.listdir("/proc/self/task"))
square = np.ones((600, 600))
square @ square
print(len(os.listdir("/proc/self/task")) - before, before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted as Linux lists them")
def test_products_of_matrices_start_no_threads(repository):
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    done = subprocess.run(
        [sys.executable, "-c", _COUNT],
        cwd=repository,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert done.stdout.split() == ["0", "1"], done.stderr


def test_a_worker_imports_numpy_and_nibabel_as_the_command_does(repository, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(_WORKER, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    environment["PYTHONPATH"] = str(repository)
    done = subprocess.run(
        [sys.executable, str(script)], env=environment, capture_output=True, encoding="utf-8", check=False, timeout=60
    )

    assert done.stdout.split() == ["1", "False"], done.stderr
