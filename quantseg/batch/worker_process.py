"""How a worker process begins: this module is the first of QuantSeg's that it imports."""

from __future__ import annotations

from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from quantseg.importing import import_nibabel

if TYPE_CHECKING:
    from quantseg.batch.job import Job

# Before the job arrives, whose task does.
import_nibabel()


def begin(job: Job, tasks: Connection, messages: Connection, threads: int) -> None:
    """Work as :func:`quantseg.batch.local.serve` does."""
    from quantseg.batch.local import serve

    serve(job, tasks, messages, threads)
