"""The command and its workers leave the processor to the networks: NumPy's own threads would spin beside them."""

import os
import subprocess
import sys

import pytest

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
        [sys.executable, "-c", _COUNT], cwd=repository, env=environment, capture_output=True, text=True, check=False
    )

    assert done.stdout.split() == ["0", "1"], done.stderr
