import errno
import signal
import subprocess
import sys
from dataclasses import replace

import pytest

from quantseg.errors import QuantSegError
from quantseg.results.atomic import whole_folder, write_file
from quantseg.results.writing import write_case
from quantseg.tasks.hippocampus.task import TASK

_KILLED_WRITER = """
import pathlib, sys, time
from quantseg.results.atomic import whole_folder
with whole_folder(pathlib.Path(sys.argv[1]), owned=("labels.nii.gz",)) as part:
    (part / "labels.nii.gz").write_bytes(b"half")
    print("writing", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def small_disk(tmp_path):
    """A real file system of 64 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"no small file system can be mounted here: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_full_disk_leaves_nothing_and_says_so_in_one_sentence(head, small_disk):
    with pytest.raises(QuantSegError, match="No space left on device") as caught:
        write_case(head, small_disk / "out", TASK.presenter)
    assert list((small_disk / "out").iterdir()) == []
    assert str(caught.value).count(". ") == 0


def test_full_disk_while_slicer_writes_leaves_nothing(head, small_disk):
    filler = small_disk / "filler"
    filler.write_bytes(b"0" * (64 - 8) * 1024)
    with pytest.raises(QuantSegError):
        write_case(head, small_disk / "out", TASK.presenter, report=False)
    assert list((small_disk / "out").iterdir()) == []


def test_a_name_too_long_is_named_as_the_cause_and_no_advice_on_space_is_given(head, tmp_path):
    with pytest.raises(QuantSegError, match=r"File name too long.*shorter name") as caught:
        write_case(replace(head, name="n" * 247), tmp_path, TASK.presenter)
    assert "space" not in str(caught.value)


def test_stand_in_for_a_full_disk_leaves_the_earlier_result_untouched(head, tmp_path, monkeypatch):
    folder = write_case(head, tmp_path, TASK.presenter).folder
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("quantseg.results.writing._write_report", full)
    with pytest.raises(QuantSegError, match="No space left"):
        write_case(head, tmp_path, TASK.presenter)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


def test_output_that_cannot_be_made_is_named(head, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(QuantSegError, match="file/out"):
        write_case(head, tmp_path / "file" / "out", TASK.presenter)


def test_error_that_is_no_io_error_leaves_nothing_either(head, tmp_path, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr("quantseg.results.writing.nifti_file_bytes", broken)
    with pytest.raises(ZeroDivisionError):
        write_case(head, tmp_path, TASK.presenter)
    assert list(tmp_path.iterdir()) == []


def test_killed_writer_leaves_no_case_and_its_leftovers_go_at_the_next_write(head, tmp_path):
    folder = tmp_path / head.name
    writer = subprocess.Popen([sys.executable, "-c", _KILLED_WRITER, str(folder)], stdout=subprocess.PIPE)
    assert writer.stdout.readline() == b"writing\n"
    writer.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    writer.wait()
    writer.stdout.close()
    assert not folder.exists()
    assert [path.name.startswith(f".{head.name}.part-") for path in tmp_path.iterdir()] == [True]
    write_case(head, tmp_path, TASK.presenter, report=False)
    assert [path.name for path in tmp_path.iterdir()] == [head.name]


def test_what_another_process_is_writing_is_no_leftover(head, tmp_path):
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        theirs = tmp_path / f".{head.name}.part-00000000-{other.pid}"
        theirs.mkdir()
        write_case(head, tmp_path, TASK.presenter, report=False)
        assert theirs.is_dir()
    finally:
        other.kill()
        other.wait()
    write_case(head, tmp_path, TASK.presenter, report=False)
    assert not theirs.exists()


def test_leftovers_of_other_cases_stay(tmp_path):
    other = tmp_path / ".case2.part-00000000"
    other.mkdir()
    with whole_folder(tmp_path / "case", owned=()) as part:
        (part / "file").write_text("x")
    assert other.is_dir()


def test_older_result_comes_back_when_a_process_died_between_the_renames(tmp_path):
    old = tmp_path / ".case.old-0123abcd"
    old.mkdir()
    (old / "labels.nii.gz").write_text("edited by hand")
    with pytest.raises(RuntimeError), whole_folder(tmp_path / "case", owned=("labels.nii.gz",)):
        raise RuntimeError("the new result fails")
    assert (tmp_path / "case" / "labels.nii.gz").read_text() == "edited by hand"


def test_files_that_are_not_ours_survive_a_new_result(head, tmp_path):
    folder = write_case(head, tmp_path, TASK.presenter, report=False).folder
    (folder / "notes of the radiologist.txt").write_text("kept")
    (folder / "screenshots").mkdir()
    (folder / "screenshots" / "one.png").write_bytes(b"png")
    write_case(head, tmp_path, TASK.presenter, report=False)
    assert (folder / "notes of the radiologist.txt").read_text() == "kept"
    assert (folder / "screenshots" / "one.png").read_bytes() == b"png"


def test_file_is_replaced_whole_or_not_at_all(tmp_path):
    path = tmp_path / "summary.csv"
    write_file(path, b"first")
    write_file(path, b"second")
    assert path.read_bytes() == b"second"
    with pytest.raises(TypeError):
        write_file(path, "text is not bytes")
    assert path.read_bytes() == b"second"
    assert [entry.name for entry in tmp_path.iterdir()] == ["summary.csv"]


_RACER = """
import pathlib, sys, time
from quantseg.results.atomic import whole_folder
me, output, rounds = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])

def only_mine(older):
    if (older / "whose").read_text() != me:
        raise PermissionError("that is somebody else's")

print("ready", flush=True)
sys.stdin.readline()
for k in range(rounds):
    try:
        with whole_folder(output / f"case{k}", owned=("whose",), may_replace=only_mine) as part:
            (part / "whose").write_text(me)
    except PermissionError:
        continue
    print(k, flush=True)
"""


def test_of_two_processes_that_write_one_case_at_a_moment_one_wins_and_the_other_hears_of_it(tmp_path):
    rounds = 300
    racers = {
        me: subprocess.Popen(
            [sys.executable, "-c", _RACER, me, str(tmp_path), str(rounds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        for me in ("one", "other")
    }
    for racer in racers.values():
        assert racer.stdout.readline() == "ready\n"
    for racer in racers.values():
        racer.stdin.write("go\n")
        racer.stdin.flush()
    won = {me: {int(line) for line in racer.communicate()[0].split()} for me, racer in racers.items()}
    assert [racer.returncode for racer in racers.values()] == [0, 0]
    assert won["one"].isdisjoint(won["other"])
    owners = {k: (tmp_path / f"case{k}" / "whose").read_text() for k in range(rounds)}
    assert {k: me for me, cases in won.items() for k in cases} == owners
    assert len(list(tmp_path.iterdir())) == rounds
