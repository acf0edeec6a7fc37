"""A study that is not what it was when it was measured: nothing of it is sent, and what grew is measured again."""

import subprocess

import pytest
from sites import Site, own_objects, send, small_study


def _waiting(tmp_path, orthanc):
    """Return a site whose results of a study wait for a destination, and the archive's name of the study."""
    site = Site(tmp_path / "site", orthanc, rule={"destinations": []}, archive={"since": "beginning"})
    send(orthanc, small_study(tmp_path / "study", 1))
    site.once()
    (job,) = site.jobs()
    assert job.step.value == "measured"
    return site, job.data["study"]


@pytest.mark.parametrize("change", ["deleted", "another patient's", "two patients'"])
def test_results_of_a_study_that_is_no_longer_there_are_sent_nowhere(tmp_path, orthanc, change):
    """They would bring a deleted study back, or a patient whom the study was found not to be of."""
    site, study = _waiting(tmp_path, orthanc)
    if change != "two patients'":
        orthanc.call(f"/studies/{study}", method="DELETE")
    if change != "deleted":
        send(orthanc, small_study(tmp_path / "right", 1, PatientID="PLANTED-RIGHT", PatientName="Planted^Right"))
    site.write(destinations=["home"])
    site.once()
    assert {one["PatientID"] for one in own_objects(orthanc)} == ({"PLANTED-RIGHT"} if "another" in change else set())


def test_of_a_study_that_lost_a_series_meanwhile_the_rest_is_measured(tmp_path, orthanc):
    """The archive tells nobody that something was deleted."""
    send(orthanc, small_study(tmp_path / "other", 1, count=8, SeriesInstanceUID="1.2.3.1.8"))
    site, _ = _waiting(tmp_path, orthanc)
    (gone,) = orthanc.call("/tools/lookup", b"1.2.3.1.8")
    orthanc.call(f"/series/{gone['ID']}", method="DELETE")
    site.write(destinations=["home"])
    site.once()
    assert [job.step.value for job in site.jobs()] == ["superseded", "stored"]
    assert own_objects(orthanc)


def test_what_waits_of_a_rule_that_is_renamed_is_not_taken_away(tmp_path, orthanc):
    site, _ = _waiting(tmp_path, orthanc)
    site.write(name="heads")
    site.once()
    site.write(name="hippocampus", destinations=["home"])
    site.once()
    assert [job.step.value for job in site.jobs()] == ["stored"]
    assert not site.events("fetched")[1:]


def test_a_study_of_allowed_titles_that_grows_is_measured_again_beside_its_results(tmp_path, orthanc):
    """The results came from no scanner."""
    site = Site(tmp_path / "site", orthanc, rule={"calling_titles": ["MR1"]}, archive={"since": "beginning"})
    for place, seed_series in enumerate(("7", "8")):
        folder = tmp_path / f"study{place}"
        small_study(folder, 1, count=10 + 2 * place, SeriesInstanceUID=f"1.2.3.1.{seed_series}")
        to = ["-aet", "MR1", "-aec", orthanc.title, "127.0.0.1", str(orthanc.dicom_port)]
        subprocess.run(["storescu", *to, "+sd", str(folder)], check=True)
        site.once()
        assert [(job.step.value, job.reason) for job in site.jobs()][-1][0] == "stored", site.jobs()[-1].reason
        assert own_objects(orthanc)
