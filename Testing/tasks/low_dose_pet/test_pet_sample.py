"""The simulated sample does with the command of its page what the page says."""

import hashlib
import re

from quantseg.cli.main import main

SAMPLE = "pet_simulated_low.nii.gz"


def test_the_sample_gives_by_the_command_of_its_page_what_the_page_says(repository, tmp_path, monkeypatch, capsys):
    page = (repository / "docs" / "tasks" / "low-dose-pet.md").read_text(encoding="utf-8")
    (command,) = re.findall(rf"^quantseg (run .*{SAMPLE}.*) -o results$", page, re.MULTILINE)
    monkeypatch.chdir(repository)
    assert main([*command.split(), "-o", str(tmp_path)]) == 0
    said = "".join(capsys.readouterr())
    (ending,) = re.findall(r"ends with \*(.+?)\*", page)
    assert ending in said
    folder = tmp_path / SAMPLE.removesuffix(".nii.gz")
    assert "Estimated, not measured" in (folder / "report.html").read_text(encoding="utf-8")
    measured = (folder / "measurements.json").read_text(encoding="utf-8")
    (bias,) = re.findall(r"changed by at most (\d\.\d %)", page)
    assert f"their means differ from the scan's by at most {bias}." in measured


def test_the_sample_is_said_to_be_simulated_and_is_the_file_of_its_table(repository):
    table = (repository / "Resources" / "SampleData" / "README.md").read_text(encoding="utf-8")
    (row,) = [line for line in table.splitlines() if line.startswith(f"| `{SAMPLE}`")]
    assert "**simulated, of nobody**" in row
    content = (repository / "Resources" / "SampleData" / SAMPLE).read_bytes()
    assert hashlib.sha256(content).hexdigest() in row
    assert len(content) < 50_000
