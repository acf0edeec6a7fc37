"""Runs the command with the stand-in that thresholds in place of the first task: ``python standin_node.py node run …``.

What the environment calls ``STANDIN_GATE`` is a folder in which a file ``shut`` holds every study up in its measuring.
"""

import dataclasses
import os
import sys
import time
from pathlib import Path

import numpy as np
from standin_pipeline import StandInOptions, StandInPipeline
from standin_study import TASK as STANDIN

from quantseg.measure.values import Check, Verdict

REFERENCE = "standin_node:TASK"
_ROUND_MIB = 64


@dataclasses.dataclass(frozen=True, kw_only=True)
class NodeOptions(StandInOptions):
    """As the stand-in has them."""


class _Pipeline(StandInPipeline):
    """Obeys brightnesses that no head has, since a study's name is nobody's to choose."""

    def run(self, name, scan, steps):
        brightest = int(np.asarray(scan.volume.array).max())
        if brightest == 30_001:
            os.kill(os.getpid(), 9)
        if brightest == 30_002:
            hoard = []
            while True:
                hoard.append(np.ones(_ROUND_MIB * 131_072))
        while _is_shut():
            time.sleep(0.05)
        result = super().run(name, scan, steps)
        if brightest == 30_003:
            failed = Check("stand-in", Verdict.FAIL, "A stand-in finds nothing where it looked.")
            result = dataclasses.replace(result, checks=(failed,))
        return result


def _is_shut():
    gate = os.environ.get("STANDIN_GATE")
    return gate is not None and (Path(gate) / "shut").exists()


TASK = dataclasses.replace(STANDIN, options=NodeOptions, pipeline=lambda options, _models: _Pipeline(options))


if __name__ == "__main__":
    from quantseg.child_process import PARENT_VARIABLE, end_with_parent
    from quantseg.cli.main import main
    from quantseg.tasks import registry

    # A test that breaks off leaves no node behind.
    os.environ[PARENT_VARIABLE] = str(os.getppid())
    end_with_parent()
    registry.TASKS["hippocampus"] = REFERENCE
    sys.exit(main(sys.argv[1:]))
