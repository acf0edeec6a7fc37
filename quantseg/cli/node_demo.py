"""``quantseg node demo``: an archive with a public study, a node that measures it, and the results in a browser."""

from __future__ import annotations

import argparse
import importlib.util
import tempfile
import threading
from pathlib import Path

from quantseg.errors import UsageError, how_to_install
from quantseg.tasks.registry import TASKS, find_task

SUMMARY = "show it all on this machine: an archive, a public study, a node that measures it, the results in a browser"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    tasks = _tasks()
    parser.add_argument(
        "task", nargs="?", choices=tasks, default=tasks[0], help="what is measured (default: %(default)s)"
    )
    parser.add_argument(
        "--no-viewer", action="store_true", help="fetch and start no OHIF viewer; end when the results are there"
    )
    parser.add_argument(
        "--ohif", type=Path, metavar="FILE.tgz", help="npm's package of the OHIF viewer, instead of fetching it"
    )
    parser.add_argument(
        "--port", type=int, default=0, help="of the viewer on the loopback address (default: a free one)"
    )
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="put everything here and keep it; deleted at the end otherwise"
    )


def run(options: argparse.Namespace) -> int:
    """Show the node until Ctrl-C, and return the exit status."""
    from quantseg.node.demo import Demo
    from quantseg.node.local_orthanc import find_orthanc
    from quantseg.node.ohif import WHAT_IS_FETCHED, get_ohif, is_installed, require_npm
    from quantseg.results.report_pdf import find_browser

    find_orthanc()
    if importlib.util.find_spec("highdicom") is None:
        raise UsageError(f"The node needs highdicom, which is missing; {how_to_install('node')}.")
    with_viewer = not options.no_viewer
    if with_viewer and options.ohif is None and not is_installed():
        require_npm()
        _say(f"Fetching {WHAT_IS_FETCHED}.")
    viewer = get_ohif(options.ohif) if with_viewer else None
    task = find_task(options.task)
    assert task.samples is not None
    with (
        tempfile.TemporaryDirectory(prefix="quantseg-node-demo-", ignore_cleanup_errors=True) as temporary,
        Demo(task, task.samples, _folder(options.keep, Path(temporary)), find_browser() is not None, _say) as demo,
    ):
        archive = demo.start_archive()
        study = demo.send_study(archive)
        node = demo.start_node(archive)
        for line in demo.results(archive, study, node):
            _say(line)
        if viewer is not None:
            address = demo.serve_viewer(viewer, archive, study, options.port)
            _say(f"\nOpen in a browser on this machine: {address}\n")
            _say("It can read the archive and change nothing. Ctrl-C ends viewer, node and archive.")
            _wait()
    return 0


def _tasks() -> list[str]:
    found = [find_task(name) for name in TASKS]
    return [task.name for task in found if task.samples is not None and task.samples.study is not None]


def _folder(kept: Path | None, temporary: Path) -> Path:
    if kept is None:
        return temporary
    if kept.exists() and any(kept.iterdir()):
        raise UsageError(f"{kept} is not empty; name a new folder, since the demo starts from nothing.")
    return kept.absolute()


def _wait() -> None:
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        _say("Ended.")


def _say(line: str) -> None:
    # At once, also into a pipe.
    print(line, flush=True)
