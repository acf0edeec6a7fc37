"""Uploads that many are about at once: nothing is written over, looked at or made a case of twice, nobody kept out."""

import threading

import pytest
from served import settings_of
from sqlalchemy import update
from visitors import OWN

from quantseg.errors import QuantSegError
from quantseg.jobs.database import begin_to_write
from quantseg.web import accounts, uploads
from quantseg.web.desk import Desk
from quantseg.web.platform import Platform
from quantseg.web.refusal import Refusal
from quantseg.web.roles import Role
from quantseg.web.routes import upload_api
from quantseg.web.sealing import Identity
from quantseg.web.sessions import Who
from quantseg.web.tables import UPLOADS


def test_a_piece_that_comes_late_is_not_written_over_what_another_tab_has_sent_meanwhile(
    editor, served, scan_bytes, monkeypatch
):
    begun = editor.begin_upload("scan.nii.gz", len(scan_bytes), served.groups[OWN])
    upload = begun.headers["Location"].rpartition("/")[2]
    alone = upload_api._open_alone

    def late(*given):
        monkeypatch.setattr(upload_api, "_open_alone", alone)
        assert editor.send_piece(upload, 0, scan_bytes[:100]).status_code == 204
        return alone(*given)

    monkeypatch.setattr(upload_api, "_open_alone", late)
    refused = editor.send_piece(upload, 0, bytes(len(scan_bytes)))
    assert (refused.status_code, "begins at 100" in refused.text) == (409, True)
    assert uploads.part_of(served.platform, upload).read_bytes() == scan_bytes[:100]
    assert editor.api("DELETE", f"/uploads/{upload}").status_code == 204


def _raise(*_given):
    raise QuantSegError("Whoever comes second is not asked.")


def test_an_upload_is_looked_at_once_and_nothing_stays_of_one_that_was_deleted_meanwhile(
    editor, served, scan_bytes, monkeypatch
):
    platform = served.platform
    state = editor.upload("scan.nii.gz", scan_bytes, served.groups[OWN])
    with monkeypatch.context() as patch:
        patch.setattr(platform.desk, "take_in", _raise)
        uploads.receive_whole(platform, uploads.current(platform, state["id"]))
    assert editor.api("GET", f"/uploads/{state['id']}").json()["state"] == "ready"
    # As the pictures of an image that is looked at while its upload is deleted.
    with begin_to_write(platform.engine) as connection:
        connection.execute(update(UPLOADS).where(UPLOADS.c.id == state["id"]).values(state=uploads.SENDING))
    row, look = uploads.current(platform, state["id"]), platform.desk.take_in

    def deleting(*given):
        found = look(*given)
        assert editor.api("DELETE", f"/uploads/{state['id']}").status_code == 204
        (platform.settings.contents / state["id"] / "pictures").mkdir(parents=True)
        return found

    monkeypatch.setattr(platform.desk, "take_in", deleting)
    uploads.receive_whole(platform, row)
    assert not (platform.settings.contents / state["id"]).exists()


def test_cases_are_made_of_all_that_was_chosen_or_of_nothing_and_once(editor, served, scan_bytes):
    upload = editor.upload("scan.nii.gz", scan_bytes, served.groups[OWN])
    one = f"{upload['found'][0]['task']}:{upload['found'][0]['name']}"

    def cases():
        return {case["id"] for case in editor.api("GET", "/cases").json()}

    def choose(*series):
        return editor.post(f"/uploads/{upload['id']}", series=list(series)).status_code

    before, folders = cases(), set(served.platform.settings.cases.iterdir())
    assert choose(one, "stand-in:another") == 422
    assert (cases(), set(served.platform.settings.cases.iterdir())) == (before, folders)
    assert choose(one, one) == 303
    assert len(cases() - before) == 1
    assert choose(one) == 404


def test_many_uploads_that_wait_to_be_looked_at_keep_nobody_from_a_page(people, served, monkeypatch):
    sender, gate = people(Role.EDITOR, OWN, fresh=True), threading.Event()

    def slow(*_given):
        assert gate.wait(60)
        raise QuantSegError("Nothing is to be kept of it.")

    monkeypatch.setattr(served.platform.desk, "take_in", slow)
    try:
        for _ in range(45):
            begun = sender.begin_upload("scan.nii", 1, served.groups[OWN])
            upload = begun.headers["Location"].rpartition("/")[2]
            assert sender.send_piece(upload, 0, b"a").status_code == 204
        assert sender.get("/login", timeout=10).status_code == 200
    finally:
        gate.set()
    assert sender.looked_at(upload)["state"] == "refused"


def test_so_many_wait_for_the_desk_that_pages_have_threads_left(tmp_path, monkeypatch):
    desk, gate = Desk(settings_of(tmp_path)), threading.Event()
    monkeypatch.setattr(desk._uploads, "do", lambda *_given: gate.wait(60))
    waiting = [threading.Thread(target=desk.look, args=(len, "")) for _ in range(16)]
    for thread in waiting:
        thread.start()
    with pytest.raises(Refusal, match="Too many wait"):
        desk.look(len, "")
    gate.set()
    for thread in waiting:
        thread.join()
    assert desk.look(len, "")


def test_an_upload_that_a_server_ended_over_is_looked_at_when_it_starts_again(tmp_path, scan_bytes):
    platform = Platform.open(settings_of(tmp_path, workers=0))
    with begin_to_write(platform.engine) as connection:
        group = accounts.add_group(connection, OWN)
        user = accounts.add_user(connection, "ed", "Dr Ed", Role.EDITOR, [group])
    who = Who(user, "ed", "Dr Ed", Role.EDITOR, {group: OWN}, "", "")
    upload = uploads.begin_upload(platform, who, "scan.nii.gz", len(scan_bytes), group, Identity())
    uploads.part_of(platform, upload).write_bytes(scan_bytes)
    row = uploads.current(platform, upload)
    platform.desk.close()
    uploads.receive_whole(platform, row)
    assert uploads.current(platform, upload)["state"] == uploads.LOOKING
    assert (platform.settings.contents / upload / "image.nii.gz").read_bytes() == scan_bytes
    platform.close()
