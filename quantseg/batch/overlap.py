"""One process at work on many cases: while one is predicted, the next is read and the last is written."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

from quantseg.batch.job import CaseOutcome, Job
from quantseg.batch.worker import (
    PredictedCase,
    ReadCase,
    predict_case,
    read_case,
    warm_up,
    warm_up_writing,
    write_predicted,
)
from quantseg.reading.scan import CaseInput
from quantseg.results.events import EventListener

# Results wait in memory until they are written; a slow disk then holds up the prediction, not the memory.
_WRITES_IN_FLIGHT = 2


def process_overlapped(
    job: Job,
    cases: Iterable[CaseInput],
    on_predicting: Callable[[CaseInput], None] | None = None,
    listener: EventListener | None = None,
) -> Generator[CaseOutcome, None, None]:
    """Process cases one after another in the calling thread, with a thread before it and one behind.

    Args:
        job: what to do with every case.
        cases: read lazily, one ahead, in the reading thread; it may block.
        on_predicting: called just before a case's prediction begins.
        listener: is told of every case and step that begins, in whichever thread it does.

    Yields:
        the outcome of each case, in the order of the cases.

    Raises:
        ModelError: a model is missing, damaged or untrusted.
        UsageError: the options ask for what this machine does not have.
    """
    reader, writer = ThreadPoolExecutor(1, "reading"), ThreadPoolExecutor(1, "writing")
    incoming = iter(cases)
    writing: deque[Future[CaseOutcome]] = deque()
    reading: Future[ReadCase | CaseOutcome | None] | None = reader.submit(_read_next, job, incoming, listener)
    try:
        # The heavy imports and the weights load while the first image is read, and what writing needs beside them.
        writer.submit(warm_up_writing)
        warm_up(job)
        while reading or writing:
            running: list[Future[Any]] = [*writing, reading] if reading else [*writing]
            wait(running, return_when=FIRST_COMPLETED)
            while writing and writing[0].done():
                yield writing.popleft().result()
            if not reading or not reading.done():
                continue
            step = reading.result()
            if step is None:
                reading = None
                continue
            reading = reader.submit(_read_next, job, incoming, listener)
            predicted = _predicted(job, step, on_predicting) if isinstance(step, ReadCase) else step
            if isinstance(predicted, CaseOutcome):
                yield from _all_written(writing)
                yield predicted
                continue
            if len(writing) == _WRITES_IN_FLIGHT:
                yield writing.popleft().result()
            writing.append(writer.submit(write_predicted, job, predicted))
    finally:
        reader.shutdown(wait=False, cancel_futures=True)
        writer.shutdown(wait=False)


def _read_next(
    job: Job, incoming: Iterator[CaseInput], listener: EventListener | None
) -> ReadCase | CaseOutcome | None:
    case = next(incoming, None)
    return None if case is None else read_case(job, case, listener)


def _predicted(
    job: Job, read: ReadCase, on_predicting: Callable[[CaseInput], None] | None
) -> PredictedCase | CaseOutcome:
    if on_predicting:
        on_predicting(read.case)
    return predict_case(job, read)


def _all_written(writing: deque[Future[CaseOutcome]]) -> Iterator[CaseOutcome]:
    while writing:
        yield writing.popleft().result()
