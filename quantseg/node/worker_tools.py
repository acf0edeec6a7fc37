"""What each worker of a node works with."""

from __future__ import annotations

from dataclasses import dataclass

from quantseg.jobs.store import JobStore
from quantseg.node.archive import Archive
from quantseg.node.delivering import Deliverer
from quantseg.node.event_log import EventLog
from quantseg.node.metrics import Counters
from quantseg.node.notes import Notes
from quantseg.node.settings import NodeSettings
from quantseg.node.work_folder import WorkFolder


@dataclass(frozen=True)
class Tools:
    """What a worker works with.

    Attributes:
        settings: of the site.
        store: the queue.
        archive: that is followed.
        deliverer: takes results home.
        notes: that nodes with other queues read.
        folder: where files lie meanwhile.
        log: is told of steps.
        counters: count them.
    """

    settings: NodeSettings
    store: JobStore
    archive: Archive
    deliverer: Deliverer
    notes: Notes
    folder: WorkFolder
    log: EventLog
    counters: Counters
