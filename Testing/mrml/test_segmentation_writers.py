"""Segmentation files from a process beside this one: the same bytes, the same errors, and gone with this one."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest

from quantseg.mrml import segmentation_writers
from quantseg.mrml.segmentation_writers import SegmentationFile, WriterBeside, WriterHere, writer_for_a_batch
from quantseg.tasks.hippocampus.anatomy import SIDED_SEGMENTS


@pytest.fixture(scope="module")
def beside():
    writer = WriterBeside()
    writer.prepare()
    yield writer
    writer.end()


@pytest.fixture
def file_in(labels_on):
    def make(folder, name="case.seg.nrrd"):
        return SegmentationFile(
            labels_on(np.eye(3)), SIDED_SEGMENTS, "QuantSeg 1.0.0", folder / name, ("left_anterior",)
        )

    return make


def test_both_writers_give_the_same_bytes(beside, file_in, tmp_path):
    beside.write(file_in(tmp_path, "beside.seg.nrrd"))
    WriterHere().write(file_in(tmp_path, "here.seg.nrrd"))

    assert beside.missing() == ""
    assert (tmp_path / "beside.seg.nrrd").read_bytes() == (tmp_path / "here.seg.nrrd").read_bytes()


def test_a_folder_that_is_missing_is_the_same_error(beside, file_in, tmp_path):
    for _ in range(2):
        with pytest.raises(OSError, match=r"could not write case\.seg\.nrrd"):
            beside.write(file_in(tmp_path / "missing"))
    beside.write(file_in(tmp_path))
    assert (tmp_path / "case.seg.nrrd").is_file()


def test_where_slicer_core_is_missing_the_reason_is_said(file_in, tmp_path, monkeypatch):
    (tmp_path / "slicer.py").write_text("raise ImportError('libGL.so.1')\n", encoding="utf-8")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    writer = WriterBeside()

    assert "slicer-core" in writer.missing()
    with pytest.raises(OSError, match="slicer-core"):
        writer.write(file_in(tmp_path))
    writer.end()


def test_a_process_that_was_killed_costs_one_file(file_in, tmp_path, monkeypatch):
    # A process that dies over its first file, and one that does not.
    monkeypatch.setattr(segmentation_writers, "_BEGIN", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    writer = WriterBeside()
    with pytest.raises(OSError, match="ended unexpectedly"):
        writer.write(file_in(tmp_path))
    monkeypatch.undo()

    writer.write(file_in(tmp_path))
    writer.end()

    assert (tmp_path / "case.seg.nrrd").is_file()


_OWNER = """
import time
from quantseg.mrml.segmentation_writers import WriterBeside
writer = WriterBeside()
writer.missing()
print(writer._process.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
def test_it_ends_with_whoever_started_it_however_that_ends(repository):
    owner = subprocess.Popen([sys.executable, "-c", _OWNER], cwd=repository, stdout=subprocess.PIPE, encoding="utf-8")
    number = int(owner.stdout.readline())
    assert psutil.pid_exists(number)
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    owner.stdout.close()

    ends = time.monotonic() + 20
    while psutil.pid_exists(number) and psutil.Process(number).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < ends
        time.sleep(0.05)


def test_a_process_that_holds_slicers_classes_writes_by_itself(monkeypatch):
    monkeypatch.setitem(sys.modules, "slicer", object())
    assert isinstance(writer_for_a_batch(), WriterHere)
    monkeypatch.delitem(sys.modules, "slicer")
    assert isinstance(writer_for_a_batch(), WriterBeside)
