"""The hospital node: studies that arrive in an Orthanc archive are measured, and the results go home."""

from __future__ import annotations

import argparse
import importlib.util
import os
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from quantseg.child_process import end_with_parent
from quantseg.cli import node_demo
from quantseg.errors import QuantSegError, UsageError, how_to_install

if TYPE_CHECKING:
    from quantseg.jobs.job import Step, StoredJob
    from quantseg.node.settings import NodeSettings

_NEEDED_TO_SEND = ("requests", "dicomweb_client", "pynetdicom", "highdicom")
_NEEDED = ("sqlalchemy", *_NEEDED_TO_SEND)
_MOST_SHOWN = 30
_SEND = "for Slicer's panels: send an approved case to the archive that the user's settings name"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``quantseg node``."""
    verbs = parser.add_subparsers(title="verbs", required=True, metavar="VERB")
    run_ = _add(verbs, "run", _run, "follow the archive, until it is stopped")
    run_.add_argument("--once", action="store_true", help="stop when all that has arrived is done, or waits")
    status = _add(verbs, "status", _status, "what waits, runs, failed, and why")
    status.add_argument("--job", type=int, metavar="NUMBER", help="the history of one job")
    _add(verbs, "check", _check, "try everything that the settings name, and send nothing")
    retry = _add(verbs, "retry", _retry, "try again what failed, and at once what waits for another attempt")
    retry.add_argument("--job", type=int, action="append", metavar="NUMBER", help="only this one")
    send = verbs.add_parser("send", help=_SEND, description=_SEND)
    send.add_argument("case", type=Path, metavar="FILE", help="what a panel wrote aside")
    send.set_defaults(do=_send)
    demo = verbs.add_parser("demo", help=node_demo.SUMMARY, description=node_demo.SUMMARY)
    node_demo.add_arguments(demo)
    demo.set_defaults(do=node_demo.run)


def run(options: argparse.Namespace) -> int:
    """Do what the verb asks and return the exit status."""
    return int(options.do(options))


def _add(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    do: Callable[[argparse.Namespace], int],
    said: str,
) -> argparse.ArgumentParser:
    verb = verbs.add_parser(name, help=said, description=said)
    verb.add_argument("--config", type=Path, required=True, metavar="NODE.toml", help="the site's settings")
    verb.set_defaults(do=do)
    return verb


def _require(names: Sequence[str], who: str) -> None:
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(f"{who} needs {', '.join(missing)}, missing here; {how_to_install('node')}.")


def _settings(options: argparse.Namespace) -> NodeSettings:
    _require(_NEEDED, "The node")
    from quantseg.node.settings_file import read_settings

    return read_settings(options.config)


def _run(options: argparse.Namespace) -> int:
    settings = _settings(options)
    from quantseg.node.checking import check_offline
    from quantseg.node.event_log import EventLog, silence_libraries
    from quantseg.node.node import Node

    # Files of a node are nobody else's to read, and its log is the only thing that speaks.
    os.umask(0o077)
    silence_libraries()
    check_offline(settings)
    # A demo that was killed leaves no node behind, which would follow an archive that is gone.
    end_with_parent()
    node = Node(settings, EventLog())
    # What the system's service manager sends; Ctrl-C ends it in the same way.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: node.stop())
    node.run(once=options.once)
    return 0


def _check(options: argparse.Namespace) -> int:
    settings = _settings(options)
    from quantseg.node.checking import check_all

    found = check_all(settings)
    for one in found:
        print(f"{'ok     ' if one.is_right else 'WRONG  '} {one.said}")
    return 0 if all(one.is_right for one in found) else 1


def _status(options: argparse.Namespace) -> int:
    settings = _settings(options)
    from quantseg.jobs.job import Step
    from quantseg.node.node import queue_of
    from quantseg.node.study_work import ARRIVAL

    store = queue_of(settings)
    if options.job is not None:
        job = store.job(options.job)
        if job is None:
            raise UsageError(f"There is no job {options.job}; `quantseg node status` lists those that are not done.")
        print(_line(job))
        for line in store.history(job):
            print(f"  {_time(line.at)}  {line.step.value:12} {line.seconds:8.1f} s  {line.reason}".rstrip())
        return 0
    states: Counter[str] = Counter()
    for (kind, step, in_hand), number in store.counts().items():
        # An arrival that is complete became a job of each rule, which is counted.
        if (kind, step) != (ARRIVAL, Step.COMPLETE):
            states[_state(step, in_hand)] += number
    for state in ("waiting", "running", *(step.value for step in Step if step.is_end)):
        print(f"{state:12} {states[state]:6}")
    told_steps = [step for step in Step if step is Step.FAILED or not step.is_end]
    told = [
        *store.jobs(kinds=[ARRIVAL], steps=[Step.RECEIVED, Step.FAILED], latest=_MOST_SHOWN),
        *store.jobs(kinds=[rule.key for rule in settings.rule], steps=told_steps, latest=_MOST_SHOWN),
    ]
    for one in told:
        print(_line(one))
    return 1 if states[Step.FAILED.value] else 0


def _retry(options: argparse.Namespace) -> int:
    settings = _settings(options)
    from quantseg.jobs.job import Step
    from quantseg.node.node import queue_of
    from quantseg.node.study_work import ARRIVAL

    store = queue_of(settings)
    rules = [rule.key for rule in settings.rule]
    begun = store.retry(Step.RECEIVED, [ARRIVAL], options.job)
    begun += store.retry(Step.COMPLETE, rules, options.job, drop="begun")
    if options.job and not begun:
        raise QuantSegError(
            "None of these jobs failed or waits for another attempt; `quantseg node status` shows them."
        )
    print(f"{begun} tried again")
    return 0


def _send(options: argparse.Namespace) -> int:
    _require(_NEEDED_TO_SEND, "Sending")
    from quantseg.node.sending import read_destination, send_objects, settings_path
    from quantseg.review.archive_objects import write_archive_objects
    from quantseg.review.sending_run import ApprovedCase
    from quantseg.tasks.registry import find_task

    destination = read_destination(settings_path())
    case = ApprovedCase.load(options.case)
    with tempfile.TemporaryDirectory(dir=options.case.parent) as folder:
        presenter = find_task(case.result.task).presenter
        paths = write_archive_objects(case.result, case.approval, case.sources, Path(folder), presenter, case.earlier)
        send_objects(paths, destination)
    return 0


def _state(step: Step, in_hand: bool) -> str:
    return step.value if step.is_end else "running" if in_hand else "waiting"


def _line(job: StoredJob) -> str:
    attempts = f", {job.attempts} attempts failed" if job.attempts else ""
    next_ = f", next at {_time(job.due_at)}" if job.attempts else ""
    state = _state(job.step, job.owner is not None)
    step = state if job.step.is_end else f"{state} after {job.step.value}"
    reason = f": {job.reason}" if job.reason else ""
    return f"job {job.number} ({job.kind}, study {job.subject}): {step}{attempts}{next_}{reason}"


def _time(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
