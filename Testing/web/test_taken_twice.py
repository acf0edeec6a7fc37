"""A run that two workers have taken, since the first was not heard of for longer than its lease: neither spoils it."""

import threading
import time

import pytest
from served import TASK, settings_of
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import OperationalError

from quantseg.jobs.database import begin_to_write
from quantseg.jobs.job import LeaseLost, NewJob, Step
from quantseg.web import serving
from quantseg.web import worker as worker_module
from quantseg.web.platform import Platform
from quantseg.web.runs import CANCELLED, DONE, FAILED, KIND, RUNNING, WAITING
from quantseg.web.tables import CASES, GROUPS, RUNS
from quantseg.web.worker import Worker, owner_prefix

_LEASE_SECONDS = 0.5


@pytest.fixture
def platform(tmp_path):
    found = Platform.open(settings_of(tmp_path / "data", workers=0, lease_seconds=_LEASE_SECONDS))
    yield found
    found.close()


@pytest.fixture
def run(platform):
    """A run that waits."""
    case = {"id": "case", "number": 1, "group_id": "group", "content_id": "content", "task": TASK, "series": "scan"}
    case |= {"image": "scan.nii.gz", "has_dicom": False, "summary": {}, "created_by": "", "created_at": time.time()}
    row = {"id": "run", "case_id": "case", "options": {}, "state": WAITING, "step": "", "reason": "", "tries": 0}
    row |= {"cancelled": False, "created_by": "", "created_at": time.time()}
    with begin_to_write(platform.engine) as connection:
        connection.execute(insert(GROUPS).values(id="group", name="Group"))
        connection.execute(insert(CASES).values(**case))
        connection.execute(insert(RUNS).values(**row))
    platform.store.put([NewJob(KIND, "run")])
    return "run"


class _StandIn(Worker):
    """A worker whose engine is a stand-in: it says when it has begun, and ends when and as a test says."""

    def __init__(self, platform, ends, apart=False):
        super().__init__(platform.settings, platform.engine, apart)
        self.begun, self.over, self.ends, self.part = threading.Event(), threading.Event(), ends, None
        self.thread = threading.Thread(target=self.work)

    def _run_engine(self, job, order, part, folder):
        del job, order, folder
        self.part = part
        (part / "half a result").touch()
        self.begun.set()
        assert self.over.wait(30)
        return self.ends()

    def start(self):
        self.thread.start()
        assert self.begun.wait(30)

    def end(self):
        self.over.set()
        self.thread.join(30)


def _notices():
    raise LeaseLost("The run was taken up by another.")


@pytest.mark.parametrize("ends", [_notices, lambda: (FAILED, "Its files went away.")], ids=["notices", "fails"])
def test_who_comes_back_late_takes_nothing_from_who_has_the_run_now(platform, run, ends):
    first = _StandIn(platform, ends, apart=True)
    second = _StandIn(platform, lambda: (DONE, ""))
    first.start()
    time.sleep(2 * _LEASE_SECONDS)
    second._settings = settings_of(platform.settings.data, lease_seconds=60.0)
    second.start()

    first.end()

    assert (second.part / "half a result").is_file()
    assert _state(platform, run) == RUNNING
    second.end()
    assert _state(platform, run) == DONE
    assert list((platform.settings.cases / "case").iterdir()) == []


@pytest.mark.usefixtures("run")
def test_a_server_that_starts_again_takes_nothing_from_workers_apart_on_its_machine(platform):
    apart = platform.store.take(f"{owner_prefix(apart=True)}1", 60.0, [KIND], [Step.RECEIVED])

    serving._take_up(platform)

    assert platform.store.holds(apart)
    platform.store.let_go(apart)
    own = platform.store.take(f"{owner_prefix()}1", 60.0, [KIND], [Step.RECEIVED])
    serving._take_up(platform)
    assert not platform.store.holds(own)


def test_a_run_whose_case_was_erased_meanwhile_leaves_no_result(platform, run, tmp_path, monkeypatch):
    worker = Worker(platform.settings, platform.engine)
    job = platform.store.take("web@test:1", 60.0, [KIND], [Step.RECEIVED])
    folder, part = tmp_path / "case", tmp_path / "part"
    part.mkdir()

    class _Done:
        exit_status = 0

        def __init__(self, _order):
            with begin_to_write(platform.engine) as connection:
                connection.execute(delete(RUNS).where(RUNS.c.id == run))

        def next_line(self, _seconds):
            return "", True

        def end(self):
            pass

    monkeypatch.setattr(worker_module, "_EngineProcess", _Done)
    order = worker_module.RunOrder("task", "image", "name", "output")
    assert worker._run_engine(job, order, part, folder) == (CANCELLED, "")
    assert not folder.exists()


def test_a_run_of_a_task_that_is_not_offered_any_more_says_so_and_ends(platform, run):
    with begin_to_write(platform.engine) as connection:
        connection.execute(update(CASES).values(task="former"))
    assert Worker(platform.settings, platform.engine).work()
    assert _state(platform, run) == FAILED
    with platform.engine.begin() as connection:
        assert "former is not offered" in connection.execute(select(RUNS.c.reason)).scalar()


def test_what_goes_wrong_once_keeps_a_server_from_no_other_chore(platform, monkeypatch, capsys):
    def fails(*_given, **_named):
        raise OperationalError("", {}, Exception("Planted^Name"))

    crew = serving._Crew(platform.settings, platform)
    monkeypatch.setattr(serving.uploads, "look_again", fails)
    monkeypatch.setattr(serving.uploads, "expire", fails)
    monkeypatch.setattr(serving.erasing, "erase_expired", lambda _platform: crew._over.set())
    crew._tidy(platform)
    assert crew._over.is_set()
    assert capsys.readouterr().err.count("could not be tidied up (OperationalError)") == 2


def _state(platform, run):
    with platform.engine.begin() as connection:
        return connection.execute(select(RUNS.c.state).where(RUNS.c.id == run)).scalar()
