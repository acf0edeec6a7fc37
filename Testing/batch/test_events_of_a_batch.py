"""What another program hears of a batch through ``--events``."""

import pytest
from small_scans import write_scan
from standin_pipeline import REFERENCE

from quantseg.cli.main import main
from quantseg.measure.values import Verdict
from quantseg.results.events import CaseBegun, CaseFinished, RunEnded, RunStarted, StepAdvanced, from_line
from quantseg.results.status import CaseStatus
from quantseg.tasks import registry


@pytest.fixture
def events_of(monkeypatch, tmp_path, capsys):
    """Run the stand-in on cases of some names, and return the exit status and the events that it prints."""
    monkeypatch.setitem(registry.TASKS, "hippocampus", REFERENCE)

    def run(names, *more):
        for name in names:
            write_scan(tmp_path / "in" / f"{name}.nii.gz")
        arguments = ["run", "hippocampus", str(tmp_path / "in"), "-o", str(tmp_path / "out"), "--no-report"]
        status = main([*arguments, "--events", *more])
        said = capsys.readouterr()
        assert said.err == ""
        events = [from_line(line) for line in said.out.splitlines()]
        assert None not in events, said.out
        return status, events

    return run


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_every_case_begins_takes_its_steps_and_finishes(events_of, jobs):
    status, events = events_of(["a", "refused", "c"], "--jobs", jobs)

    assert status == 1
    assert events[0] == RunStarted(3)
    assert events[-1] == RunEnded(1, "2 done, 1 refused")
    of_a = [event for event in events if getattr(event, "case", None) == "a"]
    assert of_a[0] == CaseBegun("a")
    assert [event.step for event in of_a if isinstance(event, StepAdvanced)] == ["read", "predict", "write"]
    finished = {event.case: event for event in events if isinstance(event, CaseFinished)}
    assert of_a[-1] is finished["a"]
    assert finished["a"].status is CaseStatus.DONE
    assert finished["a"].headline.endswith("mm³")
    assert finished["refused"].status is CaseStatus.REFUSED
    assert finished["refused"].reason == "No hippocampus was found in the image; expected one."
    assert [event.position for event in events if isinstance(event, CaseFinished)] == [1, 2, 3]
    assert {event.total for event in finished.values()} == {3}


def test_a_case_that_is_whole_already_is_skipped_without_beginning(events_of):
    events_of(["a"])
    status, events = events_of(["a"], "--resume")

    assert status == 0
    started, finished, ended = events
    assert (started, ended) == (RunStarted(1), RunEnded(0, "1 skipped"))
    assert (finished.case, finished.status) == ("a", CaseStatus.SKIPPED)


def test_a_damaged_model_ends_the_run_with_its_sentence(events_of):
    status, events = events_of(["untrusted"])

    assert status == 1
    assert isinstance(events[-1], RunEnded)
    assert events[-1].exit_status == 1
    assert "do not have the hash" in events[-1].summary


def test_of_a_result_that_failed_the_reason_is_said_and_no_number(events_of, tmp_path, capsys):
    _, events = events_of(["distrusted"])

    (finished,) = (event for event in events if isinstance(event, CaseFinished))
    assert (finished.verdict, finished.headline) == (Verdict.FAIL, "")
    assert finished.reason == "A stand-in distrusts this name."

    main(["run", "hippocampus", str(tmp_path / "in"), "-o", str(tmp_path / "out2"), "--no-report"])
    said = "".join(capsys.readouterr())
    assert "distrusted: done, verdict fail, A stand-in distrusts this name." in said
    assert "mm³" not in said
