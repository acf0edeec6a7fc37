"""Training data leave with two consents and a review, name nobody, and never once a consent was taken back."""

import dataclasses
import gzip
import io
import shutil
import zipfile

import nibabel
import numpy as np
import pytest
from finished_brains import build_brain
from served import TASK
from shown_cases import put_case
from visitors import OWN

from quantseg.reading.scan import Scan
from quantseg.tasks.registry import TASKS
from quantseg.volume import Volume
from quantseg.web.consents import TEXTS, ConsentKind


def _consent(visitor, case, kind, **more):
    version = TEXTS[kind].version
    said = {"kind": kind.value, "version": version}
    said |= {"reference": "cabinet 7"} if kind is ConsentKind.PATIENT else {"etag": _etag(visitor, case)}
    return visitor.post(f"/cases/{case}/consents", **{**said, **more})


def _etag(visitor, case):
    return visitor.state(case)["result"]["etag"]


def _latest(administrator):
    """Return the identifier of the export that stands first."""
    return administrator.get("/exports").text.split("/exports/")[1].split("/")[0]


@pytest.fixture
def approve_new(editor, approver, new_case, finished_case, served):
    """Return a maker of cases whose labels somebody stands for."""
    return lambda number: _approved(editor, approver, new_case, finished_case, served, number)


def _approved(editor, approver, new_case, finished_case, served, number):
    case = new_case(patient_name="Planted^Name", patient_id=number)
    folder = served.platform.settings.cases
    shutil.copytree(folder / finished_case / "run", folder / case / "run")
    answer = approver.api("POST", f"/cases/{case}/approval", headers={"If-Match": _etag(editor, case)})
    assert answer.status_code == 200, answer.text
    return case


@pytest.fixture
def approved(approve_new):
    return approve_new("PLANTED-4711")


@pytest.fixture
def agreed(approver, approve_new):
    """The same of another patient, with both consents."""
    case = approve_new("PLANTED-4712")
    for kind in ConsentKind:
        assert _consent(approver, case, kind).status_code == 303
    yield case
    # So that the exports of other tests do without it; it may be erased by now.
    _consent(approver, case, ConsentKind.PATIENT, take_back="1")


def _make(administrator):
    return administrator.post("/exports", task=TASK)


def test_one_consent_is_not_enough(administrator, approver, approved):
    assert _consent(approver, approved, ConsentKind.RADIOLOGIST).status_code == 303
    answer = _make(administrator)
    assert answer.status_code == 409
    assert "both consents" in answer.text


def test_an_export_is_reviewed_names_nobody_and_ends_with_a_consent(administrator, approver, editor, approved):
    for kind in ConsentKind:
        assert _consent(approver, approved, kind).status_code == 303
    assert _make(administrator).status_code == 303
    export = _latest(administrator)
    assert administrator.get(f"/exports/{export}/data.zip").status_code == 409
    preview = administrator.get(f"/exports/{export}/preview.zip")
    archive = zipfile.ZipFile(io.BytesIO(preview.content))
    names = archive.namelist()
    assert "dataset.json" in names
    assert any(name.startswith("imagesTr/p") for name in names)
    for name in names:
        content = archive.read(name)
        assert b"lanted" not in content
        assert approved.encode() not in content
        if name.endswith(".nii.gz"):
            image = nibabel.Nifti1Image.from_bytes(gzip.decompress(content))
            assert bytes(image.header["descrip"]).strip(b"\0") == b""
            assert len(image.header.extensions) == 0
            # A crop around what was labelled, which holds no face; the whole image has 18 × 26 × 14 voxels.
            assert image.shape <= (18, 26, 14)
    assert administrator.post(f"/exports/{export}/review", release="1").status_code == 303
    assert administrator.post(f"/exports/{export}/review", reject="1").status_code == 409
    assert administrator.get(f"/exports/{export}/data.zip").content == preview.content
    wrong = administrator.post(f"/exports/{export}/models", name="ours", weights_sha256="7")
    assert wrong.status_code == 422
    assert administrator.post(f"/exports/{export}/models", name="ours", weights_sha256="ab" * 32).status_code == 303
    assert "ours (abababababab…)" in editor.get(f"/cases/{approved}").text

    assert _consent(approver, approved, ConsentKind.PATIENT, take_back="1").status_code == 303
    assert administrator.get(f"/exports/{export}/data.zip").status_code == 409
    assert _make(administrator).status_code == 409
    page = editor.get(f"/cases/{approved}").text
    assert "taken back by Dr Approver" in page
    assert "ours (abababababab…)" in page


def test_a_consent_that_is_taken_back_before_the_review_stops_the_release(administrator, approver, approved):
    for kind in ConsentKind:
        _consent(approver, approved, kind)
    assert _make(administrator).status_code == 303
    export = _latest(administrator)
    _consent(approver, approved, ConsentKind.RADIOLOGIST, take_back="1")
    answer = administrator.post(f"/exports/{export}/review", release="1")
    assert answer.status_code == 409
    assert "taken back" in answer.text
    assert administrator.post(f"/exports/{export}/review", reject="1").status_code == 303
    assert administrator.get(f"/exports/{export}/preview.zip").status_code == 409


def test_consents_say_to_what_and_where_the_paper_lies(approver, editor, approved):
    without = _consent(approver, approved, ConsentKind.PATIENT, reference=" ")
    assert without.status_code == 422
    assert _consent(approver, approved, ConsentKind.PATIENT, version="patient-0").status_code == 409
    assert _consent(editor, approved, ConsentKind.PATIENT).status_code == 403
    assert _consent(approver, approved, ConsentKind.PATIENT).status_code == 303
    assert _consent(approver, approved, ConsentKind.PATIENT).status_code == 409
    assert "paper: cabinet 7" in editor.get(f"/cases/{approved}").text
    assert "patient-1" in editor.get(f"/cases/{approved}").text


def test_a_radiologist_stands_for_the_labels_that_were_seen_and_no_export_takes_others(
    administrator, approver, editor, agreed
):
    seen = _etag(editor, agreed)
    image = nibabel.Nifti1Image.from_bytes(gzip.decompress(editor.api("GET", f"/cases/{agreed}/labels").content))
    drawn = np.asarray(image.dataobj).copy()
    drawn[0, 0, 0] = 1
    sent = nibabel.Nifti1Image(drawn, image.affine).to_bytes()
    saved = editor.api("PUT", f"/cases/{agreed}/labels", content=sent, headers={"If-Match": seen})
    assert saved.status_code == 200
    assert "this consent is to others" in approver.get(f"/cases/{agreed}").text
    assert _make(administrator).status_code == 409
    # Of a page that was open before, too.
    stale = _consent(approver, agreed, ConsentKind.RADIOLOGIST, etag=seen)
    assert stale.status_code == 409
    assert "changed since you opened the page" in stale.text
    assert _consent(approver, agreed, ConsentKind.RADIOLOGIST).status_code == 303
    assert "this consent is to others" not in approver.get(f"/cases/{agreed}").text
    assert _make(administrator).status_code == 303
    assert _consent(approver, agreed, ConsentKind.RADIOLOGIST, take_back="1").status_code == 303
    assert administrator.get(f"/exports/{_latest(administrator)}/preview.zip").status_code == 409


def _released(administrator):
    assert _make(administrator).status_code == 303
    export = _latest(administrator)
    assert administrator.post(f"/exports/{export}/review", release="1").status_code == 303
    return export


def _names(administrator, export):
    archive = zipfile.ZipFile(io.BytesIO(administrator.get(f"/exports/{export}/data.zip").content))
    return sorted(name for name in archive.namelist() if name.startswith("imagesTr/"))


@pytest.mark.usefixtures("agreed")
def test_who_is_in_two_exports_has_one_random_name_so_that_nobody_is_trained_and_tested_on(administrator):
    first, second = _released(administrator), _released(administrator)
    assert first != second
    assert _names(administrator, first) == _names(administrator, second) != []


@pytest.mark.usefixtures("agreed")
def test_a_model_that_went_on_from_another_has_seen_what_that_had_seen(administrator):
    earlier, later = "1" * 64, "2" * 64
    export = _released(administrator)
    assert administrator.post(f"/exports/{export}/models", name="one", weights_sha256=earlier).status_code == 303
    other = _released(administrator)
    with_first = {"name": "two", "weights_sha256": later, "began_as_sha256": earlier.upper()}
    unknown = administrator.post(f"/exports/{other}/models", **with_first | {"began_as_sha256": "3" * 64})
    assert unknown.status_code == 422
    assert "record that one first" in unknown.text

    assert administrator.post(f"/exports/{other}/models", **with_first).status_code == 303

    shown = {one.split("</li>")[0] for one in _panel(administrator, export).split("<li>")[1:]}
    assert {f"one <code>{earlier}</code>", f"two <code>{later}</code>"} <= shown


def _panel(administrator, export):
    """Return what the page says of one export."""
    panels = administrator.get("/exports").text.split('<section class="panel">')
    return next(one for one in panels if export in one)


def test_nothing_of_an_erased_patient_stays_in_exports(administrator, agreed, served):
    export = _released(administrator)
    folder = served.platform.settings.exports / export
    assert folder.is_dir()

    number = str(administrator.state(agreed)["number"])
    assert administrator.post(f"/cases/{agreed}/erase", number=number).status_code == 303

    assert not folder.exists()
    gone = administrator.get(f"/exports/{export}/data.zip")
    assert gone.status_code == 409
    assert "taken back" in gone.text
    assert "erased since" in _panel(administrator, export)


def test_nobody_is_asked_to_agree_to_what_no_model_learns_from(served, people, administrator, approver):
    """Brain tissue is corrected, but its network learns from what it makes itself."""
    del people
    settings = served.platform.settings
    settings.tasks["brain-tissue"] = TASKS["brain-tissue"]
    try:
        brain = build_brain(name="image")
        # Finer than the task's guard asks for; nobody measures it here.
        scan = Scan(Volume(brain.scan.volume.array, np.diag([2.0, 2.0, 2.0, 1.0])), brain.scan.image_format)
        case = put_case(served, OWN, "brain-tissue", dataclasses.replace(brain, scan=scan))
        page = approver.get(f"/cases/{case}").text
        assert "Approve these labels" in page
        assert "Share for training" not in page
        answer = _consent(approver, case, ConsentKind.PATIENT)
        assert answer.status_code == 409
        assert "nothing is to be agreed to" in answer.text
        assert "<option>brain-tissue</option>" not in administrator.get("/exports").text
        assert administrator.post("/exports", task="brain-tissue").status_code == 422
    finally:
        del settings.tasks["brain-tissue"]
