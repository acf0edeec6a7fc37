"""Uploads: resumed after a break, refused in a sentence, kept within quotas and limits, whatever is inside."""

import gzip
import io
import os
import stat
import struct
import threading
import time
import warnings
import zipfile
from pathlib import Path

import nibabel
import numpy as np
import pytest
from made_dicom import write_series
from served import settings_of
from sqlalchemy import select, update
from visitors import OWN, wait_for

from quantseg.errors import QuantSegError
from quantseg.jobs.database import begin_to_write
from quantseg.volume import Volume
from quantseg.web import uploads
from quantseg.web.desk import Desk
from quantseg.web.refusal import Refusal
from quantseg.web.roles import Role
from quantseg.web.tables import UPLOADS


def _id(answer):
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"].rpartition("/")[2]


def test_an_upload_goes_on_where_it_stopped(editor, served, scan_bytes):
    upload = _id(editor.begin_upload("scan.nii.gz", len(scan_bytes), served.groups[OWN]))
    half = len(scan_bytes) // 2
    assert editor.send_piece(upload, 0, scan_bytes[:half]).headers["Upload-Offset"] == str(half)
    assert editor.api("HEAD", f"/uploads/{upload}").headers["Upload-Offset"] == str(half)
    # A piece that comes twice, or too early, is not taken.
    for offset in (0, half + 1):
        refused = editor.send_piece(upload, offset, scan_bytes[half:])
        assert refused.status_code == 409
        assert f"begins at {half}" in refused.text
    assert editor.send_piece(upload, half, scan_bytes[half:]).status_code == 204
    state = editor.looked_at(upload)
    assert state["state"] == "ready"
    assert state["found"][0]["words"] == "18 × 26 × 14 voxels, 1 × 1 × 1 mm"
    picture = editor.get(f"/api/v1/uploads/{upload}/pictures/{state['found'][0]['picture']}")
    assert picture.content.startswith(b"\x89PNG")
    page = editor.get(f"/uploads/{upload}")
    assert state["found"][0]["picture"] in page.text


def test_a_connection_that_breaks_keeps_what_has_come(editor, served, scan_bytes):
    import httpx

    upload = _id(editor.begin_upload("scan.nii.gz", len(scan_bytes), served.groups[OWN]))

    def pieces():
        yield scan_bytes[:3000]
        time.sleep(0.3)
        raise OSError("the line is gone")

    with pytest.raises((OSError, httpx.TransportError)):
        editor.send_piece(upload, 0, pieces())
    offset = wait_for(lambda: editor.api("GET", f"/uploads/{upload}").json()["offset"], lambda found: found == 3000)
    assert (
        wait_for(
            lambda: editor.send_piece(upload, offset, scan_bytes[offset:]).status_code, lambda status: status != 423
        )
        == 204
    )
    assert editor.looked_at(upload)["state"] == "ready"


@pytest.mark.parametrize(
    ("name", "length", "status", "sentence"),
    [
        ("letter.docx", 100, 415, "no image that is taken"),
        ("scan.nhdr", 100, 415, "no image that is taken"),
        ("scan.nii.gz", 0, 422, "The file is empty"),
        ("scan.nii.gz", 5 * 1024**3, 413, "this one has 5.0 GiB"),
        ("scan.nii.gz", 10**14, 413, "up to 4.0 GiB"),
    ],
)
def test_what_cannot_be_taken_is_refused_before_it_is_sent(editor, served, name, length, status, sentence):
    answer = editor.begin_upload(name, length, served.groups[OWN])
    assert answer.status_code == status
    assert sentence in answer.json()["reason"]


@pytest.mark.parametrize("day", ["1950-13-01", "19500231", "2999-01-01", "1950-1231", "\u0661950-01-01"])
def test_a_date_of_birth_is_a_day_of_the_past(editor, served, day):
    answer = editor.begin_upload("scan.nii.gz", 10, served.groups[OWN], birth_date=day)
    assert (answer.status_code, "day of the past" in answer.json()["reason"]) == (422, True)


def test_no_more_is_taken_than_was_announced(editor, served):
    upload = _id(editor.begin_upload("scan.nii.gz", 10, served.groups[OWN]))
    assert editor.send_piece(upload, 0, b"a" * 11).status_code == 413
    assert uploads.part_of(served.platform, upload).stat().st_size == 0


def test_nobody_sends_into_a_group_of_others(editor, served):
    assert editor.begin_upload("scan.nii.gz", 10, served.groups["Cardiology"]).status_code == 422


def test_a_quota_holds_however_many_ask_at_once(people, served):
    greedy = people(Role.EDITOR, OWN, fresh=True)
    length = served.platform.settings.longest_upload_bytes
    greedy.token()
    statuses = []

    def ask():
        statuses.append(greedy.begin_upload("scan.nii.gz", length, served.groups[OWN]).status_code)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201] * (served.platform.settings.quota_bytes // length) + [413] * 4
    with served.platform.engine.begin() as connection:
        mine = list(connection.execute(select(UPLOADS.c.id).where(UPLOADS.c.user_id == greedy.user)).scalars())
    for upload in mine:
        assert greedy.api("DELETE", f"/uploads/{upload}").status_code == 204
    assert not [path for path in served.platform.settings.uploads.iterdir() if path.name in mine]


def test_what_nobody_goes_on_with_is_deleted(editor, served):
    upload = _id(editor.begin_upload("scan.nii.gz", 10, served.groups[OWN]))
    with begin_to_write(served.platform.engine) as connection:
        connection.execute(update(UPLOADS).where(UPLOADS.c.id == upload).values(ends_at=time.time() - 1))
    # As of a case that was erased while somebody saved it, and of an export in which a server was killed.
    places = (served.platform.settings.cases, served.platform.settings.exports)
    left, new = ([place / name for place in places] for name in ("left", "new"))
    for folder in (*left, *new):
        folder.mkdir()
    for folder in left:
        os.utime(folder, (0, time.time() - 2 * 3600))
    assert uploads.expire(served.platform) >= 1
    assert not any(folder.exists() for folder in left)
    for folder in new:
        folder.rmdir()
    assert editor.api("HEAD", f"/uploads/{upload}").status_code == 404
    assert not uploads.part_of(served.platform, upload).exists()


def _zip(members, links=()):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        for name in links:
            info = zipfile.ZipInfo(name)
            info.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, "/etc/passwd")
    return stream.getvalue()


def _nested():
    inner = _zip({"bomb": bytes(50_000_000)})
    return _zip({f"{number}.zip": inner for number in range(5)})


def _huge_header():
    header = nibabel.Nifti1Header()
    header.set_data_shape((30_000, 30_000, 30_000))
    header["magic"] = b"n+1"
    return header.binaryblock + bytes(8)


def _detached_nrrd(place, comment="", end="\n"):
    head = f"NRRD0004\n{comment}type: short\ndimension: 3\nsizes: 20 20 20\nencoding: raw\ndata file: {place}\n\n"
    return head.replace("\n", end).encode()


def _detached_meta(field="ElementDataFile ="):
    head = f"ObjectType = Image\nNDims = 3\nDimSize = 20 20 20\nElementType = MET_SHORT\n{field} /etc/hostname\n"
    return head.encode()


_BAD = {
    "a zip bomb": ("study.zip", lambda: _zip({"one.dcm": bytes(300_000_000)}), "unpacks from"),
    "zips within a zip": ("study.zip", _nested, "No "),
    "an image file in a zip": (
        "scan.zip",
        lambda: _zip({"a/scan.nii.gz": bytes(400)}),
        "unpack it, and send the image",
    ),
    "a path out of a zip": ("study.zip", lambda: _zip({"../../escaped.dcm": b"DICM"}), "lead out of it"),
    "a link in a zip": ("study.zip", lambda: _zip({"one.dcm": b"a"}, ["link.dcm"]), "holds links"),
    "a gzip bomb": ("scan.nii.gz", lambda: gzip.compress(bytes(300_000_000), 9), "unpacks to more"),
    "a header that claims much": ("scan.nii", _huge_header, "expected"),
    "no image at all": ("scan.nii", lambda: b"<script>alert(1)</script>" * 40, "NIfTI header"),
    "a label map": ("scan.nii", lambda: _labels(), "look like labels"),
    "a header that names another file": ("scan.nrrd", lambda: _detached_nrrd("/etc/hostname"), "names other files"),
    "a header that names another file, upwards": ("scan.nrrd", lambda: _detached_nrrd("../a/image.nii"), "other files"),
    "a header that names another file, by old line ends": (
        "scan.nrrd",
        lambda: _detached_nrrd("/etc/hostname", end="\r"),
        "names other files",
    ),
    "a header that names another file, behind much else": (
        "scan.nrrd",
        lambda: _detached_nrrd("/etc/hostname", 20 * f"#{'x' * 60_000}\n"),
        "names other files",
    ),
    "a MetaImage that names another file": ("scan.mha", _detached_meta, "names other files"),
    "a MetaImage that names another file, indented": (
        "scan.mha",
        lambda: _detached_meta(" ElementDataFile\t="),
        "names other files",
    ),
}


def _labels():
    array = np.zeros((20, 20, 20), np.uint8)
    array[5:15, 5:15, 5:15] = 2
    return nibabel.Nifti1Image(array, np.eye(4)).to_bytes()


@pytest.mark.parametrize("kind", _BAD)
def test_what_is_no_image_is_refused_in_a_sentence_and_not_kept(editor, served, kind):
    name, content, sentence = _BAD[kind]
    state = editor.upload(name, content(), served.groups[OWN])
    assert state["state"] == "refused", state
    assert sentence in state["reason"]
    assert "/tmp" not in state["reason"]
    assert state["id"] not in state["reason"]
    settings = served.platform.settings
    assert not (settings.contents / state["id"]).exists()
    assert not (settings.uploads / state["id"]).exists()
    assert not list(settings.data.parent.rglob("escaped*"))


def test_two_patients_in_one_upload_are_refused(editor, served, tmp_path):
    volume = Volume(np.random.default_rng(0).uniform(1, 90, (12, 12, 2)).astype(np.int16), np.eye(4))
    members = {}
    for number, patient in enumerate(("A", "B")):
        paths = write_series(tmp_path / patient, volume, PatientID=patient)
        members |= {f"{number}/{path.name}": path.read_bytes() for path in paths}
    state = editor.upload("study.zip", _zip(members), served.groups[OWN])
    assert (state["state"], "2 patients" in state["reason"]) == ("refused", True)


def test_scripts_in_names_are_shown_as_text(editor, served, scan_bytes):
    planted = '"><img src=x onerror=alert(1)>'
    case = editor.make_case(
        editor.upload(f"{planted}.nii.gz", scan_bytes, served.groups[OWN], patient_name=planted, patient_id=planted)
    )
    begun = _id(editor.begin_upload(f"{planted}.nii.gz", 10, served.groups[OWN]))
    for path in ("/cases", f"/cases/{case}", "/send", f"/uploads/{begun}"):
        page = editor.get(path).text
        assert "<img src=x" not in page
        assert "&lt;img src=x" in page, path


def test_a_patient_may_be_named_when_images_are_chosen_but_not_renamed(editor, served, scan_bytes):
    group, said = served.groups[OWN], {"patient_name": "Late, Lee", "patient_id": "L 9"}
    unnamed = editor.upload("scan.nii.gz", scan_bytes, group)
    one = f"{unnamed['found'][0]['task']}:{unnamed['found'][0]['name']}"
    place = f"/uploads/{unnamed['id']}"
    assert 'name="patient_name"' in editor.get(place).text
    for refused, form in (("No image was chosen", said), ("1950-12-31", {"series": one, "birth_date": "1.2.1950"})):
        answer = editor.post(place, **form)
        assert answer.status_code == 422
        assert refused in answer.text
        # What was typed is there still, and the images to choose from.
        assert "series" in answer.text
        assert (form.get("patient_name") or form["birth_date"]) in answer.text
    case = editor.post(place, series=one, **said).headers["Location"]
    assert "Late, Lee · L 9" in editor.get(case).text

    named = editor.upload("scan.nii.gz", scan_bytes, group, patient_name="Early, Em")
    assert 'name="patient_name"' not in editor.get(f"/uploads/{named['id']}").text
    case = editor.post(f"/uploads/{named['id']}", series=one, **said).headers["Location"]
    assert "Early, Em" in editor.get(case).text


def test_pieces_say_what_they_are(editor, served):
    upload = _id(editor.begin_upload("scan.nii.gz", 10, served.groups[OWN]))
    assert editor.api("PATCH", f"/uploads/{upload}", headers={"Tus-Resumable": "0.2"}).status_code == 412
    plain = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "text/plain"}
    assert editor.api("PATCH", f"/uploads/{upload}", headers=plain, content=b"a").status_code == 415
    said = editor.api("OPTIONS", "/uploads")
    assert said.headers["Tus-Extension"] == "creation,expiration,termination"


def test_what_the_browser_packs_is_an_archive(repository):
    """The layout that packing.js writes, with its sizes and offsets, by the same steps."""
    source = (repository / "quantseg" / "web" / "static" / "packing.js").read_text(encoding="utf-8")
    assert "0x04034b50, 30" in source
    assert "0x02014b50, 46" in source
    assert struct.calcsize("<IHHHHHIIIHH") == 30
    assert struct.calcsize("<IHHHHHHIIIHHHHHII") == 46


def test_a_full_disk_is_said_as_one_and_not_as_a_fault_of_the_image(tmp_path, capfd):
    desk = Desk(settings_of(tmp_path))
    try:
        with pytest.raises(Refusal, match="no room") as refused:
            desk.look(Path("/dev/full").write_bytes, b"what an image becomes")
        assert refused.value.status == 507
        with pytest.raises(QuantSegError, match="cannot be processed"):
            desk.look(Path("/proc/none").write_bytes, b"")
        # What readers of DICOM warn of quotes what stands there.
        desk.look(warnings.warn, "Invalid value for VR DA: 'Planted^Name'.")
    finally:
        desk.close()
    assert "Planted" not in "".join(capfd.readouterr())
    with pytest.raises(Refusal, match="about to end"):
        desk.look(len, "")
