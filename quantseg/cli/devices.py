"""List the processors that --device can name on this machine."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``quantseg devices``: none."""
    del parser


def run(options: argparse.Namespace) -> int:
    """Print a line a device, its name and what it is, the one that "auto" takes first; return the exit status."""
    del options
    from quantseg.inference.device import all_devices

    for device in all_devices():
        print(f"{device.name}\t{device}")
    return 0
