"""Worker processes on this machine; one that dies costs the case it was predicting, and another takes its place."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import threading
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait

from quantseg.batch.job import CaseOutcome, Job
from quantseg.batch.worker import end_writing, limit_threads
from quantseg.batch.worker_process import begin
from quantseg.errors import QuantSegError
from quantseg.hardware import usable_cores
from quantseg.reading.scan import CaseInput
from quantseg.results.atomic import restore_folder
from quantseg.results.events import CaseBegun, EventListener, StepAdvanced
from quantseg.results.status import CaseStatus

_SECONDS_TO_END = 10


@dataclass(frozen=True)
class _Predicting:
    """A worker's word that a case has been read and its prediction begins."""

    name: str


def process_in_workers(
    job: Job, cases: Sequence[CaseInput], jobs: int, listener: EventListener | None = None
) -> Generator[CaseOutcome, None, None]:
    """Process cases in child processes that keep their models loaded.

    Closing the iterator, or any error, ends the children.

    Args:
        job: what to do with every case.
        cases: their names differ.
        jobs: number of processes; the cores of the machine are shared out among them.
        listener: is told of every case and step that begins, whichever process it does in.

    Yields:
        the outcome of each case, in the order in which they end.

    Raises:
        ModelError: a model is missing, damaged or untrusted.
        UsageError: the options ask for what this machine does not have.
    """
    pending = deque(cases)
    count = min(jobs, len(pending))
    threads = max(1, usable_cores() // max(1, count))
    workers = [_Worker(job, threads) for _ in range(count)]
    try:
        while pending or any(worker.in_hand for worker in workers):
            for worker in workers:
                worker.feed(pending)
            for messages in wait([worker.messages for worker in workers]):
                worker = next(worker for worker in workers if worker.messages is messages)
                try:
                    outcome = worker.receive(listener)
                except (EOFError, OSError):
                    workers.remove(worker)
                    outcome, spared = worker.bury()
                    pending.extendleft(reversed(spared))
                    if pending:
                        workers.append(_Worker(job, threads))
                if outcome:
                    yield outcome
        for worker in workers:
            worker.dismiss()
    finally:
        for worker in workers:
            worker.end()
        for worker in workers:
            worker.tidy()


class _Worker:
    """The supervisor's view of one worker process.

    Args:
        job: what to do with every case.
        threads: cores that it may compute on.

    Attributes:
        messages: what the worker says.
        in_hand: the cases it was given and has not reported yet, by name.
    """

    def __init__(self, job: Job, threads: int) -> None:
        # A forked child inherits locks of torch's threads in whatever state they are; a spawned one starts clean.
        context = multiprocessing.get_context("spawn")
        tasks, self._tasks = context.Pipe(duplex=False)
        self.messages, messages = context.Pipe(duplex=False)
        self._output = job.output
        self._process = context.Process(target=begin, args=(job, tasks, messages, threads), daemon=True)
        self._process.start()
        # With these ends held by the child alone, its death is seen as the end of the stream, and so is ours there.
        tasks.close()
        messages.close()
        self.in_hand: dict[str, CaseInput] = {}
        self._waiting: str | None = None
        self._predicting: str | None = None

    def feed(self, pending: deque[CaseInput]) -> None:
        """Give it one case beyond the one that it predicts; more would be missing elsewhere at the end of a batch."""
        if self._waiting or not pending:
            return
        case = pending.popleft()
        self.in_hand[case.name] = case
        self._waiting = case.name
        try:
            self._tasks.send(case)
        except OSError:
            return  # It has just died: its messages end, and whoever reads them buries it.

    def receive(self, listener: EventListener | None) -> CaseOutcome | None:
        """Take note of the next message and return the outcome, if it is one.

        Args:
            listener: is told, if it is an event.

        Raises:
            EOFError: the process has ended.
            QuantSegError: the worker met what ends the whole batch, such as a damaged model.
        """
        message: _Predicting | CaseBegun | StepAdvanced | CaseOutcome | QuantSegError = self.messages.recv()
        if isinstance(message, QuantSegError):
            raise message
        if isinstance(message, CaseBegun | StepAdvanced):
            if listener is not None:
                listener(message)
            return None
        if message.name == self._waiting:
            self._waiting = None
        if isinstance(message, _Predicting):
            self._predicting = message.name
            return None
        if message.name == self._predicting:
            self._predicting = None
        del self.in_hand[message.name]
        return message

    def bury(self) -> tuple[CaseOutcome | None, list[CaseInput]]:
        """Clear up after a process that died.

        Returns:
            the failure of the case that it was predicting, and the other cases that it held, which may be done again.
        """
        self.end()
        self.tidy()
        code = self._process.exitcode or 0
        cause = f"signal {-code}" + ", out of memory?" * (-code == signal.SIGKILL) if code < 0 else f"exit code {code}"
        # A process that dies over its first image predicts nothing yet; that case must not be tried for ever.
        blamed = self._predicting or self._waiting
        spared = [case for name, case in self.in_hand.items() if name != blamed]
        if blamed is None:
            return None, spared
        reason = f"its worker process ended unexpectedly ({cause}); --resume tries this case again"
        return CaseOutcome(blamed, CaseStatus.FAILED, reason), spared

    def dismiss(self) -> None:
        """Let it end by itself: there are no more cases."""
        self._tasks.close()
        self._process.join(_SECONDS_TO_END)

    def end(self) -> None:
        """End the process, whatever it does."""
        self._tasks.close()
        self.messages.close()
        self._process.terminate()
        self._process.join(_SECONDS_TO_END)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def tidy(self) -> None:
        """Clear what the process, once it has ended, left of the folder that it was writing."""
        for name in self.in_hand:
            # What cannot be cleared here, the next run over the folder will clear.
            with contextlib.suppress(OSError):
                restore_folder(self._output / name)


def serve(job: Job, tasks: Connection, messages: Connection, threads: int) -> None:
    """Work in a child process until the supervisor has no more cases, or is gone.

    Args:
        job: what to do with every case.
        tasks: brings the cases.
        messages: takes what is to be said of them.
        threads: cores to compute on.
    """
    from quantseg.batch.overlap import process_overlapped

    # Ctrl-C reaches the whole group; the supervisor ends its children in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    limit_threads(threads)
    sending = threading.Lock()

    def send(message: object) -> None:
        # Steps are told from the threads that read and write, too.
        with sending:
            messages.send(message)

    try:
        for outcome in process_overlapped(job, _received(tasks), lambda case: send(_Predicting(case.name)), send):
            send(outcome)
    except QuantSegError as error:
        send(error)
    except BrokenPipeError:
        return  # The supervisor is gone; nobody waits for the rest.
    finally:
        end_writing()


def _received(tasks: Connection) -> Iterator[CaseInput]:
    while True:
        try:
            yield tasks.recv()
        except (EOFError, OSError):
            return
