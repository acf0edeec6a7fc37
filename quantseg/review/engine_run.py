"""One run of the engine on one image in a process of its own, as a panel follows it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from quantseg.child_process import ChildProcess
from quantseg.errors import QuantSegError
from quantseg.measure.steps import STEP_WORDS, step_words
from quantseg.results.events import CaseFinished, Event, RunEnded, StepAdvanced, from_line
from quantseg.review.nifti import nifti_image
from quantseg.review.time_left import StepClock
from quantseg.volume import Volume

_CASE = "scene"

Found = TypeVar("Found")
InputWriter = Callable[[Path, str], Path]
"""Writes an input into a folder, as a case of this name, and returns its path."""


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
    """Return what writes a single volume.

    It is not packed: that takes seconds, in which a panel could follow nothing, for a file that lives for minutes.
    """

    def write(folder: Path, name: str) -> Path:
        path = folder / f"{name}.nii"
        nifti_image(image.array, image.affine).to_filename(path)
        return path

    return write


class EngineRun:
    """A run that may be cancelled, and that leaves nothing behind but its result.

    Args:
        engine: how to start it.
        task: its name, as the command takes it.
        write_input: writes what to segment into a folder under a name, and returns the path; such as
            :func:`volume_input` makes.
        options: further arguments of ``quantseg run``.
        further_inputs: writers of the images of further roles, by the option that takes each, such as ``--fat``.

    Raises:
        OSError: the image cannot be written aside, or the engine cannot be started.
    """

    def __init__(
        self,
        engine: Engine,
        task: str,
        write_input: InputWriter,
        options: Sequence[str] = (),
        further_inputs: Mapping[str, InputWriter] = MappingProxyType({}),
    ) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="quantseg-"))
        self._other_lines: list[str] = []
        self._step: StepAdvanced | None = None
        self._clock = StepClock()
        self._progress = 0.0
        self._reason = ""
        try:
            scan, output = write_input(self._folder, _CASE), self._folder / "out"
            self._input_name = scan.name
            for_a_program = ("--no-report", "--no-case-list", "--events")
            command = [*engine.command, "run", task, str(scan), "-o", str(output), *for_a_program]
            for option, write in further_inputs.items():
                command += [option, str(write(self._folder, option.strip("-")))]
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
            event = from_line(line)
            if event is None:
                self._other_lines.append(line)
            else:
                self._note(event)
        return not ended

    @property
    def step(self) -> str:
        """What is being done, in words, such as "Segmenting, frame 7 of 30"."""
        if self._step is None:
            return "Starting"
        return ", ".join(filter(None, (step_words(self._step.step), self._step.part)))

    @property
    def step_seconds(self) -> Mapping[str, float]:
        """How long each step took that is over."""
        return self._clock.seconds

    @property
    def seconds_left(self) -> float | None:
        """How long it will still take; None where that cannot be told."""
        return self._clock.seconds_left()

    def expect(self, step_seconds: Mapping[str, float]) -> None:
        """Take the steps of an earlier run of this kind for a measure of this one.

        Args:
            step_seconds: seconds of each step.
        """
        self._clock = StepClock(step_seconds)

    @property
    def progress(self) -> float:
        """Share of the run that is done, from 0 to 1: every kind of step counts alike, and it never goes back."""
        return self._progress

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
                raise QuantSegError(self._reason or self._last_words())
            return read(self._folder / "out" / _CASE)
        finally:
            self.close()

    def _note(self, event: Event) -> None:
        if isinstance(event, StepAdvanced):
            self._step = event
            self._clock.note(event.step, event.share)
            if event.step in STEP_WORDS:
                before = list(STEP_WORDS).index(event.step)
                self._progress = max(self._progress, (before + (event.share or 0.0)) / len(STEP_WORDS))
        elif isinstance(event, CaseFinished):
            self._progress = 1.0
            self._clock.end()
            # A name that nobody gave.
            self._reason = event.reason.removeprefix(f"{self._input_name}: ")
        elif isinstance(event, RunEnded):
            # What ended the run before its case did; otherwise the case's own reason says more than a count of cases.
            self._reason = self._reason or event.summary

    def _last_words(self) -> str:
        """Return the last lines of an engine that ended without a word of its own."""
        last = " ".join(line for line in self._other_lines[-3:] if line) or "it said nothing"
        return f"The engine ended with status {self._process.exit_status}: {last}"
