"""The arguments of ``quantseg segment``: what is wrong is said at once, in a sentence, without loading anything."""

import os
import subprocess
import sys

import nibabel
import numpy as np
import pytest

from quantseg.batch.job import CaseOutcome
from quantseg.cli.main import main
from quantseg.cli.segment import say_if_accelerator_unused
from quantseg.results.events import RunEnded, from_line
from quantseg.results.status import CaseStatus

_HEAVY = ("openvino", "torch", "monai", "slicer", "dask", "distributed", "matplotlib")


@pytest.fixture
def scan(tmp_path):
    array = np.random.default_rng(0).uniform(1, 200, (18, 26, 14)).astype(np.float32)
    path = tmp_path / "scan.nii.gz"
    nibabel.save(nibabel.Nifti1Image(array, np.eye(4)), path)
    return path


@pytest.mark.parametrize(
    ("arguments", "expected_status"),
    [
        (["--help"], 0),
        (["segment", "hippocampus", "--help"], 0),
        (["segment", "hippocampus", "nowhere.nii.gz", "-o", "out"], 2),
        (["segment", "hippocampus", "nowhere.nii.gz", "-o", "out", "--jobs", "0"], 2),
        (["segment", "heart", "nowhere.nii.gz", "-o", "out"], 2),
        (["demo", "--help"], 0),
    ],
)
def test_help_and_wrong_arguments_load_nothing_heavy(arguments, expected_status, tmp_path):
    program = (
        "import sys\n"
        "from quantseg.cli.main import main\n"
        "try:\n"
        f"    status = main({arguments!r})\n"
        "except SystemExit as leaving:\n"
        "    status = leaving.code\n"
        f"print('LOADED', [name for name in {_HEAVY!r} if name in sys.modules])\n"
        "sys.exit(status)\n"
    )
    finished = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, encoding="utf-8", cwd=tmp_path, timeout=60
    )

    assert finished.returncode == expected_status, finished.stderr
    assert "LOADED []" in finished.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (["--jobs", "0"], "--jobs 0"),
        (["--device", "abacus"], "abacus"),
        (["--side", "left", "--input-kind", "head"], "--side"),
        (["--spacing", "1,1"], "--spacing"),
    ],
)
def test_options_that_make_no_sense_are_wrong_use(scan, tmp_path, capsys, more, reason):
    assert main(["segment", "hippocampus", str(scan), "-o", str(tmp_path / "out"), *more]) == 2
    assert reason in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_device_that_this_machine_lacks_is_refused_before_any_image_is_looked_for(tmp_path, capsys):
    missing = tmp_path / "scan.nii.gz"
    assert main(["segment", "hippocampus", str(missing), "-o", str(tmp_path / "out"), "--device", "cuda:63"]) == 2
    assert "cuda:63" in capsys.readouterr().err


@pytest.mark.parametrize(
    "more",
    [
        ["--spacing", "1,1,1", "--spacing-from", "pixdim"],
        ["--jobs", "2", "--scheduler", "tcp://127.0.0.1:8786"],
        ["--input-kind", "foot"],
    ],
)
def test_options_that_exclude_each_other_are_wrong_use(scan, tmp_path, more):
    with pytest.raises(SystemExit) as leaving:
        main(["segment", "hippocampus", str(scan), "-o", str(tmp_path / "out"), *more])
    assert leaving.value.code == 2


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (["--jobs", "0"], "--jobs 0"),
        (["--input-kind", "foot"], "'foot' is unknown, expected one of"),
        (["--model", "brain"], "unrecognized arguments: --model brain"),
        (["--series", "7"], "No series 7 was found"),
    ],
)
def test_wrong_use_is_an_event_for_a_program(scan, tmp_path, capsys, more, reason):
    arguments = ["run", "hippocampus", str(scan), "-o", str(tmp_path / "out"), "--events", *more]
    try:
        status = main(arguments)
    except SystemExit as leaving:
        status = leaving.code
    said = capsys.readouterr()

    assert status == 2
    (event,) = map(from_line, said.out.splitlines())
    assert isinstance(event, RunEnded)
    assert event.exit_status == 2
    assert reason in event.summary
    assert said.err == ""


def test_two_cases_of_one_name_are_wrong_use(scan, tmp_path, capsys):
    (tmp_path / "other").mkdir()
    twin = tmp_path / "other" / "scan.nii.gz"
    twin.write_bytes(scan.read_bytes())

    assert main(["segment", "hippocampus", str(scan), str(twin), "-o", str(tmp_path / "out")]) == 2
    assert "scan" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_without_images_is_wrong_use(tmp_path, capsys):
    (tmp_path / "in").mkdir()

    assert main(["segment", "hippocampus", str(tmp_path / "in"), "-o", str(tmp_path / "out")]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_devices_are_listed_with_the_one_that_auto_takes_first(capsys):
    assert main(["devices"]) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert lines[-1][0] == "cpu"
    assert all(len(line) == 2 and line[1] for line in lines)


def test_help_shows_a_default_as_it_is_typed(capsys):
    with pytest.raises(SystemExit):
        main(["run", "hippocampus", "--help"])
    assert "(default: decide)" in " ".join(capsys.readouterr().out.split())


def test_a_reader_that_goes_away_ends_the_command_in_one_sentence(scan, tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "quantseg", "run", "hippocampus", str(scan), "-o", str(tmp_path / "out")]
    done = subprocess.run([*command, "--events"], stdout=writing, stderr=subprocess.PIPE, encoding="utf-8", check=False)
    os.close(writing)

    assert done.returncode == 1
    (sentence,) = done.stderr.splitlines()
    assert "whoever read the output is gone" in sentence


@pytest.mark.parametrize(
    ("device", "in_sight", "said"),
    [("CPU, 2 cores", True, True), ("CPU, 2 cores", False, False), ("NVIDIA H100, 80 GB", True, False)],
)
def test_a_graphics_processor_that_stood_idle_is_said_aloud(monkeypatch, capsys, device, in_sight, said):
    monkeypatch.setattr("quantseg.hardware.accelerator_in_sight", lambda: in_sight)

    say_if_accelerator_unused([CaseOutcome("a", CaseStatus.DONE, facts={"device": device})])

    assert ("but the CPU did the work" in capsys.readouterr().err) is said
