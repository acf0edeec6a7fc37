"""What a run writes down of where its images lie: nothing that may name a person but for the one who runs it."""

import csv
import hashlib
import os
import stat
from pathlib import Path

import nibabel
import numpy as np
import pytest
from made_up_task.task import TASK

from quantseg.cli.case_inputs import without_paths
from quantseg.cli.main import main
from quantseg.tasks import registry

_PERSON = "Doe^Jane"


@pytest.fixture
def table(tmp_path, monkeypatch) -> Path:
    """A table of one case that can be done and one that is refused, in a folder named after a person."""
    monkeypatch.setitem(registry.TASKS, TASK.name, "made_up_task.task:TASK")
    folder = tmp_path / _PERSON
    folder.mkdir()
    draw = np.random.default_rng(0)
    for name, spacing_mm in (("mri", 2.0), ("pet", 4.0)):
        array = draw.uniform(50, 90, (int(40 / spacing_mm),) * 3).astype(np.float32)
        nibabel.save(nibabel.Nifti1Image(array, np.diag([spacing_mm] * 3 + [1.0])), folder / f"{name}.nii.gz")
    (folder / "damaged.nii.gz").write_bytes(b"damaged")
    rows = ("case,mri,pet", "a,mri.nii.gz,pet.nii.gz", "b,damaged.nii.gz,pet.nii.gz")
    (folder / "table.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder / "table.csv"


def run(table, *more):
    results = table.parents[1] / "out"
    return main(["run", TASK.name, "--cases", str(table), "-o", str(results), *more]), results


def listed(results):
    with (results / "cases.csv").open(encoding="utf-8", newline="") as file:
        return {row["case"]: row for row in csv.DictReader(file)}


def test_each_image_is_listed_with_its_hash_for_its_owner_alone(table):
    _, results = run(table)
    rows = listed(results)
    assert list(rows) == ["a", "b"]
    assert list(rows["a"]) == ["case", "input", "sha256", "pet"]
    assert rows["a"]["input"] == str(table.with_name("mri.nii.gz"))
    assert rows["a"]["pet"] == str(table.with_name("pet.nii.gz"))
    hashes = {
        role: hashlib.sha256(table.with_name(f"{role}.nii.gz").read_bytes()).hexdigest() for role in ("mri", "pet")
    }
    content = f" {hashes['mri']}\npet {hashes['pet']}\n"
    assert rows["a"]["sha256"] == hashlib.sha256(content.encode()).hexdigest()
    assert len(rows["b"]["sha256"]) == 64
    if os.name == "posix":
        assert stat.S_IMODE((results / "cases.csv").stat().st_mode) == 0o600


def test_no_other_file_holds_a_path_and_the_list_can_be_left_out(table):
    _, results = run(table, "--no-case-list")
    assert not (results / "cases.csv").exists()
    for path in results.rglob("*"):
        assert path.is_dir() or _PERSON.encode() not in path.read_bytes(), path


def test_the_command_is_written_down_without_its_paths_unless_asked_for(table):
    _, results = run(table, "--no-report")
    command = ["run", TASK.name, "--cases", "…", "-o", "…", "--no-report"]
    assert f'"command": {command}'.replace("'", '"') in _on_one_line(results / "run.json")
    run(table, "--keep-paths", "--resume")
    assert str(table) in (results / "run.json").read_text(encoding="utf-8")


def _on_one_line(path):
    return " ".join(path.read_text(encoding="utf-8").split()).replace("[ ", "[").replace(" ]", "]")


def test_cases_of_earlier_runs_stay_listed(table):
    run(table)
    text = table.read_text(encoding="utf-8").replace("a,mri", "c,mri").replace("b,damaged", "d,damaged")
    table.write_text(text, encoding="utf-8")
    _, results = run(table)
    assert set(listed(results)) == {"a", "b", "c", "d"}


@pytest.mark.parametrize("content", ["case,mri,pet\na,mri.nii.gz,pet.nii.gz\n", "my notes\nfirst\n", "\x00\xff"])
def test_a_table_of_the_user_is_never_replaced(table, capsys, content):
    results = table.parents[1] / "out"
    results.mkdir()
    (results / "cases.csv").write_text(content, encoding="utf-8")
    assert run(table)[0] == 2
    assert "--no-case-list" in capsys.readouterr().err
    assert (results / "cases.csv").read_text(encoding="utf-8") == content
    assert [path.name for path in results.iterdir()] == ["cases.csv"]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["segment", "x", "Doe", "-o", "out"], ["segment", "x", "…", "-o", "…"]),
        (["segment", "x", "./Doe/", "--output=out", "-oout"], ["segment", "x", "…", "--output=…", "-o…"]),
        (["run", "x", "Doe", "--resume", "--jobs", "2"], ["run", "x", "…", "--resume", "--jobs", "2"]),
        (["--series", "1.2.840.113", "--series", "7"], ["--series", "…", "--series", "7"]),
        (["--spacing", "1,1,1.25", "--other=a/b"], ["--spacing", "1,1,1.25", "--other=…"]),
        (["--weights", "C:\\Doe\\w"], ["--weights", "…"]),
    ],
)
def test_whatever_may_name_a_person_is_hidden(command, expected):
    assert without_paths(command, [Path("Doe"), Path("out")]) == expected
