"""Sends objects where a user says: to an archive by DICOMweb, or to a DICOM node by C-STORE."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import ConfigDict, ValidationError, model_validator

from quantseg.errors import QuantSegError, UsageError, how_to_install
from quantseg.models.home import user_folder
from quantseg.node.dicom_peer import DicomPeer
from quantseg.node.settings import (
    DestinationKind,
    DestinationSettings,
    Encrypted,
    Secret,
    is_this_machine,
    refuse_password,
)

FILE_NAME = "archive.toml"
EXAMPLE = """\
# Where approved results go: one of these two.
[dicomweb]
url = "https://archive.example/dicom-web"
user = "quantseg"
password_file = "/path/to/password.txt"    # or password_env = "VARIABLE"

[dicom]
host = "pacs.example"
port = 11112
called_title = "PACS"
tls = true
"""


class DicomwebSettings(Secret, Encrypted):
    """An archive that takes objects by STOW-RS.

    Attributes:
        url: of its DICOMweb.
        user: who logs in; empty for nobody.
        timeout_seconds: after which it does not answer.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    user: str = ""
    timeout_seconds: float = 60.0

    @model_validator(mode="after")
    def _is_encrypted(self) -> Self:
        refuse_password(self.url, "url")
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{self.url!r} is no address, expected one such as https://archive/dicom-web")
        if parts.scheme == "http" and not (self.plain or is_this_machine(parts.hostname)):
            raise ValueError(
                f"{self.url!r} is not encrypted; use https, or say plain = true where that is as it must be"
            )
        return self


def settings_path() -> Path:
    """Return the file in which a user names the archive; ``QUANTSEG_ARCHIVE`` names another."""
    named = os.environ.get("QUANTSEG_ARCHIVE")
    return Path(named) if named else user_folder() / FILE_NAME


def read_destination(path: Path) -> DicomwebSettings | DestinationSettings:
    """Return where objects go.

    Args:
        path: of the file, in TOML, with a table ``[dicomweb]`` or ``[dicom]``.

    Raises:
        UsageError: the file is missing, or says something else.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise UsageError(f"No archive is named; write into {path} where approved results go:\n{EXAMPLE}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is no TOML ({error}).") from None
    if len(tables) != 1 or next(iter(tables)) not in ("dicomweb", "dicom"):
        raise UsageError(f"{path} has the tables {sorted(tables)}, expected one, [dicomweb] or [dicom].")
    ((kind, table),) = tables.items()
    try:
        if kind == "dicomweb":
            return DicomwebSettings.model_validate(table)
        return DestinationSettings.model_validate({"name": "archive", "kind": DestinationKind.DICOM, **table})
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(one) for one in first["loc"])
        raise UsageError(f"{path}, [{kind}] {place}: {first['msg'].removeprefix('Value error, ')}.") from None


def send_objects(paths: Sequence[Path], destination: DicomwebSettings | DestinationSettings) -> None:
    """Send objects; what is there already counts as sent.

    Raises:
        QuantSegError: one was not taken; those before it may have been.
    """
    try:
        if isinstance(destination, DestinationSettings):
            DicomPeer(destination).send(paths)
        else:
            _store(paths, destination)
    except ImportError as error:
        raise UsageError(f"Sending needs {error.name}, missing here; {how_to_install('node')}.") from None


def _store(paths: Sequence[Path], settings: DicomwebSettings) -> None:
    import pydicom
    import requests
    from dicomweb_client.web import DICOMwebClient

    session = requests.Session()
    session.trust_env = False
    if settings.user:
        session.auth = (settings.user, settings.password() or "")
    if settings.ca_file is not None:
        session.verify = str(settings.ca_file)
    if settings.certificate_file is not None and settings.key_file is not None:
        session.cert = (str(settings.certificate_file), str(settings.key_file))
    client = DICOMwebClient(settings.url.rstrip("/"), session=session, timeout=settings.timeout_seconds)
    client.set_http_retry_params(retry=False)
    for path in paths:
        try:
            answer: Any = client.store_instances([pydicom.dcmread(path)])
        except Exception as error:  # requests, urllib3 and DICOMweb's client raise many kinds, some with values
            raise QuantSegError(f"The archive did not take {path.name} ({type(error).__name__}); send again.") from None
        if answer.get("FailedSOPSequence"):
            raise QuantSegError(f"The archive did not take {path.name}; ask those who look after it why.")
