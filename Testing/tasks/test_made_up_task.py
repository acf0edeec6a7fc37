"""A third task, made up: what a new one costs, and that it goes every way that the house has.

Two images and an age go in, a score and an image come out, and there are no labels.
"""

import csv
import json

import nibabel
import numpy as np
import pytest
from made_up_task.task import TASK

from quantseg.cli.main import main
from quantseg.results.events import CaseFinished, RunEnded, StepAdvanced, from_line
from quantseg.results.status import CaseStatus
from quantseg.tasks import registry

_MOST_LINES = 150
_FILES = {"measurements.json", "preview.png", "report.html", "uptake.nii.gz"}


@pytest.fixture(autouse=True)
def _registered(monkeypatch):
    monkeypatch.setitem(registry.TASKS, TASK.name, "made_up_task.task:TASK")


@pytest.fixture
def study(tmp_path):
    """Write MRI and PET of some people; the bright half of each brain takes up twice as much as the rest."""
    folder = tmp_path / "study"

    def write(*names):
        for seed, name in enumerate(names):
            mri = np.random.default_rng(seed).uniform(50, 90, (20, 24, 16)).astype(np.float32)
            mri[:10] += 100
            pet = np.random.default_rng(seed + 100).uniform(0.9, 1.1, (10, 12, 8)).astype(np.float32)
            pet[:5] *= 2
            for role, array, spacing_mm in (("mri", mri, 2.0), ("pet", pet, 4.0)):
                affine = np.diag([spacing_mm, spacing_mm, spacing_mm, 1.0])
                affine[:3, 3] = (spacing_mm - 2.0) / 2
                (folder / role).mkdir(parents=True, exist_ok=True)
                nibabel.save(nibabel.Nifti1Image(array, affine), folder / role / f"{name}.nii.gz")
        return folder

    return write


@pytest.fixture
def results(tmp_path):
    return tmp_path / "out"


@pytest.fixture
def command(results, capsys):
    """Run the task and return the exit status and what was said, to a person or to a program."""

    def run(*arguments):
        capsys.readouterr()
        status = main(["run", TASK.name, *map(str, arguments), "-o", str(results)])
        said = capsys.readouterr()
        return status, said.out + said.err

    return run


def _document(results, case):
    return json.loads((results / case / "measurements.json").read_text(encoding="utf-8"))


def _rows(results):
    with (results / "summary.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["case"]: row for row in csv.DictReader(file)}


def _table(folder, *lines):
    table = folder / "cases.csv"
    table.write_text("\n".join(("case,mri,pet,age,sex", *lines)) + "\n", encoding="utf-8")
    return table


def test_a_task_costs_few_lines(repository):
    files = list((repository / "Testing" / "made_up_task").rglob("*.py"))
    lines = sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files)

    assert any(file.name == "task.py" for file in files)
    assert lines < _MOST_LINES


def test_one_case_gets_its_files_and_no_labels(study, command, results):
    folder = study("a")
    status, said = command(folder / "mri" / "a.nii.gz", "--pet", folder / "pet" / "a.nii.gz", "--age", "50")

    assert status == 0, said
    assert "a: done, verdict good, uptake score 1.9" in said
    assert {path.name for path in (results / "a").iterdir()} == _FILES
    image = nibabel.load(results / "a" / "uptake.nii.gz")
    mri = nibabel.load(folder / "mri" / "a.nii.gz")
    assert image.shape == mri.shape
    assert image.get_data_dtype() == np.float32
    np.testing.assert_array_equal(image.affine, mri.affine)
    assert image.get_fdata()[:8].mean() == pytest.approx(2.0, abs=0.05)


def test_the_document_holds_score_and_image_without_age_or_sex(study, command, results):
    folder = study("a")
    case = (folder / "mri" / "a.nii.gz", "--pet", folder / "pet" / "a.nii.gz")
    command(*case, "--age", "50")
    at_50 = _document(results, "a")["measurements"][0]["value"]
    command(*case, "--age", "71.25", "--sex=F")
    document = _document(results, "a")

    assert document["task"] == "made-up"
    (score,) = document["measurements"]
    assert (score["key"], score["region"], score["unit"]) == ("uptake_score", "brain", "1")
    assert at_50 == pytest.approx(2.0, abs=0.1)
    assert score["value"] == pytest.approx(at_50 * (1 + 0.002 * 21.25), abs=0.0002)
    assert score["interval_95"][0] < score["value"] < score["interval_95"][1]
    assert list(document["files"]) == ["uptake.nii.gz"]
    for path in (results / "run.json", results / "a" / "measurements.json", results / "a" / "report.html"):
        assert "71.25" not in path.read_text(encoding="utf-8")
    assert json.loads((results / "run.json").read_text(encoding="utf-8"))["command"][-5:] == [
        "--age", "…", "--sex=…", "-o", "…"
    ]  # fmt: skip


def test_the_report_shows_the_score_and_no_outline(study, command, results):
    folder = study("a")
    command(folder / "mri" / "a.nii.gz", "--pet", folder / "pet" / "a.nii.gz")
    page = (results / "a" / "report.html").read_text(encoding="utf-8")

    assert "Made-up uptake" in page
    assert "Uptake score" in page
    assert "The age is unknown, so that the score is not corrected for it." in page
    assert "uptake.nii.gz" in json.dumps(_document(results, "a")["files"])
    assert "labels.nii.gz" not in page
    assert "seg.nrrd" not in page


def test_a_table_of_cases_goes_through_two_workers_and_is_resumed(study, command, results):
    folder = study("a", "b", "c")
    rows = [
        f"person {name},mri/{name}.nii.gz,pet/{name}.nii.gz,{age},F"
        for name, age in zip("abc", (50, 60, 70), strict=True)
    ]
    table = _table(folder, *rows)
    status, said = command("--cases", table, "--jobs", "2")

    assert status == 0, said
    found = _rows(results)
    assert sorted(found) == ["person a", "person b", "person c"]
    scores = [float(found[f"person {name}"]["brain_uptake_score"]) for name in "abc"]
    assert scores == sorted(scores)
    assert found["person a"]["verdict"] == "good"

    (results / "person b" / "uptake.nii.gz").unlink()
    _table(folder, *rows[:2], rows[2].replace(",70,", ",80,"))
    status, said = command("--cases", table, "--resume")

    assert status == 0, said
    assert "person a: skipped" in said
    assert "person b: done" in said
    assert "person c: done" in said, "its age is another now"
    assert float(_rows(results)["person c"]["brain_uptake_score"]) > scores[2]


def test_an_image_that_a_person_changed_is_kept(study, command, results):
    folder = study("a")
    case = (folder / "mri" / "a.nii.gz", "--pet", folder / "pet" / "a.nii.gz")
    command(*case)
    image = results / "a" / "uptake.nii.gz"
    image.write_bytes(image.read_bytes() + b"edited")

    assert "a: edited" in command(*case)[1]
    assert image.read_bytes().endswith(b"edited")


def test_a_program_hears_of_its_steps_and_refusals(study, command):
    folder = study("a", "b")
    nibabel.save(nibabel.Nifti1Image(np.ones((10, 12, 8), np.float32), np.eye(4)), folder / "pet" / "b.nii.gz")
    table = _table(folder, *(f"{name},mri/{name}.nii.gz,pet/{name}.nii.gz,," for name in "ab"))
    status, said = command("--cases", table, "--events")
    events = [from_line(line) for line in said.splitlines()]

    assert status == 1
    assert StepAdvanced("a", "predict", 0.5) in events
    (refused,) = (one for one in events if isinstance(one, CaseFinished) and one.case == "b")
    assert refused.status is CaseStatus.REFUSED
    assert refused.reason.startswith("pet: b.nii.gz: every voxel has the same value")
    assert events[-1] == RunEnded(1, "1 done, 1 refused")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["mri/a.nii.gz"], "needs a pet image; give it with --pet"),
        (["mri", "--pet", "pet/a.nii.gz"], "pet of one case is given, but 2 cases were found"),
        (["mri/a.nii.gz", "--pet", "nowhere.nii"], "There is no file or folder"),
        (["mri/a.nii.gz", "--pet", "pet"], "holds 2 images (a, b)"),
        (["mri/a.nii.gz", "--cases", "cases.csv"], "--cases names all images"),
        (["--cases", "cases.csv", "--age", "50"], "--cases names all images"),
        ([], "There is no input"),
        (["--cases", "cases.csv"], "Line 3 of cases.csv: The case a is already that of line 2."),
    ],
)
def test_wrong_inputs_are_said_before_any_work(study, command, results, monkeypatch, arguments, sentence):
    folder = study("a", "b")
    _table(folder, *["a,mri/a.nii.gz,pet/a.nii.gz,,"] * 2)
    monkeypatch.chdir(folder)
    status, said = command(*arguments)

    assert status == 2
    assert sentence in said
    assert not results.exists()


def test_it_is_no_task_of_segment(capsys):
    with pytest.raises(SystemExit):
        main(["segment", TASK.name, "--help"])
    assert "invalid choice" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", [["--age", "1948-06-15"], ["--age", "-3"], ["--sex", "x"]])
def test_a_wrong_age_or_sex_is_wrong_use(study, command, wrong):
    folder = study("a")
    with pytest.raises(SystemExit) as leaving:
        command(folder / "mri" / "a.nii.gz", "--pet", folder / "pet" / "a.nii.gz", *wrong)
    assert leaving.value.code == 2
