"""What holds for every request and answer, whatever the route: limits of size, and headers that bind the browser."""

from __future__ import annotations

import re
import sys
import traceback
from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HERE = Path(__file__).parent
_MOST_HEADER_BYTES = 16 * 1024
_MOST_HEADERS = 100
_MOST_BODY_BYTES = 1024**2
# By the API's own paths: what is sent there is read piece by piece.
_LARGE_BODIES = (
    (re.compile(r"/api/v1/uploads/[^/]+"), 64 * 1024**2),
    (re.compile(r"/api/v1/cases/[^/]+/labels"), 64 * 1024**2),
)

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "font-src 'self'; worker-src 'self' blob:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'; sandbox"
)
"""Of a report, which carries its style and pictures in itself and runs nothing."""
_HEADERS = {
    b"content-security-policy": CONTENT_SECURITY_POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    # With "no-referrer" a browser would say of its own forms, too, that they come from nowhere.
    b"referrer-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"camera=(), microphone=(), geolocation=()",
    b"cache-control": b"no-store",
}


class TooLarge(Exception):
    """A body that goes on beyond what its route takes."""


class Guarding:
    """Middleware around the application.

    Args:
        application: what answers.
        hosts: names under which it may be asked, so that no other name can be made to lead here.
    """

    def __init__(self, application: ASGIApp, hosts: tuple[str, ...]) -> None:
        self._application, self._hosts = application, frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        refusal = self._refusal(scope)
        secure = scope.get("scheme") == "https"
        begun = False

        async def send_bound(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                given = {name.lower() for name, _ in message["headers"]}
                own = {name: value for name, value in _HEADERS.items() if name not in given}
                if secure:
                    own[b"strict-transport-security"] = b"max-age=31536000"
                message = {**message, "headers": [*message["headers"], *own.items()]}
            await send(message)

        if refusal is not None:
            await _answer(send_bound, *refusal)
            return
        try:
            await self._application(scope, _limited(receive, _most_bytes(scope)), send_bound)
        except TooLarge:
            if begun:
                raise
            await _answer(send_bound, 413, "More was sent than is taken here.")
        except Exception as error:
            # What it says may quote a patient, and so goes neither into a page nor into a log.
            print(f"quantseg web: {_place(error)}", file=sys.stderr, flush=True)
            if not begun:
                await _answer(send_bound, 500, "The server has met an error of its own; tell who runs it.")

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = scope["headers"]
        if len(headers) > _MOST_HEADERS or sum(len(name) + len(value) for name, value in headers) > _MOST_HEADER_BYTES:
            return 431, "The headers of the request are too large."
        named = dict(headers)
        host = named.get(b"host", b"").decode("latin-1")
        if [name for name, _ in headers].count(b"host") > 1:
            return 400, "The request names two servers."
        if re.sub(r":\d+$", "", host) not in self._hosts:
            return 400, "This server is not known by that name; start it with --host-name NAME."
        length = named.get(b"content-length", b"0").decode("latin-1")
        if not length.isdecimal() or int(length) > _most_bytes(scope):
            return 413, "More was sent than is taken here."
        return None


def _most_bytes(scope: Scope) -> int:
    found = (
        most for path, most in _LARGE_BODIES if path.fullmatch(scope["path"]) and scope["method"] in ("PATCH", "PUT")
    )
    return next(found, _MOST_BODY_BYTES)


def _limited(receive: Receive, most_bytes: int) -> Receive:
    left = most_bytes

    async def receive_limited() -> Message:
        nonlocal left
        message = await receive()
        if message["type"] == "http.request":
            left -= len(message.get("body", b""))
            if left < 0:
                raise TooLarge
        return message

    return receive_limited


def _place(error: Exception) -> str:
    """Name an error by its type and the line of our own code that it passed last."""
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if _HERE in Path(frame.filename).parents]
    return f"{type(error).__name__} at {Path(own[-1].filename).name}:{own[-1].lineno}" if own else type(error).__name__


async def _answer(send: Send, status: int, sentence: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": sentence.encode()})
