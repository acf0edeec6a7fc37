"""A pipeline without models for the tests of the batch: it thresholds, measures a volume and obeys the case's name.

A case whose name contains ``killed`` ends its process as the kernel does when memory runs out, ``broken`` raises,
``refused`` refuses, ``slow`` takes its time, ``memory`` reports that memory ran out, ``untrusted`` finds a bad model,
``gated`` notes the number of its process in the folder that the environment calls ``STANDIN_GATE``, in a file of its
name, and waits for as long as there is a file ``shut`` there; ``distrusted`` is measured, and its verdict is "fail".
"""

import dataclasses
import os
import signal
import time
from pathlib import Path

import numpy as np

from quantseg.errors import InputRefused, ModelError
from quantseg.measure.segments import Code, Segment, Terminology
from quantseg.measure.steps import Steps
from quantseg.measure.values import Check, Measurement, Verdict
from quantseg.models.reference import ModelReference
from quantseg.reading.scan import Scan
from quantseg.results.case import CaseResult
from quantseg.results.outputs import LabelMap
from quantseg.tasks.hippocampus.task import TASK as HIPPOCAMPUS_TASK
from quantseg.tasks.options import TaskOptions, option

REFERENCE = "standin_pipeline:TASK"
SLOW_SECONDS = 0.25

_HIPPOCAMPUS = Terminology(Code("SCT", "123037004", "Anatomical Structure"), Code("SCT", "5366008", "Hippocampus"))
_SEGMENTS = (
    Segment(1, "anterior", "Anterior hippocampus", (128, 174, 128), _HIPPOCAMPUS),
    Segment(2, "posterior", "Posterior hippocampus", (241, 214, 145), _HIPPOCAMPUS),
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class StandInOptions(TaskOptions):
    """As tasks have them: what decides labels, and the device."""

    threshold: float = option(100.0, "what is brighter is labelled")


class StandInPipeline:
    """Labels what is brighter than the threshold: 1 in the front half, 2 behind."""

    def __init__(self, options: StandInOptions) -> None:
        self._options = options

    def run(self, name: str, scan: Scan, steps: Steps) -> CaseResult:
        started = time.time()
        if "killed" in name:
            os.kill(os.getpid(), signal.SIGKILL)
        if "broken" in name:
            raise ZeroDivisionError("nothing to divide by")
        if "refused" in name:
            raise InputRefused("No hippocampus was found in the image; expected one.")
        if "untrusted" in name:
            raise ModelError("The weights do not have the hash that ships with the code; install them again.")
        if "memory" in name:
            raise MemoryError
        if "slow" in name:
            time.sleep(SLOW_SECONDS)
        if "gated" in name:
            gate = Path(os.environ["STANDIN_GATE"])
            (gate / name).write_text(str(os.getpid()), encoding="utf-8")
            while (gate / "shut").exists():
                time.sleep(0.02)
        with steps.step("predict"):
            labels = (scan.volume.array > self._options.threshold).astype(np.uint8)
        labels[:, : labels.shape[1] // 2] *= 2
        voxel_mm3 = scan.volume.voxel_volume_mm3
        return CaseResult(
            name=name,
            task="hippocampus",
            scan=scan,
            outputs=(LabelMap(labels, _SEGMENTS),),
            measurements=tuple(
                Measurement("volume", s.key, float((labels == s.value).sum() * voxel_mm3), "mm3", "stand-in")
                for s in _SEGMENTS
            ),
            checks=(
                Check("stand-in", Verdict.FAIL, "A stand-in distrusts this name.")
                if "distrusted" in name
                else Check("stand-in", Verdict.GOOD, "A stand-in doubts nothing."),
            ),
            models=(ModelReference("stand-in", "1", "Apache-2.0", {"models/none": "0" * 64}),),
            facts={
                "device": "none",
                "memory_rung": "none",
                "process": os.getpid(),
                "from": started,
                "until": time.time(),
            },
            step_seconds=steps.seconds(),
        )


TASK = dataclasses.replace(
    HIPPOCAMPUS_TASK,
    options=StandInOptions,
    models=lambda _options: (),
    pipeline=lambda options, _models: StandInPipeline(options),
)
