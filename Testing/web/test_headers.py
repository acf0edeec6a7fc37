"""What every answer carries and what no request may be: policies, sizes, names; nothing is asked of a third party."""

import hashlib
import re
import socket
from pathlib import Path

import pytest

from quantseg.web import pages

_TEMPLATES = sorted((Path(pages.__file__).parent / "templates").iterdir())
_VENDORED = pages.STATIC / "viewer" / "vendor"
_STATIC = sorted(path for path in pages.STATIC.rglob("*") if path.is_file() and _VENDORED not in path.parents)
# Of NiiVue as its own first lines say that it was built; who builds it anew says so here.
_NIIVUE_SHA256 = "30257f6bc52808fe0b731d203448d2a80ad2a55504a5bfe7d7ce2a834d89de33"


@pytest.mark.parametrize("path", ["/login", "/static/platform.css", "/no-such-page", "/api/v1/cases"])
def test_every_answer_binds_the_browser(served, path):
    import httpx

    answer = httpx.get(served.address + path, trust_env=False)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", [*_TEMPLATES, *_STATIC], ids=lambda path: path.name)
def test_nothing_is_inline_and_nothing_of_a_third_party(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<style|style=|\son\w+=|javascript:|<script(?![^>]*src=\"/static/)", text)
    addresses = set(re.findall(r"(?:https?:)?//[\w.]+\.\w+", text)) - {"http://www.w3.org"}
    assert addresses == set()


def test_what_others_have_written_is_what_was_looked_at_and_carries_its_licences():
    """Its addresses stand in comments of shaders; whatever it might ask for, the policy lets it reach this server."""
    text = (_VENDORED / "niivue.js").read_bytes()
    assert hashlib.sha256(text).hexdigest() == _NIIVUE_SHA256
    assert not re.search(rb"\beval\(|new Function\(|WebAssembly\.|new Worker\(", text)
    licences = (_VENDORED / "LICENSES.txt").read_text(encoding="utf-8")
    for name in ("@niivue/niivue 0.69.0", "gl-matrix", "nifti-reader-js", "fflate", "zarrita"):
        assert f"== {name}" in licences


def test_what_others_have_written_is_sent_once(served):
    import httpx

    address = f"{served.address}/static/viewer/vendor/niivue.js"
    answer = httpx.get(address, trust_env=False)
    assert answer.headers["content-type"].startswith("text/javascript")
    again = httpx.get(address, headers={"If-None-Match": answer.headers["etag"]}, trust_env=False)
    assert (again.status_code, again.content) == (304, b"")


def _raw(served, request):
    host, port = served.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(request)
        return connection.recv(4096).decode()


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: " + b"a" * 20_000 + b"\r\n\r\n", "431"),
        (b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"X-A: b\r\n" * 120 + b"\r\n", "431"),
        (b"GET /login HTTP/1.1\r\nHost: evil.example\r\n\r\n", "400"),
        (b"GET /login HTTP/1.1\r\n\r\n", "400"),
        (b"GET /login HTTP/1.1\r\nHost: evil.example\r\nHost: 127.0.0.1\r\n\r\n", "400"),
        (b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2000000\r\n\r\n", "413"),
        (b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n", "400"),
    ],
    ids=["long header", "many headers", "another host", "no host", "two hosts", "large body", "negative length"],
)
def test_what_no_browser_sends_is_refused(served, request_, status):
    assert _raw(served, request_).startswith(f"HTTP/1.1 {status}")


def test_a_body_without_a_length_is_limited_too(served):
    import httpx

    pieces = (b"a" * 100_000 for _ in range(30))
    answer = httpx.post(served.address + "/login", content=pieces, trust_env=False)
    assert answer.status_code in (403, 413)


def test_static_files_lead_nowhere_else(served):
    for path in ("/static/../application.py", "/static/%2e%2e/application.py", "/static/..%2fapplication.py"):
        answer = _raw(served, f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        assert answer.startswith("HTTP/1.1 404"), answer
