"""A planted name is nowhere but on the pages of its group: not in files, addresses, errors, the audit trail."""

import dataclasses
import shutil
import sqlite3
import subprocess
import sys
import time

import pytest
from cryptography.fernet import Fernet
from served import settings_of
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from visitors import OTHER, OWN

from quantseg.errors import QuantSegError
from quantseg.jobs.database import begin_to_write
from quantseg.web import cases, erasing
from quantseg.web.audit import Search, search
from quantseg.web.erasing import erase_expired
from quantseg.web.platform import Platform
from quantseg.web.roles import Role
from quantseg.web.sealing import KEY_VARIABLE, Identity, Sealer
from quantseg.web.tables import AUDIT, CASES, METADATA, PATIENTS, RUNS

_PLANTED = ("Planted", "PLANTED-4711", "planted-4711")


def test_a_name_is_on_the_groups_pages_and_nowhere_else(editor, people, served, finished_case):
    assert "Planted Name · PLANTED-4711" in editor.get(f"/cases/{finished_case}").text
    assert "Planted Name" in editor.get("/cases").text
    assert "Planted" not in people(Role.ADMINISTRATOR, OTHER).get("/cases").text
    editor.get(f"/cases/{finished_case}/files/all.zip")
    with begin_to_write(served.platform.engine) as connection:
        connection.exec_driver_sql("SELECT 1")
    places = [path for path in served.platform.settings.data.rglob("*") if path.is_file()]
    assert len(places) > 8
    for path in places:
        content = path.read_bytes()
        assert not any(planted.encode() in content for planted in _PLANTED), path
        assert not any(planted in str(path) for planted in _PLANTED)
    assert "Planted" not in str(editor.api("GET", "/cases").json())
    assert "Planted" not in str(editor.state(finished_case))
    with served.platform.engine.begin() as connection:
        assert "Planted" not in str(search(connection, Search(), most=10_000))


def test_a_file_name_that_names_a_patient_is_kept_encrypted(editor, served, scan_bytes):
    state = editor.upload("Planted_Name_1950.nii.gz", scan_bytes, served.groups[OWN])
    assert "Planted_Name_1950" in editor.get(f"/uploads/{state['id']}").text
    with served.platform.engine.begin() as connection:
        rows = [
            str(dict(row)) for table in METADATA.sorted_tables for row in connection.execute(select(table)).mappings()
        ]
    assert not [row for row in rows if "Planted" in row]


def test_nothing_that_was_sent_comes_back_in_an_error(editor):
    for path in ("/cases/Planted^Name", "/api/v1/cases/Planted^Name", "/Planted^Name"):
        assert "Planted" not in editor.get(path).text
    answer = editor.api("POST", "/cases/Planted/runs", json={"options": "Planted"})
    assert "Planted" not in answer.text


def test_the_audit_trail_says_who_did_what_and_is_only_added_to(editor, administrator, served, finished_case):
    editor.get(f"/cases/{finished_case}")
    with served.platform.engine.begin() as connection:
        lines = search(connection, Search(user=editor.name, subject=finished_case))
        assert {"case made", "run asked for", "case seen"} <= {line["action"] for line in lines}
        assert not search(connection, Search(user=editor.name, action="case seen", until=1.0))
    for change in (update(AUDIT).values(detail="nothing"), delete(AUDIT)):
        with (
            pytest.raises(SQLAlchemyError, match="only added to"),
            begin_to_write(served.platform.engine) as connection,
        ):
            connection.execute(change)
    page = administrator.get("/audit", params={"action": "case seen", "user": editor.name})
    assert finished_case in page.text
    assert "run asked for" not in page.text
    for day in ("yesterday", "0001-01-01", "9999-12-31"):
        assert administrator.get("/audit", params={"until": day}).status_code in (200, 422)
        assert administrator.get("/audit", params={"since": day}).status_code in (200, 422)
    # People talk of cases by their numbers, and look for them so.
    number = editor.state(finished_case)["number"]
    assert f"case {number} · {finished_case}" in page.text
    by_number = administrator.get("/audit", params={"subject": f"Case {number}"}).text
    assert by_number.count(f"case {number} ·") == by_number.count("<tr><td") > 0
    assert editor.get("/audit").status_code == 403


def test_who_asks_the_api_alone_is_in_the_trail_and_once_an_hour_where_pages_ask_again(people, served, finished_case):
    person = people(Role.READER, OWN, fresh=True)
    for path in (f"/cases/{finished_case}", f"/cases/{finished_case}/picture", "/cases"):
        for _ in range(2):
            assert person.api("GET", path).status_code == 200
    with served.platform.engine.begin() as connection:
        lines = [line["action"] for line in search(connection, Search(user=person.name))]
    # The page of the list is one of its own, from which the token comes.
    assert sorted(lines) == ["case seen", "list of cases seen", "password set", "picture seen"]


def test_the_trail_says_to_which_groups_somebody_was_let(administrator, people, served):
    person = people(Role.READER, OWN, fresh=True)
    change = {"role": "editor", "group": [served.groups[OWN], served.groups[OTHER]]}
    assert administrator.post(f"/people/{person.user}", **change).status_code == 303
    with served.platform.engine.begin() as connection:
        (line, *_) = search(connection, Search(subject=person.user))
    assert (line["action"], line["detail"]) == ("person changed", f"role editor, groups: {OTHER}, {OWN}")


def test_erasing_a_patient_leaves_nothing_but_the_trail(administrator, editor, served, scan_bytes):
    said = {"patient_name": "Erased^Name", "patient_id": "E 1"}
    cases = [editor.make_case(editor.upload("a.nii.gz", scan_bytes, served.groups[OWN], **said)) for _ in range(2)]
    number = editor.state(cases[0])["number"]
    wrong = administrator.post(f"/cases/{cases[0]}/erase", number="0")
    assert wrong.status_code == 422
    assert editor.get(f"/cases/{cases[0]}").status_code == 200
    assert editor.post(f"/cases/{cases[0]}/erase", number=str(number)).status_code == 403
    assert administrator.post(f"/cases/{cases[0]}/erase", number=str(number)).status_code == 303
    settings = served.platform.settings
    for case in cases:
        assert editor.get(f"/cases/{case}").status_code == 404
        assert not (settings.cases / case).exists()
    with served.platform.engine.begin() as connection:
        sealed = connection.execute(select(PATIENTS.c.identity_sealed)).scalars()
        assert not [one for one in sealed if "Erased" in served.platform.sealer.open_identity(one).name]
        kept = search(connection, Search(subject=cases[1]))
    assert kept[0]["action"] == "case erased"


def test_all_that_was_sent_together_is_erased_together_though_nobody_said_whose_it_is(administrator, new_case, served):
    case, other = new_case(), "made-of-the-same"
    with begin_to_write(served.platform.engine) as connection:
        row = dict(connection.execute(select(CASES).where(CASES.c.id == case)).mappings().one())
        connection.execute(insert(CASES).values(**row | {"id": other, "number": 100_000}))
    assert administrator.post(f"/cases/{case}/erase", number=str(row["number"])).status_code == 303
    assert administrator.get(f"/cases/{other}").status_code == 404
    assert not (served.platform.settings.contents / row["content_id"]).exists()


def test_what_cannot_be_deleted_is_said_and_stays_to_be_erased_again(administrator, new_case, served, monkeypatch):
    case = new_case()
    number = str(administrator.state(case)["number"])

    def stays(_folder):
        raise PermissionError(1, "Operation not permitted")

    with monkeypatch.context() as patch:
        patch.setattr(erasing.shutil, "rmtree", stays)
        refused = administrator.post(f"/cases/{case}/erase", number=number)
    assert refused.status_code == 422
    assert "Operation not permitted" in refused.text
    # It keeps no other from being erased when its time is over.
    other, delete_folder = new_case(), erasing._delete
    keeping = dataclasses.replace(served.platform, settings=dataclasses.replace(served.platform.settings, keep_days=30))
    with begin_to_write(served.platform.engine) as connection:
        aged = update(CASES).where(CASES.c.id.in_([case, other]))
        connection.execute(aged.values(created_at=time.time() - 31 * 86_400))
    with monkeypatch.context() as patch:
        patch.setattr(erasing, "_delete", lambda path: stays(path) if path.name == case else delete_folder(path))
        with pytest.raises(QuantSegError, match="not permitted"):
            erase_expired(keeping)
    assert [administrator.get(f"/cases/{one}").status_code for one in (case, other)] == [200, 404]
    assert administrator.post(f"/cases/{case}/erase", number=number).status_code == 303


def test_what_nobody_has_changed_for_as_long_as_is_kept_is_erased(editor, served, scan_bytes):
    said = {"patient_name": "Kept^Name", "patient_id": "K 1"}
    old, new = (editor.make_case(editor.upload("a.nii.gz", scan_bytes, served.groups[OWN], **said)) for _ in range(2))
    keeping = dataclasses.replace(served.platform, settings=dataclasses.replace(served.platform.settings, keep_days=30))

    def age(case):
        with begin_to_write(served.platform.engine) as connection:
            connection.execute(update(CASES).where(CASES.c.id == case).values(created_at=time.time() - 31 * 86_400))

    def patients():
        with served.platform.engine.begin() as connection:
            sealed = list(connection.execute(select(PATIENTS.c.identity_sealed)).scalars())
        return [one for one in sealed if served.platform.sealer.open_identity(one).identifier == "K 1"]

    age(old)
    assert erase_expired(served.platform) == 0
    # Somebody has just begun to correct it.
    assert editor.api("POST", f"/cases/{old}/hold", json={}).status_code == 204
    assert erase_expired(keeping) == 0
    assert editor.api("DELETE", f"/cases/{old}/hold").status_code == 204
    assert erase_expired(keeping) == 1
    assert editor.get(f"/cases/{old}").status_code == 404
    assert editor.get(f"/cases/{new}").status_code == 200
    assert len(patients()) == 1
    with served.platform.engine.begin() as connection:
        assert search(connection, Search(subject=old))[0]["action"] == "case erased after 30 days without a change"
    age(new)
    # Somebody has had it run since.
    with begin_to_write(served.platform.engine) as connection:
        run = {"id": "kept", "case_id": new, "options": {}, "state": "done", "step": "", "reason": "", "created_by": ""}
        connection.execute(insert(RUNS).values(**run, cancelled=False, tries=1, created_at=time.time()))
    assert erase_expired(keeping) == 0
    with begin_to_write(served.platform.engine) as connection:
        connection.execute(delete(RUNS).where(RUNS.c.id == "kept"))
    assert erase_expired(keeping) == 1
    assert patients() == []


def test_two_patients_under_one_number_are_not_mixed(editor, served, scan_bytes):
    def send(**said):
        upload = editor.upload("a.nii.gz", scan_bytes, served.groups[OWN], patient_id="M 7", **said)
        return editor.post(
            f"/uploads/{upload['id']}", series=f"{upload['found'][0]['task']}:{upload['found'][0]['name']}"
        )

    assert send(patient_name="Mixed^Anna", birth_date="1950-01-01").status_code == 303
    for said in ({"patient_name": "Mixed^Otto"}, {"patient_name": "Mixed^Anna", "birth_date": "1951-01-01"}):
        refused = send(**said)
        assert refused.status_code == 409
        assert "another patient by this number" in refused.text
    assert send(patient_name="Anna Mixed", birth_date="19500101").status_code == 303
    assert send().status_code == 303


def test_a_copy_made_as_described_starts_elsewhere_and_shows_the_case(served, editor, finished_case, tmp_path):
    data, copy = served.platform.settings.data, tmp_path / "copy"
    copy.mkdir()
    with sqlite3.connect(data / "quantseg.sqlite") as there, sqlite3.connect(copy / "quantseg.sqlite") as here:
        there.backup(here)
    for folder in ("contents", "cases", "exports"):
        shutil.copytree(data / folder, copy / folder)
    settings = settings_of(copy, workers=0)

    with pytest.raises(QuantSegError, match=r"identity.key is missing.*restore it"):
        Platform.open(settings)
    assert not (copy / "identity.key").exists()
    shutil.copy2(data / "identity.key", copy)
    platform = Platform.open(settings)
    try:
        with platform.engine.begin() as connection:
            case = dict(connection.execute(select(CASES).where(CASES.c.id == finished_case)).mappings().one())
            assert cases.identity_of(connection, platform, case).identifier == "PLANTED-4711"
        shown, kept = cases.summary_of(platform, case), editor.state(finished_case)["result"]
        assert shown == kept
    finally:
        platform.close()


def test_the_key_is_its_owners_alone_and_can_be_changed(tmp_path, monkeypatch):
    sealer = Sealer.open(tmp_path)
    (key,) = tmp_path.iterdir()
    assert key.stat().st_mode & 0o777 == 0o600
    sealed = sealer.seal_identity(Identity("A", "1", ""))
    assert sealed != b"A"
    old = key.read_text(encoding="ascii")
    new = Fernet.generate_key().decode()
    monkeypatch.setenv(KEY_VARIABLE, f"{new},{old}")
    changed = Sealer.open(tmp_path)
    assert changed.open_identity(sealed) == Identity("A", "1", "")
    assert changed.lookup("g", " 0 1 ") == sealer.lookup("g", "01") != sealer.lookup("h", "01")
    monkeypatch.setenv(KEY_VARIABLE, new)
    with pytest.raises(QuantSegError, match="restore the key"):
        Sealer.open(tmp_path).open_identity(sealed)
    monkeypatch.delenv(KEY_VARIABLE)
    key.chmod(0o644)
    with pytest.raises(QuantSegError, match="chmod 600"):
        Sealer.open(tmp_path)


def test_a_process_that_is_confined_has_no_network_and_little_memory():
    program = (
        "import os, socket; from quantseg.web.confining import confine; before = os.getuid(); confine(300 * 1024**2)\n"
        "assert os.getuid() == before and os.nice(0) == 10\n"
        "s = socket.socket(); s.settimeout(2); s.connect(('127.0.0.1', int(os.environ['PORT'])))\n"
    )
    import os
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listening:
        environment = os.environ | {"PORT": str(listening.getsockname()[1])}
        may = subprocess.run(["unshare", "-rn", "true"], check=False).returncode == 0
        if not may:
            pytest.skip("this system lets no process leave the network")
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, encoding="utf-8", check=False
        )
    assert "unreachable" in done.stderr
    large = "from quantseg.web.confining import confine; confine(300 * 1024**2); bytes(600 * 1024**2)"
    done = subprocess.run([sys.executable, "-c", large], capture_output=True, encoding="utf-8", check=False)
    assert "MemoryError" in done.stderr
