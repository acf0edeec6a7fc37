"""Worker processes on this machine: real children, killed for real."""

import dataclasses
import os

import psutil
import pytest

from quantseg.batch.local import process_in_workers
from quantseg.batch.overlap import process_overlapped
from quantseg.errors import ModelError
from quantseg.results.status import CaseStatus


@pytest.fixture
def workers():
    """Return the worker processes that a test has started; other tests of this process may have left theirs."""

    def alive():
        children = psutil.Process(os.getpid()).children(recursive=True)
        return {child for child in children if "spawn_main" in " ".join(child.cmdline())}

    before = alive()
    return lambda: alive() - before


def test_two_workers_give_the_same_labels_as_none(job, scans, tmp_path):
    cases = scans(["a", "b", "c", "d"])
    alone = {outcome.name: outcome for outcome in process_overlapped(job, cases)}
    elsewhere = dataclasses.replace(job, output=tmp_path / "other")
    shared = {outcome.name: outcome for outcome in process_in_workers(elsewhere, cases, 2)}

    assert {outcome.status for outcome in shared.values()} == {CaseStatus.DONE}
    assert len({outcome.facts["process"] for outcome in shared.values()}) == 2
    assert {name: outcome.label_hashes for name, outcome in shared.items()} == {
        name: outcome.label_hashes for name, outcome in alone.items()
    }
    for name in alone:
        written = (tmp_path / "other" / name / "labels.nii.gz").read_bytes()
        assert written == (job.output / name / "labels.nii.gz").read_bytes()


@pytest.mark.slow
def test_a_killed_worker_costs_the_one_case_that_it_predicted(job, scans):
    names = ["a", "b", "killed", "c", "d", "e"]
    outcomes = {outcome.name: outcome for outcome in process_in_workers(job, scans(names), 2)}

    assert set(outcomes) == set(names)
    assert outcomes["killed"].status is CaseStatus.FAILED
    assert "signal 9" in outcomes["killed"].reason
    assert {outcomes[name].status for name in names if name != "killed"} == {CaseStatus.DONE}
    assert not (job.output / "killed").exists()


def test_workers_that_die_over_every_case_do_not_go_on_for_ever(job, scans):
    outcomes = list(process_in_workers(job, scans(["killed1", "killed2", "killed3"]), 2))

    assert sorted(outcome.name for outcome in outcomes) == ["killed1", "killed2", "killed3"]
    assert all(outcome.status is CaseStatus.FAILED for outcome in outcomes)


def test_closing_the_batch_ends_the_workers(job, scans, workers):
    outcomes = process_in_workers(job, scans(["a", "slow1", "slow2", "slow3"]), 2)
    next(outcomes)
    children = workers()
    assert len(children) == 2
    outcomes.close()

    assert not any(child.is_running() for child in children)


def test_a_damaged_model_ends_the_batch_and_its_workers(job, scans, workers):
    with pytest.raises(ModelError, match="hash"):
        list(process_in_workers(job, scans(["untrusted", "slow1", "slow2"]), 2))

    assert workers() == set()


def test_two_workers_predict_at_the_same_time(job, scans):
    outcomes = list(process_in_workers(job, scans([f"slow{n}" for n in range(4)]), 2))
    spans = {outcome.facts["process"]: [] for outcome in outcomes}
    for outcome in outcomes:
        spans[outcome.facts["process"]].append((outcome.facts["from"], outcome.facts["until"]))
    one, other = spans.values()

    assert any(a_from < b_until and b_from < a_until for a_from, a_until in one for b_from, b_until in other)


def test_workers_that_are_ended_leave_no_half_written_folder(job, scans, workers):
    outcomes = process_in_workers(job, scans(["a", "slow1", "slow2", "slow3"]), 2)
    # Whichever came first, all others are in hand.
    in_hand = {"slow1", "slow2"} - {next(outcomes).name}
    # As if either were writing what both have in hand: the name says whose folder it is.
    left = [job.output / f".{name}.part-{n:08x}-{child.pid}" for n, name in enumerate(in_hand) for child in workers()]
    for folder in left:
        folder.mkdir()
        (folder / "labels.nii.gz").touch()
    outcomes.close()

    assert [folder.name for folder in left if folder.exists()] == []
