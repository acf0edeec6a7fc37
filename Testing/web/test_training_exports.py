"""Training data leave with two consents and a review, name nobody, and never once a consent was taken back."""

import gzip
import io
import shutil
import zipfile

import nibabel
import pytest
from served import TASK

from quantseg.web.consents import TEXTS, ConsentKind


def _consent(visitor, case, kind, **more):
    version = TEXTS[kind].version
    reference = {"reference": "cabinet 7"} if kind is ConsentKind.PATIENT else {}
    return visitor.post(f"/cases/{case}/consents", **{"kind": kind.value, "version": version, **reference, **more})


def _latest(administrator):
    """Return the identifier of the export that stands first."""
    return administrator.get("/exports").text.split("/exports/")[1].split("/")[0]


@pytest.fixture
def approved(editor, approver, new_case, finished_case, served):
    """A case whose labels somebody stands for."""
    case = new_case(patient_name="Planted^Name", patient_id="PLANTED-4711")
    folder = served.platform.settings.cases
    shutil.copytree(folder / finished_case / "run", folder / case / "run")
    etag = editor.state(case)["result"]["etag"]
    answer = approver.api("POST", f"/cases/{case}/approval", headers={"If-Match": etag})
    assert answer.status_code == 200, answer.text
    return case


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
