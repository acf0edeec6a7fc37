"""One study from step to step: fetched, measured, sent home; what fails is tried again, or ends with the reason."""

from __future__ import annotations

import errno
import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import replace

from quantseg.errors import QuantSegError
from quantseg.jobs.job import LeaseLost, NewJob, Step, StoredJob, pause_seconds
from quantseg.node.archive import ArchiveAway, NotAllowed
from quantseg.node.archived import ArchivedStudy
from quantseg.node.delivering import Withdrawn
from quantseg.node.dicom_peer import PeerRefused
from quantseg.node.measuring import MeasuringBrokeOff, MeasuringProcess, NotWanted
from quantseg.node.measuring_process import Measured, Nothing, Request
from quantseg.node.notes import LOOKS_A_LEASE
from quantseg.node.objects import list_objects, paths_of
from quantseg.node.site_choice import by_others, foreign, why_not, why_refused
from quantseg.node.study_work import ARRIVAL, DoneMark, StudyWork, hash_of_files
from quantseg.node.worker_tools import Tools
from quantseg.tasks.options import options_from
from quantseg.tasks.registry import TASKS, find_task

_ENDS_OF_THE_NODE = 10
"""After so many of them a study is given up that was in hand each time; others may have been to blame for some."""
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


class Worker:
    """Carries jobs on, one at a time.

    Args:
        tools: that it works with.
        process: that measures for it.
        is_ours: tells whether a job is still in hand.
    """

    def __init__(self, tools: Tools, process: MeasuringProcess, is_ours: Callable[[StoredJob], bool]) -> None:
        self._tools = tools
        self._process = process
        self._is_ours = is_ours

    def carry_on(self, job: StoredJob) -> None:
        """Take a job as far as it goes now: to its end, to a destination that is missing, or to a failure."""
        tools = self._tools
        try:
            if not self._claim(job):
                look_again_seconds = tools.settings.queue.lease_seconds / LOOKS_A_LEASE
                tools.store.wait(job, look_again_seconds, job.data, "A node with another queue has it in hand.")
                return
            while not job.step.is_end and job.owner is not None:
                job = self._next_step(job)
        except NotWanted:
            self._leave(job)
        except LeaseLost:
            self._log_left(job)
        except MeasuringBrokeOff as error:
            self._postpone(job, str(error), counts=True)
        except (ArchiveAway, PeerRefused) as error:
            self._postpone(job, str(error))
        except OSError as error:
            what = "is full" if error.errno in _NO_ROOM else f"cannot be used ({type(error).__name__})"
            self._postpone(job, f"The disk of the work folder {what}; it is tried again.")
        except QuantSegError:
            raise
        except Exception as error:  # one odd study must not end the node; the message could quote a header
            reason = f"The node met what it does not know (unexpected {type(error).__name__})."
            self._postpone(job, reason, counts=True)
        finally:
            self._release(job)
            tools.store.let_go(job)

    def _claim(self, job: StoredJob) -> bool:
        """Claim a study, so that no node with another queue has it in hand, too, and tell whether it is ours."""
        if not self._tools.settings.rule_of(job.kind).destinations:
            return True  # Nothing is sent, so that nobody is in the way.
        try:
            return self._tools.notes.claim(StudyWork.of(job).study, job.kind)
        except NotAllowed as error:
            # The objects are the same ones, whichever node sends them.
            self._tools.log("not claimed", "warning", job=job.number, rule=job.kind, reason=str(error))
            return True

    def _release(self, job: StoredJob) -> None:
        try:
            self._tools.notes.release(StudyWork.of(job).study, job.kind)
        except ArchiveAway as error:
            # It ends by itself.
            self._tools.log("not released", "warning", job=job.number, rule=job.kind, reason=str(error))

    def _leave(self, job: StoredJob) -> None:
        """Leave off measuring: the node is stopped, or the job is somebody else's."""
        try:
            # As it was before measuring began: to be stopped counts for no attempt.
            self._tools.store.note(job, job.data)
        except LeaseLost:
            self._log_left(job)

    def _log_left(self, job: StoredJob) -> None:
        self._tools.log("left", job=job.number, rule=job.kind, reason="somebody else has it, or the study changed")
        self._tools.folder.remove(StudyWork.of(job).folder)

    def _next_step(self, job: StoredJob) -> StoredJob:
        steps = {Step.COMPLETE: self._fetch, Step.FETCHED: self._measure, Step.MEASURED: self._deliver}
        return steps[job.step](job)

    def _fetch(self, job: StoredJob) -> StoredJob:
        began = time.monotonic()
        tools, work = self._tools, StudyWork.of(job)
        study = tools.archive.study(work.study)
        if study is None:
            return self._end_without_study(job)
        if (ended := self._end_if_changed(job, study)) is not None:
            return ended
        rule = tools.settings.rule_of(job.kind)
        if reason := why_not(rule, study, lambda: tools.archive.calling_titles(by_others(study))):
            return self._fail(job, f"The study fits the rule no longer ({reason}).", Step.PASSED_OVER)
        name = tools.folder.new(secrets.token_hex(8))
        try:
            files = tools.folder.study(name)
            tools.archive.fetch(study, foreign(study), files)
            found = work.model_copy(
                update={"node": tools.folder.node, "folder": name, "files_hash": hash_of_files(files.rglob("*.dcm"))}
            )
            return self._advance(job, Step.FETCHED, found, began)
        except BaseException:
            tools.folder.remove(name)
            raise

    def _end_without_study(self, job: StoredJob) -> StoredJob:
        return self._end(job, Step.PASSED_OVER, "The study is no longer in the archive.")

    def _end_if_changed(self, job: StoredJob, study: ArchivedStudy) -> StoredJob | None:
        """End a job whose study is not what it was when the job was made, such as another patient's by now."""
        if by_others(study).fingerprint() != job.content:
            # An archive tells of what arrives, and not of what is deleted; so the study is looked at again in any case.
            data = StudyWork(study=study.id).model_dump(mode="json")
            self._tools.store.touch([NewJob(ARRIVAL, job.subject, data=data)])
            return self._end(job, Step.SUPERSEDED, "The study has changed since.")
        if reason := why_refused(self._tools.archive.same_study_count(study)):
            return self._fail(job, reason)
        return None

    def _measure(self, job: StoredJob) -> StoredJob:
        began = time.monotonic()
        tools, work, settings = self._tools, StudyWork.of(job), self._tools.settings
        if not self._files_are_there(work):
            return self._again(job, work)
        if work.begun >= (settings.work.attempts if job.attempts else _ENDS_OF_THE_NODE):
            why = job.reason or "The node ended whenever it measured this study."
            return self._fail(job, f"{why} It was tried {work.begun} times.")
        work = work.model_copy(update={"begun": work.begun + 1})
        # Before it begins: a study that ends the whole node must not be tried for ever.
        job = tools.store.note(job, work.model_dump(mode="json"))
        answer, found = self._answer(job, work)
        if isinstance(answer, StudyWork):
            return self._take_over(job, answer, found)
        if isinstance(answer, Nothing):
            step = Step.FAILED if answer.is_refused else Step.PASSED_OVER
            return self._fail(job, answer.reason, step)
        predecessors = tools.deliverer.predecessors(job)
        objects = list_objects(tools.folder.results(work.folder), answer.files, predecessors)
        shutil.rmtree(tools.folder.study(work.folder), ignore_errors=True)
        found = found.model_copy(update={"objects": objects, "note": answer.note})
        return self._advance(job, Step.MEASURED, found, began)

    def _answer(self, job: StoredJob, work: StudyWork) -> tuple[Nothing | Measured | StudyWork, StudyWork]:
        """Measure, unless the same was measured before: then return the work on that."""
        tools, content, same = self._tools, "", None
        rule = tools.settings.rule_of(job.kind)

        def is_wanted(hash_: str) -> bool:
            nonlocal content, same
            content, same = hash_, tools.deliverer.already_there(job, hash_)
            return same is None

        results = tools.folder.results(work.folder)
        shutil.rmtree(results, ignore_errors=True)
        request = Request(
            TASKS[rule.task],
            options_from(find_task(rule.task).options, rule.options),
            tools.folder.study(work.folder),
            results,
            tools.settings.series_rules,
            tools.settings.work.pdf,
        )
        answer = self._process.measure(request, is_wanted, lambda: self._is_ours(job))
        found = work.model_copy(update={"content": content})
        if answer is None:
            assert same is not None
            return same, found
        return answer, found

    def _take_over(self, job: StoredJob, same: StudyWork, work: StudyWork) -> StoredJob:
        """The images that are measured are what they were: their results are there already, and stay."""
        found = work.model_copy(update={"objects": same.objects, "delivered": same.delivered, "note": same.note})
        self._note_done(job, found)
        return self._end(job, Step.STORED, "The same images were measured before; their results stay.", found)

    def _deliver(self, job: StoredJob) -> StoredJob:
        began = time.monotonic()
        tools, work = self._tools, StudyWork.of(job)
        rule = tools.settings.rule_of(job.kind)
        if not rule.destinations:
            tools.store.wait(job, 0.0, job.data, "No destination is set; the results wait in the work folder.")
            return replace(job, owner=None)
        if work.node != tools.folder.node:
            return self._again(job, work)
        try:
            paths = paths_of(tools.folder.results(work.folder), work.objects)
        except QuantSegError:
            return self._again(job, work)
        same = None if work.delivered else tools.deliverer.already_there(job, work.content)
        if same is not None:  # Another node was first.
            return self._take_over(job, same, work)
        # Results may have waited for long; those of a study that is gone would bring it back.
        study = tools.archive.study(work.study)
        if study is None:
            return self._end_without_study(job)
        if (ended := self._end_if_changed(job, study)) is not None:
            return ended
        self._require_hold(job, work)
        self._withdraw_earlier(job, work)
        for name in rule.destinations:
            if name in work.delivered:
                continue
            self._require_hold(job, work)
            tools.deliverer.deliver(name, paths)
            work = work.model_copy(update={"delivered": (*work.delivered, name)})
            job = tools.store.note(job, work.model_dump(mode="json"))
            tools.log("sent", job=job.number, rule=job.kind, destination=name, objects=len(paths))
        self._note_done(job, work)
        tools.store.supersede_stored(job)
        return self._end(job, Step.STORED, work.note, work, time.monotonic() - began)

    def _require_hold(self, job: StoredJob, work: StudyWork) -> None:
        """Leave alone what somebody else has in hand by now, or has done meanwhile."""
        if not self._tools.store.holds(job):
            raise LeaseLost("The job is no longer in hand.")
        if not self._tools.notes.renew(work.study, job.kind):
            raise NotWanted("A node with another queue has the study in hand.")

    def _withdraw_earlier(self, job: StoredJob, work: StudyWork) -> Withdrawn:
        found = self._tools.deliverer.withdraw(job, work.objects)
        if found.deleted:
            self._tools.log("withdrawn", job=job.number, rule=job.kind, objects=found.deleted)
        if found.left:
            why = "objects that a note names as results are none of a node's, and stay"
            self._tools.log("not withdrawn", "warning", job=job.number, rule=job.kind, objects=found.left, reason=why)
        return found

    def _note_done(self, job: StoredJob, work: StudyWork) -> None:
        said = work.model_dump(include={"fingerprint", "content", "objects", "delivered"})
        try:
            self._tools.notes.note_done(work.study, job.kind, DoneMark.model_validate(said))
        except ArchiveAway as error:
            # Of use to other queues alone: the results are home.
            self._tools.log("not noted", "warning", job=job.number, rule=job.kind, reason=str(error))

    def _files_are_there(self, work: StudyWork) -> bool:
        if work.node != self._tools.folder.node:
            return False
        try:
            return hash_of_files(self._tools.folder.study(work.folder).rglob("*.dcm")) == work.files_hash
        except OSError:
            return False

    def _again(self, job: StoredJob, work: StudyWork) -> StoredJob:
        """Go back to where a study is fetched: what lay in a work folder is not there, or damaged."""
        self._tools.folder.remove(work.folder)
        found = StudyWork(study=work.study, fingerprint=work.fingerprint, begun=work.begun, delivered=work.delivered)
        return self._tools.store.advance(job, Step.COMPLETE, data=found.model_dump(mode="json"), keep=True)

    def _advance(self, job: StoredJob, step: Step, work: StudyWork, began: float) -> StoredJob:
        seconds = time.monotonic() - began
        found = self._tools.store.advance(job, step, data=work.model_dump(mode="json"), seconds=seconds, keep=True)
        self._tools.counters.count(job.kind, step, seconds)
        self._tools.log(step.value, job=job.number, study=job.subject, rule=job.kind, seconds=round(seconds, 3))
        return found

    def _fail(self, job: StoredJob, reason: str, step: Step = Step.FAILED) -> StoredJob:
        """End a job that has no results; those of an earlier state of the study are not those of this one."""
        work = StudyWork.of(job)
        found = self._withdraw_earlier(job, work.model_copy(update={"objects": ()}))
        if found.deleted:
            self._note_done(job, StudyWork(study=work.study, fingerprint=work.fingerprint))
            objects = "1 object" if found.deleted == 1 else f"{found.deleted} objects"
            reason += f" What was made of it before, {objects}, was taken out of the archive."
        if found.elsewhere:
            reason += f" What was made of it before stays at {' and '.join(found.elsewhere)}."
        self._tools.store.supersede_stored(job)
        return self._end(job, step, reason)

    def _end(
        self, job: StoredJob, step: Step, reason: str, work: StudyWork | None = None, seconds: float = 0.0
    ) -> StoredJob:
        folder = StudyWork.of(job).folder
        data = (
            None if work is None else work.model_copy(update={"folder": "", "files_hash": ""}).model_dump(mode="json")
        )
        found = self._tools.store.advance(job, step, reason=reason, data=data, seconds=seconds)
        self._tools.folder.remove(folder)
        self._tools.counters.count(job.kind, step, seconds)
        level = "warning" if step is Step.FAILED else "info"
        self._tools.log(step.value, level, job=job.number, study=job.subject, rule=job.kind, reason=reason)
        return found

    def _postpone(self, job: StoredJob, reason: str, counts: bool = False) -> None:
        """Let the next step be tried again later.

        Args:
            job: as it was when the step began.
            reason: one sentence.
            counts: whether the study itself may be to blame, which is not measured any number of times.
        """
        queue = self._tools.settings.queue
        pause = pause_seconds(job.attempts + 1, queue.first_pause_seconds, queue.longest_pause_seconds)
        self._tools.counters.count_failure(job.kind, job.step)
        facts: dict[str, str | float] = {
            "job": job.number,
            "rule": job.kind,
            "attempt": job.attempts + 1,
            "pause_seconds": pause,
        }
        self._tools.log("tried again later", "warning", step=job.step.value, reason=reason, **facts)
        try:
            as_before = job.data if job.step is Step.FETCHED and not counts else None
            self._tools.store.postpone(job, reason, pause, as_before)
        except LeaseLost:
            return  # Whoever has it decides.
