"""What an archive tells of changes, studies, series and objects; its words stay in memory and go nowhere."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class ChangePage:
    """Some changes of the archive.

    Attributes:
        resources: identifiers of patients, studies, series and instances that changed.
        last: number of the last of these changes.
        is_last: whether there are no later ones.
    """

    resources: tuple[str, ...]
    last: int
    is_last: bool


@dataclass(frozen=True)
class ArchivedSeries:
    """A series as the archive describes it; its words stay in memory and go nowhere.

    Attributes:
        id: Orthanc's.
        uid: SeriesInstanceUID.
        modality: such as "MR".
        manufacturer: of the device.
        device_uid: of the device, where no manufacturer is named.
        description: SeriesDescription.
        protocol: ProtocolName.
        instances: Orthanc's identifiers of its images.
        changed: when the last image arrived.
    """

    id: str
    uid: str
    modality: str
    manufacturer: str
    device_uid: str
    description: str
    protocol: str
    instances: tuple[str, ...]
    changed: str


@dataclass(frozen=True)
class ArchivedObject:
    """An object as the archive describes it.

    Attributes:
        study: Orthanc's identifier of the study that it lies in.
        manufacturer: of the device that made it.
        device_uid: of that device.
        description: SeriesDescription.
    """

    study: str
    manufacturer: str
    device_uid: str
    description: str


@dataclass(frozen=True)
class ArchivedStudy:
    """A study as the archive describes it.

    Attributes:
        id: Orthanc's.
        uid: StudyInstanceUID.
        description: StudyDescription.
        is_stable: whether Orthanc has received nothing for a while.
        series: of it.
    """

    id: str
    uid: str
    description: str
    is_stable: bool
    series: tuple[ArchivedSeries, ...]

    def fingerprint(self) -> str:
        """Return a hash of what the study holds."""
        lines = sorted(f"{one.id} {one.changed} {' '.join(sorted(one.instances))}" for one in self.series)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()
