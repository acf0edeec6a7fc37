"""A node that is killed, an archive or a PACS that is away, a full disk: every study is done once in the end."""

import io
import signal
import time

import psutil
import pydicom
import pytest
from full_disks import SmallDisk, may_mount
from node_watching import watched
from orthanc_server import orthanc_in
from postgres_server import forget_all
from sites import Site, content_of, end, own_objects, send, small_study
from store_scp import StoreScp

from quantseg.jobs.job import Step

pytestmark = [pytest.mark.usefixtures("own_network"), pytest.mark.slow]

_NUMBERS = {"received": 1, "complete": 2, "fetched": 3, "measured": 4}


class Run:
    """A site whose node is killed and started again."""

    def __init__(self, folder, orthanc):
        self.gate = folder / "gate"
        self.gate.mkdir()
        self.site = Site(folder / "site", orthanc, archive={"since": "beginning"}, watch={"port": 9118})
        self.start()

    def start(self):
        self.node = self.site.start(STANDIN_GATE=str(self.gate))

    def kill(self):
        end(self.node, signal.SIGKILL)

    def shut(self):
        (self.gate / "shut").touch()

    def open(self):
        (self.gate / "shut").unlink(missing_ok=True)

    def job(self, number):
        """Return the job about a study of a test, once there is one."""
        found = [job for job in self.site.jobs() if job.data["study"] == self.study(number)]
        return found[0] if found else None

    def study(self, number):
        return next(
            one["ID"]
            for one in self.site.orthanc.call("/tools/lookup", f"1.2.3.{number}".encode())
            if one["Type"] == "Study"
        )


@pytest.fixture(scope="module")
def run(own_network, tmp_path_factory):  # noqa: ARG001 - the archive starts in it
    orthanc = orthanc_in(tmp_path_factory.mktemp("orthanc"))
    orthanc.start()
    run = Run(tmp_path_factory.mktemp("run"), orthanc)
    yield run
    run.open()
    end(run.node)
    orthanc.kill()


def _was_measured(site, job):
    return any(one["job"] == job.number for one in site.events("measured"))


@pytest.mark.parametrize("step", list(_NUMBERS))
def test_a_node_killed_at_a_step_takes_it_up_once(run, tmp_path, step):
    """Killed while a study waits, is fetched, is measured, is sent."""
    number, site = _NUMBERS[step], run.site
    files = small_study(tmp_path / "study", number)
    if step == "fetched":
        run.shut()
    send(site.orthanc, files)
    if step == "received":
        site.wait_for(lambda: site.log.exists() and site.events("following") and site.arrivals())
    elif step == "fetched":
        site.wait_for(lambda: (job := run.job(number)) and job.step is Step.FETCHED and job.data["begun"] == 1)
    else:
        site.wait_for(lambda: (job := run.job(number)) and (step == "complete" or _was_measured(site, job)))
    run.kill()
    began, starts = time.monotonic(), len(site.events("started"))
    run.open()
    run.start()
    site.wait_for(lambda: len(site.events("started")) > starts)
    assert time.monotonic() - began < 30
    job = site.wait_for(lambda: (job := run.job(number)) and job.step is Step.STORED and job)
    (history,) = [[one.step for one in site.store().history(job)]]
    assert history.count(Step.STORED) == 1
    found = own_objects(site.orthanc, f"1.2.3.{number}")
    assert sorted(one["Modality"] for one in found) == ["OT", "SEG", "SR"]
    assert {one["PatientID"] for one in found} == {f"PLANTED-{number}"}
    assert len([one for one in site.jobs() if one.subject == job.subject]) == 1
    # What the killed one had begun to fetch or to measure is not left behind.
    alive = [one.info for one in psutil.process_iter(["ppid", "cmdline", "status"])]
    orphans = [one for one in alive if one["ppid"] == 1 and one["status"] != psutil.STATUS_ZOMBIE]
    assert not [one for one in orphans if "standin_node" in " ".join(one["cmdline"] or ())]


def test_a_node_that_is_stopped_ends_soon_and_goes_on_where_it_was(run, tmp_path):
    """To be stopped is no failure of the study."""
    site = run.site
    run.shut()
    send(site.orthanc, small_study(tmp_path / "study", 7))
    site.wait_for(lambda: (job := run.job(7)) and job.step is Step.FETCHED and job.data["begun"] == 1)
    began = time.monotonic()
    assert end(run.node) == 0
    assert time.monotonic() - began < 15
    job = run.job(7)
    assert (job.step, job.data["begun"], job.owner, job.attempts) == (Step.FETCHED, 0, None, 0)
    run.start()
    run.open()
    site.wait_for(lambda: run.job(7).step is Step.STORED)
    assert len([one for one in site.events("fetched") if one["job"] == job.number]) == 1


def test_an_archive_that_is_away_for_a_while_costs_nothing(run, tmp_path):
    site = run.site
    run.shut()
    send(site.orthanc, small_study(tmp_path / "study", 5))
    site.wait_for(lambda: (job := run.job(5)) and job.step is Step.FETCHED and job.data["begun"])
    site.orthanc.kill()
    run.open()
    # The log has such lines of other studies, too, so that this job is asked.
    waiting = site.wait_for(lambda: next((job for job in site.jobs() if not job.step.is_end and job.attempts), None))
    site.wait_for(lambda: site.events("archive or queue is away"))
    assert "archive does not answer" in waiting.reason
    site.orthanc.start()
    site.wait_for(lambda: run.job(5).step is Step.STORED)
    assert len(own_objects(site.orthanc, "1.2.3.5")) == 3


def test_nothing_says_whose_study_it_is(run, tmp_path):
    """What was planted in headers is in no queue, log, metrics, file name or argument, at any time."""
    site, words = run.site, ["Planted", "PLANTED", "Pétra", "19660101", "mprage", "20200101", "1.2.3.6"]
    run.shut()
    send(
        site.orthanc, small_study(tmp_path / "study", 6, StudyDescription="head of Planted", PatientComments="Planted")
    )
    site.wait_for(lambda: (job := run.job(6)) and job.step is Step.FETCHED and job.data["begun"])
    node = psutil.Process(run.node.pid)
    family = [node, *node.children(recursive=True)]
    said = [" ".join(one.cmdline()) for one in family]
    assert len(said) >= 2
    said += [str(path) for path in site.folder.rglob("*")]
    metrics = watched(9118, "/metrics")
    assert 'quantseg_node_jobs{rule="hippocampus",step="fetched",state="running"} 1' in metrics
    run.open()
    site.wait_for(lambda: run.job(6).step is Step.STORED)
    metrics += watched(9118, "/metrics")
    assert watched(9118, "/health") == '{"ok": true, "problems": []}'
    said += [metrics, site.log.read_text(encoding="utf-8")]
    stored = b"".join(path.read_bytes() for path in site.folder.glob("queue.sqlite*"))
    assert len(stored) > 10_000
    for word in words:
        assert not [one for one in said if word in one], word
        assert word.encode() not in stored, word


def test_a_pacs_that_is_away_gets_everything_later_and_what_grew_names_its_predecessor(orthanc, tmp_path):
    pacs = StoreScp()
    peer = {"name": "pacs", "kind": "dicom", "host": "127.0.0.1", "port": pacs.port, "called_title": "PACS"}
    site = Site(
        tmp_path / "site",
        orthanc,
        rule={"destinations": ["pacs"]},
        destinations=[{**peer, "tls": False}],
        archive={"since": "beginning"},
    )
    files = small_study(tmp_path / "study", 1, count=12)
    send(orthanc, files[:10])
    node = site.start()
    (job,) = site.wait_for(lambda: [job for job in site.jobs() if job.attempts >= 2])
    assert (job.step, job.data["delivered"]) == (Step.MEASURED, [])
    assert "'pacs' does not answer" in job.reason
    pauses = [one["pause_seconds"] for one in site.events("tried again later")]
    assert pauses[:2] == [0.3, 0.6]
    with pacs:
        (job,) = site.wait_for_steps("stored")
        (report,) = (one for one in pacs.received if one.Modality == "SR")
        assert sorted(one.Modality for one in pacs.received) == ["OT", "SEG", "SR"]
        assert {one.PatientID for one in pacs.received} == {"PLANTED-1"}
        assert "PredecessorDocumentsSequence" not in report
        send(orthanc, files[10:])
        site.wait_for_steps("superseded", "stored")
        later = [one for one in pacs.received if one.Modality == "SR"][-1]
    (study,) = later.PredecessorDocumentsSequence
    (named,) = study.ReferencedSeriesSequence[0].ReferencedSOPSequence
    assert named.ReferencedSOPInstanceUID == report.SOPInstanceUID != later.SOPInstanceUID
    assert own_objects(orthanc) == []
    end(node)


@pytest.mark.skipif(not may_mount(), reason="this machine lets us mount no file system")
def test_a_full_disk_is_said_and_the_study_is_done_when_there_is_room(orthanc, tmp_path):
    disk = SmallDisk(tmp_path / "disk", 20_000)
    try:
        site = Site(
            tmp_path / "site",
            orthanc,
            work={"folder": str(disk.folder / "work")},
            database=str(disk.folder / "queue.sqlite"),
            archive={"since": "beginning"},
        )
        node = site.start()
        site.wait_for(lambda: site.log.exists() and site.events("following"))
        disk.fill()
        send(orthanc, small_study(tmp_path / "study", 1))
        site.wait_for(lambda: [one for one in site.events() if "full" in one.get("reason", "")])
        assert node.poll() is None
        disk.fill(left_kib=100)
        time.sleep(1)
        disk.free()
        site.wait_for_steps("stored")
        assert len(own_objects(orthanc)) == 3
        assert end(node) == 0
    finally:
        disk.unmount()


def test_results_wait_until_a_destination_is_set(orthanc, tmp_path):
    """In an archive that was set back meanwhile, which is followed from its first change; the report is printed."""
    site = Site(tmp_path / "site", orthanc, rule={"destinations": []}, work={"pdf": True})
    site.store().put([], {"last change": "100000"})
    send(orthanc, small_study(tmp_path / "study", 1))
    site.once()
    assert site.events("archive begins anew")
    (job,) = site.jobs()
    assert (job.step, job.reason) == (Step.MEASURED, "No destination is set; the results wait in the work folder.")
    assert own_objects(orthanc) == []
    site.write(destinations=["home"])
    site.once()
    (job,) = site.jobs()
    assert job.step is Step.STORED
    found = own_objects(orthanc)
    assert sorted(one["Modality"] for one in found) == ["DOC", "OT", "SEG", "SR"]
    (printed,) = (one for one in found if one["Modality"] == "DOC")
    assert (printed["PatientID"], printed["MIMETypeOfEncapsulatedDocument"]) == ("PLANTED-1", "application/pdf")
    (there,) = orthanc.call("/tools/lookup", printed["SOPInstanceUID"].encode())
    document = pydicom.dcmread(io.BytesIO(content_of(orthanc, there["ID"]))).EncapsulatedDocument
    assert document.startswith(b"%PDF-")


@pytest.mark.parametrize("queues", ["one queue", "a queue each"])
def test_two_nodes_at_one_moment_measure_each_study_once(orthanc, tmp_path, queues, request):
    """Of nodes that know nothing of each other's queues the archive itself tells one that the other has a study."""
    database = None
    if queues == "one queue":
        database = request.getfixturevalue("postgres")
        forget_all(database)
    sites = [
        Site(tmp_path / name, orthanc, database=database, archive={"since": "beginning"}) for name in ("one", "two")
    ]
    for number in range(1, 4):
        send(orthanc, small_study(tmp_path / f"study{number}", number))
    nodes = [site.start("--once") for site in sites]
    assert [node.wait(300) for node in nodes] == [0, 0]
    for site in sites:
        assert [job.step for job in site.jobs()] == [Step.STORED] * 3
    measured = [one["study"] for site in sites for one in site.events("measured")]
    assert sorted(measured) == sorted(job.subject for job in sites[0].jobs())
    sent = [one for site in sites for one in site.events("sent")]
    assert len(sent) == 3
    found = own_objects(orthanc)
    assert len(found) == 9
    assert {one["PatientID"] for one in found} == {f"PLANTED-{number}" for number in range(1, 4)}
    # Nobody has anything in hand any more.
    for study in orthanc.call("/studies"):
        assert "4718" not in orthanc.call(f"/studies/{study}/metadata")


def test_a_node_with_another_queue_sees_in_the_archive_what_was_done(orthanc, tmp_path):
    """So does one whose queue was lost; and it withdraws what the other left when a study has grown since."""
    first = Site(tmp_path / "one", orthanc, archive={"since": "beginning"})
    second = Site(tmp_path / "two", orthanc, archive={"since": "beginning"})
    files = small_study(tmp_path / "study", 1, count=12)
    send(orthanc, files[:10])
    first.once()
    before = {one["SOPInstanceUID"] for one in own_objects(orthanc)}
    second.once()
    (job,) = second.jobs()
    assert job.step is Step.STORED
    assert second.events("measured") == []
    assert {one["SOPInstanceUID"] for one in own_objects(orthanc)} == before
    send(orthanc, files[10:])
    third = Site(tmp_path / "three", orthanc, archive={"since": "beginning"})
    third.once()
    found = own_objects(orthanc)
    assert len(found) == 3
    assert not before & {one["SOPInstanceUID"] for one in found}
