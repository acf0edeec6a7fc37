"""One run of the engine on one image in a process of its own, as a panel follows it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from quantseg.child_process import ChildProcess
from quantseg.errors import QuantSegError
from quantseg.review.nifti import nifti_image
from quantseg.volume import Volume

_CASE = "scene"
_STEP = "step "

Found = TypeVar("Found")
InputWriter = Callable[[Path, str], Path]
"""Writes an input into a folder, as a case of this name, and returns its path."""

STEP_WORDS = {
    "read": "Reading the image",
    "load model": "Loading the networks",
    "localise": "Finding where to look",
    "predict": "Segmenting",
    "check": "Checking",
    "measure": "Measuring",
    "write": "Writing the result",
}
"""What a person reads at each step of the engine, in the order in which they come first."""


@dataclass(frozen=True)
class Engine:
    """How to start the engine.

    Attributes:
        command: program and arguments that take the place of ``quantseg``, such as
            ``("PythonSlicer", ".../batch.py")``.
        environment: variables, whole.
    """

    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))


def volume_input(image: Volume) -> InputWriter:
    """Return what writes a single volume."""

    def write(folder: Path, name: str) -> Path:
        path = folder / f"{name}.nii.gz"
        nifti_image(image.array, image.affine).to_filename(path)
        return path

    return write


class EngineRun:
    """A run that may be cancelled, and that leaves nothing behind but its result.

    Args:
        engine: how to start it.
        organ: such as "hippocampus".
        write_input: writes what to segment into a folder under a name, and returns the path; such as
            :func:`volume_input` makes.
        options: further arguments of ``quantseg segment``.

    Raises:
        OSError: the image cannot be written aside, or the engine cannot be started.
    """

    def __init__(self, engine: Engine, organ: str, write_input: InputWriter, options: Sequence[str] = ()) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="quantseg-"))
        self._lines: list[str] = []
        self._steps: list[str] = []
        try:
            scan, output = write_input(self._folder, _CASE), self._folder / "out"
            command = [*engine.command, "segment", organ, str(scan), "-o", str(output), "--no-report", "--steps"]
            self._process = ChildProcess([*command, *options], engine.environment, str(self._folder))
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise

    @property
    def process_id(self) -> int:
        """Number of the process that was started."""
        return self._process.process_id

    @property
    def is_running(self) -> bool:
        """Whether there is more to wait for; reads what has come meanwhile."""
        ended = self._process.exit_status is not None
        for line in self._process.new_lines():
            self._lines.append(line)
            if line.startswith(_STEP) and line.removeprefix(_STEP) not in self._steps:
                self._steps.append(line.removeprefix(_STEP))
        return not ended

    @property
    def step(self) -> str:
        """What is being done, in words."""
        return STEP_WORDS.get(self._steps[-1], self._steps[-1].capitalize()) if self._steps else "Starting"

    @property
    def progress(self) -> float:
        """Share of the kinds of steps that have begun, from 0 to 1."""
        return len(self._steps) / len(STEP_WORDS)

    @property
    def lines(self) -> tuple[str, ...]:
        """Everything that the engine said."""
        return tuple(self._lines)

    def cancel(self) -> None:
        """End the engine and whatever it started, and remove its files."""
        self._process.cancel()
        self.close()

    def close(self) -> None:
        """Remove the files of the run."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def result(self, read: Callable[[Path], Found]) -> Found:
        """Return what a finished run found, and remove its files.

        Args:
            read: reads the case's folder.

        Raises:
            QuantSegError: it found nothing; the message is the engine's own sentence.
        """
        try:
            if self._process.exit_status != 0:
                raise QuantSegError(self._reason())
            return read(self._folder / "out" / _CASE)
        finally:
            self.close()

    def _reason(self) -> str:
        """Return the sentence in which the engine said why it found nothing."""
        said = [line for line in self._lines if line and not line.startswith(_STEP)]
        for line in said:
            for opening in (f"[1/1] {_CASE}: refused, ", f"[1/1] {_CASE}: failed, ", "quantseg: "):
                if line.startswith(opening):
                    return line.removeprefix(opening).replace(f"{_CASE}.nii.gz: ", "")
        last = " ".join(said[-3:]) or "it said nothing"
        return f"The engine ended with status {self._process.exit_status}: {last}"
