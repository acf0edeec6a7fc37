"""What counts as an attempt at a study, and what is no fault of it: no archive, no disk."""

import errno
import io
import os
import tempfile

import pytest
from full_disks import SmallDisk, may_mount
from sites import small_study
from standin_node import REFERENCE, NodeOptions

from quantseg.batch import worker
from quantseg.jobs.job import NewJob, Step
from quantseg.jobs.store import JobStore
from quantseg.mrml.segmentation_writers import NoWriter
from quantseg.node.archive import ArchiveAway
from quantseg.node.delivering import Deliverer
from quantseg.node.event_log import EventLog
from quantseg.node.measuring import MeasuringBrokeOff
from quantseg.node.measuring_process import Measured, NoRoom, Request, _answer
from quantseg.node.metrics import Counters
from quantseg.node.notes import Notes
from quantseg.node.settings import NodeSettings
from quantseg.node.study_work import StudyWork, hash_of_files
from quantseg.node.work_folder import WorkFolder
from quantseg.node.worker_tools import Tools
from quantseg.node.working import Worker

_SETTINGS = {"archive": {"url": "http://127.0.0.1:1"}, "rule": [{"task": "hippocampus"}], "work": {"attempts": 3}}


class _Clock:
    """Seconds that pass when the test says so."""

    now = 1_000_000.0

    def __call__(self):
        return self.now


class _Archive:
    """Stands in for an archive that holds nothing of ours."""

    def ids_of(self, _uids):
        return []

    def delete(self, _ids):
        pass

    def note(self, _study, _number):
        return "", ""

    def replace_note(self, *_):
        pass


class _Process:
    """Stands in for a process that measures: it fails."""

    def __init__(self, error):
        self._error = error

    def measure(self, *_):
        raise self._error


@pytest.fixture
def fetched(tmp_path):
    """A store with a study that was fetched, and tools to go on with it."""
    clock = _Clock()
    store = JobStore.open(tmp_path / "queue.sqlite", clock=clock)
    folder = WorkFolder(tmp_path / "work")
    name = folder.new("0123")
    (folder.study(name) / "001.dcm").write_bytes(b"image")
    files_hash = hash_of_files(folder.study(name).rglob("*.dcm"))
    work = StudyWork(study="s", node=folder.node, folder=name, files_hash=files_hash)
    store.put([NewJob("hippocampus", "subject", "c", Step.FETCHED, data=work.model_dump(mode="json"))])
    settings = NodeSettings.model_validate(_SETTINGS)
    notes = Notes(_Archive(), "queue", 20.0)
    deliverer = Deliverer(_Archive(), settings.destination, store, notes)
    tools = Tools(settings, store, _Archive(), deliverer, notes, folder, EventLog(io.StringIO()), Counters())
    yield store, tools, clock
    store.close()
    folder.close()


@pytest.mark.parametrize(
    ("error", "counts"),
    [
        (ArchiveAway("The archive does not answer."), False),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), False),
        (MeasuringBrokeOff("The process ended."), True),
        (ZeroDivisionError(), True),
    ],
)
def test_only_what_may_be_the_studys_fault_is_not_tried_for_ever(fetched, error, counts):
    store, tools, clock = fetched
    for _ in range(5):
        clock.now += 10_000
        job = store.take("one", 60, ["hippocampus"], [Step.FETCHED])
        if job is None:
            break
        Worker(tools, _Process(error), lambda _job: True).carry_on(job)
    (job,) = store.jobs()
    if counts:
        assert job.step is Step.FAILED
        assert "It was tried 3 times." in job.reason
    else:
        assert (job.step, job.data["begun"], job.owner) == (Step.FETCHED, 0, None)
        assert job.reason


class _Requests:
    """Stands in for the node's end of the pipe, which wants all."""

    def send(self, _chosen):
        pass

    def recv(self):
        return True


@pytest.mark.skipif(not may_mount(), reason="this machine lets us mount no file system")
def test_a_disk_that_fills_while_a_study_is_measured_is_no_fault_of_the_study(tmp_path, monkeypatch):
    monkeypatch.setitem(vars(worker._STATE), "segmentations", NoWriter())
    # What measures sets its whole process's folder for temporary files; here that is the tests'.
    monkeypatch.setattr(tempfile, "tempdir", tempfile.gettempdir())
    monkeypatch.setenv("TMPDIR", tempfile.gettempdir())
    small_study(tmp_path / "study", 1)
    disk = SmallDisk(tmp_path / "disk")
    try:
        place = disk.folder / "one" / "results"
        place.parent.mkdir()
        request = Request(REFERENCE, NodeOptions(threshold=300.0), tmp_path / "study", place, None, False)
        for left_kib in (0, 16):
            disk.fill(left_kib)
            assert _answer(request, _Requests()) == NoRoom()
        disk.free()
        assert isinstance(_answer(request, _Requests()), Measured)
    finally:
        disk.unmount()
