"""Statements on the rows of the queue, each within a transaction of the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, insert, select, update

from quantseg.jobs.database import HISTORY, JOBS, MARKS
from quantseg.jobs.job import LeaseLost, NewJob, Step, StoredJob

_C = JOBS.c


def new_row(job: NewJob, now: float) -> dict[str, Any]:
    """Return the row of a new job."""
    said = {"kind": job.kind, "subject": job.subject, "content": job.content, "step": job.step.value}
    times = {"due_at": now + job.delay_seconds, "created_at": now, "changed_at": now}
    return {**said, **times, "reason": "", "attempts": 0, "token": 0, "data": dict(job.data)}


def begun_anew(job: NewJob, now: float) -> dict[str, Any]:
    """Return what changes where a job begins anew; whoever has it in hand loses it by the token."""
    changes = {"step": job.step.value, "due_at": now + job.delay_seconds, "changed_at": now}
    return {**changes, "attempts": 0, "reason": "", "token": _C.token + 1}


def find_number(connection: Connection, job: NewJob) -> int | None:
    """Return the number of a job of the same kind, subject and content; None where there is none."""
    same = and_(_C.kind == job.kind, _C.subject == job.subject, _C.content == job.content)
    return connection.execute(select(_C.number).where(same)).scalar()


def enter(connection: Connection, jobs: Sequence[NewJob], marks: Mapping[str, str], now: float, anew: bool) -> None:
    """Put jobs in and set marks; a job that is there already stays as it is, or begins anew."""
    for job in jobs:
        number = find_number(connection, job)
        if number is None:
            connection.execute(insert(JOBS).values(**new_row(job, now)))
        elif anew:
            change(connection, number, **begun_anew(job, now))
    set_marks(connection, marks)


def follow(connection: Connection, job: NewJob, now: float) -> None:
    """Put in what follows from another job; what was to be done with the subject before is not wanted any more."""
    of_the_subject = and_(_C.kind == job.kind, _C.subject == job.subject, _C.content != job.content)
    open_steps = [step.value for step in Step if not step.is_end]
    # An owner loses it by the token, and keeps the subject until it has let go.
    superseded = {"step": Step.SUPERSEDED.value, "token": _C.token + 1, "changed_at": now}
    connection.execute(update(JOBS).where(of_the_subject, _C.step.in_(open_steps)).values(**superseded))
    number = find_number(connection, job)
    if number is None:
        connection.execute(insert(JOBS).values(**new_row(job, now)))
        return
    # What it held once it holds again, such as after an object was taken away.
    superseded_before = and_(_C.number == number, _C.step == Step.SUPERSEDED.value)
    connection.execute(update(JOBS).where(superseded_before).values(**begun_anew(job, now)))


def require_hold(connection: Connection, job: StoredJob, now: float) -> None:
    """Refuse to change what its owner has lost."""
    row = connection.execute(select(JOBS).where(_C.number == job.number).with_for_update()).mappings().one()
    if row["owner"] != job.owner or row["token"] != job.token or row["lease_until"] <= now:
        raise LeaseLost("The job is no longer in hand; it was superseded, or taken up by another.")


def end_leases(connection: Connection, now: float) -> None:
    """Take jobs from owners whose lease has run out."""
    connection.execute(update(JOBS).where(_C.lease_until <= now).values(owner=None, lease_until=None))


def change(connection: Connection, number: int, **changes: Any) -> None:
    """Change columns of a job."""
    connection.execute(update(JOBS).where(_C.number == number).values(**changes))


def tell(connection: Connection, number: int, now: float, step: Step, seconds: float, reason: str) -> None:
    """Write a line of a job's history."""
    line = {"job": number, "at": now, "step": step.value, "seconds": seconds, "reason": reason}
    connection.execute(insert(HISTORY).values(**line))


def set_marks(connection: Connection, marks: Mapping[str, str]) -> None:
    """Set marks."""
    for name, value in marks.items():
        known = connection.execute(update(MARKS).where(MARKS.c.name == name).values(value=value))
        if not known.rowcount:
            connection.execute(insert(MARKS).values(name=name, value=value))


def set_once(connection: Connection, name: str, value: str) -> str:
    """Set a mark where it was never set, and return what it is."""
    found = connection.execute(select(MARKS.c.value).where(MARKS.c.name == name)).scalar()
    if found is None:
        set_marks(connection, {name: value})
    return value if found is None else str(found)


def read_job(connection: Connection, number: int) -> StoredJob:
    """Return a job."""
    return job_of(connection.execute(select(JOBS).where(_C.number == number)).mappings().one())


def job_of(row: RowMapping) -> StoredJob:
    """Return the job of a row."""
    return StoredJob(**{**row, "step": Step(row["step"])})
