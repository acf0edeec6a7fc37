"""Tasks with nothing to correct: run with what is known of the person, shown, taken away, and never approved."""

import dataclasses
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import standin_looked_at
from finished_ages import build_age
from finished_cases import build_head
from shown_cases import put_case
from small_scans import write_scan
from sqlalchemy import insert
from visitors import OWN

from quantseg.errors import UsageError
from quantseg.jobs.database import begin_to_write
from quantseg.results.layout import MEASUREMENTS
from quantseg.tasks.options import options_of
from quantseg.tasks.registry import TASKS, find_task
from quantseg.web import casework, downloading
from quantseg.web.casework import CaseOrder
from quantseg.web.engine import RunOrder
from quantseg.web.looking import look_at
from quantseg.web.runs import DONE
from quantseg.web.settings import Settings
from quantseg.web.tables import RUNS
from quantseg.web.tasks import licences_of, options_in_words, options_of_form, person_apart, words_of

_TASK = "looked-at"


@pytest.fixture
def image(tmp_path):
    path = tmp_path / "image.nii.gz"
    write_scan(path)
    return path


@pytest.mark.usefixtures("python_path")
def test_a_run_is_told_what_was_said_of_the_person(image, tmp_path):
    words = words_of(_TASK, standin_looked_at.REFERENCE)
    options = options_of_form(words, {"person_age": "42.5", "person_sex": "F", "threshold": "90"})
    output = tmp_path / "made"
    order = RunOrder(standin_looked_at.REFERENCE, str(image), "image", str(output), options, memory_bytes=4 * 1024**3)
    command = [sys.executable, "-m", "quantseg.web.engine"]
    done = subprocess.run(command, input=order.to_json() + "\n", capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr

    case = CaseOrder(standin_looked_at.REFERENCE, image, "image", tmp_path / "case")
    case.folder.mkdir()
    casework.install_run(case, output)
    measured = json.loads((case.result / MEASUREMENTS).read_text())["measurements"]
    assert [one["value"] for one in measured if one["region"] == "left"] == [42.5]
    summary = casework.summarise(case)
    assert summary["only_looked_at"]
    assert summary["approval"] == ""
    folder = downloading.write_downloads(case, 7, has_dicom=False)
    names = zipfile.ZipFile(folder / downloading.ALL_FILES).namelist()
    assert {"DRAFT_case7/report.html", "DRAFT_case7/measurements.json", "DRAFT_case7/labels.nii.gz"} <= set(names)
    with pytest.raises(UsageError, match="cannot be corrected"):
        casework.approve_labels(case, casework.Editor("x", "y"), summary["etag"])


@pytest.mark.parametrize("said", [{"person_age": "old"}, {"person_age": "400"}, {"person_sex": "x"}])
def test_what_cannot_be_said_of_a_person_is_refused(said):
    with pytest.raises(UsageError, match="of the person cannot be"):
        person_apart(standin_looked_at.REFERENCE, said)


def test_a_task_that_asks_for_nobody_is_told_nothing_of_a_person():
    assert person_apart(TASKS["heart"], {"person_age": "4"})[1] == {"person_age": "4"}
    assert not [field for field in words_of("heart", TASKS["heart"]).fields if field.name.startswith("person")]


def test_of_a_result_without_labels_it_is_said_too_that_nobody_approves_it(served, people, approver):
    del people
    served.platform.settings.tasks["brain-age"] = TASKS["brain-age"]
    try:
        age = build_age(67.0, scan=build_head().scan)
        case = put_case(served, OWN, "brain-age", dataclasses.replace(age, name="image"))
        for answer in (
            approver.post(f"/cases/{case}/approve", etag=""),
            approver.api("POST", f"/cases/{case}/approval", headers={"If-Match": '"x"'}),
            approver.api("PUT", f"/cases/{case}/labels", headers={"If-Match": '"x"'}, content=b"x"),
        ):
            assert answer.status_code == 409
            assert "cannot be corrected" in answer.text
    finally:
        del served.platform.settings.tasks["brain-age"]


def test_its_page_shows_numbers_and_files_and_offers_neither_correction_nor_approval(served, people, approver):
    del people
    served.platform.settings.tasks[_TASK] = standin_looked_at.REFERENCE
    try:
        case = put_case(served, OWN, _TASK, build_head(name="image"))
        page = approver.get(f"/cases/{case}").text
        assert "neither corrected nor approved" in page
        assert 'id="correct"' not in page
        assert "Approve these labels" not in page
        assert "Share for training" not in page
        assert "Age of the person in years" in page
        # And what was typed, beside the numbers that it made.
        run = {"id": f"run-{case}", "case_id": case, "options": {"person_age": "64.5"}, "state": DONE, "step": ""}
        with begin_to_write(served.platform.engine) as connection:
            connection.execute(
                insert(RUNS).values(**run, reason="", cancelled=False, tries=1, created_by="", created_at=1.0)
            )
        page = approver.get(f"/cases/{case}").text
        assert "age of the person in years: <strong>64.5</strong>" in page
        assert 'name="person_age" inputmode=decimal value="64.5"' in page
        assert approver.get(f"/api/v1/cases/{case}/labels").status_code == 200
        archive = approver.get(f"/cases/{case}/files/all.zip")
        assert any(name.endswith("report.html") for name in zipfile.ZipFile(io.BytesIO(archive.content)).namelist())
        etag = approver.state(case)["result"]["etag"]
        answer = approver.api("POST", f"/cases/{case}/approval", headers={"If-Match": f'"{etag}"'})
        assert answer.status_code == 409
        assert "cannot be corrected" in answer.text
        # Nobody keeps others, or a new run, from what is nobody's to change.
        assert approver.api("POST", f"/cases/{case}/hold", json={}).status_code == 409
    finally:
        del served.platform.settings.tasks[_TASK]


@pytest.mark.parametrize(
    ("task", "name"),
    [
        (task, one.name)
        for task in TASKS
        for one in options_of(find_task(task).options)
        if one.name == "device" or issubclass(one.kind, Path)
    ],
)
def test_no_form_asks_for_a_file_of_the_server_or_where_it_computes_and_none_is_taken(task, name):
    assert name not in [field.name for field in words_of(task, TASKS[task]).fields]
    with pytest.raises(UsageError, match="is not asked here"):
        licences_of(TASKS[task], {name: "/etc/hostname"})


@pytest.mark.parametrize("task", list(TASKS))
def test_a_field_says_what_it_asks_and_in_which_unit(task):
    for field in words_of(task, TASKS[task]).fields:
        assert field.title.split()[0] not in ("For", "Of", "Its"), field.title
        unit = {"cm": "[cm]", "kg": "[kg]", "m": "[m]", "bpm": "[per minute]"}.get(field.name.rpartition("_")[2], "")
        assert field.title.endswith(unit), field.title
        # Only the first letter is made large: a "t1" is no T1.
        assert field.title[1 : len(field.help)] == field.help[1:]


def test_what_was_asked_is_said_in_words():
    words = words_of("heart", TASKS["heart"])
    told = options_in_words(words, {"height_cm": "175", "model": "heart-lv-open"})
    assert ("Body height", "175 cm") in told
    assert "Left ventricle only (open licence)" in [value for _, value in told]


def test_whatever_is_offered_looks_at_an_image_or_says_why_it_cannot(image, tmp_path):
    """With all that a server offers: one task that fails would refuse every upload."""
    found = look_at(image, Settings(tmp_path).tasks, tmp_path / "pictures")
    assert {one.task for one in found.series} == set(Settings(tmp_path).tasks)
    assert any(not one.reason for one in found.series)


@pytest.mark.slow
def test_a_whole_head_is_offered_to_every_task_that_it_fits(repository, tmp_path):
    """Real tasks, without a network: only reading and their own refusals."""
    head = repository / "Resources" / "SampleData" / "head_t1.nii.gz"
    tasks = {name: reference for name, reference in Settings(tmp_path).tasks.items() if name.startswith("brain-")}
    assert {"brain-age", "brain-tissue"} <= set(tasks)
    found = look_at(head, tasks, tmp_path / "pictures")
    assert {one.task for one in found.series if not one.reason} == set(tasks)
