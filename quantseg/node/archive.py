"""The Orthanc that is followed: its changes and studies by REST, their images by DICOMweb."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quantseg.errors import QuantSegError
from quantseg.node.archived import ArchivedObject, ArchivedSeries, ArchivedStudy, ChangePage
from quantseg.node.settings import ArchiveSettings

if TYPE_CHECKING:
    import requests
    from dicomweb_client.web import DICOMwebClient

_CHANGES_A_PAGE = 500
_NOT_OF_CONTENT = frozenset({"UpdatedMetadata", "UpdatedAttachment"})
"""Kinds of changes that leave images as they were: notes of nodes are among them."""
_NO_NOTE = '"0-d41d8cd98f00b204e9800998ecf8427e"'
"""Tag of a note that there is none of: whoever writes the first one writes it over an empty text."""
_FORBIDDEN, _NOT_FOUND, _CONFLICT = 403, 404, 409


class ArchiveAway(QuantSegError):
    """The archive does not answer, or refuses; later it may not."""


class NotAllowed(ArchiveAway):
    """The archive does not let this user do it."""


class NoteChanged(ArchiveAway):
    """Somebody else has changed a note meanwhile."""


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
        changed = dict.fromkeys(str(one["ID"]) for one in page["Changes"] if one["ChangeType"] not in _NOT_OF_CONTENT)
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

    def object(self, instance: str) -> ArchivedObject | None:
        """Return what the archive knows of an object; None where it has it no longer."""
        study, tags = self._find(f"/instances/{instance}/study"), self._find(f"/instances/{instance}/simplified-tags")
        if study is None or tags is None:
            return None
        said = (str(tags.get(name, "")) for name in ("Manufacturer", "DeviceUID", "SeriesDescription"))
        return ArchivedObject(str(study["ID"]), *said)

    def note(self, study: str, number: int) -> tuple[str, str]:
        """Return a note about a study, "" where there is none, and the tag of this state of it."""
        # A proxy that compresses changes the tag, by which the note is then never known again.
        path, headers = f"/studies/{study}/metadata/{number}", {"Accept-Encoding": "identity"}
        answer = self._answer("GET", path, None, (_NOT_FOUND,), headers)
        return ("", _NO_NOTE) if answer.status_code == _NOT_FOUND else (answer.text, answer.headers.get("ETag", ""))

    def replace_note(self, study: str, number: int, text: str, tag: str) -> None:
        """Write a note about a study, or take it away where the text is empty, if its state is still that of a tag.

        Raises:
            NoteChanged: it is not; nothing was changed.
            NotAllowed: this user may note nothing.
        """
        path, headers = f"/studies/{study}/metadata/{number}", {"If-Match": tag} if tag else {}
        # A study that is gone needs no note.
        fine = (_NOT_FOUND, _CONFLICT)
        answer = self._answer("PUT" if text else "DELETE", path, text or None, fine, headers)
        if answer.status_code == _CONFLICT:
            raise NoteChanged("A note in the archive was changed meanwhile; it is read again.")

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
        answer = self._answer(method, path, body, (_NOT_FOUND,) if missing_is_fine else ())
        if answer.status_code == _NOT_FOUND:
            return None
        try:
            return answer.json() if answer.content else None
        except ValueError:
            # Such as the page of a proxy before it.
            raise ArchiveAway("What answers is no Orthanc; see whether it runs, and to url below [archive].") from None

    def _answer(
        self,
        method: str,
        path: str,
        body: str | None,
        fine: Sequence[int],
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Return Orthanc's answer, whose status is that of success or one of those that are fine."""
        content = None if body is None else body.encode()
        try:
            answer = self._session().request(method, self._url + path, data=content, headers=headers)
        except _requests_error() as error:
            raise ArchiveAway(f"The archive does not answer ({type(error).__name__}); see whether it runs.") from None
        if not answer.ok and answer.status_code not in fine:
            what = path.split("/")[1].partition("?")[0]
            refused = NotAllowed if answer.status_code == _FORBIDDEN else ArchiveAway
            raise refused(f"The archive answered {answer.status_code} to {method} /{what}; see to its settings.")
        return answer


def _requests_error() -> type[OSError]:
    import requests

    return requests.RequestException
