"""Run a task on images: labels, an image or a score, measurements and a report for each case."""

from __future__ import annotations

import argparse

from quantseg.cli.segment import add_tasks, run
from quantseg.tasks.registry import TASKS, find_task

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``quantseg run``: every task."""
    add_tasks(parser, [find_task(name) for name in TASKS])
