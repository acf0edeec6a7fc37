"""On SQLite and PostgreSQL: nobody comes between, whatever is sent can be kept, copies and upgrades hold."""

import sqlite3
import threading
import time

import psycopg
import pytest
from served import TASK, answering, settings_of
from sqlalchemy import func, insert, select, text
from visitors import Visitor

from quantseg.errors import QuantSegError
from quantseg.jobs import database as jobs_database
from quantseg.jobs.database import begin_to_write, open_database
from quantseg.web import accounts, cases, runs, uploads
from quantseg.web.audit import Search, note, search
from quantseg.web.database import open_platform_database, upgrade
from quantseg.web.platform import Platform
from quantseg.web.refusal import Refusal
from quantseg.web.roles import Role
from quantseg.web.sealing import Identity
from quantseg.web.sessions import Who
from quantseg.web.settings import DATABASE_VARIABLE
from quantseg.web.tables import CASES, CONSENTS, GROUPS, PATIENTS, RUNS, UPLOADS, USERS

_AT_ONCE = 8


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def place(request, tmp_path):
    """An empty database: a file, or a URL."""
    if request.param == "SQLite":
        return str(tmp_path / "quantseg.sqlite")
    postgres = request.getfixturevalue("postgres")
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS platform")
        connection.execute("CREATE DATABASE platform")
    return postgres.replace("/postgres?", "/platform?")


@pytest.fixture
def platform(place, tmp_path, monkeypatch):
    """An installation without workers, with a group, and a person in it."""
    monkeypatch.setenv(DATABASE_VARIABLE, place)
    found = Platform.open(settings_of(tmp_path / "data", workers=0))
    yield found
    found.close()


@pytest.fixture
def who(platform):
    with begin_to_write(platform.engine) as connection:
        group = accounts.add_group(connection, "Group")
        user = accounts.add_user(connection, "ed", "Dr Ed", Role.EDITOR, [group])
    return Who(user, "ed", "Dr Ed", Role.EDITOR, {group: "Group"}, "session", "csrf")


def _case(who, number=1):
    (group,) = who.groups
    case = {"id": f"case{number}", "number": number, "group_id": group, "content_id": "content", "task": TASK}
    return case | {
        "series": "image",
        "image": "image.nii",
        "has_dicom": False,
        "summary": {},
        "created_by": who.user,
        "created_at": time.time(),
    }


def _at_once(work):
    """Do the same from several threads in one instant, and return what it gave or how it was refused."""
    barrier, found = threading.Barrier(_AT_ONCE), []

    def one():
        barrier.wait()
        try:
            found.append(work())
        except Refusal as refusal:
            found.append(refusal.status)

    threads = [threading.Thread(target=one) for _ in range(_AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == _AT_ONCE
    return found


def test_what_is_counted_and_then_changed_holds_however_many_ask_at_once(platform, who):
    (group,) = who.groups
    length = platform.settings.longest_upload_bytes
    begun = _at_once(lambda: uploads.begin_upload(platform, who, "a.nii", length, group, Identity()))
    assert begun.count(413) == _AT_ONCE - platform.settings.quota_bytes // length

    with begin_to_write(platform.engine) as connection:
        connection.execute(insert(CASES).values(**_case(who)))
        link = accounts.new_link(connection, who.user, 60)
    asked = _at_once(lambda: runs.ask_for_run(platform, who, {"id": "case1"}, {}))
    assert asked.count(409) == _AT_ONCE - 1

    def set_password():
        with begin_to_write(platform.engine) as connection:
            return accounts.set_password(connection, link, "a long enough secret")

    assert _at_once(set_password).count(404) == _AT_ONCE - 1

    def guess():
        with begin_to_write(platform.engine) as connection:
            accounts.count_attempt(connection, "ed", "10.0.0.1")

    assert _at_once(guess).count(429) == _AT_ONCE - 5

    found = [{"task": TASK, "name": "image", "reason": "", "has_dicom": False}]
    sealed = platform.sealer.seal_identity(Identity("A^B", "1", ""))
    upload = {"state": uploads.READY, "found": found, "identity_sealed": sealed}
    with begin_to_write(platform.engine) as connection:
        connection.execute(UPLOADS.update().values(**upload))
        row = dict(connection.execute(select(UPLOADS)).mappings().first())
    made = _at_once(lambda: cases.make_cases(platform, who, row, [(TASK, "image")]))
    assert made.count(409) == _AT_ONCE - 1
    with platform.engine.begin() as connection:
        assert connection.execute(select(func.count()).select_from(PATIENTS)).scalar() == 1


def test_whatever_somebody_sends_can_be_kept_and_looked_for(platform, who):
    strange = "a\0b\ud800c"
    with begin_to_write(platform.engine) as connection:
        accounts.add_group(connection, strange)
        note(connection, None, strange, "upload refused", detail=strange)
        connection.execute(insert(CASES).values(**_case(who)))
        run = {"id": "run", "case_id": "case1", "options": {"said": strange}, "state": "failed", "step": ""}
        times = {"cancelled": False, "tries": 1, "created_by": who.user, "created_at": 0.0}
        connection.execute(insert(RUNS).values(**run, **times, reason=strange))
    with platform.engine.begin() as connection:
        assert connection.execute(select(CASES).where(CASES.c.id == strange)).first() is None
        (line,) = search(connection, Search(user=strange))
    assert line["detail"] == "a\ufffdb?c"
    assert runs.state_of(platform, "case1").reason == "a\ufffdb?c"


def test_a_database_of_the_first_version_is_brought_up_to_date_with_what_is_in_it(place):
    engine = open_database(place)
    with begin_to_write(engine) as connection:
        upgrade(connection, "0001")
        connection.execute(insert(GROUPS).values(id="group", name="Group"))
        user = "INSERT INTO web_users (id, name, full_name, role, disabled, created_at) "
        connection.execute(text(user + "VALUES ('user', 'ed', 'Dr Ed', 'approver', false, 1.0)"))
        who = Who("user", "ed", "Dr Ed", Role.APPROVER, {"group": "Group"}, "", "")
        connection.execute(insert(CASES).values(**_case(who)))
        agreed = "INSERT INTO web_consents (id, case_id, kind, version, text_sha256, reference_sealed, recorded_by, "
        agreed += (
            "recorded_at, revoked_by) VALUES ('c', 'case1', 'radiologist', 'radiologist-1', '', '', 'Dr Ed', 1.0, '')"
        )
        connection.execute(text(agreed))
        note(connection, "user", "ed", "case made")
    engine.dispose()

    # Workers of several machines may start with the server.
    threads = [threading.Thread(target=lambda: open_platform_database(place).dispose()) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine = open_platform_database(place)

    with engine.begin() as connection:
        assert connection.execute(select(USERS.c.provider_subject)).scalar() is None
        # Nobody knows which labels were agreed to.
        assert connection.execute(select(CONSENTS.c.labels_sha256)).scalar() == ""
        assert search(connection, Search())[0]["action"] == "case made"
    with begin_to_write(engine) as connection:
        connection.execute(text("UPDATE web_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(QuantSegError, match="later version"):
        open_platform_database(place)


def test_a_database_that_cannot_be_written_is_said_so(tmp_path, monkeypatch):
    monkeypatch.setattr(jobs_database, "_BUSY_SECONDS", 0)
    platform = Platform.open(settings_of(tmp_path, workers=0))
    blocking = sqlite3.connect(platform.settings.database, isolation_level=None)
    blocking.execute("BEGIN IMMEDIATE")
    try:
        with answering(platform) as address:
            answer = Visitor(address).log_in("Planted", "Planted")
    finally:
        blocking.close()
        platform.close()
    assert answer.status_code == 503
    assert "database is locked" in answer.text
    assert "Planted" not in answer.text


def test_a_folder_is_not_served_with_the_database_of_another(tmp_path, monkeypatch):
    """Its images would be nobody's there, and be deleted."""
    settings = settings_of(tmp_path / "data", workers=0)
    Platform.open(settings).close()
    Platform.open(settings).close()
    monkeypatch.setenv(DATABASE_VARIABLE, str(tmp_path / "forgotten.sqlite"))
    with pytest.raises(QuantSegError, match="belongs to another database"):
        Platform.open(settings)
