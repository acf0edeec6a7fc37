"""A server of the platform with a stand-in for the task, as a program of its own, so that tests can kill it."""

import dataclasses
import json
import sys
from pathlib import Path

import standin_pipeline

from quantseg.web.listening import serve
from quantseg.web.settings import Settings

TASK = "stand-in"


def settings_of(data, **changes):
    """Return settings with the stand-in as their only task."""
    settings = Settings(data, tasks={TASK: standin_pipeline.REFERENCE}, lease_seconds=6.0, engine_bytes=4 * 1024**3)
    return dataclasses.replace(settings, **changes)


if __name__ == "__main__":
    sys.exit(serve(settings_of(Path(sys.argv[1]), **json.loads(sys.argv[3])), "127.0.0.1", int(sys.argv[2])))
