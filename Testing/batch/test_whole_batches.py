"""Whole batches as a user runs them: programs of their own, killed, interrupted, resumed."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import nibabel
import numpy as np
import psutil
import pytest
import standin_batch
from small_scans import write_scan

from quantseg.errors import ModelError

_PATIENCE_SECONDS = 120


@pytest.fixture
def folders(tmp_path):
    """An input and an output folder whose paths are as people make them."""
    return tmp_path / "Köpfe der Studie", tmp_path / "Ergebnisse, übrige"


@pytest.fixture
def batch(capsys):
    """Run a batch in this process; return its exit status and what it said."""

    def run(scans, results, *more):
        capsys.readouterr()
        status = standin_batch.main([str(scans), str(results), *more])
        return status, capsys.readouterr().err

    return run


@pytest.fixture
def gate(tmp_path, monkeypatch):
    """A folder whose file ``shut`` keeps the stand-in's gated cases waiting."""
    folder = tmp_path / "gate"
    folder.mkdir()
    (folder / "shut").touch()
    monkeypatch.setenv("STANDIN_GATE", str(folder))
    return folder


def _heed_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def started():
    """Start a batch as a program of its own, to be killed or interrupted; it never outlives the test."""
    programs = []

    def start(scans, results, *more):
        command = [sys.executable, standin_batch.__file__, str(scans), str(results), *more]
        programs.append(
            subprocess.Popen(
                command,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                start_new_session=True,
                # A shell lets its background jobs, and all that they start, ignore Ctrl-C; a user's terminal does not.
                preexec_fn=_heed_interrupts,
            )
        )
        return programs[-1]

    yield start
    for program in programs:
        program.kill()
        program.wait()


@pytest.mark.slow
def test_every_case_gets_its_files_a_row_and_an_entry(folders, batch):
    scans, results = folders
    for name in ("a", "Müller b", "sub/c"):
        write_scan(scans / f"{name}.nii.gz")
    status, said = batch(scans, results, "--jobs", "2")

    assert status == 0, said
    assert _cases(results) == ["Müller b", "a", "sub__c"]
    assert sorted(_rows(results)) == ["Müller b", "a", "sub__c"]
    run = json.loads((results / "run.json").read_text(encoding="utf-8"))
    assert set(run["cases"]) == {"Müller b", "a", "sub__c"}
    assert run["software"]["torch"]
    assert run["options"]["threshold"] == 100
    assert set(run["cases"]["a"]["step_seconds"]) == {"read", "predict", "write"}
    assert len(run["cases"]["a"]["label_hashes"]["labels.nii.gz"]) == 64


def test_a_failing_case_is_named_and_the_rest_done(folders, batch):
    scans, results = folders
    for name in ("a", "broken", "c", "refused"):
        write_scan(scans / f"{name}.nii.gz")
    status, said = batch(scans, results)

    assert status == 1
    assert "[2/4] broken: failed, unexpected ZeroDivisionError" in said
    assert _cases(results) == ["a", "c"]
    rows = _rows(results)
    assert len(rows) == 4
    assert "nothing to divide by" in rows["broken"]["reason"]


def test_fail_fast_stops_after_the_first_failure(folders, batch):
    scans, results = folders
    for name in ("a", "broken", "slow1", "slow2", "slow3", "slow4"):
        write_scan(scans / f"{name}.nii.gz")
    status, _ = batch(scans, results, "--fail-fast")

    assert status == 1
    assert set(_rows(results)) == {"a", "broken"}
    assert "slow4" not in _cases(results)


@pytest.mark.slow
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_batch_killed_in_the_middle_leaves_whole_cases_and_resumes(folders, jobs, batch, started, gate):
    scans, results = folders
    names = [*(f"a{n}" for n in range(3)), *(f"gated{n}" for n in range(6))]
    for name in names:
        write_scan(scans / f"{name}.nii.gz")
    program = started(scans, results, "--jobs", jobs)
    _wait(lambda: _cases(results))
    children = psutil.Process(program.pid).children(recursive=True)
    program.kill()
    program.wait()
    (gate / "shut").unlink()
    # The workers notice that nobody feeds them any more; they are not left behind.
    assert psutil.wait_procs(children, _PATIENCE_SECONDS)[1] == []
    whole = _cases(results)
    assert 1 <= len(whole) < len(names)
    for name in whole:
        assert nibabel.load(results / name / "labels.nii.gz").get_fdata().max() == 2
    written = {name: (results / name / "labels.nii.gz").stat().st_mtime_ns for name in whole}

    status, said = batch(scans, results, "--jobs", jobs, "--resume")

    assert status == 0, said
    assert _cases(results) == names
    assert said.count("skipped") == len(whole)
    for name in whole:
        assert (results / name / "labels.nii.gz").stat().st_mtime_ns == written[name]
    rows = _rows(results)
    assert set(rows) == set(names)
    assert all(row["verdict"] == "good" for row in rows.values())
    assert set(json.loads((results / "run.json").read_text(encoding="utf-8"))["cases"]) == set(names)


@pytest.mark.slow
def test_a_worker_killed_in_the_middle_costs_one_case_and_resume_does_it(folders, batch, started, gate):
    scans, results = folders
    names = [f"gated{n}" for n in range(6)]
    for name in names:
        write_scan(scans / f"{name}.nii.gz")
    program = started(scans, results, "--jobs", "2")

    def at_the_gate() -> dict[str, str]:
        return {path.name: path.read_text(encoding="utf-8") for path in gate.glob("gated*")}

    _wait(lambda: len([process for process in at_the_gate().values() if process]) == 2)
    victim, process = sorted(at_the_gate().items())[0]
    psutil.Process(int(process)).kill()
    (gate / "shut").unlink()
    _, errors = program.communicate(timeout=_PATIENCE_SECONDS)

    assert program.returncode == 1
    assert errors.count("ended unexpectedly (signal 9") == 1
    assert [name for name, row in _rows(results).items() if row["reason"]] == [victim]
    assert _cases(results) == [name for name in names if name != victim]

    assert batch(scans, results, "--resume")[0] == 0
    assert _cases(results) == names


@pytest.mark.slow
def test_interrupting_ends_the_whole_tree_and_keeps_what_is_done(folders, started):
    scans, results = folders
    # More than a busy machine gets through before the interrupt arrives.
    for n in range(30):
        write_scan(scans / f"slow{n}.nii.gz")
    program = started(scans, results, "--jobs", "2")
    # A worker gets its fourth case only after the supervisor has heard of its first one.
    _wait(lambda: len(_cases(results)) >= 8)
    children = psutil.Process(program.pid).children(recursive=True)
    os.killpg(program.pid, signal.SIGINT)
    _, errors = program.communicate(timeout=_PATIENCE_SECONDS)

    assert program.returncode == 130
    assert "Traceback" not in errors
    assert psutil.wait_procs(children, _PATIENCE_SECONDS)[1] == []
    assert set(_rows(results)) <= set(_cases(results))
    assert len(_rows(results)) >= 1


def test_edited_labels_are_named_and_kept_unless_told_otherwise(folders, batch):
    scans, results = folders
    for name in ("a", "b"):
        write_scan(scans / f"{name}.nii.gz")
    batch(scans, results)
    edited = results / "a" / "labels.nii.gz"
    image = nibabel.load(edited)
    corrected = np.asarray(image.dataobj).copy()
    corrected[6, 8, 6] = 0
    nibabel.save(nibabel.Nifti1Image(corrected, image.affine, image.header), edited)
    by_hand = edited.read_bytes()

    for more in ((), ("--resume",)):
        status, said = batch(scans, results, *more)
        assert status == 0
        assert "a: edited" in said
        assert edited.read_bytes() == by_hand
        assert set(_rows(results)) == {"a", "b"}

    status, said = batch(scans, results, "--overwrite-edited")
    assert "a: done" in said
    assert edited.read_bytes() != by_hand


def test_resume_does_again_what_other_options_made_and_what_is_not_whole(folders, batch):
    scans, results = folders
    for name in ("a", "b"):
        write_scan(scans / f"{name}.nii.gz")
    batch(scans, results)

    _, said = batch(scans, results, "--resume", "--threshold", "110")
    assert "a: done" in said
    assert "b: done" in said

    (results / "a" / "labels.nii.gz").unlink()
    _, said = batch(scans, results, "--resume", "--threshold", "110")
    assert "a: done" in said
    assert "b: skipped" in said


def test_resume_keeps_what_is_recorded_about_other_cases(folders, batch):
    scans, results = folders
    for name in ("one/a", "two/b"):
        write_scan(scans / f"{name}.nii.gz")
    batch(scans / "one", results)
    batch(scans / "two", results, "--resume")

    assert set(_rows(results)) == {"a", "b"}
    assert set(json.loads((results / "run.json").read_text(encoding="utf-8"))["cases"]) == {"a", "b"}


def test_a_run_that_a_damaged_model_ends_leaves_the_earlier_table(folders, batch):
    scans, results = folders
    write_scan(scans / "a.nii.gz")
    batch(scans, results)
    before = (results / "summary.csv").read_bytes()
    write_scan(scans / "0 untrusted.nii.gz")
    with pytest.raises(ModelError):
        batch(scans, results)

    assert (results / "summary.csv").read_bytes() == before


def test_results_inside_the_input_folder_are_not_read_as_images(tmp_path, batch):
    write_scan(tmp_path / "a.nii.gz")
    for _ in range(2):
        status, said = batch(tmp_path, tmp_path / "out")
        assert status == 0, said
        assert _cases(tmp_path / "out") == ["a"]


def test_results_that_would_replace_an_image_are_refused(tmp_path, batch):
    write_scan(tmp_path / "sub1" / "sub1.nii.gz")
    status, said = batch(tmp_path / "sub1" / "sub1.nii.gz", tmp_path)

    assert status == 2
    assert "holds images" in said
    assert (tmp_path / "sub1" / "sub1.nii.gz").exists()


@pytest.mark.parametrize("name", ["", ".", "..", ".hidden", "summary.csv", "Run.json", "cases.csv", "index.html"])
def test_an_image_whose_name_is_none_of_a_folder_of_results_is_refused_before_any_work(tmp_path, batch, name):
    write_scan(tmp_path / "in" / f"{name}.nii.gz")
    (tmp_path / "notes.txt").write_text("of a person")
    status, said = batch(tmp_path / "in" / f"{name}.nii.gz", tmp_path / "out")

    assert status == 2
    assert f"have the name {name!r}, expected" in said
    assert len(said.strip().splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "notes.txt"]


def test_one_folder_for_input_and_output_is_refused(tmp_path, batch):
    write_scan(tmp_path / "a.nii.gz")

    assert batch(tmp_path, tmp_path)[0] == 2


def test_an_output_that_cannot_be_written_is_refused_before_any_work(tmp_path, batch):
    write_scan(tmp_path / "slow.nii.gz")
    (tmp_path / "file").write_text("no folder")
    status, said = batch(tmp_path / "slow.nii.gz", tmp_path / "file" / "out")

    assert status == 2
    assert len(said.strip().splitlines()) == 1
    assert "Nothing can be written into" in said


def _wait(condition):
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "the batch did not get that far"
        time.sleep(0.02)


def _cases(results):
    return sorted(path.parent.name for path in results.glob("*/labels.nii.gz") if not path.parent.name.startswith("."))


def _rows(results):
    with (results / "summary.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["case"]: row for row in csv.DictReader(file)}
