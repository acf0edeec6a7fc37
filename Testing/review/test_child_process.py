"""Cancel ends a whole tree: a launcher, its child and its grandchild, even one that left for a group of its own."""

import os
import sys
import time

import psutil
import pytest

from quantseg.child_process import ChildProcess

_SLEEPER = "import time; time.sleep(600)"
_TREE = """
import subprocess, sys, time
grandchild = "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', {sleeper!r}], {session}); \
print('PID', p.pid, flush=True); time.sleep(600)"
child = subprocess.Popen([sys.executable, "-c", grandchild])
print("PID", child.pid, flush=True)
child.wait()
"""


def wait_for(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)


@pytest.mark.parametrize("session", ["", "start_new_session=True"])
def test_cancel_ends_launcher_child_and_grandchild(session):
    program = _TREE.format(sleeper=_SLEEPER, session=session)
    process = ChildProcess([sys.executable, "-c", program], os.environ)
    lines = []
    wait_for(lambda: lines.extend(process.new_lines()) or len(lines) >= 2)
    family = [process.process_id, *(int(line.split()[1]) for line in lines)]
    assert len(family) == 3
    assert all(psutil.pid_exists(one) for one in family)
    process.cancel()
    wait_for(lambda: not any(_lives(one) for one in family), 10)
    assert process.exit_status is not None


def _lives(process_id):
    try:
        return psutil.Process(process_id).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_process_that_will_not_listen_is_killed():
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    )
    process = ChildProcess([sys.executable, "-c", stubborn], os.environ)
    lines = []
    wait_for(lambda: lines.extend(process.new_lines()) or lines)
    process.cancel()
    wait_for(lambda: not _lives(process.process_id), 10)


def test_all_lines_can_be_had_once_the_status_is_known():
    program = "import sys; [print('line', n) for n in range(2000)]; print('und über', file=sys.stderr); sys.exit(3)"
    process = ChildProcess([sys.executable, "-X", "utf8", "-c", program], os.environ)
    wait_for(lambda: process.exit_status is not None)
    lines = process.new_lines()
    assert process.exit_status == 3
    assert sorted(lines) == sorted([*(f"line {n}" for n in range(2000)), "und über"])
    assert process.new_lines() == []


def test_program_that_is_not_there_is_an_error_at_once():
    with pytest.raises(OSError, match="not-there"):
        ChildProcess(["/not-there/program"], os.environ)


def test_cancel_after_the_end_does_no_harm():
    process = ChildProcess([sys.executable, "-c", "print('done')"], os.environ)
    wait_for(lambda: process.exit_status is not None)
    process.cancel()
    assert process.exit_status == 0
