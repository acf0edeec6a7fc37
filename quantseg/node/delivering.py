"""Results go home: to the archive, where those of an earlier state of the study make room first, or to a DICOM node."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from quantseg.jobs.job import Step, StoredJob
from quantseg.jobs.store import JobStore
from quantseg.node.archive import Archive
from quantseg.node.dicom_peer import DicomPeer
from quantseg.node.notes import Notes
from quantseg.node.settings import DestinationKind, DestinationSettings
from quantseg.node.site_choice import is_own_draft
from quantseg.node.study_work import ResultObject, StudyWork


@dataclass(frozen=True)
class Withdrawn:
    """What became of the results of earlier states of a study.

    Attributes:
        deleted: how many objects were taken out of the archive.
        left: how many are there that were named as results and are none of a node's.
        elsewhere: names of the DICOM nodes that have such results, from which none is deleted.
    """

    deleted: int
    left: int
    elsewhere: tuple[str, ...] = ()


class Deliverer:
    """Takes objects to the destinations of a site.

    Args:
        archive: that is followed.
        destinations: of the site.
        store: the queue, which knows what earlier states of a study left where.
        notes: of other nodes about the same.
    """

    def __init__(
        self, archive: Archive, destinations: Iterable[DestinationSettings], store: JobStore, notes: Notes
    ) -> None:
        self._archive = archive
        self._notes = notes
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

    def withdraw(self, job: StoredJob, objects: Sequence[ResultObject]) -> Withdrawn:
        """Delete from the archive what earlier states of a study left there, so that nothing of two states is mixed.

        Nobody's objects are deleted but those that a node made of this study, whatever a note says.

        Args:
            job: of the new state.
            objects: of the new state; the same ones stay.

        Returns:
            what came of it.

        Raises:
            ArchiveAway: the archive does not answer.
        """
        kept = {one.uid for one in objects}
        earlier = self._earlier(job)
        gone = [one.uid for other in earlier for one in other.objects if one.uid not in kept]
        found = self._archive.ids_of(list(dict.fromkeys(gone)))
        own = self._own(found, job)
        self._archive.delete(own)
        elsewhere = {name for work in earlier for name in work.delivered if self._is_dicom(name)}
        return Withdrawn(len(own), len(found) - len(own), tuple(sorted(elsewhere)))

    def predecessors(self, job: StoredJob) -> tuple[ResultObject, ...]:
        """Return the structured reports of the latest earlier state that DICOM nodes have, where none is deleted."""
        for work in self._earlier(job):
            if any(self._is_dicom(name) for name in work.delivered):
                return tuple(one for one in work.objects if one.is_report and self._may_be_own(one, job))
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
            if not in_archive or len(self._own(self._archive.ids_of(uids), job)) >= len(uids):
                return work
        return None

    def _earlier(self, job: StoredJob) -> list[StudyWork]:
        in_queue = [StudyWork.of(other) for other in self._others(job)]
        return [work for work in [*in_queue, *self._noted(job)] if work.objects]

    def _noted(self, job: StoredJob) -> list[StudyWork]:
        """Return what a node with another queue, or with this one before it was lost, noted about the study."""
        study = StudyWork.of(job).study
        mark = self._notes.done(study, job.kind)
        if mark is None:
            return []
        said = mark.model_dump(include={"fingerprint", "content", "objects", "delivered"})
        return [StudyWork.model_validate({"study": study, **said})]

    def _is_dicom(self, name: str) -> bool:
        return name in self._destinations and self._destinations[name].kind is DestinationKind.DICOM

    def _own(self, instances: Sequence[str], job: StoredJob) -> list[str]:
        """Return those of the archive's objects that a node made of a job's study."""
        study = StudyWork.of(job).study
        return [one for one in instances if is_own_draft(self._archive.object(one), study)]

    def _may_be_own(self, one: ResultObject, job: StoredJob) -> bool:
        found = self._archive.ids_of([one.uid])
        return len(self._own(found, job)) == len(found)

    def _others(self, job: StoredJob) -> list[StoredJob]:
        of_the_study = self._store.jobs(kinds=[job.kind], subject=job.subject)
        return [other for other in of_the_study if other.number != job.number]
