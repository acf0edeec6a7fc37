"""A case from upload to approved report: run, corrected, measured, approved, taken away; nobody's work is lost."""

import gzip
import io
import shutil
import zipfile

import nibabel
import numpy as np
import pytest
from full_disks import SmallDisk, may_mount
from sqlalchemy import insert, update
from visitors import OWN, PASSWORD, Visitor, wait_for

from quantseg.jobs.database import begin_to_write
from quantseg.review.worklist import STATE_FOLDER
from quantseg.web import holding
from quantseg.web.roles import Role
from quantseg.web.tables import CASES, RUNS
from quantseg.web.worker import Worker


def _labels(visitor, case):
    """Return labels as they are now, and their ETag."""
    answer = visitor.api("GET", f"/cases/{case}/labels")
    return nibabel.Nifti1Image.from_bytes(gzip.decompress(answer.content)), answer.headers["ETag"]


def _put(visitor, case, image, etag, **more):
    return visitor.api("PUT", f"/cases/{case}/labels", content=image.to_bytes(), headers={"If-Match": etag}, **more)


def _changed(image, value=1, place=np.s_[0:2, 0:2, 0:2]):
    array = np.asarray(image.dataobj).copy()
    array[place] = value
    return nibabel.Nifti1Image(array, image.affine)


def _halved(image):
    """Return labels whose header says that each stands for half of what is stored."""
    halved = nibabel.Nifti1Image(np.asarray(image.dataobj, np.uint8), image.affine)
    halved.header.set_slope_inter(0.5, 0)
    return halved


@pytest.fixture
def case(new_case, finished_case, served):
    """A case with a result of its own, copied from the finished one: a run takes longer than all that is tested."""
    case = new_case()
    folder = served.platform.settings.cases
    shutil.copytree(folder / finished_case / "run", folder / case / "run")
    return case


def test_a_finished_case_is_shown_with_its_numbers(editor, finished_case):
    result = editor.state(finished_case)["result"]
    assert (result["verdict"], result["state"]) == ("good", "segmented")
    assert result["headline"] == "anterior 148 + posterior 166 mm³"
    page = editor.get(f"/cases/{finished_case}").text
    assert "anterior 148 + posterior 166 mm³" in page
    assert "DRAFT" in page
    assert editor.get(f"/api/v1/cases/{finished_case}/picture").content.startswith(b"\x89PNG")
    image = nibabel.Nifti1Image.from_bytes(gzip.decompress(editor.get(f"/api/v1/cases/{finished_case}/image").content))
    labels, _ = _labels(editor, finished_case)
    assert image.shape == labels.shape
    assert np.allclose(image.affine, labels.affine)


def test_a_correction_is_measured_as_the_command_measures_and_an_undo_is_the_models_again(editor, case):
    image, etag = _labels(editor, case)
    before = editor.state(case)["result"]
    answer = _put(editor, case, _changed(image), etag)
    assert answer.status_code == 200, answer.text
    summary = answer.json()
    drawn = np.asarray(_changed(image).dataobj)
    volumes = {int(value): int((drawn == value).sum()) for value in (1, 2)}
    assert summary["headline"] == f"anterior {volumes[1]} + posterior {volumes[2]} mm³"
    assert "anterior" in summary["edited"]
    assert summary["state"] == "corrected"
    assert summary["history"][-1]["what"] == "corrected in the browser"
    assert summary["history"][-1]["who"].startswith("Dr Editor")
    stored, now = _labels(editor, case)
    assert np.array_equal(np.asarray(stored.dataobj), drawn)
    undone = _put(editor, case, image, now).json()
    assert undone["edited"] == []
    assert undone["headline"] == before["headline"]


def test_who_saves_over_labels_that_were_not_seen_is_told_so(editor, people, case):
    image, etag = _labels(editor, case)
    assert _put(editor, case, _changed(image), etag).status_code == 200
    colleague = people(Role.APPROVER, OWN)
    lost = _put(colleague, case, _changed(image, 2), etag)
    assert lost.status_code == 412
    assert "changed since you opened them" in lost.json()["reason"]
    without = editor.api("PUT", f"/cases/{case}/labels", content=b"a")
    assert without.status_code == 428


def test_a_second_editor_can_only_look(editor, people, case):
    colleague = people(Role.APPROVER, OWN)
    assert editor.api("POST", f"/cases/{case}/hold", json={}).status_code == 204
    refused = colleague.api("POST", f"/cases/{case}/hold", json={"take_over": True})
    assert refused.status_code == 409
    assert "Dr Editor" in refused.json()["reason"]
    image, etag = _labels(colleague, case)
    assert _put(colleague, case, _changed(image), etag).status_code == 409
    assert "works on this case" in colleague.get(f"/cases/{case}").text
    assert colleague.state(case)["mine"] is False
    assert editor.state(case)["mine"] is True
    assert _put(editor, case, _changed(image), etag).status_code == 200
    assert editor.api("DELETE", f"/cases/{case}/hold").status_code == 204
    assert colleague.api("POST", f"/cases/{case}/hold", json={}).status_code == 204
    assert colleague.api("DELETE", f"/cases/{case}/hold").status_code == 204


def test_who_asks_and_hears_nothing_may_take_over_and_nothing_saved_is_lost(editor, people, case, monkeypatch):
    colleague = people(Role.APPROVER, OWN)
    alone = colleague.api("POST", f"/cases/{case}/hold", json={"ask": True})
    assert alone.status_code == 409
    assert editor.api("POST", f"/cases/{case}/hold", json={}).status_code == 204
    image, etag = _labels(editor, case)
    assert _put(editor, case, _changed(image), etag).status_code == 200
    assert colleague.api("POST", f"/cases/{case}/hold", json={"ask": True}).status_code == 204
    seen = editor.api("GET", f"/cases/{case}/hold").json()
    assert (seen["mine"], seen["asked_by"][:11], seen["refused"]) == (True, "Dr Approver", False)
    # Not before the other had time to answer, and not where the answer is no.
    assert colleague.api("POST", f"/cases/{case}/hold", json={"take_over": True}).status_code == 409
    monkeypatch.setattr(holding, "ANSWER_SECONDS", 0.0)
    assert editor.api("POST", f"/cases/{case}/hold", json={"keep": True}).status_code == 204
    assert colleague.api("GET", f"/cases/{case}/hold").json()["refused"]
    assert colleague.api("POST", f"/cases/{case}/hold", json={"take_over": True}).status_code == 409
    assert colleague.api("POST", f"/cases/{case}/hold", json={"ask": True}).status_code == 204
    assert colleague.api("GET", f"/cases/{case}/hold").json()["may_take_over"]
    assert colleague.api("POST", f"/cases/{case}/hold", json={"take_over": True}).status_code == 204
    # Whoever was relieved can look, sees what was saved, and saves nothing over what the other does.
    _, now = _labels(editor, case)
    refused = _put(editor, case, image, now)
    assert refused.status_code == 409
    assert "Dr Approver" in refused.json()["reason"]
    assert _put(colleague, case, _changed(image, 2), now).status_code == 200
    assert colleague.api("DELETE", f"/cases/{case}/hold").status_code == 204


@pytest.mark.skipif(not may_mount(), reason="no file system may be mounted here")
def test_on_a_full_disk_nothing_is_saved_by_halves(editor, new_case, finished_case, served):
    case, folder = new_case(), served.platform.settings.cases
    (folder / case).rmdir()
    disk = SmallDisk(folder / case)
    try:
        shutil.copytree(folder / finished_case / "run", folder / case / "run")
        image, etag = _labels(editor, case)
        before = editor.state(case)["result"]
        # None for what is sent, and then none for what is made of it.
        for left_kib in (0, 8):
            disk.fill(left_kib)
            answer = _put(editor, case, _changed(image), etag)
            assert answer.status_code in (422, 507), answer.text
            assert _labels(editor, case)[1] == etag
            assert editor.state(case)["result"]["headline"] == before["headline"]
            # Who never took it in hand does not keep it from others because of that.
            assert editor.state(case)["holder"] == ""
        disk.free()
        assert _put(editor, case, _changed(image), etag).status_code == 200
        assert not list((folder / case).rglob("*.part*"))
    finally:
        disk.unmount()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda image: _changed(image, 7), "hold the value 7"),
        (lambda image: nibabel.Nifti1Image(np.zeros((4, 4, 4), np.uint8), image.affine), "have 4 × 4 × 4 voxels"),
        (lambda image: nibabel.Nifti1Image(np.asarray(image.dataobj), np.diag([1, 1, 2, 1])), "lie elsewhere"),
        (lambda image: nibabel.Nifti1Image(np.asarray(image.dataobj, np.float32), image.affine), "whole numbers"),
        (_halved, "whole numbers"),
    ],
    ids=["a strange value", "another size", "another place", "no whole numbers", "a factor in the header"],
)
def test_labels_that_cannot_be_the_cases_are_refused(editor, case, change, sentence):
    image, etag = _labels(editor, case)
    answer = _put(editor, case, change(image), etag)
    assert answer.status_code == 422
    assert sentence in answer.json()["reason"]
    assert _labels(editor, case)[1] == etag


@pytest.mark.parametrize("content", [b"", b"no NIfTI", b"\x1f\x8b broken"], ids=["empty", "text", "damaged"])
def test_labels_that_are_no_file_are_refused(editor, case, content):
    _, etag = _labels(editor, case)
    answer = editor.api("PUT", f"/cases/{case}/labels", content=content, headers={"If-Match": etag})
    assert answer.status_code == 422
    frame = editor.api("PUT", f"/cases/{case}/labels?frame=2", content=content, headers={"If-Match": etag})
    assert frame.status_code == 422


def test_labels_of_a_case_without_a_result_are_refused_without_a_place_of_the_server(editor, new_case, served):
    case = new_case()
    # As a form, too, which nobody sends there, and which is read as any other file that is none.
    for more in ({"content": b"a"}, {"files": {"labels": b"a"}}):
        answer = editor.api("PUT", f"/cases/{case}/labels", headers={"If-Match": '"a"'}, **more)
        assert (answer.status_code, "run it first" in answer.text) == (409, True)
        assert str(served.platform.settings.data) not in answer.text


def test_an_approval_is_of_these_labels_and_an_edit_revokes_it(editor, approver, case):
    image, etag = _labels(editor, case)
    assert (
        approver.api("POST", f"/cases/{case}/approval", headers={"If-Match": '"' + "0" * 64 + '"'}).status_code == 412
    )
    approved = approver.api("POST", f"/cases/{case}/approval", headers={"If-Match": etag}).json()
    assert approved["approval"].startswith("Approved by Dr Approver")
    assert approved["state"] == "approved"
    name = editor.get(f"/cases/{case}/files/all.zip").headers["content-disposition"]
    assert "DRAFT" not in name
    edited = _put(editor, case, _changed(image), etag).json()
    assert (edited["approval"], edited["state"]) == ("", "corrected")
    assert [event["what"] for event in edited["history"]] == ["approved", "corrected in the browser"]
    assert "DRAFT" in editor.get(f"/cases/{case}/files/all.zip").headers["content-disposition"]


def test_a_corrected_case_is_run_again_only_when_somebody_says_so(editor, case):
    image, etag = _labels(editor, case)
    assert _put(editor, case, _changed(image), etag).status_code == 200
    answer = editor.api("POST", f"/cases/{case}/runs", json={})
    assert answer.status_code == 409
    assert "corrected or approved" in answer.json()["reason"]
    # The page that says so leads back to the case.
    page = editor.post(f"/cases/{case}/run")
    assert page.status_code == 409
    assert f'<a href="/cases/{case}">Back' in page.text


def test_a_run_is_refused_with_options_that_are_none(editor, new_case):
    case = new_case()
    for options in ({"treshold": 5}, {"threshold": "much"}, {"device": "cuda"}):
        answer = editor.api("POST", f"/cases/{case}/runs", json={"options": options})
        assert answer.status_code == 422, options


def test_files_are_taken_away_and_shown_as_no_page_of_this_server(editor, case):
    report = editor.get(f"/cases/{case}/report")
    assert report.status_code == 200
    assert "sandbox" in report.headers["content-security-policy"]
    assert "script-src" not in report.headers["content-security-policy"]
    labels = editor.get(f"/cases/{case}/files/labels.nii.gz")
    assert labels.headers["content-type"] == "application/octet-stream"
    assert "attachment" in labels.headers["content-disposition"]
    archive = zipfile.ZipFile(io.BytesIO(editor.get(f"/cases/{case}/files/all.zip").content))
    names = {name.rpartition("/")[2] for name in archive.namelist()}
    assert {"labels.nii.gz", "measurements.json", "report.html", "summary.csv", "preview.png"} <= names
    for name in ("../../quantseg.sqlite", "..%2f..%2fquantseg.sqlite", ".hidden", "no-such-file"):
        assert editor.get(f"/cases/{case}/files/{name}").status_code == 404


def test_what_an_older_version_kept_of_a_result_is_made_anew(editor, case, served):
    stamp = editor.state(case)["result"]["stamp"]
    with begin_to_write(served.platform.engine) as connection:
        connection.execute(update(CASES).where(CASES.c.id == case).values(summary={"stamp": stamp, "verdict": "good"}))
    assert editor.get(f"/cases/{case}").status_code == 200


def test_the_list_tells_the_verdict_of_a_result_that_nobody_has_opened_and_of_no_earlier_one(
    editor, new_case, finished_case, served
):
    case = new_case()
    folder = served.platform.settings.cases
    shutil.copytree(folder / finished_case / "run", folder / case / "run")
    run = {"id": f"run-{case}", "case_id": case, "options": {}, "state": "done", "step": "", "reason": ""}
    with begin_to_write(served.platform.engine) as connection:
        connection.execute(insert(RUNS).values(**run, cancelled=False, tries=1, created_by="", created_at=1.0))

    def line():
        return editor.get("/cases").text.split(f"/cases/{case}")[1].partition("</tr>")[0]

    assert "mark" not in line()
    assert "mark good" in wait_for(line, lambda text: "mark" in text)
    worker = Worker(served.platform.settings, served.platform.engine)
    worker.forget_summary(case)
    assert "mark" not in line()


def test_what_a_killed_server_did_not_note_is_measured_anew(editor, case, served):
    """Files were written, and the server was killed before it wrote the numbers into its database."""
    image, etag = _labels(editor, case)
    kept = editor.state(case)["result"]
    changed = _put(editor, case, _changed(image), etag).json()
    with begin_to_write(served.platform.engine) as connection:
        connection.execute(update(CASES).where(CASES.c.id == case).values(summary=kept))
    assert editor.state(case)["result"]["headline"] == changed["headline"] != kept["headline"]
    folder = served.platform.settings.cases / case / STATE_FOLDER
    assert not [path for path in folder.iterdir() if ".part" in path.name]


def test_an_ended_session_in_the_middle_of_a_correction_loses_no_stroke(people, served, case):
    """The browser holds what was drawn; after another log-in it is saved as if nothing had been."""
    person = people(Role.EDITOR, OWN, fresh=True)
    image, etag = _labels(person, case)
    assert person.api("POST", f"/cases/{case}/hold", json={}).status_code == 204
    person.post("/logout")
    assert _put(person, case, _changed(image), etag).status_code == 401
    again = Visitor(served.address)
    assert again.log_in(person.name, PASSWORD).status_code == 303
    # The lock is of the former session of the same person, and may be taken over at once.
    assert again.api("POST", f"/cases/{case}/hold", json={"take_over": True}).status_code == 204
    assert _put(again, case, _changed(image), etag).status_code == 200
    again.api("DELETE", f"/cases/{case}/hold")
