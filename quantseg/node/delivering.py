"""Results go home: to the archive, where those of an earlier state of the study make room first, or to a DICOM node."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from quantseg.jobs.job import Step, StoredJob
from quantseg.jobs.store import JobStore
from quantseg.node.archive import Archive
from quantseg.node.dicom_peer import DicomPeer
from quantseg.node.settings import DestinationKind, DestinationSettings
from quantseg.node.study_work import DoneMark, ResultObject, StudyWork


class Deliverer:
    """Takes objects to the destinations of a site.

    Args:
        archive: that is followed.
        destinations: of the site.
        store: the queue, which knows what earlier states of a study left where.
    """

    def __init__(self, archive: Archive, destinations: Iterable[DestinationSettings], store: JobStore) -> None:
        self._archive = archive
        self._destinations: Mapping[str, DestinationSettings] = {one.name: one for one in destinations}
        self._store = store

    def deliver(self, name: str, paths: Sequence[Path]) -> None:
        """Take objects to a destination; what it has already stays as it is.

        Raises:
            ArchiveAway: the archive did not take them all.
            PeerRefused: the DICOM node did not.
        """
        destination = self._destinations[name]
        if destination.kind is DestinationKind.DICOM:
            DicomPeer(destination).send(paths)
            return
        for path in paths:
            self._archive.store(path)

    def note_done(self, job: StoredJob, work: StudyWork) -> None:
        """Note in the archive what was done, for nodes with another queue.

        Raises:
            ArchiveAway: the archive does not answer, or does not let this user note anything.
        """
        said = work.model_dump(include={"fingerprint", "content", "objects", "delivered"})
        self._archive.mark_done(work.study, job.kind, DoneMark.model_validate(said))

    def withdraw(self, job: StoredJob, objects: Sequence[ResultObject]) -> int:
        """Delete from the archive what earlier states of a study left there, so that nothing of two states is mixed.

        Args:
            job: of the new state.
            objects: of the new state; the same ones stay.

        Returns:
            how many were deleted.

        Raises:
            ArchiveAway: the archive does not answer.
        """
        kept = {one.uid for one in objects}
        gone = [one.uid for other in self._earlier(job) for one in other.objects if one.uid not in kept]
        found = self._archive.ids_of(list(dict.fromkeys(gone)))
        self._archive.delete(found)
        return len(found)

    def predecessors(self, job: StoredJob) -> tuple[ResultObject, ...]:
        """Return the structured reports of the latest earlier state that DICOM nodes have, where none is deleted."""
        for work in self._earlier(job):
            kinds = {self._destinations[name].kind for name in work.delivered if name in self._destinations}
            if DestinationKind.DICOM in kinds:
                return tuple(one for one in work.objects if one.is_report)
        return ()

    def already_there(self, job: StoredJob, content: str) -> StudyWork | None:
        """Return the work on an earlier state that gave the same results, if they still are where they belong."""
        stored = [StudyWork.of(other) for other in self._others(job) if other.step is Step.STORED]
        for work in [*stored, *self._noted(job)]:
            if work.content != content:
                continue
            uids = [one.uid for one in work.objects]
            in_archive = any(
                self._destinations[name].kind is DestinationKind.ARCHIVE
                for name in work.delivered
                if name in self._destinations
            )
            if not in_archive or len(self._archive.ids_of(uids)) >= len(uids):
                return work
        return None

    def _earlier(self, job: StoredJob) -> list[StudyWork]:
        in_queue = [StudyWork.of(other) for other in self._others(job)]
        return [work for work in [*in_queue, *self._noted(job)] if work.objects]

    def _noted(self, job: StoredJob) -> list[StudyWork]:
        """Return what a node with another queue, or with this one before it was lost, noted about the study."""
        study = StudyWork.of(job).study
        mark = self._archive.done_mark(study, job.kind)
        if mark is None:
            return []
        said = mark.model_dump(include={"fingerprint", "content", "objects", "delivered"})
        return [StudyWork.model_validate({"study": study, **said})]

    def _others(self, job: StoredJob) -> list[StoredJob]:
        of_the_study = self._store.jobs(kinds=[job.kind], subject=job.subject)
        return [other for other in of_the_study if other.number != job.number]
