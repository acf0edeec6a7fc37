"""Whole batches as a user runs them: programs of their own, killed, interrupted, resumed."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nibabel
import numpy as np
import psutil
import pytest
from conftest import write_scan

_PROGRAM = Path(__file__).with_name("standin_batch.py")
_PATIENCE_SECONDS = 60


@pytest.fixture
def folders(tmp_path):
    """An input and an output folder whose paths are as people make them."""
    return tmp_path / "Köpfe der Studie", tmp_path / "Ergebnisse, übrige"


def test_every_case_gets_its_files_a_row_and_an_entry(folders):
    scans, results = folders
    for name in ("a", "Müller b", "sub/c"):
        write_scan(scans / f"{name}.nii.gz")
    finished = _batch(scans, results, "--jobs", "2")

    assert finished.returncode == 0, finished.stderr
    assert _cases(results) == ["Müller b", "a", "sub__c"]
    assert sorted(_rows(results)) == ["Müller b", "a", "sub__c"]
    run = json.loads((results / "run.json").read_text(encoding="utf-8"))
    assert set(run["cases"]) == {"Müller b", "a", "sub__c"}
    assert run["software"]["torch"]
    assert run["options"]["threshold"] == 100
    assert set(run["cases"]["a"]["step_seconds"]) == {"read", "predict", "write"}
    assert len(run["cases"]["a"]["label_hashes"]["labels.nii.gz"]) == 64


def test_a_failing_case_is_named_and_the_rest_done(folders):
    scans, results = folders
    for name in ("a", "broken", "c", "refused"):
        write_scan(scans / f"{name}.nii.gz")
    finished = _batch(scans, results)

    assert finished.returncode == 1
    assert "[2/4] broken: failed, unexpected ZeroDivisionError" in finished.stderr
    assert _cases(results) == ["a", "c"]
    rows = _rows(results)
    assert len(rows) == 4
    assert "nothing to divide by" in rows["broken"]["reason"]


def test_fail_fast_stops_after_the_first_failure(folders):
    scans, results = folders
    for name in ("a", "broken", "slow1", "slow2", "slow3", "slow4"):
        write_scan(scans / f"{name}.nii.gz")
    finished = _batch(scans, results, "--fail-fast")

    assert finished.returncode == 1
    assert set(_rows(results)) == {"a", "broken"}
    assert "slow4" not in _cases(results)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_batch_killed_in_the_middle_leaves_whole_cases_and_resumes(folders, jobs):
    scans, results = folders
    names = [f"slow{n}" for n in range(6)]
    for name in names:
        write_scan(scans / f"{name}.nii.gz")
    batch = _start(scans, results, "--jobs", jobs)
    _wait(lambda: len(_cases(results)) >= 2)
    children = psutil.Process(batch.pid).children(recursive=True)
    batch.kill()
    batch.wait()
    # The workers notice that nobody feeds them any more; they are not left behind.
    assert psutil.wait_procs(children, _PATIENCE_SECONDS)[1] == []
    whole = _cases(results)
    assert 2 <= len(whole) < len(names)
    for name in whole:
        assert nibabel.load(results / name / "labels.nii.gz").get_fdata().max() == 2
    written = {name: (results / name / "labels.nii.gz").stat().st_mtime_ns for name in whole}

    finished = _batch(scans, results, "--jobs", jobs, "--resume")

    assert finished.returncode == 0, finished.stderr
    assert _cases(results) == names
    assert finished.stderr.count("skipped") == len(whole)
    for name in whole:
        assert (results / name / "labels.nii.gz").stat().st_mtime_ns == written[name]
    rows = _rows(results)
    assert set(rows) == set(names)
    assert all(row["verdict"] == "good" for row in rows.values())
    assert set(json.loads((results / "run.json").read_text(encoding="utf-8"))["cases"]) == set(names)


def test_a_worker_killed_in_the_middle_costs_one_case_and_resume_does_it(folders):
    scans, results = folders
    names = [f"slow{n}" for n in range(6)]
    for name in names:
        write_scan(scans / f"{name}.nii.gz")
    batch = _start(scans, results, "--jobs", "2")
    _wait(lambda: len(_cases(results)) >= 2)
    worker = next(c for c in psutil.Process(batch.pid).children() if "spawn_main" in " ".join(c.cmdline()))
    worker.kill()
    _, errors = batch.communicate(timeout=_PATIENCE_SECONDS)

    assert batch.returncode == 1
    assert errors.count("ended unexpectedly (signal 9") == 1
    failed = [name for name, row in _rows(results).items() if row["reason"]]
    assert len(failed) == 1
    assert len(_cases(results)) >= len(names) - 1

    assert _batch(scans, results, "--resume").returncode == 0
    assert _cases(results) == names


def test_interrupting_ends_the_whole_tree_and_keeps_what_is_done(folders):
    scans, results = folders
    for n in range(6):
        write_scan(scans / f"slow{n}.nii.gz")
    batch = _start(scans, results, "--jobs", "2", start_new_session=True)
    _wait(lambda: len(_cases(results)) >= 2)
    children = psutil.Process(batch.pid).children(recursive=True)
    os.killpg(batch.pid, signal.SIGINT)
    _, errors = batch.communicate(timeout=_PATIENCE_SECONDS)

    assert batch.returncode == 130
    assert "Traceback" not in errors
    assert psutil.wait_procs(children, _PATIENCE_SECONDS)[1] == []
    assert set(_rows(results)) <= set(_cases(results))
    assert len(_rows(results)) >= 1


def test_edited_labels_are_named_and_kept_unless_told_otherwise(folders):
    scans, results = folders
    for name in ("a", "b"):
        write_scan(scans / f"{name}.nii.gz")
    _batch(scans, results)
    edited = results / "a" / "labels.nii.gz"
    image = nibabel.load(edited)
    corrected = np.asarray(image.dataobj).copy()
    corrected[6, 8, 6] = 0
    nibabel.save(nibabel.Nifti1Image(corrected, image.affine, image.header), edited)
    by_hand = edited.read_bytes()

    for more in ((), ("--resume",)):
        finished = _batch(scans, results, *more)
        assert finished.returncode == 0
        assert "a: edited" in finished.stderr
        assert edited.read_bytes() == by_hand
        assert set(_rows(results)) == {"a", "b"}

    finished = _batch(scans, results, "--overwrite-edited")
    assert "a: done" in finished.stderr
    assert edited.read_bytes() != by_hand


def test_resume_does_again_what_other_options_made_and_what_is_not_whole(folders):
    scans, results = folders
    for name in ("a", "b"):
        write_scan(scans / f"{name}.nii.gz")
    _batch(scans, results)

    finished = _batch(scans, results, "--resume", "--threshold", "110")
    assert "a: done" in finished.stderr
    assert "b: done" in finished.stderr

    (results / "a" / "labels.nii.gz").unlink()
    finished = _batch(scans, results, "--resume", "--threshold", "110")
    assert "a: done" in finished.stderr
    assert "b: skipped" in finished.stderr


def test_resume_keeps_what_is_recorded_about_other_cases(folders):
    scans, results = folders
    for name in ("one/a", "two/b"):
        write_scan(scans / f"{name}.nii.gz")
    _batch(scans / "one", results)
    _batch(scans / "two", results, "--resume")

    assert set(_rows(results)) == {"a", "b"}
    assert set(json.loads((results / "run.json").read_text(encoding="utf-8"))["cases"]) == {"a", "b"}


def test_results_inside_the_input_folder_are_not_read_as_images(tmp_path):
    write_scan(tmp_path / "a.nii.gz")
    for _ in range(2):
        finished = _batch(tmp_path, tmp_path / "out")
        assert finished.returncode == 0, finished.stderr
        assert _cases(tmp_path / "out") == ["a"]


def test_results_that_would_replace_an_image_are_refused(tmp_path):
    write_scan(tmp_path / "sub1" / "sub1.nii.gz")
    finished = _batch(tmp_path / "sub1" / "sub1.nii.gz", tmp_path)

    assert finished.returncode == 2
    assert "holds images" in finished.stderr
    assert (tmp_path / "sub1" / "sub1.nii.gz").exists()


def test_one_folder_for_input_and_output_is_refused(tmp_path):
    write_scan(tmp_path / "a.nii.gz")

    assert _batch(tmp_path, tmp_path).returncode == 2


def test_an_output_that_cannot_be_written_is_refused_before_any_work(tmp_path):
    write_scan(tmp_path / "slow.nii.gz")
    (tmp_path / "file").write_text("no folder")
    finished = _batch(tmp_path / "slow.nii.gz", tmp_path / "file" / "out")

    assert finished.returncode == 2
    assert len(finished.stderr.strip().splitlines()) == 1
    assert "Nothing can be written into" in finished.stderr


def _arguments(scans, results, more):
    return [sys.executable, str(_PROGRAM), str(scans), str(results), *more]


def _batch(scans, results, *more):
    return subprocess.run(_arguments(scans, results, more), capture_output=True, text=True, timeout=_PATIENCE_SECONDS)


def _start(scans, results, *more, start_new_session=False):
    return subprocess.Popen(
        _arguments(scans, results, more),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=start_new_session,
    )


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
