"""``quantseg demo`` and ``quantseg segment`` up to their last line, with a stand-in in the models' place."""

import dataclasses
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from heart_model import write_heart_model
from small_scans import write_scan
from standin_pipeline import StandInOptions, StandInPipeline

from quantseg.cli.demo import how_to_call
from quantseg.cli.main import main
from quantseg.models import bundle
from quantseg.resources import resources_folder
from quantseg.tasks import registry
from quantseg.tasks.hippocampus.task import TASK as HIPPOCAMPUS_TASK

TASK = dataclasses.replace(
    HIPPOCAMPUS_TASK,
    models=lambda _options: (),
    pipeline=lambda _options, _models: StandInPipeline(StandInOptions()),
)
"""Takes the hippocampus's own options, and does without them."""


@pytest.fixture(autouse=True)
def _stand_in_for_the_hippocampus(monkeypatch):
    monkeypatch.setitem(registry.TASKS, "hippocampus", f"{__name__}:TASK")


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    """A user's folder in which all models are, since those that ship are out of sight."""
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("QUANTSEG_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(bundle, "shipped_folder", lambda: tmp_path / "nothing ships")
    return tmp_path / "home"


@pytest.mark.slow
def test_the_demo_shows_the_shipped_scans_head_first_and_where_the_reports_lie(tmp_path, capsys):
    assert main(["demo", "-o", str(tmp_path / "out")]) == 0

    lines = capsys.readouterr().out.strip().splitlines()
    table = [line.split() for line in lines[:4]]
    assert table[0][0] == "head_t1"
    assert all(name.startswith("hippocampus_") for name, *_ in table[1:])
    assert all(row[1] == "good" and row[2] in ("left", "anterior") and row[-1] == "mm³" for row in table)
    sample = resources_folder() / "SampleData" / "head_t1.nii.gz"
    assert shlex.split(lines[-1]) == [*how_to_call(), "segment", "hippocampus", str(sample), "-o", "results"]
    reports = [line.removeprefix("Report: ") for line in lines if line.startswith("Report: ")]
    assert len(reports) == 4
    assert all(
        (tmp_path / "out" / name / "report.html").samefile(path)
        for (name, *_), path in zip(table, reports, strict=True)
    )


@pytest.mark.slow
def test_the_demo_shows_a_beating_heart_too_where_the_model_without_licence_conditions_is(tmp_path, capsys, home):
    write_heart_model(home, "heart-lv-open")
    assert main(["demo", "-o", str(tmp_path / "out"), "--device", "cpu"]) == 0

    lines = capsys.readouterr().out.strip().splitlines()
    name, verdict, *reason = lines[4].split()
    # Networks that never learnt outline nothing that could be trusted, so that no number is said.
    assert (name, verdict) == ("heart_phantom", "fail")
    assert reason
    assert "EF" not in reason
    report = tmp_path / "out" / "heart" / "heart_phantom" / "report.html"
    assert f"Report: {report.resolve()}" in lines
    assert len([line for line in lines if line.startswith("Report: ")]) == 5
    assert f"Table:  {(tmp_path / 'out' / 'heart' / 'summary.csv').resolve()}" in lines
    for output, task, cases in ((tmp_path / "out", "hippocampus", 4), (tmp_path / "out" / "heart", "heart", 1)):
        run = json.loads((output / "run.json").read_text(encoding="utf-8"))
        assert (run["task"], len(run["cases"])) == (task, cases)


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """A Python environment as tools make it, with or without the command in it."""

    def make(command: bool, on_path: bool):
        folder = tmp_path / "an environment" / "bin"
        folder.mkdir(parents=True)
        monkeypatch.setattr(sys, "executable", str(folder / "python"))
        if command:
            script = folder / ("quantseg.exe" if os.name == "nt" else "quantseg")
            script.write_text("#!/bin/sh\n", encoding="utf-8")
            script.chmod(0o755)
        monkeypatch.setenv("PATH", str(folder if on_path else tmp_path))
        return folder

    return make


def test_a_command_that_the_shell_does_not_find_is_named_in_full(environment):
    folder = environment(command=True, on_path=False)
    assert [Path(part).with_suffix("") for part in how_to_call()] == [folder / "quantseg"]


def test_a_command_that_the_shell_finds_is_named_shortly(environment):
    environment(command=True, on_path=True)
    assert how_to_call() == ["quantseg"]


def test_where_there_is_no_command_python_calls_the_package(environment):
    folder = environment(command=False, on_path=False)
    assert how_to_call() == [str(folder / "python"), "-m", "quantseg"]


def test_what_is_said_to_be_called_can_be_called():
    said = subprocess.run([*how_to_call(), "--version"], capture_output=True, encoding="utf-8", check=True)
    assert said.stdout.startswith("quantseg ")


def test_the_command_names_what_failed_and_ends_with_1(tmp_path, capsys):
    write_scan(tmp_path / "scans" / "a.nii.gz")
    write_scan(tmp_path / "scans" / "refused.nii.gz")
    status = main(["segment", "hippocampus", str(tmp_path / "scans"), "-o", str(tmp_path / "out"), "--no-report"])

    said = capsys.readouterr()
    assert status == 1
    assert said.out.startswith("1 done, 1 refused\n")
    assert "[1/2] a: done, verdict good" in said.err
    # Once: of two cases the line of either is still in sight.
    assert (said.out + said.err).count("No hippocampus was found") == 1
    assert not (tmp_path / "out" / "a" / "report.html").exists()


def test_of_many_cases_those_that_failed_are_named_again_at_the_end(tmp_path, capsys):
    for number in range(10):
        write_scan(tmp_path / "scans" / f"scan{number}.nii.gz")
    write_scan(tmp_path / "scans" / "refused.nii.gz")
    main(["segment", "hippocampus", str(tmp_path / "scans"), "-o", str(tmp_path / "out"), "--no-report"])
    assert capsys.readouterr().out.startswith("10 done, 1 refused\n  refused refused: No hippocampus was found")


def test_a_single_file_is_a_case_with_all_its_files(tmp_path):
    write_scan(tmp_path / "a scan.nii.gz")

    assert main(["segment", "hippocampus", str(tmp_path / "a scan.nii.gz"), "-o", str(tmp_path / "out")]) == 0
    assert {path.name for path in (tmp_path / "out" / "a scan").iterdir()} == {
        "labels.nii.gz",
        "segmentation.seg.nrrd",
        "measurements.json",
        "preview.png",
        "report.html",
    }
