"""A server on a real PostgreSQL whose engine works in a process that it has not started, as on another machine."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from served import answering, settings_of
from visitors import OWN, PASSWORD, Visitor, wait_for

from quantseg.errors import UsageError
from quantseg.jobs.database import begin_to_write
from quantseg.web import accounts
from quantseg.web.roles import Role
from quantseg.web.serving import at_work, keep_working
from quantseg.web.settings import DATABASE_VARIABLE

_WORKERS = """
import sys
from pathlib import Path
from served import settings_of
from quantseg.web.serving import keep_working
keep_working(settings_of(Path(sys.argv[1])))
"""


@pytest.fixture
def database(postgres, monkeypatch):
    """A database of the PostgreSQL server that is empty."""
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS apart")
        connection.execute("CREATE DATABASE apart")
    url = postgres.replace("/postgres?", "/apart?")
    monkeypatch.setenv(DATABASE_VARIABLE, url)
    return url


@pytest.mark.slow
def test_workers_elsewhere_do_a_run_and_the_trail_stays(tmp_path, database, python_path, quick_hashing, scan_bytes):
    del python_path, quick_hashing
    settings = settings_of(tmp_path / "data", workers=0)
    with at_work(settings) as platform, answering(platform) as address:
        with begin_to_write(platform.engine) as connection:
            group = accounts.add_group(connection, OWN)
            link = accounts.new_link(connection, accounts.add_user(connection, "ed", "Dr Ed", Role.EDITOR, [group]), 60)
        visitor = Visitor(address)
        assert visitor.set_password(link, PASSWORD).status_code == 303
        case = visitor.make_case(visitor.upload("scan.nii.gz", scan_bytes, group))
        assert visitor.api("POST", f"/cases/{case}/runs", json={}).status_code < 300
        assert visitor.state(case)["run"]["state"] == "waiting"
        elsewhere = subprocess.Popen([sys.executable, "-c", _WORKERS, str(settings.data)], env=os.environ)
        try:
            wait_for(lambda: visitor.state(case)["run"], lambda run: run["state"] == "done")
        finally:
            elsewhere.terminate()
            elsewhere.wait(10)
        assert visitor.state(case)["result"]["verdict"] == "good"
    with psycopg.connect(database) as connection, pytest.raises(psycopg.Error, match="only added to"):
        connection.execute("DELETE FROM web_audit")


def test_workers_apart_need_a_database_that_two_machines_reach(tmp_path):
    with pytest.raises(UsageError, match="PostgreSQL"):
        keep_working(settings_of(tmp_path))


def test_workers_apart_need_the_folder_of_a_server(tmp_path, monkeypatch):
    monkeypatch.setenv(DATABASE_VARIABLE, "postgresql://nobody@nowhere/none")
    with pytest.raises(UsageError, match="not the folder of a server"):
        keep_working(settings_of(tmp_path / "elsewhere"))
    assert list(Path(tmp_path).iterdir()) == []
