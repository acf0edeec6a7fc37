"""Workers that are killed at any instant, files that are torn, disks that are full."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from full_disks import SmallDisk, may_mount

from quantseg.errors import QuantSegError
from quantseg.jobs.job import NewJob, Step
from quantseg.jobs.store import JobStore

_WORKER = Path(__file__).with_name("killed_worker.py")
_WAY = [Step.COMPLETE, Step.FETCHED, Step.STORED]


def _start(place, owner):
    command = [sys.executable, str(_WORKER), place, owner]
    environment = os.environ | {"PYTHONPATH": str(_WORKER.parents[2])}
    worker = subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8", env=environment)
    assert worker.stdout.readline() == "ready\n"
    return worker


@pytest.mark.slow
def test_three_workers_of_which_two_are_killed_again_and_again_do_every_step_once(place):
    store = JobStore.open(place)
    store.put([NewJob("made up", f"{n}") for n in range(40)])
    draw = random.Random(17)
    workers = [_start(place, f"owner{n}") for n in range(3)]
    for round_ in range(3):
        time.sleep(draw.uniform(0.01, 0.2))
        workers[round_ % 2].send_signal(signal.SIGKILL)
        workers[round_ % 2].communicate()
        workers[round_ % 2] = _start(place, f"owner{round_}again")
    for worker in workers:
        worker.communicate(timeout=60)
        assert worker.returncode == 0
    jobs = store.jobs()
    assert len(jobs) == 40
    assert {job.step for job in jobs} == {Step.STORED}
    assert {job.owner for job in jobs} == {None}
    assert all([one.step for one in store.history(job)] == _WAY for job in jobs)
    store.close()


def _torn_copy(place, folder, cut_bytes):
    """Copy the files as a machine leaves them that lost power while it wrote the journal."""
    folder.mkdir()
    for ending in ("", "-wal"):
        shutil.copyfile(f"{place}{ending}", folder / f"jobs.sqlite{ending}")
    journal = folder / "jobs.sqlite-wal"
    content = bytearray(journal.read_bytes())
    if cut_bytes:
        journal.write_bytes(content[:-cut_bytes])
    else:
        content[-2000:] = bytes(2000)
        journal.write_bytes(content)
    return folder / "jobs.sqlite"


@pytest.mark.parametrize("cut_bytes", [0, 1, 700, 4096, 9000])
def test_a_torn_write_costs_the_last_step_and_nothing_before_it(store, sqlite_place, tmp_path, cut_bytes):
    store.put([NewJob("work", "a"), NewJob("work", "b")], {"last": "1"})
    for n in range(20):
        store.put([NewJob("work", f"further {n}")], {"last": str(n + 2)})
    torn = JobStore.open(_torn_copy(sqlite_place, tmp_path / "torn", cut_bytes), clock=lambda: 2_000_000.0)
    jobs, last = torn.jobs(), int(torn.mark("last"))
    # The mark and what came with it are from one transaction.
    assert len(jobs) == 2 + last - 1
    assert last in (19, 20, 21)
    assert torn.take("anyone", 10, ["work"], [Step.RECEIVED]) is not None
    torn.close()


def test_a_damaged_queue_is_refused_with_what_to_do(store, sqlite_place):
    store.put([NewJob("work", f"{n}" * 50) for n in range(200)])
    store.close()
    with sqlite3.connect(sqlite_place) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(sqlite_place.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 3000] = b"\xff" * 3000
    sqlite_place.write_bytes(content)
    with pytest.raises(QuantSegError, match=r"is damaged .*; move it away"):
        JobStore.open(sqlite_place)
    sqlite_place.write_bytes(b"no database at all" * 100)
    with pytest.raises(QuantSegError, match=r"is damaged .*; move it away"):
        JobStore.open(sqlite_place)


@pytest.mark.skipif(not may_mount(), reason="this machine lets us mount no file system")
def test_a_full_disk_is_said_and_the_queue_goes_on_when_there_is_room(tmp_path):
    disk = SmallDisk(tmp_path / "disk")
    try:
        store = JobStore.open(disk.folder / "jobs.sqlite")
        store.put([NewJob("work", "a")], {"last": "1"})
        disk.fill()
        many = [NewJob("work", f"{n}" * 1000) for n in range(200)]
        with pytest.raises(QuantSegError, match=r"cannot be written .*full"):
            store.put(many, {"last": "2"})
        assert store.mark("last") == "1"
        assert store.jobs()
        disk.free()
        store.put([NewJob("work", "z")], {"last": "3"})
        assert store.mark("last") == "3"
        store.close()
    finally:
        disk.unmount()


def test_nobody_else_may_read_the_queue(store, sqlite_place):
    store.put([NewJob("work", "a")])
    files = list(sqlite_place.parent.iterdir())
    assert len(files) > 1
    assert {path.stat().st_mode & 0o077 for path in files} == {0}
