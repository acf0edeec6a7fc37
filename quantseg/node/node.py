"""The node: one thread follows the archive, some carry studies on, one keeps hold of what is in hand."""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
from pathlib import Path

from quantseg.errors import QuantSegError
from quantseg.hardware import usable_cores
from quantseg.jobs.job import LeaseLost, Step, StoredJob
from quantseg.jobs.store import JobStore
from quantseg.node.archive import Archive, ArchiveAway
from quantseg.node.delivering import Deliverer
from quantseg.node.event_log import EventLog
from quantseg.node.following import LAST_CHANGE, Follower
from quantseg.node.measuring import Limits, MeasuringProcess
from quantseg.node.metrics import Counters, WatchServer, gauge, job_lines
from quantseg.node.notes import LOOKS_A_LEASE, Notes
from quantseg.node.settings import NodeSettings
from quantseg.node.study_work import ARRIVAL, StudyWork
from quantseg.node.work_folder import WorkFolder
from quantseg.node.worker_tools import Tools
from quantseg.node.working import Worker

_GIB = 1024**3
_NAME_OF_QUEUE = "queue"
"""Mark of the queue: the name by which nodes with other queues know it."""
_SWEEP_SECONDS = 600.0
_HISTORY_SECONDS = 90 * 24 * 3600.0
_BEATS_A_LEASE = 4
_DEAF_SECONDS = 60.0
_IDLE_SECONDS = 0.5
_ON_THE_WAY = (Step.COMPLETE, Step.FETCHED, Step.MEASURED)


class Node:
    """Runs until it is stopped, or until nothing is left to do.

    Args:
        settings: of the site.
        log: is told what happens.

    Raises:
        UsageError: something of the settings cannot be used.
        QuantSegError: the queue cannot be opened.
    """

    def __init__(self, settings: NodeSettings, log: EventLog) -> None:
        self._settings = settings
        self._log = log
        self._stop = threading.Event()
        self._archive = Archive(settings.archive)
        self._folder = WorkFolder(settings.work.folder)
        self._store = JobStore.open(settings.queue.database, settings.queue.password())
        queue = self._store.mark_once(_NAME_OF_QUEUE, secrets.token_hex(6))
        self._notes = Notes(self._archive, queue, settings.queue.lease_seconds)
        self._rules = [rule.key for rule in settings.rule]
        self._counters = Counters()
        self._heard_at = time.monotonic()
        self._in_hand: dict[int, StoredJob] = {}
        self._lost: set[tuple[int, int]] = set()
        self._lock = threading.Lock()
        # The folder is locked, so that whatever else bears its name is dead.
        self._owner = f"{self._folder.node}:{secrets.token_hex(4)}"
        released = self._store.release(f"{self._folder.node}:")
        self._log("started", released=released, workers=settings.work.workers)

    def run(self, once: bool = False) -> None:
        """Work until :meth:`stop` is called.

        Args:
            once: or until all that has arrived is at its end, or waits for another attempt or for a destination.
        """
        watch, settings = None, self._settings.watch
        if settings.port:
            watch = WatchServer(settings.host, settings.port, self._metrics, self._problems)
        beating = threading.Thread(target=self._beat, name="leases", daemon=True)
        workers = [
            threading.Thread(target=self._work, args=(number,), name=f"worker {number}", daemon=True)
            for number in range(self._settings.work.workers)
        ]
        claiming = threading.Thread(target=self._keep_claims, name="claims", daemon=True)
        for thread in (beating, claiming, *workers):
            thread.start()
        try:
            self._follow(once)
        finally:
            self.stop()
            for thread in workers:
                thread.join()
            beating.join()
            if watch is not None:
                watch.close()
            self._log("stopped")
            self._store.close()
            self._folder.close()

    def stop(self) -> None:
        """Let go of everything soon; what is in hand is taken up again at the next start."""
        self._stop.set()

    def _follow(self, once: bool) -> None:
        """Follow the archive in this thread."""
        follower = Follower(self._settings, self._archive, self._store, self._notes, self._log)
        away, swept_at = False, 0.0
        while not self._stop.is_set():
            quiet = False
            try:
                quiet = follower.follow() == 0
                while follower.look(self._owner) and not self._stop.is_set():
                    pass
                self._heard_at = time.monotonic()
                if away:
                    self._log("archive is back")
                away = False
                if time.monotonic() - swept_at > _SWEEP_SECONDS or not swept_at:
                    self._sweep()
                    swept_at = time.monotonic()
                if once and quiet and self._is_done():
                    return
            except LeaseLost:
                continue
            except QuantSegError as error:
                if not away:
                    self._log("archive or queue is away", "error", reason=str(error))
                away = True
            self._stop.wait(self._settings.archive.poll_seconds)

    def _work(self, number: int) -> None:
        """Carry one study on after another."""
        work = self._settings.work
        threads = max(1, usable_cores() // work.workers)
        limits = Limits(int(work.memory_gib * _GIB), work.minutes * 60, work.studies_a_process, threads)
        process = MeasuringProcess(limits)
        deliverer = Deliverer(self._archive, self._settings.destination, self._store, self._notes)
        tools = Tools(
            self._settings,
            self._store,
            self._archive,
            deliverer,
            self._notes,
            self._folder,
            self._log,
            self._counters,
        )
        worker = Worker(tools, process, self._is_ours)
        owner = f"{self._owner}:{number}"
        try:
            while not self._stop.is_set():
                try:
                    job = self._take(owner)
                    if job is None:
                        self._stop.wait(_IDLE_SECONDS)
                        continue
                    try:
                        worker.carry_on(job)
                    finally:
                        self._forget(job)
                except QuantSegError as error:
                    # The queue cannot be read or written: what is in hand is lost and taken up again.
                    self._log("queue is away", "error", reason=str(error))
                    self._stop.wait(self._settings.archive.poll_seconds)
        finally:
            process.end()

    def _take(self, owner: str) -> StoredJob | None:
        lease_seconds = self._settings.queue.lease_seconds
        rules = self._settings.rule
        for has_destination in (True, False):
            kinds = [rule.key for rule in rules if bool(rule.destinations) is has_destination]
            steps = _ON_THE_WAY if has_destination else _ON_THE_WAY[:-1]
            job = self._store.take(owner, lease_seconds, kinds, steps) if kinds else None
            if job is not None:
                with self._lock:
                    self._in_hand[job.number] = job
                return job
        return None

    def _forget(self, job: StoredJob) -> None:
        with self._lock:
            self._in_hand.pop(job.number, None)
            self._lost.discard((job.number, job.token))

    def _is_ours(self, job: StoredJob) -> bool:
        with self._lock:
            return (job.number, job.token) not in self._lost and not self._stop.is_set()

    def _beat(self) -> None:
        """Renew the leases, and notice what was lost."""
        seconds = self._settings.queue.lease_seconds
        while not self._stop.wait(seconds / _BEATS_A_LEASE):
            try:
                with self._lock:
                    in_hand = list(self._in_hand.values())
                held = self._store.renew(in_hand, seconds)
                with self._lock:
                    self._lost |= {(job.number, job.token) for job in in_hand if job.number not in held}
            except QuantSegError as error:
                self._log("queue is away", "error", reason=str(error))

    def _keep_claims(self) -> None:
        """Renew what the archive's other nodes see of the studies in hand, and notice what was lost."""
        while not self._stop.wait(self._settings.queue.lease_seconds / LOOKS_A_LEASE):
            with self._lock:
                in_hand = list(self._in_hand.values())
            for job in in_hand:
                # An archive that is away tells nobody else anything, either.
                with contextlib.suppress(ArchiveAway):
                    if not self._notes.renew(StudyWork.of(job).study, job.kind):
                        with self._lock:
                            self._lost.add((job.number, job.token))

    def _sweep(self) -> None:
        self._store.forget_history(_HISTORY_SECONDS)
        # Of all rules: what waits of one that was renamed is there when it gets its name again.
        wanted = {StudyWork.of(job).folder for job in self._store.jobs(steps=_ON_THE_WAY)}
        with self._lock:
            busy = bool(self._in_hand)
        # Not while studies are in hand, whose folders the queue may not know yet.
        if not busy and (gone := self._folder.sweep(wanted)):
            self._log("swept", folders=gone)

    def _is_done(self) -> bool:
        arriving = self._store.jobs(kinds=[ARRIVAL], steps=[Step.RECEIVED])
        on_the_way = self._store.jobs(kinds=self._rules, steps=_ON_THE_WAY)
        destined = {rule.key for rule in self._settings.rule if rule.destinations}
        return not arriving and not [
            job
            for job in on_the_way
            if job.owner is not None or (not job.attempts and (job.step is not Step.MEASURED or job.kind in destined))
        ]

    def _metrics(self) -> list[str]:
        lines = [*job_lines(_of_rules(self._store.counts())), *self._counters.lines()]
        seconds = time.monotonic() - self._heard_at
        lines += gauge("quantseg_node_seconds_since_archive", "Since the archive last answered.", seconds)
        lines += gauge(
            "quantseg_node_last_change", "Up to which it was followed.", float(self._store.mark(LAST_CHANGE) or 0)
        )
        return lines

    def _problems(self) -> list[str]:
        try:
            self._store.counts()
        except QuantSegError as error:
            return [str(error)]
        deaf_seconds = time.monotonic() - self._heard_at
        longest_seconds = _DEAF_SECONDS + self._settings.archive.poll_seconds
        return [f"The archive has not answered for {deaf_seconds:.0f} s."] if deaf_seconds > longest_seconds else []


def _of_rules(counts: dict[tuple[str, Step, bool], int]) -> dict[tuple[str, Step, bool], int]:
    """Leave out arrivals that have become jobs of rules."""
    return {key: number for key, number in counts.items() if (key[0], key[1]) != (ARRIVAL, Step.COMPLETE)}


def queue_of(settings: NodeSettings) -> JobStore:
    """Open the queue of a site, for those who look at it from outside.

    Raises:
        QuantSegError: it cannot be opened.
    """
    place = settings.queue.database
    if "://" not in place and not Path(place).exists():
        raise QuantSegError(f"There is no queue {place} yet; a node that runs makes it.")
    return JobStore.open(place, settings.queue.password())
