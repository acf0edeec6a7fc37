"""What those see who look after a node: check, status, retry, health and metrics."""

import dataclasses
import re

import pytest
from node_watching import watched
from sites import Site
from standin_node import REFERENCE, TASK

from quantseg.cli.main import main
from quantseg.jobs.job import NewJob, Step
from quantseg.node.local_orthanc import free_port
from quantseg.node.metrics import Counters, WatchServer, job_lines
from quantseg.node.study_work import ARRIVAL
from quantseg.node.work_folder import WorkFolder
from quantseg.tasks import registry

pytestmark = pytest.mark.usefixtures("own_network")


@pytest.fixture(autouse=True)
def _without_models(monkeypatch):
    monkeypatch.setitem(registry.TASKS, "hippocampus", REFERENCE)


def node(site, verb, *arguments):
    return main(["node", verb, "--config", str(site.config), *arguments])


def test_check_tries_all_that_the_settings_name(shared_orthanc, tmp_path, capsys):
    site = Site(tmp_path / "site", shared_orthanc)
    assert node(site, "check") == 0
    said = capsys.readouterr().out
    assert re.search(r"ok +archive: Orthanc 1\.", said)
    assert "GiB free" in said
    assert shared_orthanc.password not in said
    site.write(destinations=[])
    assert node(site, "check") == 0
    assert "results wait in the work folder" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"archive": {"url": "http://127.0.0.1:1"}}, "archive: The archive does not answer"),
        ({"archive": {"user": "nobody"}}, "archive: The archive answered 401"),
        ({"archive": {"dicomweb": "elsewhere"}}, "DICOMweb: The archive answered 404"),
        ({"queue": {"database": "postgresql://nobody@127.0.0.1:1/none"}}, "queue: The queue"),
        ({"rule": {"options": {"no_such": 3}}}, "There is no option 'no_such'"),
        ({"rule": {"task": "none"}}, "There is no task 'none'"),
    ],
)
def test_check_says_what_is_wrong_and_with_which_part(shared_orthanc, tmp_path, capsys, change, said):
    site = Site(tmp_path / "site", shared_orthanc, **change)
    assert node(site, "check") == 1
    assert said in capsys.readouterr().out


def test_check_says_that_a_destination_is_away(shared_orthanc, tmp_path, capsys):
    pacs = {"name": "pacs", "kind": "dicom", "host": "127.0.0.1", "port": free_port(), "tls": False}
    site = Site(tmp_path / "site", shared_orthanc, rule={"destinations": ["pacs"]}, destinations=[pacs])
    assert node(site, "check") == 1
    assert "WRONG   destination pacs: Destination 'pacs' does not answer" in capsys.readouterr().out


def test_a_licence_that_forbids_commercial_use_runs_only_where_the_site_accepts_it(
    shared_orthanc, tmp_path, capsys, monkeypatch
):
    """Whatever the user of the machine, or the environment, has agreed to."""
    monkeypatch.setattr("standin_node.TASK", dataclasses.replace(TASK, models=lambda _options: ("heart",)))
    monkeypatch.setenv("QUANTSEG_ACCEPT_LICENCE", "CC-BY-NC-SA-4.0")
    site = Site(tmp_path / "site", shared_orthanc)
    assert node(site, "run", "--once") == 2
    assert 'accept_licences = ["CC-BY-NC-SA-4.0"]' in capsys.readouterr().err
    assert node(site, "check") == 1
    site.top["accept_licences"] = ["CC-BY-NC-SA-4.0"]
    site.write()
    assert node(site, "check") == 0


def _some_jobs(site):
    store = site.store()
    store.put([NewJob("hippocampus", f"subject{n}", step=Step.COMPLETE, data={"begun": 3}) for n in range(3)])
    store.put([NewJob(ARRIVAL, "subject3")])
    take = ("somebody", 60.0, ["hippocampus"], [Step.COMPLETE])
    store.advance(store.take(*take), Step.FAILED, reason="The study is as it must not be.")
    store.postpone(store.take(*take), "The archive does not answer.", 1000)
    store.take(*take)


def test_status_shows_what_waits_runs_and_failed_and_retry_tries_again(shared_orthanc, tmp_path, capsys):
    site = Site(tmp_path / "site", shared_orthanc)
    assert node(site, "status") == 1
    assert "There is no queue" in capsys.readouterr().err
    _some_jobs(site)
    assert node(site, "status") == 1
    said = capsys.readouterr().out
    assert [re.search(rf"^{state} +(\d+)$", said, re.MULTILINE)[1] for state in ("waiting", "running", "failed")] == [
        "2",
        "1",
        "1",
    ]
    assert "failed: The study is as it must not be." in said
    assert re.search(r"waiting after complete, 1 attempts failed, next at .*: The archive does not answer\.", said)
    assert node(site, "status", "--job", "1") == 0
    assert "The study is as it must not be." in capsys.readouterr().out
    assert node(site, "retry", "--job", "99") == 1
    assert node(site, "retry") == 0
    assert "2 tried again" in capsys.readouterr().out
    assert {(one.step, one.attempts) for one in site.jobs()} == {(Step.COMPLETE, 0)}
    assert node(site, "status") == 0


def test_two_nodes_cannot_have_one_work_folder(shared_orthanc, tmp_path, capsys):
    site = Site(tmp_path / "site", shared_orthanc)
    held = WorkFolder(tmp_path / "site" / "work")
    assert node(site, "run", "--once") == 2
    assert "is in use by another node" in capsys.readouterr().err
    held.close()


def test_metrics_are_as_prometheus_reads_them_and_health_says_what_is_wrong():
    counters = Counters()
    counters.count("rule", Step.FETCHED, 1.25)
    counters.count("rule", Step.FETCHED, 0.25)
    counters.count_failure("rule", Step.MEASURED)
    counts = {("rule", Step.FETCHED, True): 2, ("rule", Step.COMPLETE, False): 3, ('ru"le', Step.FAILED, False): 1}
    problems = []
    port = free_port()
    server = WatchServer("127.0.0.1", port, lambda: [*job_lines(counts), *counters.lines()], lambda: problems)
    said = watched(port, "/metrics").splitlines()
    for line in (
        "# TYPE quantseg_node_jobs gauge",
        'quantseg_node_jobs{rule="rule",step="fetched",state="running"} 2',
        'quantseg_node_jobs{rule="rule",step="complete",state="waiting"} 3',
        'quantseg_node_jobs{rule="ru\\"le",step="failed",state="failed"} 1',
        'quantseg_node_step_seconds_sum{rule="rule",step="fetched"} 1.5',
        'quantseg_node_step_seconds_count{rule="rule",step="fetched"} 2',
        'quantseg_node_attempts_failed_total{rule="rule",step="measured"} 1',
    ):
        assert line in said
    shape = re.compile(r"# (HELP|TYPE) \w+ .+|\w+(\{(\w+=\"(\\.|[^\"\\])*\",?)+\})? [-+.e\d]+")
    assert [line for line in said if not shape.fullmatch(line)] == []
    assert watched(port, "/health") == '{"ok": true, "problems": []}'
    problems.append("The archive has not answered for 90 s.")
    assert watched(port, "/health").startswith("503 ")
    assert watched(port, "/other").startswith("404 ")
    server.close()
