"""A server of the platform with a stand-in for the task, as a program of its own, so that tests can kill it."""

import asyncio
import contextlib
import dataclasses
import json
import sys
import threading
from pathlib import Path

import standin_pipeline
import uvicorn

from quantseg.web.application import make_application
from quantseg.web.listening import serve
from quantseg.web.settings import Settings

TASK = "stand-in"


def settings_of(data, **changes):
    """Return settings with the stand-in as their only task."""
    settings = Settings(data, tasks={TASK: standin_pipeline.REFERENCE}, lease_seconds=6.0, engine_bytes=4 * 1024**3)
    return dataclasses.replace(settings, **changes)


@contextlib.contextmanager
def answering(platform):
    """Answer for a platform in a thread of this process, and yield the address."""
    server = uvicorn.Server(uvicorn.Config(make_application(platform), port=0, log_level="error", access_log=False))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


if __name__ == "__main__":
    sys.exit(serve(settings_of(Path(sys.argv[1]), **json.loads(sys.argv[3])), "127.0.0.1", int(sys.argv[2])))
