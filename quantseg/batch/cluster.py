"""The same work on a Dask cluster; INPUT and OUT must be reachable under the same paths from its workers."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quantseg.batch.job import CaseOutcome, Job
from quantseg.batch.worker import FATAL, process_case
from quantseg.errors import UsageError
from quantseg.reading.scan import CaseInput
from quantseg.results.status import CaseStatus

if TYPE_CHECKING:
    from distributed import Client, Future

_CONNECT_SECONDS = 30
# One case computing and one waiting for each thread of the cluster: thousands of tasks need not be known to it.
_CASES_PER_THREAD = 2


def process_on_cluster(job: Job, cases: Sequence[CaseInput], scheduler: str) -> Generator[CaseOutcome, None, None]:
    """Process cases on the workers of a Dask scheduler; they write the results themselves.

    Closing the iterator, or any error, takes back what has not begun.

    Args:
        job: what to do with every case.
        cases: their names differ.
        scheduler: address, such as ``tcp://host:8786``.

    Yields:
        the outcome of each case, in the order in which they end.

    Raises:
        ModelError: a model is missing, damaged or untrusted on a worker.
        UsageError: there is no such cluster, it has no workers, or they do not see the output folder.
    """
    client = _connect(scheduler)
    try:
        from distributed import as_completed

        _check_reach(client, job.output)
        names: dict[Any, str] = {}
        running = as_completed(loop=client.loop)
        waiting = iter(cases)

        def submit(count: int) -> None:
            for case in islice(waiting, count):
                future = client.submit(process_case, job, case, pure=False)
                names[future.key] = case.name
                running.add(future)

        submit(_CASES_PER_THREAD * sum(client.nthreads().values()))
        for future in running:
            submit(1)
            yield _outcome(future, names.pop(future.key))
    finally:
        client.close()


def _connect(scheduler: str) -> Client:
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError(
            "--scheduler needs the package distributed; install it with pip install dask distributed."
        ) from error
    try:
        client = Client(scheduler, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise UsageError(
            f"No Dask scheduler answers at {scheduler!r}; expected an address such as tcp://host:8786 of one that runs."
        ) from error
    try:
        client.wait_for_workers(1, timeout=_CONNECT_SECONDS)
    except TimeoutError as error:
        client.close()
        raise UsageError(
            f"The Dask scheduler at {scheduler} has no workers; start some with: dask worker {scheduler}"
        ) from error
    return client


def _check_reach(client: Client, output: Path) -> None:
    seen = client.run(os.path.isdir, str(output))
    blind = [worker for worker, sees in seen.items() if not sees]
    if blind:
        raise UsageError(
            f"{len(blind)} of {len(seen)} Dask workers do not see the output folder {output}; "
            "INPUT and OUT must lie where all workers reach them under the same path."
        )


def _outcome(future: Future[CaseOutcome], name: str) -> CaseOutcome:
    from distributed.scheduler import KilledWorker

    try:
        outcome: CaseOutcome = future.result()
        return outcome
    except FATAL:
        raise
    except KilledWorker:
        reason = "the cluster's workers ended unexpectedly over it (out of memory?); --resume tries this case again"
    except Exception as error:  # whatever the cluster did to one case, the others go on
        reason = f"the cluster gave it up: {type(error).__name__}: {error}"
    return CaseOutcome(name, CaseStatus.FAILED, reason)
