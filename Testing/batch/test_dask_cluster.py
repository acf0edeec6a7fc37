"""The same work on a Dask cluster of real worker processes."""

import pytest
from distributed import LocalCluster

from quantseg.batch.cluster import process_on_cluster
from quantseg.batch.overlap import process_overlapped
from quantseg.errors import ModelError, UsageError
from quantseg.results.status import CaseStatus


@pytest.fixture(scope="module")
def scheduler():
    """Address of a scheduler with two workers, each a process of its own."""
    with LocalCluster(n_workers=2, threads_per_worker=2, processes=True, dashboard_address=None) as cluster:
        yield cluster.scheduler_address


def test_a_cluster_gives_the_same_labels(job, scans, scheduler):
    cases = scans([f"slow{n}" for n in range(6)] + ["broken"])
    outcomes = {outcome.name: outcome for outcome in process_on_cluster(job, cases, scheduler)}
    here = {outcome.name: outcome for outcome in process_overlapped(job, cases)}

    assert outcomes["broken"].status is here["broken"].status is CaseStatus.FAILED
    assert {name: outcome.label_hashes for name, outcome in outcomes.items()} == {
        name: outcome.label_hashes for name, outcome in here.items()
    }
    assert len({outcome.facts["process"] for outcome in outcomes.values() if outcome.facts}) == 2


def test_a_damaged_model_ends_the_batch(job, scans, scheduler):
    with pytest.raises(ModelError, match="hash"):
        list(process_on_cluster(job, scans(["untrusted"]), scheduler))


@pytest.mark.slow
def test_a_case_that_kills_its_worker_again_and_again_is_given_up(job, scans, scheduler):
    outcomes = {outcome.name: outcome for outcome in process_on_cluster(job, scans(["a", "killed"]), scheduler)}

    assert outcomes["a"].status is CaseStatus.DONE
    assert outcomes["killed"].status is CaseStatus.FAILED
    assert "ended unexpectedly" in outcomes["killed"].reason


def test_an_address_without_a_scheduler_is_refused_in_a_sentence(job, scans, monkeypatch):
    monkeypatch.setattr("quantseg.batch.cluster._CONNECT_SECONDS", 1)
    with pytest.raises(UsageError, match="No Dask scheduler answers"):
        list(process_on_cluster(job, scans(["a"]), "tcp://127.0.0.1:1"))
