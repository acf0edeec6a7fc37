"""``quantseg demo`` and ``quantseg segment`` up to their last line, with a stand-in in the models' place."""

import dataclasses

import pytest
from small_scans import write_scan
from standin_pipeline import StandInOptions, StandInPipeline

from quantseg.batch import organs
from quantseg.cli.main import main


class StandInForOrgan(StandInPipeline):
    """Takes the organ's own options, and does without them."""

    def __init__(self, _options):
        super().__init__(StandInOptions())


@pytest.fixture(autouse=True)
def _stand_in_for_the_hippocampus(monkeypatch):
    stand_in = dataclasses.replace(organs._ORGANS["hippocampus"], pipeline=f"{__name__}:StandInForOrgan", models=())
    monkeypatch.setitem(organs._ORGANS, "hippocampus", stand_in)


def test_the_demo_shows_the_shipped_scans_head_first_and_where_the_reports_lie(tmp_path, capsys):
    assert main(["demo", "-o", str(tmp_path / "out")]) == 0

    lines = capsys.readouterr().out.strip().splitlines()
    table = [line.split() for line in lines[:4]]
    assert table[0][0] == "head_t1"
    assert all(name.startswith("hippocampus_") for name, *_ in table[1:])
    assert all(row[1] == "good" and row[-1] == "mm3" for row in table)
    reports = [line.removeprefix("Report: ") for line in lines if line.startswith("Report: ")]
    assert len(reports) == 4
    assert all(
        (tmp_path / "out" / name / "report.html").samefile(path)
        for (name, *_), path in zip(table, reports, strict=True)
    )


def test_the_command_names_what_failed_and_ends_with_1(tmp_path, capsys):
    write_scan(tmp_path / "scans" / "a.nii.gz")
    write_scan(tmp_path / "scans" / "refused.nii.gz")
    status = main(["segment", "hippocampus", str(tmp_path / "scans"), "-o", str(tmp_path / "out"), "--no-report"])

    said = capsys.readouterr()
    assert status == 1
    assert said.out.startswith("1 done, 1 refused\n  refused refused: No hippocampus was found")
    assert "[1/2] a: done, verdict good" in said.err
    assert not (tmp_path / "out" / "a" / "report.html").exists()


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
