"""Saves an approved case again, corrected, in processes that are killed before one write after another.

Run as a command: folder of images, then the folder that receives ``images`` as each killed process left them.
"""

import dataclasses
import os
import shutil
import signal
import sys
from pathlib import Path

from finished_cases import build_head

from quantseg.mrml.segmentation_writers import WriterHere
from quantseg.reading import read_scan
from quantseg.results.case import CaseResult
from quantseg.review.worklist import Worklist, open_worklist
from quantseg.tasks.hippocampus.correcting import corrected
from quantseg.tasks.hippocampus.review.corrector import HippocampusCorrector

CASE = "first"
_CHANGES_FILES = frozenset({"os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree"})
_WRITES = os.O_WRONLY | os.O_RDWR


def corrected_case(worklist: Worklist) -> CaseResult:
    """The head with some voxels more than were approved."""
    result = dataclasses.replace(build_head(), name=CASE, scan=read_scan(worklist.entry(CASE).case))
    labels = result.labels.copy()
    labels[70:74, 40:44, 20:24] = 1
    return corrected(result, labels, ["left_anterior"])


def _save_until_killed(images: Path, result: CaseResult, change: int) -> None:
    """Save, and be killed before the change of a file of this number; end without a word if there are not so many."""
    worklist = open_worklist(images, "Ada", "1", HippocampusCorrector())
    worklist.open(CASE)
    left = change

    def count(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        writing = event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITES
        if event in _CHANGES_FILES or writing:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    worklist.save(result, "corrected")


def main(images: Path, output: Path) -> None:
    """Kill a process before its first change, another one before its second, and so on until one lives to the end."""
    change, killed = 0, True
    result = corrected_case(open_worklist(images, "Ada", "1", HippocampusCorrector()))
    # Loaded once, not by each process.
    WriterHere().prepare()
    while killed:
        change += 1
        shutil.copytree(images, output / f"{change:03d}")
        child = os.fork()
        if child == 0:
            try:
                _save_until_killed(output / f"{change:03d}", result, change)
            except BaseException:
                os._exit(2)
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        killed = os.WIFSIGNALED(status)
        if not killed and os.WEXITSTATUS(status):
            raise SystemExit(f"The process to be killed at change {change} failed by itself.")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
