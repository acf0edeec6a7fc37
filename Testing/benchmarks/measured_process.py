"""A command run as a user would run it, with the time and the memory that all its processes take."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

# Asking takes a millisecond of the machine's time, too.
_SAMPLE_SECONDS = 0.05
_BYTES_PER_MIB = 1024 * 1024
_BUSY = "while True: sum(range(10**6))"


@dataclass(frozen=True)
class Measured:
    """What a command cost.

    Attributes:
        wall_seconds: from its start to its exit.
        cpu_seconds: what its processes computed, which other work on the machine changes far less.
        peak_memory_mib: largest sum of the resident memory of the command and all its children at one moment;
            pages that processes share count once for each.
        output: its standard output.
    """

    wall_seconds: float
    cpu_seconds: float
    peak_memory_mib: float
    output: str


def run_measured(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Measured:
    """Run a command to its end.

    Raises:
        RuntimeError: it failed; with the end of what it wrote.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as written:
        started, computed = time.perf_counter(), _cpu_seconds_of_children()
        process = subprocess.Popen(command, stdout=written, stderr=subprocess.STDOUT, env=environment)
        peak_bytes = 0
        while process.poll() is None:
            peak_bytes = max(peak_bytes, _resident_bytes(process.pid))
            time.sleep(_SAMPLE_SECONDS)
        wall_seconds, cpu_seconds = time.perf_counter() - started, _cpu_seconds_of_children() - computed
        written.seek(0)
        output = written.read()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with status {process.returncode}:\n{output[-4000:]}")
    return Measured(wall_seconds, cpu_seconds, peak_bytes / _BYTES_PER_MIB, output)


@contextmanager
def busy_processes(count: int) -> Iterator[None]:
    """Keep so many other processes computing meanwhile."""
    others = [subprocess.Popen([sys.executable, "-c", _BUSY]) for _ in range(count)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def _cpu_seconds_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _resident_bytes(pid: int) -> int:
    total = 0
    try:
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            try:
                total += process.memory_info().rss
            except psutil.Error:
                continue  # It ended between being listed and being asked.
    except psutil.Error:
        return 0
    return total


@contextmanager
def copies_of(images: Sequence[Path], count: int, suffix: str = "") -> Iterator[Path]:
    """Provide a folder of ``count`` image files ``case_NNN<suffix>.nii.gz``, the given ones over and over."""
    with tempfile.TemporaryDirectory(prefix="quantseg-benchmark-") as name:
        folder = Path(name)
        for index in range(count):
            shutil.copy(images[index % len(images)], folder / f"case_{index:03d}{suffix}.nii.gz")
        yield folder


def steady_cases_per_second(files: Sequence[Path]) -> float:
    """Return the rate at which output files appeared, by their times of change, the first tenth left out.

    What is left out is start-up: imports, loading the model, the first cases of cold workers.
    """
    times = sorted(path.stat().st_mtime for path in files)
    times = times[max(1, len(times) // 10) :]
    if len(times) < 2 or times[-1] == times[0]:
        return float("nan")
    return (len(times) - 1) / (times[-1] - times[0])
