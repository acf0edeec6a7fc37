"""A run of the engine as a panel follows it, with a program in the engine's place that prints what a test tells it."""

import json
import os
import sys
import time

import pytest

from quantseg.errors import QuantSegError
from quantseg.measure.steps import Steps
from quantseg.results.events import CaseBegun, CaseFinished, RunEnded, RunStarted, StepAdvanced, to_line
from quantseg.results.status import CaseStatus
from quantseg.review.engine_run import Engine, EngineRun

_PATIENCE_SECONDS = 60
_PROGRAM = """
import json, os, sys
folder, status = sys.argv[sys.argv.index("-o") + 1], json.loads(os.environ["STATUS"])
for line in json.loads(os.environ["LINES"]):
    print(line, flush=True)
os.makedirs(os.path.join(folder, "scene"))
with open(os.path.join(folder, "scene", "arguments"), "w") as file:
    json.dump(sys.argv[1:], file)
sys.exit(status)
"""


@pytest.fixture
def finished_run():
    """Run a program that prints some lines, and return the run with each progress that it showed."""

    def run(*said, status=0):
        lines = [one if isinstance(one, str) else to_line(one) for one in said]
        environment = {**os.environ, "LINES": json.dumps(lines), "STATUS": str(status)}
        engine_run = EngineRun(Engine((sys.executable, "-c", _PROGRAM), environment), "hippocampus", _write)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while engine_run.is_running:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        return engine_run

    return run


def _write(folder, name):
    path = folder / f"{name}.nii.gz"
    path.write_bytes(b"an image")
    return path


def test_a_cine_advances_frame_by_frame(finished_run):
    before = [RunStarted(1), CaseBegun("scene"), StepAdvanced("scene", "read"), StepAdvanced("scene", "load model")]
    shown = []
    for frames in (0, 1, 10, 20):
        frame_by_frame = [StepAdvanced("scene", "predict", frame / 20) for frame in range(1, frames + 1)]
        run = finished_run(*before, StepAdvanced("scene", "predict"), *frame_by_frame)
        assert run.step == "Segmenting"
        shown.append(run.progress)
        run.close()

    a_frame = (shown[-1] - shown[0]) / 20
    assert a_frame > 0
    assert shown == pytest.approx([shown[0] + frames * a_frame for frames in (0, 1, 10, 20)])


def test_the_frame_that_is_under_way_is_named(finished_run):
    said = []
    steps = Steps(lambda one: said.append(StepAdvanced("scene", one.name, one.share, one.part)))
    with steps.step("predict"):
        steps.advance(6, 30, "frame")
    run = finished_run(*said)
    assert run.step == "Segmenting, frame 7 of 30"
    run.close()


def test_progress_ends_at_one_and_never_goes_back(finished_run):
    run = finished_run(StepAdvanced("scene", "predict", 1.0), StepAdvanced("scene", "load model"))
    assert run.step == "Loading the networks"
    assert run.progress == pytest.approx(4 / 7)
    run.close()

    run = finished_run(StepAdvanced("scene", "write"), CaseFinished("scene", CaseStatus.DONE, 1, 1))
    assert run.progress == 1
    run.close()


def test_a_step_of_which_nothing_is_known_is_named_as_it_is(finished_run):
    run = finished_run(StepAdvanced("scene", "read"), StepAdvanced("scene", "weigh the age"))
    assert run.step == "Weigh the age"
    run.close()


def test_a_finished_run_is_read_from_its_folder_which_then_goes(finished_run):
    run = finished_run(CaseFinished("scene", CaseStatus.DONE, 1, 1), RunEnded(0, "1 done"))
    folder = []
    arguments = run.result(lambda case: folder.append(case) or json.loads((case / "arguments").read_text()))

    assert arguments[:2] == ["run", "hippocampus"]
    assert "--events" in arguments
    assert not folder[0].exists()


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (
            [
                CaseFinished("scene", CaseStatus.REFUSED, 1, 1, reason="scene.nii.gz: the image is one slice."),
                RunEnded(1, "1 refused"),
            ],
            "the image is one slice.",
        ),
        (
            [
                CaseFinished(
                    "scene", CaseStatus.REFUSED, 1, 1, reason="Neither scene.nii.gz nor its header can be read."
                )
            ],
            "Neither scene.nii.gz nor its header can be read.",
        ),
        ([RunEnded(2, "This machine has no CUDA device.")], "This machine has no CUDA device."),
        (
            [StepAdvanced("scene", "read"), "Traceback", "ImportError: no torch"],
            "The engine ended with status 3: Traceback ImportError: no torch",
        ),
        ([], "The engine ended with status 3: it said nothing"),
    ],
)
def test_a_run_that_found_nothing_gives_the_engines_own_reason(finished_run, said, reason):
    run = finished_run(*said, status=3)
    with pytest.raises(QuantSegError) as failure:
        run.result(lambda _folder: pytest.fail("there is nothing to read"))
    assert str(failure.value) == reason
