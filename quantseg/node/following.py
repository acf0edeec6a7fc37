"""The archive's changes become jobs: each study that changed is looked at until it is complete."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from quantseg.jobs.job import NewJob, Step, StoredJob
from quantseg.jobs.store import JobStore
from quantseg.node.archive import Archive, ArchiveAway
from quantseg.node.archived import ArchivedStudy
from quantseg.node.event_log import EventLog
from quantseg.node.notes import Notes
from quantseg.node.settings import NodeSettings, RuleSettings
from quantseg.node.site_choice import foreign, why_not, why_refused
from quantseg.node.study_work import ARRIVAL, StudyWork, subject_of

LAST_CHANGE = "last change"
"""Mark of the queue: number of the archive's change up to which all was put in."""

_LEAVES = frozenset(Step) - {Step.FAILED, Step.PASSED_OVER, Step.SUPERSEDED}


class Follower:
    """Follows the archive, and sends complete studies on to the rules that they fit.

    Args:
        settings: of the site.
        archive: that is followed.
        store: the queue.
        notes: of nodes with other queues.
        log: is told of studies.
    """

    def __init__(self, settings: NodeSettings, archive: Archive, store: JobStore, notes: Notes, log: EventLog) -> None:
        self._settings = settings
        self._notes = notes
        self._archive = archive
        self._store = store
        self._log = log
        self._was_asked = False

    def follow(self) -> int:
        """Put in all studies that changed since this was called last; return how many there were.

        What was put in and how far the archive was followed are written together, so that nothing is missed or
        counted twice, whenever this is killed.

        Raises:
            ArchiveAway: the archive does not answer.
        """
        last = self._store.mark(LAST_CHANGE)
        if last is None:
            return self._begin()
        studies, is_last = 0, False
        since = int(last) if self._was_asked else self._where_to_go_on(int(last))
        while not is_last:
            page = self._archive.changes(since)
            changed = self._archive.studies_of(page.resources)
            if page.last > since:
                self._store.touch(self._arrivals(changed), {LAST_CHANGE: str(page.last)})
            studies += len(changed)
            # A page that goes no further than the last one would be asked for over and over.
            since, is_last = page.last, page.is_last or page.last <= since
        return studies

    def look(self, owner: str) -> bool:
        """Look at one study that may be complete by now; tell whether there was one.

        Raises:
            ArchiveAway: the archive does not answer; the study is looked at again.
            LeaseLost: the study changed meanwhile, and is looked at again.
        """
        job = self._store.take(owner, self._settings.queue.lease_seconds, [ARRIVAL], [Step.RECEIVED])
        if job is None:
            return False
        try:
            self._look_at(job)
        except ArchiveAway:
            self._store.wait(job, self._settings.archive.poll_seconds, job.data)
            raise
        finally:
            self._store.let_go(job)
        return True

    def _where_to_go_on(self, last: int) -> int:
        """Return the change to go on from: the first of all where the archive is another one, or an older state."""
        newest = self._archive.last_change()
        self._was_asked = True
        if newest >= last:
            return last
        self._log("archive begins anew", "warning", change=newest)
        self._store.touch([], {LAST_CHANGE: "0"})
        return 0

    def _begin(self) -> int:
        """Begin where the site says: with what comes from now on, or with what is there."""
        # First the number, then the list: what arrives between the two is seen twice rather than not at all.
        last, since = self._archive.last_change(), self._settings.archive.since
        present: tuple[str, ...] = ()
        if since != "now":
            day = "" if since == "beginning" else date.fromisoformat(since).strftime("%Y%m%d")
            present = self._archive.studies_since(day)
        self._store.touch(self._arrivals(present), {LAST_CHANGE: str(last)})
        self._log("following", change=last, studies=len(present))
        return len(present)

    def _arrivals(self, studies: Iterable[str]) -> list[NewJob]:
        delay_seconds = self._settings.complete.unchanged_seconds
        return [
            NewJob(ARRIVAL, subject_of(one), delay_seconds=delay_seconds, data=StudyWork(study=one).model_dump())
            for one in studies
        ]

    def _look_at(self, job: StoredJob) -> None:
        work = StudyWork.of(job)
        study = self._archive.study(work.study)
        if study is None:
            self._end(job, Step.PASSED_OVER, "The study is no longer in the archive.")
            return
        others = ArchivedStudy(study.id, study.uid, study.description, study.is_stable, foreign(study))
        if not others.series:
            self._end(job, Step.PASSED_OVER, "The study holds nothing but results of QuantSeg, which stay.")
            return
        fingerprint = others.fingerprint()
        if not study.is_stable or fingerprint != work.fingerprint:
            seen = work.model_copy(update={"fingerprint": fingerprint})
            # A study that was unchanged since the change that told of it was looked at once too few.
            pause_seconds = max(self._settings.complete.unchanged_seconds, self._settings.archive.poll_seconds)
            self._store.wait(job, pause_seconds if study.is_stable else 1.0, seen.model_dump())
            return
        has_results = len(others.series) < len(study.series)
        left = [rule for rule in self._settings.rule if self._has_left(rule, job, work, has_results)]
        if reason := why_refused(self._archive.same_study_count(study)):
            self._end(job, Step.FAILED, reason, [self._job(rule, job, work) for rule in left])
            return
        self._send_on(job, work, others, left)

    def _has_left(self, rule: RuleSettings, job: StoredJob, work: StudyWork, has_results: bool) -> bool:
        """Tell whether a rule has left results of an earlier state of a study, or is about to."""
        earlier = self._store.jobs(kinds=[rule.key], subject=job.subject)
        if any(one.content != work.fingerprint and one.step in _LEAVES for one in earlier):
            return True
        mark = self._notes.done(work.study, rule.key) if has_results else None
        return mark is not None and bool(mark.objects) and mark.fingerprint != work.fingerprint

    def _send_on(self, job: StoredJob, work: StudyWork, study: ArchivedStudy, left: Collection[RuleSettings]) -> None:
        follows, reasons = [], []
        for rule in self._settings.rule:
            reason = why_not(rule, study, lambda: self._archive.calling_titles(study))
            if reason:
                reasons.append(f"{rule.key}: {reason}")
            # What was made before the study grew is not to stay; so whoever works on it is told, too.
            if not reason or rule in left:
                follows.append(self._job(rule, job, work))
        if len(reasons) == len(self._settings.rule):
            self._end(job, Step.PASSED_OVER, f"No rule is for it ({'; '.join(reasons)}).", follows)
            return
        known = {(one.kind, one.content) for one in self._store.jobs(subject=job.subject)}
        self._store.advance(job, Step.COMPLETE, then=follows)
        for one in follows:
            # Such as after our own results have arrived.
            if (one.kind, one.content) not in known:
                self._log("complete", study=job.subject, rule=one.kind)

    def _job(self, rule: RuleSettings, job: StoredJob, work: StudyWork) -> NewJob:
        data = StudyWork(study=work.study, fingerprint=work.fingerprint).model_dump()
        return NewJob(rule.key, job.subject, work.fingerprint, Step.COMPLETE, data=data)

    def _end(self, job: StoredJob, step: Step, reason: str, then: Sequence[NewJob] = ()) -> None:
        self._store.advance(job, step, reason=reason, then=then)
        self._log(step.value, "warning" if step is Step.FAILED else "info", study=job.subject, reason=reason)
