"""The server's socket: where it listens, and what it says when it does."""

from __future__ import annotations

import asyncio
import socket

import uvicorn

from quantseg.errors import UsageError
from quantseg.web.application import make_application
from quantseg.web.serving import administrators_link, at_work, end_in_order
from quantseg.web.settings import Settings

_PROXIES = "127.0.0.1"
_MOST_HEADER_BYTES = 32 * 1024
_SECONDS_TO_END = 5


def serve(settings: Settings, host: str, port: int) -> int:
    """Serve until the process is told to end, and return the exit status.

    Raises:
        UsageError: nothing can listen there.
        QuantSegError: the installation cannot be used.
    """
    end_in_order()
    with _listen(host, port) as listening, at_work(settings) as platform:
        address = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{listening.getsockname()[1]}"
        link = administrators_link(platform)
        if link is not None:
            print(f"Nobody can log in yet. Make the administrator, once: {address}/welcome/{link}", flush=True)
        print(f"QuantSeg is at {address} (end it with Ctrl-C).", flush=True)
        server = uvicorn.Server(
            uvicorn.Config(
                make_application(platform),
                # Addresses hold identifiers, which are nobody's business who reads a log; the audit trail knows more.
                access_log=False,
                log_level="warning",
                server_header=False,
                proxy_headers=True,
                forwarded_allow_ips=_PROXIES,
                h11_max_incomplete_event_size=_MOST_HEADER_BYTES,
                timeout_graceful_shutdown=_SECONDS_TO_END,
            )
        )
        asyncio.run(server.serve(sockets=[listening]))
    return 0


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=512)
    except (OSError, OverflowError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no number of a port"
        raise UsageError(f"Nothing can listen at {host}, port {port} ({why}); name another --host or --port.") from None
