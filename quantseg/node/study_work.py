"""What the queue keeps of a study that is worked on; nothing in it says whose it is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from quantseg.jobs.job import StoredJob

ARRIVAL = "arrival"
"""Kind of the job that waits until a study is complete; the other kinds are the site's rules."""


class ResultObject(BaseModel):
    """A DICOM object that was made.

    Attributes:
        file: name of its file.
        sha256: of the file.
        uid: SOPInstanceUID, a hash like all UIDs of ours.
        class_uid: SOPClassUID.
        series_uid: SeriesInstanceUID, ours.
        is_report: whether it is the structured report, which names its predecessor.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    sha256: str
    uid: str
    class_uid: str
    series_uid: str
    is_report: bool


class StudyWork(BaseModel):
    """What is known of a study, as a job's data.

    Attributes:
        study: Orthanc's identifier, itself a hash.
        fingerprint: of what the study held when it was last looked at.
        node: whose work folder holds the files.
        folder: name of the folder within.
        files_hash: of the files that were fetched.
        begun: how often measuring has begun.
        content: hash of the images that are measured, and of all else that decides the result.
        objects: that were made.
        delivered: names of the destinations that have them.
        note: one sentence about the results.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    study: str
    fingerprint: str = ""
    node: str = ""
    folder: str = ""
    files_hash: str = ""
    begun: int = 0
    content: str = ""
    objects: tuple[ResultObject, ...] = ()
    delivered: tuple[str, ...] = ()
    note: str = ""

    @classmethod
    def of(cls, job: StoredJob) -> StudyWork:
        """Return the work of a job."""
        return cls.model_validate(job.data)


class DoneMark(BaseModel):
    """What nodes note in the archive about a study that a rule was applied to.

    Attributes:
        fingerprint: of what the study held.
        content: hash of the images that were measured, and of all else that decided the result.
        objects: that were made.
        delivered: names of the destinations that have them.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    fingerprint: str
    content: str = ""
    objects: tuple[ResultObject, ...] = ()
    delivered: tuple[str, ...] = ()


def subject_of(study: str) -> str:
    """Return the name by which the queue calls a study."""
    return hashlib.sha256(f"study {study}".encode()).hexdigest()[:24]


def hash_of_files(paths: Iterable[Path]) -> str:
    """Return a hash of files and their names.

    Raises:
        OSError: one cannot be read.
    """
    digest = hashlib.sha256()
    for path in sorted(paths):
        with path.open("rb") as stream:
            digest.update(
                f"{path.parent.name}/{path.name} {hashlib.file_digest(stream, 'sha256').hexdigest()}\n".encode()
            )
    return digest.hexdigest()
