"""A worker: takes runs from the queue, and has each done by the engine in a process with limits.

``python -m quantseg.web.worker`` reads the settings on standard input, and works until who started it is gone; with
``apart`` that is not the server.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from sqlalchemy import Engine, select, update

from quantseg.child_process import PARENT_VARIABLE, end_with_parent
from quantseg.errors import QuantSegError
from quantseg.jobs.database import begin_to_write
from quantseg.jobs.job import LeaseLost, Step, StoredJob
from quantseg.jobs.store import JobStore
from quantseg.measure.steps import step_words
from quantseg.results.events import CaseFinished, RunEnded, StepAdvanced, from_line
from quantseg.web.database import open_platform_database
from quantseg.web.engine import RunOrder
from quantseg.web.refusal import without_places
from quantseg.web.runs import CANCELLED, DONE, FAILED, KIND, RUNNING, agreed_licences
from quantseg.web.settings import Settings
from quantseg.web.tables import CASES, RUNS

_LOOK_SECONDS = 0.2
_IDLE_SECONDS = 0.5
_TELL_SECONDS = 1.0
_MOST_TRIES = 3
APART = "apart"


def owner_prefix(apart: bool = False) -> str:
    """Return how the owners of all workers begin that the server, or who works apart from it, runs on this machine."""
    return f"web{'-' + APART if apart else ''}@{socket.gethostname()}:"


class Worker:
    """Does one run after another.

    Args:
        settings: of the installation.
        engine: its database.
        apart: whether the server neither starts nor ends it.
    """

    def __init__(self, settings: Settings, engine: Engine, apart: bool = False) -> None:
        self._settings, self._engine, self._store = settings, engine, JobStore(engine)
        self._owner = f"{owner_prefix(apart)}{os.getpid()}"

    def work(self) -> bool:
        """Do the run that has waited longest; tell whether there was one."""
        job = self._store.take(self._owner, self._settings.lease_seconds, [KIND], [Step.RECEIVED])
        if job is None:
            return False
        try:
            state, reason = self._do(job)
            reason = without_places(reason, self._settings.data)
            if state != DONE:
                # What has failed here may go well where it was taken up meanwhile.
                self._require_hold(job)
            self._note(job.subject, state=state, reason=reason, ended_at=time.time())
            self._store.advance(job, Step.STORED if state == DONE else Step.FAILED, reason=reason)
        except LeaseLost:
            self._store.let_go(job)
        return True

    def _do(self, job: StoredJob) -> tuple[str, str]:
        run, case, licences = self._read(job.subject)
        if run is None or case is None or run["cancelled"]:
            return CANCELLED, ""
        if run["state"] not in ("waiting", RUNNING):
            return run["state"], run["reason"]
        if run["tries"] >= _MOST_TRIES:
            return FAILED, "The run ended its worker several times; send the image to who runs this server."
        if case["task"] not in self._settings.tasks:
            return FAILED, f"The task {case['task']} is not offered by this server any more."
        self._note(job.subject, state=RUNNING, step="Starting", begun_at=time.time(), tries=run["tries"] + 1)
        folder = self._settings.cases / case["id"]
        for left in folder.glob(f"run-{job.subject}*.part"):
            shutil.rmtree(left, ignore_errors=True)
        # Each taking's own: who lost the run and learns it late takes nothing away from who has it now.
        part = folder / f"run-{job.subject}-{job.token}.part"
        try:
            part.mkdir(mode=0o700, parents=True)
            order = RunOrder(
                task=self._settings.tasks[case["task"]],
                image=str(self._settings.contents / case["content_id"] / case["image"]),
                name=case["series"],
                output=str(part),
                options=run["options"],
                licences=tuple(licences),
                memory_bytes=self._settings.engine_bytes,
            )
            return self._run_engine(job, order, part, folder)
        except OSError as error:
            return FAILED, f"The result could not be written ({error.strerror}); tell who runs this server."
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def _run_engine(self, job: StoredJob, order: RunOrder, part: Path, folder: Path) -> tuple[str, str]:
        child = _EngineProcess(order)
        try:
            state, reason = self._follow(job, child)
        finally:
            child.end()
        if state != DONE:
            return state, reason
        self._require_hold(job)
        if self._read(job.subject)[0] is None:
            # Erased with its case.
            return CANCELLED, ""
        from quantseg.web.casework import CaseOrder, install_run

        install_run(CaseOrder(order.task, Path(order.image), order.name, folder), part)
        self.forget_summary(folder.name)
        return DONE, ""

    def forget_summary(self, case: str) -> None:
        """Take away what the list says of an earlier result of a case."""
        with begin_to_write(self._engine) as connection:
            connection.execute(update(CASES).where(CASES.c.id == case).values(summary={}))

    def _follow(self, job: StoredJob, child: _EngineProcess) -> tuple[str, str]:
        begun = told = renewed = looked = time.monotonic()
        step: StepAdvanced | None = None
        said: StepAdvanced | None = None
        reason = ""
        while True:
            line, over = child.next_line(_LOOK_SECONDS)
            event = from_line(line)
            if isinstance(event, StepAdvanced):
                step = event
            elif isinstance(event, CaseFinished):
                reason = event.reason if event.status.is_failure else ""
            elif isinstance(event, RunEnded) and event.exit_status:
                reason = reason or event.summary
            now = time.monotonic()
            if step is not None and (said is None or step.step != said.step or now - told > _TELL_SECONDS):
                words = ", ".join(filter(None, (step_words(step.step), step.part)))
                self._note(job.subject, step=words, share=step.share)
                said, told = step, now
            if now - renewed > self._settings.lease_seconds / 3:
                if not self._store.renew([job], self._settings.lease_seconds):
                    raise LeaseLost("The run was taken up by another.")
                renewed = now
            if now - looked > _TELL_SECONDS:
                looked = now
                run, _, _ = self._read(job.subject)
                if run is None or run["cancelled"]:
                    return CANCELLED, ""
                self._require_hold(job)
            if now - begun > self._settings.engine_seconds:
                minutes = self._settings.engine_seconds / 60
                return FAILED, f"The run took more than {minutes:.0f} minutes and was ended."
            if over:
                break
        if child.exit_status == 0:
            return DONE, ""
        return FAILED, reason or "The engine ended without a word; it may have run out of memory."

    def _require_hold(self, job: StoredJob) -> None:
        if not self._store.holds(job):
            raise LeaseLost("The run was taken up by another.")

    def _read(self, run: str) -> tuple[Mapping[str, Any] | None, Mapping[str, Any] | None, frozenset[str]]:
        with self._engine.begin() as connection:
            found = connection.execute(select(RUNS).where(RUNS.c.id == run)).mappings().first()
            if found is None:
                return None, None, frozenset()
            case = connection.execute(select(CASES).where(CASES.c.id == found["case_id"])).mappings().first()
            return dict(found), None if case is None else dict(case), agreed_licences(connection, found["created_by"])

    def _note(self, run: str, **changes: Any) -> None:
        with begin_to_write(self._engine) as connection:
            connection.execute(update(RUNS).where(RUNS.c.id == run).values(**changes))


class _EngineProcess:
    """The engine at work on one order; its lines come through a queue, so that nobody waits for them."""

    def __init__(self, order: RunOrder) -> None:
        environment = os.environ | {PARENT_VARIABLE: str(os.getpid())}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "quantseg.web.engine"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            errors="replace",
            env=environment,
            start_new_session=True,
        )
        assert self._process.stdin is not None
        self._process.stdin.write(order.to_json() + "\n")
        self._process.stdin.close()
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    @property
    def exit_status(self) -> int:
        """Exit status of an engine that has ended."""
        return self._process.wait()

    def next_line(self, seconds: float) -> tuple[str, bool]:
        """Return a line, empty where none came in time, and whether it was the last."""
        try:
            line = self._lines.get(timeout=seconds)
        except Empty:
            return "", False
        return line or "", line is None

    def end(self) -> None:
        """End the engine with all that it has started."""
        import contextlib
        import signal

        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line.rstrip())
        self._lines.put(None)


def main() -> int:
    """Work until the server is gone."""
    settings = Settings.from_json(sys.stdin.readline())
    end_with_parent()
    worker = Worker(settings, open_platform_database(settings.database), APART in sys.argv[1:])
    while True:
        try:
            if not worker.work():
                time.sleep(_IDLE_SECONDS)
        except Exception as error:  # Such as of a database that is away; what it says may quote a patient.
            said = str(error) if isinstance(error, QuantSegError) else type(error).__name__
            print(f"quantseg web: a worker goes on after: {said}", file=sys.stderr, flush=True)
            time.sleep(10 * _IDLE_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
