"""An Orthanc archive of one's own, from the Debian packages, in a folder that can be thrown away."""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quantseg.errors import QuantSegError, UsageError

INSTALL_COMMAND = "apt-get install orthanc orthanc-dicomweb"
_DICOMWEB_PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
_START_SECONDS = 30.0
_STOP_SECONDS = 15.0
_LOOK_SECONDS = 0.05
_CALL_SECONDS = 60.0


def find_orthanc() -> str:
    """Return the path of Orthanc.

    Raises:
        UsageError: Orthanc or its DICOMweb plugin is missing.
    """
    # Debian puts it where the path of an ordinary user does not lead.
    found = shutil.which("Orthanc", path=f"{os.environ.get('PATH', os.defpath)}{os.pathsep}/usr/sbin")
    missing = "Orthanc" if found is None else "" if _DICOMWEB_PLUGIN.exists() else "Orthanc's DICOMweb plugin"
    if found is None or missing:
        raise UsageError(f"{missing} is missing, the archive; on Debian or Ubuntu run: sudo {INSTALL_COMMAND}.")
    return found


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@dataclass
class LocalOrthanc:
    """One Orthanc; what it stores outlives it, so that it can be started again on the same folder.

    Orthanc 1.10 has no setting for the address that it listens on: it takes every address of the machine. It is started
    so that it answers nobody over HTTP who comes from elsewhere, or without the password.

    Attributes:
        folder: receives configuration, database, images and log.
        title: application entity title.
        http_port: of REST and DICOMweb.
        dicom_port: of C-STORE and its like; None for none. Orthanc takes what anybody stores there.
        user: who may use it.
        password: of that user.
        settings: further ones of Orthanc's configuration, or others in place of these here.
    """

    folder: Path
    title: str = "ORTHANC"
    http_port: int = field(default_factory=free_port)
    dicom_port: int | None = None
    user: str = "quantseg"
    password: str = field(default_factory=lambda: secrets.token_urlsafe(16), repr=False)
    settings: Mapping[str, Any] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    @property
    def url(self) -> str:
        """Address of the REST interface."""
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def dicomweb_url(self) -> str:
        """Address of DICOMweb: QIDO-RS, WADO-RS and STOW-RS."""
        return f"{self.url}/dicom-web"

    @property
    def authorization(self) -> str:
        """Value of the Authorization header of a call."""
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()

    @property
    def log(self) -> Path:
        """What Orthanc prints."""
        return self.folder / "orthanc.log"

    @property
    def process_id(self) -> int | None:
        """Number of the process while it runs."""
        running = self._process is not None and self._process.poll() is None
        return self._process.pid if running and self._process is not None else None

    def start(self) -> None:
        """Start it, and wait until it answers.

        Raises:
            UsageError: it is not installed.
            QuantSegError: it does not answer.
        """
        program = find_orthanc()
        self.folder.mkdir(parents=True, exist_ok=True)
        configuration = self.folder / "orthanc.json"
        configuration.touch(mode=0o600)
        configuration.write_text(json.dumps(self._configuration(), indent=2), encoding="utf-8")
        # It ends with whoever started it, however that ends.
        keeper = shutil.which("setpriv")
        command = [*([keeper, "--pdeathsig", "TERM"] if keeper else []), program, str(configuration)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                status = self._process.poll()
                self.kill()
                what = f"it ended with status {status}" if status is not None else "it was ended"
                raise QuantSegError(
                    f"Orthanc did not answer within {_START_SECONDS:g} s ({what}); its log says why: {self.log}."
                )
            time.sleep(_LOOK_SECONDS)

    def stop(self) -> None:
        """End it as its own service would."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it at once, wherever it is."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def call(self, path: str, body: bytes | None = None, method: str | None = None) -> Any:
        """Call the REST interface and return what its JSON says.

        Args:
            path: of the resource, such as "/studies".
            body: to be posted.
            method: of HTTP; GET, or POST where there is a body, if left out.

        Raises:
            QuantSegError: Orthanc refused, or does not answer.
        """
        request = urllib.request.Request(
            self.url + path, data=body, method=method, headers={"Authorization": self.authorization}
        )
        try:
            with urllib.request.urlopen(request, timeout=_CALL_SECONDS) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            raise QuantSegError(f"Orthanc answered {error.code} to {request.get_method()} {path}.") from None
        except OSError as error:
            raise QuantSegError(f"Orthanc does not answer at {self.url} ({type(error).__name__}).") from None

    def store(self, path: Path) -> str:
        """Store one DICOM file and say whether it is new: "Success" or "AlreadyStored"."""
        return str(self.call("/instances", path.read_bytes())["Status"])

    def _answers(self) -> bool:
        try:
            self.call("/system")
        except QuantSegError:
            return False
        return True

    def _configuration(self) -> dict[str, Any]:
        storage = str(self.folder / "storage")
        return {
            "Name": self.title,
            "StorageDirectory": storage,
            "IndexDirectory": storage,
            "HttpPort": self.http_port,
            "RemoteAccessAllowed": False,
            "AuthenticationEnabled": True,
            "RegisteredUsers": {self.user: self.password},
            "DicomServerEnabled": self.dicom_port is not None,
            "DicomPort": self.dicom_port or 0,
            "DicomAet": self.title,
            "DicomCheckCalledAet": True,
            "WebDavEnabled": False,
            "Plugins": [str(_DICOMWEB_PLUGIN)],
            # Without "Host", which would lack the port: addresses of bulk data are those that were called.
            "DicomWeb": {"Enable": True, "Root": "/dicom-web/", "EnableWado": False},
            **self.settings,
        }
