"""The Orthanc that is followed: its changes and studies by REST, their images by DICOMweb."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from quantseg.errors import QuantSegError
from quantseg.node.settings import ArchiveSettings
from quantseg.node.study_work import DoneMark

if TYPE_CHECKING:
    import requests
    from dicomweb_client.web import DICOMwebClient

_CHANGES_A_PAGE = 500
_DONE_METADATA = 4717
"""Number of the metadata of a study by which nodes tell each other what was measured; users' begin at 1024."""
_NOT_FOUND = 404


class ArchiveAway(QuantSegError):
    """The archive does not answer, or refuses; later it may not."""


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


class Archive:
    """Calls Orthanc; each thread has a connection of its own.

    No error repeats what Orthanc says, which may name a patient.
    """

    def __init__(self, settings: ArchiveSettings) -> None:
        self._settings = settings
        self._password = settings.password()
        self._url = settings.url.rstrip("/")
        self._of_thread = threading.local()

    def version(self) -> str:
        """Return Orthanc's version; an easy question.

        Raises:
            ArchiveAway: it does not answer.
        """
        return str(self._get("/system")["Version"])

    def check_dicomweb(self) -> None:
        """Ask DICOMweb an easy question.

        Raises:
            ArchiveAway: it does not answer.
        """
        self._get(f"/{self._settings.dicomweb.strip('/')}/studies?limit=1")

    def last_change(self) -> int:
        """Return the number of the last change."""
        return int(self._get("/changes?last")["Last"])

    def changes(self, since: int) -> ChangePage:
        """Return changes after one, the earliest first."""
        page = self._get(f"/changes?since={since}&limit={_CHANGES_A_PAGE}")
        changed = dict.fromkeys(str(one["ID"]) for one in page["Changes"])
        return ChangePage(tuple(changed), int(page["Last"]), bool(page["Done"]))

    def studies_of(self, resources: Sequence[str]) -> tuple[str, ...]:
        """Return the studies that resources of any level belong to; those that are gone have none."""
        if not resources:
            return ()
        asked = {"Resources": list(resources), "Level": "Study", "Metadata": False}
        return tuple(str(one["ID"]) for one in self._post("/tools/bulk-content", asked))

    def studies_since(self, day: str) -> tuple[str, ...]:
        """Return the studies that changed on a day, YYYYMMDD, or later; "" for all."""
        return tuple(str(one["ID"]) for one in self._get("/studies?expand") if str(one["LastUpdate"])[:8] >= day)

    def study(self, study: str) -> ArchivedStudy | None:
        """Return what the archive knows of a study; None where it has it no longer."""
        found, series = self._find(f"/studies/{study}"), self._find(f"/studies/{study}/series?expand")
        if found is None or series is None:
            return None
        tags = found["MainDicomTags"]
        return ArchivedStudy(
            study,
            str(tags.get("StudyInstanceUID", "")),
            str(tags.get("StudyDescription", "")),
            bool(found["IsStable"]),
            tuple(self._series(one) for one in series),
        )

    def same_study_count(self, study: ArchivedStudy) -> int:
        """Return how many studies of this UID there are; Orthanc makes one of each PatientID."""
        return sum(one["Type"] == "Study" for one in self._post_text("/tools/lookup", study.uid))

    def calling_titles(self, study: ArchivedStudy) -> frozenset[str]:
        """Return the AE titles that sent the images of a study; "" for what came otherwise than by DICOM."""
        instances = [one for series in study.series for one in series.instances]
        asked = {"Resources": instances, "Level": "Instance", "Metadata": True}
        return frozenset(str(one["Metadata"].get("RemoteAET", "")) for one in self._post("/tools/bulk-content", asked))

    def fetch(self, study: ArchivedStudy, series: Iterable[ArchivedSeries], folder: Path) -> int:
        """Fetch series by DICOMweb, a folder each, files named by number; return how many files there are.

        Raises:
            ArchiveAway: they could not be fetched, or not all of them.
            OSError: they could not be written.
        """
        fetched = 0
        for place, one in enumerate(series, start=1):
            within = folder / f"{place:03}"
            within.mkdir(mode=0o700)
            count = self._fetch_series(study.uid, one.uid, within)
            if count != len(one.instances):
                raise ArchiveAway(
                    f"The archive gave {count} images of a series of {len(one.instances)}; it is tried again."
                )
            fetched += count
        return fetched

    def store(self, path: Path) -> None:
        """Store an object by STOW-RS; one that is there already stays as it is.

        Raises:
            ArchiveAway: it was not stored.
        """
        import pydicom

        dataset = pydicom.dcmread(path)
        try:
            answer = self._dicomweb().store_instances([dataset])
        except Exception as error:  # requests, urllib3 and DICOMweb's client raise many kinds, some with values
            raise ArchiveAway(f"The archive did not store {path.name} ({type(error).__name__}).") from None
        if answer.get("FailedSOPSequence") or not self.ids_of([str(dataset.SOPInstanceUID)]):
            raise ArchiveAway(f"The archive did not store {path.name}.")

    def ids_of(self, uids: Sequence[str]) -> list[str]:
        """Return Orthanc's identifiers of those objects that are there."""
        found = [self._post_text("/tools/lookup", uid) for uid in uids]
        return [str(one["ID"]) for many in found for one in many if one["Type"] == "Instance"]

    def delete(self, instances: Sequence[str]) -> None:
        """Delete objects; what is gone already is no error."""
        for one in instances:
            self._request("DELETE", f"/instances/{one}", missing_is_fine=True)

    def done_mark(self, study: str, rule: str) -> DoneMark | None:
        """Return what nodes have noted about a study and a rule; None where nothing was, or nothing that is known."""
        found = self._done_marks(study).get(rule)
        try:
            return None if found is None else DoneMark.model_validate(found)
        except ValidationError:
            return None

    def mark_done(self, study: str, rule: str, mark: DoneMark) -> None:
        """Note that a study was measured by a rule, for nodes that have another queue, or have lost theirs."""
        marks = {**self._done_marks(study), rule: mark.model_dump(mode="json")}
        self._request("PUT", f"/studies/{study}/metadata/{_DONE_METADATA}", json.dumps(marks), missing_is_fine=True)

    def _done_marks(self, study: str) -> dict[str, Any]:
        found = self._find(f"/studies/{study}/metadata/{_DONE_METADATA}")
        return dict(found) if isinstance(found, Mapping) else {}

    def _series(self, found: Mapping[str, Any]) -> ArchivedSeries:
        tags = found["MainDicomTags"]
        # Orthanc keeps manufacturers at hand, and what else it must look for in the files.
        shared = {} if tags.get("Manufacturer") else self._find(f"/series/{found['ID']}/shared-tags?simplify") or {}
        return ArchivedSeries(
            id=str(found["ID"]),
            uid=str(tags.get("SeriesInstanceUID", "")),
            modality=str(tags.get("Modality", "")),
            manufacturer=str(tags.get("Manufacturer", "")),
            device_uid=str(shared.get("DeviceUID", "")),
            description=str(tags.get("SeriesDescription", "")),
            protocol=str(tags.get("ProtocolName", "")),
            instances=tuple(str(one) for one in found["Instances"]),
            changed=str(found.get("LastUpdate", "")),
        )

    def _fetch_series(self, study_uid: str, series_uid: str, folder: Path) -> int:
        count = 0
        try:
            # As they are stored: otherwise the archive would unpack compressed ones.
            for dataset in self._dicomweb().iter_series(study_uid, series_uid, (("application/dicom", "*"),)):
                count += 1
                dataset.save_as(folder / f"{count:06}.dcm", enforce_file_format=True)
        except OSError as error:
            if not isinstance(error, _requests_error()):
                raise
            raise ArchiveAway(f"The archive broke off a series ({type(error).__name__}); it is tried again.") from None
        except Exception as error:  # as in ``store``
            raise ArchiveAway(f"The archive broke off a series ({type(error).__name__}); it is tried again.") from None
        return count

    def _session(self) -> requests.Session:
        import requests

        if not hasattr(self._of_thread, "session"):
            settings, session = self._settings, requests.Session()
            # Neither proxies nor passwords of the surroundings: what is said is said in ``node.toml``.
            session.trust_env = False
            if settings.user:
                session.auth = (settings.user, self._password or "")
            if settings.ca_file is not None:
                session.verify = str(settings.ca_file)
            if settings.certificate_file is not None and settings.key_file is not None:
                session.cert = (str(settings.certificate_file), str(settings.key_file))
            timeout_seconds = settings.timeout_seconds
            send = session.send

            def send_in_time(request: requests.PreparedRequest, **how: Any) -> requests.Response:
                how["timeout"] = how.get("timeout") or timeout_seconds
                return send(request, **how)

            # DICOMweb's client asks without a timeout, and would wait for ever.
            session.send = send_in_time  # type: ignore[method-assign]
            self._of_thread.session = session
        found: requests.Session = self._of_thread.session
        return found

    def _dicomweb(self) -> DICOMwebClient:
        from dicomweb_client.web import DICOMwebClient

        client = DICOMwebClient(f"{self._url}/{self._settings.dicomweb.strip('/')}", session=self._session())
        # Whoever asks tries again, with pauses of his own.
        client.set_http_retry_params(retry=False)
        return client

    def _get(self, path: str) -> Any:
        return self._request("GET", path)

    def _find(self, path: str) -> Any:
        return self._request("GET", path, missing_is_fine=True)

    def _post(self, path: str, asked: Mapping[str, Any]) -> Any:
        return self._request("POST", path, json.dumps(asked))

    def _post_text(self, path: str, text: str) -> Any:
        return self._request("POST", path, text)

    def _request(self, method: str, path: str, body: str | None = None, missing_is_fine: bool = False) -> Any:
        """Return what Orthanc answers; None where there is nothing and that is fine."""
        try:
            answer = self._session().request(method, self._url + path, data=None if body is None else body.encode())
        except _requests_error() as error:
            raise ArchiveAway(f"The archive does not answer ({type(error).__name__}); see whether it runs.") from None
        if answer.status_code == _NOT_FOUND and missing_is_fine:
            return None
        if not answer.ok:
            what = path.split("/")[1].partition("?")[0]
            raise ArchiveAway(f"The archive answered {answer.status_code} to {method} /{what}; see to its settings.")
        try:
            return answer.json() if answer.content else None
        except ValueError:
            return None


def _requests_error() -> type[OSError]:
    import requests

    return requests.RequestException
