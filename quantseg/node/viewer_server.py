"""Serves the viewer and, below the same address, an archive that it may read and not write to."""

from __future__ import annotations

import contextlib
import http.client
import http.server
import mimetypes
import threading
import urllib.parse
from http import HTTPStatus
from pathlib import Path

_ARCHIVE_PATH = "/dicom-web/"
_CONFIGURATION_PATH = "/app-config.js"
_LAYOUT = "quantseg"
_LOOPBACK_NAMES = {"127.0.0.1", "localhost"}
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".css": "text/css"}
_PASSED_ON = ("accept", "accept-encoding", "range", "if-none-match")
_PASSED_BACK = ("content-type", "content-length", "content-encoding", "etag", "last-modified")
_ARCHIVE_SECONDS = 120


def study_address(viewer_url: str, study_instance_uid: str) -> str:
    """Return the address of a study in the viewer: the images with the outlines over them, and the report beside.

    Args:
        viewer_url: without a slash at its end.
        study_instance_uid: of the study.
    """
    asked = urllib.parse.urlencode({"StudyInstanceUIDs": study_instance_uid, "hangingProtocolId": _LAYOUT})
    return f"{viewer_url}/viewer?{asked}"


def _configuration(archive_name: str) -> bytes:
    from jinja2 import Template

    text = Path(__file__).with_name("app-config.js.jinja").read_text(encoding="utf-8")
    return str(Template(text).render(archive_name=archive_name, layout=_LAYOUT)).encode()


class ViewerServer:
    """A server of one's own on the loopback address.

    It answers GET and HEAD alone. What lies below ``/dicom-web/`` it asks the archive for, with the archive's password,
    which no browser learns.

    Args:
        viewer: folder of the built viewer.
        archive_port: of the archive's HTTP interface on this machine.
        authorization: header by which the archive lets it in.
        name: of the archive, as the viewer shows it.
        port: to listen on; 0 takes a free one.

    Raises:
        OSError: the port is taken.
    """

    def __init__(self, viewer: Path, archive_port: int, authorization: str, name: str, port: int = 0) -> None:
        class Handler(_Handler):
            viewer_folder = viewer
            archive = ("127.0.0.1", archive_port)
            archive_authorization = authorization
            viewer_configuration = _configuration(name)

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True, name="viewer")

    @property
    def url(self) -> str:
        """Address of the viewer, without a slash at its end."""
        return f"http://localhost:{self._server.server_port}"

    def start(self) -> None:
        """Answer from now on, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    """Answers one request."""

    viewer_folder: Path
    archive: tuple[str, int]
    archive_authorization: str
    viewer_configuration: bytes
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer with a file of the viewer, or with what the archive says."""
        # A page of another origin that has its name point here would read the archive with the user's browser.
        host = urllib.parse.urlsplit(f"//{self.headers.get('Host', '')}").hostname
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        if host not in _LOOPBACK_NAMES:
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
        elif ".." in path.split("/"):
            # Orthanc would follow it out of DICOMweb, to what can tell more.
            self.send_error(HTTPStatus.BAD_REQUEST)
        elif self.path.startswith(_ARCHIVE_PATH):
            self._ask_archive()
        else:
            self._send_file(path)

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: addresses hold numbers of studies and of patients."""

    def _ask_archive(self) -> None:
        asked = {name: self.headers[name] for name in _PASSED_ON if name in self.headers}
        connection = http.client.HTTPConnection(*self.archive, timeout=_ARCHIVE_SECONDS)
        try:
            # The archive writes addresses of bulk data after the host that it was called by.
            asked |= {"Host": self.headers["Host"], "Authorization": self.archive_authorization}
            connection.request(self.command, self.path, headers=asked)
            answer = connection.getresponse()
        except (OSError, http.client.HTTPException):
            connection.close()
            self.send_error(HTTPStatus.BAD_GATEWAY, "The archive does not answer")
            return
        with contextlib.closing(connection), answer:
            body = answer.read()
            headers = {name: answer.headers[name] for name in _PASSED_BACK if name in answer.headers}
            self._begin(answer.status, {"content-length": str(len(body))} | headers)
            self.wfile.write(body)

    def _send_file(self, path: str) -> None:
        if path == _CONFIGURATION_PATH:
            self._send(self.viewer_configuration, "text/javascript")
            return
        root = self.viewer_folder.resolve()
        file = (root / path.lstrip("/")).resolve()
        # The viewer's own addresses, such as /viewer, are all one page.
        if not file.is_relative_to(root) or not file.is_file():
            file = root / "index.html"
        kind = _TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        self._send(file.read_bytes(), kind)

    def _send(self, body: bytes, kind: str) -> None:
        self._begin(HTTPStatus.OK, {"Content-Type": kind, "Content-Length": str(len(body))})
        if self.command != "HEAD":
            self.wfile.write(body)

    def _begin(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        # What workers of the viewer need for shared memory; and nobody puts the viewer into a page of their own.
        own = {"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp"}
        own |= {"Cross-Origin-Resource-Policy": "same-origin", "X-Content-Type-Options": "nosniff"}
        for name, value in (
            headers | own | {"X-Frame-Options": "SAMEORIGIN", "Referrer-Policy": "no-referrer"}
        ).items():
            self.send_header(name, value)
        self.end_headers()
