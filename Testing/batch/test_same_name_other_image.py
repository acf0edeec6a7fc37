"""Results of one image are never taken for those of another, nor replaced by them, and the table shows all of them."""

import csv
import dataclasses
import json
import re
import shutil

import made_dicom
import numpy as np
import pytest
import SimpleITK as sitk
import standin_batch
import standin_pipeline
from small_scans import write_scan

from quantseg.batch.identity import PATH_HASH
from quantseg.results.layout import INPUT_HASH
from quantseg.volume import Volume


@pytest.fixture
def results(tmp_path):
    return tmp_path / "out"


@pytest.fixture
def batch(results, capsys):
    """Run a batch in this process; return its exit status and what it said."""

    def run(scans, *more):
        capsys.readouterr()
        status = standin_batch.main([str(scans), str(results), *more])
        return status, capsys.readouterr().err

    return run


@pytest.fixture
def subjects(tmp_path):
    """Files of one name in folders of two people."""
    for seed, name in enumerate(("subA", "subB")):
        write_scan(tmp_path / name / "T1.nii.gz", seed)
    return tmp_path / "subA" / "T1.nii.gz", tmp_path / "subB" / "T1.nii.gz"


def _files(folder):
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def _rows(results):
    with (results / "summary.csv").open(encoding="utf-8", newline="") as file:
        return {row["case"]: row for row in csv.DictReader(file)}


def _entries(results):
    return json.loads((results / "run.json").read_text(encoding="utf-8"))["cases"]


def _change_document(results, name, change):
    path = results / name / "measurements.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document)
    path.write_text(json.dumps(document), encoding="utf-8")


@pytest.mark.parametrize("more", [(), ("--resume",), ("--overwrite-edited",), ("--trust-names",), ("--jobs", "2")])
def test_another_image_of_the_same_name_is_refused_before_any_work(subjects, batch, results, more):
    first, second = subjects
    assert batch(first)[0] == 0
    before = _files(results)
    status, said = batch(second, *more)
    assert status == 2
    assert said.strip() == (
        f"{results} holds results of T1 that were made from another image, or from this one before it changed; name "
        "another folder for the results, or move these away."
    )
    assert _files(results) == before


def _nifti(path, seed):
    write_scan(path / "scan.nii", seed)


def _meta_image_apart_from_its_voxels(path, seed):
    path.mkdir(exist_ok=True)
    voxels = np.random.default_rng(seed).uniform(1, 200, (14, 26, 18)).astype(np.float32)
    sitk.WriteImage(sitk.GetImageFromArray(voxels), str(path / "scan.mhd"))


def _dicom(path, seed):
    voxels = np.random.default_rng(seed).integers(1, 200, (18, 26, 14)).astype(np.int16)
    # Both under one SeriesInstanceUID, as a series that was sent once more after a correction.
    made_dicom.write_series(path, Volume(voxels, np.eye(4)), SeriesInstanceUID="1.2.3", StudyInstanceUID="1.2")


@pytest.mark.parametrize("write", [_nifti, _meta_image_apart_from_its_voxels, _dicom])
def test_an_image_that_changed_under_its_own_name_is_another_one(tmp_path, batch, write):
    scans = tmp_path / "scans"
    write(scans, 1)
    assert batch(scans)[0] == 0
    assert "skipped, whole already" in batch(scans, "--resume")[1]
    shutil.rmtree(scans)
    write(scans, 2)
    status, said = batch(scans, "--resume")
    assert status == 2
    assert "made from another image, or from this one before it changed" in said


def test_several_names_are_listed_in_one_sentence(tmp_path, batch):
    for seed, folder in enumerate(("one", "two")):
        for k in range(7):
            write_scan(tmp_path / folder / f"scan{k}.nii.gz", 10 * seed + k)
    assert batch(tmp_path / "one")[0] == 0
    status, said = batch(tmp_path / "two")
    assert status == 2
    assert "results of scan0, scan1, scan2, scan3, scan4 and 2 more that" in said
    assert len(said.strip().splitlines()) == 1


def test_the_same_image_at_another_place_is_known_again(subjects, batch, results, tmp_path):
    first, _ = subjects
    batch(first)
    moved = tmp_path / "moved" / "T1.nii.gz"
    moved.parent.mkdir()
    shutil.move(first, moved)
    status, said = batch(moved, "--resume")
    assert status == 0
    assert "skipped, whole already, made from the same image at another place" in said
    assert "another place" not in batch(moved, "--resume")[1]
    assert PATH_HASH in _entries(results)["T1"]["facts"]
    assert str(tmp_path) not in (results / "run.json").read_text(encoding="utf-8").replace(str(results), "")
    assert PATH_HASH not in json.loads((results / "T1" / "measurements.json").read_text(encoding="utf-8"))["facts"]


def test_the_same_image_once_more_replaces_its_own_results(subjects, batch):
    first, _ = subjects
    batch(first)
    status, said = batch(first)
    assert status == 0
    assert "T1: done" in said


def test_resume_does_again_what_another_version_made(subjects, batch, results):
    first, _ = subjects
    batch(first)

    def by_an_older_version(document):
        document["software"]["quantseg"] = "0.0.9"

    _change_document(results, "T1", by_an_older_version)
    assert "T1: done" in batch(first, "--resume")[1]
    assert "T1: skipped" in batch(first, "--resume")[1]


def _forget_the_image(results):
    _change_document(results, "T1", lambda document: document["facts"].pop(INPUT_HASH))


def _damage(results):
    (results / "T1" / "measurements.json").write_text("{", encoding="utf-8")


@pytest.mark.parametrize("spoil", [_forget_the_image, _damage])
@pytest.mark.parametrize("more", [(), ("--resume",)])
def test_results_that_do_not_say_from_which_image_they_were_made_are_refused_and_kept(
    subjects, batch, results, spoil, more
):
    first, _ = subjects
    batch(first)
    spoil(results)
    before = _files(results)
    status, said = batch(first, *more)
    assert status == 2
    assert "nothing says that they were made from this image" in said
    assert _files(results) == before


def test_results_of_earlier_versions_are_taken_for_those_of_their_name_where_a_person_says_so(subjects, batch, results):
    first, _ = subjects
    batch(first)
    _forget_the_image(results)
    assert "T1: skipped" in batch(first, "--resume", "--trust-names")[1]
    assert "T1: done" in batch(first, "--trust-names")[1]
    assert "T1: skipped" in batch(first, "--resume")[1]


def test_results_of_another_task_are_refused(subjects, batch, monkeypatch):
    first, _ = subjects
    batch(first)
    monkeypatch.setattr(standin_pipeline, "TASK", dataclasses.replace(standin_pipeline.TASK, name="other"))
    status, said = batch(first)
    assert status == 2
    assert "that another task made" in said


def test_results_that_another_run_puts_there_meanwhile_are_not_replaced(subjects, batch, results, monkeypatch):
    first, second = subjects
    batch(first)
    before = _files(results / "T1")
    monkeypatch.setattr("quantseg.batch.running.known_input_hashes", lambda *_: {})
    status, said = batch(second)
    assert status == 1
    assert "T1: failed" in said
    assert "made from another image" in said
    assert _files(results / "T1") == before


def test_labels_that_a_person_saves_while_a_run_is_at_work_are_not_replaced(subjects, batch, results, monkeypatch):
    first, _ = subjects
    batch(first)
    edited = results / "T1" / "labels.nii.gz"
    edited.write_bytes(b"drawn by hand")
    # As if the person had saved after the run had looked.
    monkeypatch.setattr("quantseg.batch.running.skipped_outcome", lambda *_: None)
    status, said = batch(first)
    assert status == 1
    assert "labels.nii.gz in" in said
    assert "changed while this result was made and was left alone" in said
    assert edited.read_bytes() == b"drawn by hand"
    assert batch(first, "--overwrite-edited")[0] == 0
    assert edited.read_bytes() != b"drawn by hand"


def test_an_image_that_cannot_be_read_any_more_costs_one_case(subjects, batch, results, tmp_path):
    first, _ = subjects
    write_scan(first.parent / "other.nii.gz", 3)
    batch(first.parent)
    before = _files(results / "T1")
    first.unlink()
    first.symlink_to(tmp_path / "unplugged" / "T1.nii.gz")
    write_scan(first.parent / "third.nii.gz", 4)
    status, said = batch(first.parent, "--resume")
    assert "other: skipped" in said
    assert "third: done" in said
    assert _files(results / "T1") == before
    assert status == 1
    assert "T1: refused" in said


def test_the_table_covers_what_earlier_runs_left(tmp_path, batch, results):
    for seed, name in enumerate(("one/a", "one/refused", "two/b", "three/c")):
        write_scan(tmp_path / f"{name}.nii.gz", seed)
    batch(tmp_path / "one")
    a = _rows(results)["a"]
    batch(tmp_path / "two")
    assert set(_rows(results)) == set(_entries(results)) == {"a", "b", "refused"}
    assert _rows(results)["a"] == a
    shutil.rmtree(results / "b")
    batch(tmp_path / "three")
    assert set(_rows(results)) == set(_entries(results)) == {"a", "c", "refused"}


def test_results_that_no_table_names_are_read_from_their_own_document(tmp_path, batch, results):
    for seed, name in enumerate(("one/a", "two/b")):
        write_scan(tmp_path / f"{name}.nii.gz", seed)
    batch(tmp_path / "one")
    before = _rows(results)["a"], _entries(results)["a"]
    for name in ("summary.csv", "run.json"):
        (results / name).unlink()
    (results / "notes").mkdir()
    batch(tmp_path / "two")
    page = (results / "index.html").read_text(encoding="utf-8")
    assert re.findall(r'<h2><a href="([^"]+)">', page) == ["a/measurements.json", "b/measurements.json"]
    assert page.count("anterior ") == 2
    assert set(_rows(results)) == {"a", "b"}
    row, entry = _rows(results)["a"], _entries(results)["a"]
    assert row == before[0]
    assert entry["label_hashes"] == before[1]["label_hashes"]
