"""Cancel ends a whole tree: a launcher, its child and its grandchild, even one that left for a group of its own.

No test here has the programs of the system: a container may lack ``ps``, and cancelling works there, too.
"""

import os
import shutil
import subprocess
import sys
import time

import psutil
import pytest

from quantseg.child_process import ChildProcess

_SOON_SECONDS = 3.0  # As long as one that will not listen is given.
_SLEEPER = "import time; time.sleep(600)"
_TREE = """
import subprocess, sys, time
grandchild = "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', {sleeper!r}], {session}); \
print('PID', p.pid, flush=True); time.sleep(600)"
child = subprocess.Popen([sys.executable, "-c", grandchild])
print("PID", child.pid, flush=True)
child.wait()
"""


@pytest.fixture(autouse=True)
def no_programs_of_the_system(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shutil.which("ps") is None
    assert shutil.which("taskkill") is None


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
    before = time.monotonic()
    process.cancel()
    assert not any(_lives(one) for one in family)
    assert time.monotonic() - before < _SOON_SECONDS
    assert process.exit_status is not None


@pytest.mark.skipif(os.name == "nt", reason="Windows has no zombies")
def test_cancel_does_not_wait_for_whoever_collects_the_dead(monkeypatch):
    """Orphans that were killed stay as zombies until the first process takes their exit status, which may be late."""
    program = _TREE.format(sleeper=_SLEEPER, session="")
    process = ChildProcess([sys.executable, "-c", program], os.environ)
    lines = []
    wait_for(lambda: lines.extend(process.new_lines()) or len(lines) >= 2)
    monkeypatch.setattr(psutil.Process, "is_running", lambda _self: True)
    monkeypatch.setattr(psutil.Process, "status", lambda _self: psutil.STATUS_ZOMBIE)
    before = time.monotonic()
    process.cancel()
    assert time.monotonic() - before < 1.0


_NO_GROUPS = pytest.mark.skipif(os.name == "nt", reason="Windows has no process groups that outlive a parent")
_LEAVES_ONE_BEHIND = (
    f"import subprocess, sys; print('PID', subprocess.Popen([sys.executable, '-c', {_SLEEPER!r}]).pid, flush=True)"
)


@_NO_GROUPS
def test_cancel_ends_a_grandchild_whose_parent_has_ended():
    launcher = f"""
import subprocess, sys, time
subprocess.run([sys.executable, "-c", {_LEAVES_ONE_BEHIND!r}])
print("its parent has ended", flush=True)
time.sleep(600)
"""
    process = ChildProcess([sys.executable, "-c", launcher], os.environ)
    lines = []
    wait_for(lambda: lines.extend(process.new_lines()) or len(lines) >= 2)
    grandchild = int(lines[0].split()[1])
    assert _lives(grandchild)
    process.cancel()
    wait_for(lambda: not _lives(grandchild), 10)


@_NO_GROUPS
def test_cancel_ends_what_was_left_running_by_a_program_that_has_ended():
    process = ChildProcess([sys.executable, "-c", _LEAVES_ONE_BEHIND], os.environ)
    lines = []
    wait_for(lambda: lines.extend(process.new_lines()) or lines)
    wait_for(lambda: not _lives(process.process_id))
    left = int(lines[0].split()[1])
    assert _lives(left)
    assert process.exit_status is None, "its output is still open"
    process.cancel()
    wait_for(lambda: not _lives(left), 10)


def test_cancel_ends_what_a_program_starts_when_asked_to_end():
    stubborn = f"""
import signal, subprocess, sys, time
def start(*_):
    print("PID", subprocess.Popen([sys.executable, "-c", {_SLEEPER!r}], start_new_session=True).pid, flush=True)
signal.signal(signal.SIGTERM, start)
print("PID 0", flush=True)
while True:
    time.sleep(1)
"""
    process = ChildProcess([sys.executable, "-c", stubborn], os.environ)
    lines = []
    wait_for(lambda: lines.extend(process.new_lines()) or lines)
    process.cancel()
    started = [int(line.split()[1]) for line in [*lines, *process.new_lines()][1:]]
    assert started
    assert not any(_lives(one) for one in started)


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


_WATCHING_CHILD = """
import subprocess, sys, time
from quantseg.child_process import end_with_parent
end_with_parent()
print('GRANDCHILD', subprocess.Popen([sys.executable, '-c', {sleeper!r}]).pid, flush=True)
time.sleep(600)
"""
_OWNER = """
import os, sys, time
from quantseg.child_process import ChildProcess
# A launcher stands between, as PythonSlicer does.
launcher = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
child = ChildProcess([sys.executable, '-c', launcher, {child!r}], os.environ)
while True:
    for line in child.new_lines():
        print(line, flush=True)
    time.sleep(0.05)
"""


def test_a_child_ends_with_its_owner_even_if_that_is_killed():
    child = _WATCHING_CHILD.format(sleeper=_SLEEPER)
    owner = subprocess.Popen(
        [sys.executable, "-c", _OWNER.format(child=child)], stdout=subprocess.PIPE, encoding="utf-8"
    )
    grandchild = int(owner.stdout.readline().split()[1])
    family = [*psutil.Process(owner.pid).children(recursive=True)]
    assert grandchild in [one.pid for one in family]

    owner.kill()
    owner.wait()

    gone, alive = psutil.wait_procs(family, timeout=30)
    for one in alive:
        one.kill()
    assert len(gone) == len(family), alive
