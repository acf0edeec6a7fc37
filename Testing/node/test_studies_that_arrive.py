"""Studies arrive in a real archive, a real node measures them, and the results come home: none mixed, none twice."""

import json
import time
import zlib

import pydicom
import pytest
from orthanc_server import orthanc_in
from sites import Site, content_of, end, is_stable, own_objects, send, small_study

from quantseg.jobs.job import Step

pytestmark = [pytest.mark.usefixtures("own_network"), pytest.mark.slow]


@pytest.fixture(scope="module")
def site(own_network, tmp_path_factory):  # noqa: ARG001 - the archive starts in it
    """A node that runs, whose archive all studies of this module come to, each of a patient of its own."""
    orthanc = orthanc_in(tmp_path_factory.mktemp("orthanc"))
    orthanc.start()
    site = Site(tmp_path_factory.mktemp("site"), orthanc, work={"memory_gib": 1.0, "attempts": 2})
    node = site.start()
    site.wait_for(lambda: site.log.exists() and site.events("following"))
    yield site
    assert end(node) == 0
    assert not site.events("unexpected")
    orthanc.kill()


@pytest.fixture
def studies(tmp_path, request):
    """Write studies of this test's own, by number."""
    first = zlib.crc32(request.node.name.encode()) % 10**6 * 10

    def write(number=0, name="study", **changes):
        return small_study(tmp_path / name, first + number, **changes), f"1.2.3.{first + number}"

    return write


def jobs_of(site, study_uid):
    """Return the jobs about a study, the first first."""
    (orthanc_id,) = {
        one["ID"] for one in site.orthanc.call("/tools/lookup", study_uid.encode()) if one["Type"] == "Study"
    }
    return [job for job in site.jobs() if job.data["study"] == orthanc_id]


def settled(site, study_uid, *steps):
    """Wait until the jobs about a study have reached steps, and the archive has calmed down."""
    wanted = [Step(step) for step in steps]

    def is_so():
        found = jobs_of(site, study_uid)
        return [job.step for job in found] == wanted and found

    return site.wait_for(is_so)


def kinds(site, study_uid):
    """Return the modalities of our objects."""
    return sorted(one["Modality"] for one in own_objects(site.orthanc, study_uid))


def calm(site, seconds=2.5):
    """Wait until whatever the last objects have set off is over."""
    time.sleep(seconds)
    site.wait_for(lambda: is_stable(site.orthanc))
    site.wait_for(lambda: not [one for one in site.arrivals() if one.step is Step.RECEIVED])


def test_a_study_is_measured_once_and_its_own_results_set_nothing_off(site, studies):
    files, uid = studies()
    send(site.orthanc, files)
    (job,) = settled(site, uid, "stored")
    assert job.reason == ""
    found = own_objects(site.orthanc, uid)
    assert sorted(one["Modality"] for one in found) == ["OT", "SEG", "SR"]
    assert {one["PatientID"] for one in found} == {pydicom.dcmread(files[0]).PatientID}
    # They come back three times over, and once more after somebody took them away and sent them again.
    store, objects = site.orthanc, [one["SOPInstanceUID"] for one in found]
    kept = []
    for one in objects:
        (there,) = store.call("/tools/lookup", one.encode())
        kept.append((there["ID"], content_of(store, there["ID"])))
    for _ in range(3):
        for _, content in kept:
            assert store.call("/instances", content)["Status"] == "AlreadyStored"
    for orthanc_id, content in kept:
        store.call(f"/instances/{orthanc_id}", method="DELETE")
        store.call("/instances", content)
    calm(site)
    assert [one.number for one in jobs_of(site, uid)] == [job.number]
    assert kinds(site, uid) == ["OT", "SEG", "SR"]


def test_an_interrupted_transfer_leaves_the_results_of_the_whole_study_alone(site, studies):
    """Ten of thirty-two slices, a pause that makes the archive call the study stable, the rest: and slices again."""
    files, uid = studies(count=32)
    send(site.orthanc, files[:10])
    (first,) = settled(site, uid, "stored")
    of_ten = {one["SOPInstanceUID"] for one in own_objects(site.orthanc, uid)}
    send(site.orthanc, [*files[10:], *files[5:15]])
    _, second = settled(site, uid, "superseded", "stored")
    found = own_objects(site.orthanc, uid)
    assert sorted(one["Modality"] for one in found) == ["OT", "SEG", "SR"]
    assert not of_ten & {one["SOPInstanceUID"] for one in found}
    (segmentation,) = (one for one in found if one["Modality"] == "SEG")
    referenced = segmentation["ReferencedSeriesSequence"][0]["ReferencedInstanceSequence"]
    assert len(referenced) == 32
    assert second.number > first.number
    assert site.events("withdrawn")[-1]["objects"] == 3


def test_a_study_that_grows_by_what_is_not_measured_keeps_its_results(site, studies):
    files, uid = studies()
    send(site.orthanc, files)
    settled(site, uid, "stored")
    before = {one["SOPInstanceUID"] for one in own_objects(site.orthanc, uid)}
    more, _ = studies(name="more", count=3, SeriesInstanceUID=f"{uid}.9", SeriesNumber=9, SeriesDescription="scout")
    send(site.orthanc, more)
    first, second = settled(site, uid, "stored", "stored")
    assert "measured before" in second.reason
    assert {one["SOPInstanceUID"] for one in own_objects(site.orthanc, uid)} == before
    # And what grows once more is measured anew, with nothing of the two left.
    finer, _ = studies(name="finer", count=30, SeriesInstanceUID=f"{uid}.10", SeriesNumber=10)
    send(site.orthanc, finer)
    settled(site, uid, "superseded", "superseded", "stored")
    found = own_objects(site.orthanc, uid)
    assert sorted(one["Modality"] for one in found) == ["OT", "SEG", "SR"]
    assert not before & {one["SOPInstanceUID"] for one in found}
    assert first.number < second.number


def test_a_study_without_anything_to_measure_is_passed_over_with_the_reason(site, studies):
    files, uid = studies(Modality="CT", SOPClassUID="1.2.840.10008.5.1.4.1.1.2")
    send(site.orthanc, files)
    (arrival,) = site.wait_for(lambda: [one for one in site.arrivals() if "no series is MR" in one.reason])
    assert arrival.step is Step.PASSED_OVER
    assert jobs_of(site, uid) == []
    localiser, uid = studies(1, name="localiser", count=3, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    send(site.orthanc, localiser)
    (job,) = settled(site, uid, "passed over")
    assert "No suitable image was found in the study" in job.reason


def test_a_damaged_series_is_named_and_sends_nothing(site, studies):
    """A slice whose pixels are cut off: the archive takes it."""
    files, uid = studies()
    for path in files:
        image = pydicom.dcmread(path)
        image.PixelData = image.PixelData[:40]
        image.save_as(path)
    send(site.orthanc, files)
    (job,) = settled(site, uid, "failed")
    assert "series7_" in job.reason
    assert own_objects(site.orthanc, uid) == []


def test_of_two_t1_series_the_finer_one_is_measured(site, studies):
    files, uid = studies()
    coarse, _ = studies(name="coarse", count=8, SeriesInstanceUID=f"{uid}.9", SeriesNumber=9, SliceThickness=6)
    send(site.orthanc, [*files, *coarse])
    settled(site, uid, "stored")
    (segmentation,) = (one for one in own_objects(site.orthanc, uid) if one["Modality"] == "SEG")
    assert segmentation["ReferencedSeriesSequence"][0]["SeriesInstanceUID"] == f"{uid}.7"


def test_of_a_failed_result_the_reason_alone_is_sent(site, studies):
    files, uid = studies(brightest=30_003)
    send(site.orthanc, files)
    (job,) = settled(site, uid, "stored")
    assert "failed its checks, so that only the reasons were sent" in job.reason
    (report,) = own_objects(site.orthanc, uid)
    assert report["Modality"] == "SR"
    said = json.dumps(report)
    assert "A stand-in finds nothing where it looked" in said
    assert "NumericValue" not in said


def test_two_patients_in_one_study_are_refused(site, studies):
    files, uid = studies()
    others, _ = studies(name="other", SeriesInstanceUID=f"{uid}.8", PatientID="PLANTED-SOMEBODY-ELSE")
    send(site.orthanc, [*files, *others])
    found = site.wait_for(lambda: [one for one in site.arrivals() if "2 PatientIDs" in one.reason])
    site.wait_for(lambda: len([one for one in site.arrivals() if "2 PatientIDs" in one.reason]) == 2)
    assert {one.step for one in found} == {Step.FAILED}
    assert own_objects(site.orthanc, uid) == []


@pytest.mark.parametrize(
    ("brightest", "said"),
    [(30_001, "ended"), (30_002, "memory")],
)
def test_a_study_that_ends_its_process_is_given_up_after_some_attempts(site, studies, brightest, said):
    files, uid = studies(brightest=brightest)
    send(site.orthanc, files)
    (job,) = settled(site, uid, "failed")
    assert said in job.reason
    assert own_objects(site.orthanc, uid) == []


def test_nothing_is_left_in_the_work_folder(site):
    calm(site, 0.5)
    assert list((site.folder / "work" / "studies").iterdir()) == []


def test_the_log_is_lines_of_json_with_a_time_and_a_level(site, studies):
    files, uid = studies()
    send(site.orthanc, files)
    settled(site, uid, "stored")
    events = site.events()
    assert {"started", "following", "complete", "fetched", "measured", "sent", "stored"} <= {
        one["event"] for one in events
    }
    assert all({"time", "level", "event"} <= set(one) for one in events)
    json.dumps(events)
