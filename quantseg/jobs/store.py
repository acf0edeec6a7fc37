"""The store of jobs: put in, taken with a lease, carried on step by step; what is killed is taken up again, once."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, and_, bindparam, delete, func, or_, select, text, true, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from quantseg.errors import QuantSegError
from quantseg.jobs.database import HISTORY, JOBS, MARKS, begin_to_write, in_short, open_database
from quantseg.jobs.job import Happening, NewJob, Step, StoredJob
from quantseg.jobs.rows import (
    begun_anew,
    change,
    end_leases,
    enter,
    follow,
    job_of,
    read_job,
    require_hold,
    set_once,
    tell,
)

_C = JOBS.c
_TRIES = 5
_Written = TypeVar("_Written")


class JobStore:
    """Jobs in a database that several processes and machines may share.

    A job is taken with a lease, which its owner renews. Who dies, however, lets it run out, and the job is due again
    at the step it had reached. Each taking has a token of its own, so that a former owner that wakes up late can
    change nothing. No two jobs of one kind about one subject are in hand at a time.

    Args:
        engine: the database.
        clock: seconds since 1970, where the database has no clock that all of its users share.
    """

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._clock = clock

    @classmethod
    def open(cls, place: str | Path, password: str | None = None, clock: Callable[[], float] = time.time) -> JobStore:
        """Open a store as :func:`quantseg.jobs.database.open_database` takes it.

        Raises:
            UsageError: the URL is none, or the database needs a package that is missing.
            QuantSegError: it cannot be opened, or is damaged.
        """
        return cls(open_database(place, password), clock)

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()

    def put(self, jobs: Sequence[NewJob], marks: Mapping[str, str] | None = None) -> None:
        """Put jobs in, together with marks, all or none; a job that is there already stays as it is."""
        self._in_turn(lambda connection, now: enter(connection, jobs, marks or {}, now, anew=False))

    def touch(self, jobs: Sequence[NewJob], marks: Mapping[str, str] | None = None) -> None:
        """Put jobs in, or begin those anew that are there already, together with marks, all or none.

        Who has one in hand loses it. A job's data stay where it is begun anew.
        """
        self._in_turn(lambda connection, now: enter(connection, jobs, marks or {}, now, anew=True))

    def take(
        self, owner: str, lease_seconds: float, kinds: Collection[str], steps: Collection[Step]
    ) -> StoredJob | None:
        """Take the job that has been due for longest, at one of some steps; None where there is none.

        Args:
            owner: who takes it, unique among all processes.
            lease_seconds: after which others may take it, unless :meth:`renew` is called meanwhile.
            kinds: of jobs that the owner can do.
            steps: that the job may have reached.
        """
        due = (
            select(_C.number)
            .where(_C.owner.is_(None), _C.due_at <= bindparam("now"), _C.kind.in_(kinds))
            .where(_C.step.in_([step.value for step in steps]))
        )
        # The database lets nobody take two jobs of a kind about one subject; so they are not tried, either.
        other = JOBS.alias()
        busy = select(other.c.number).where(
            other.c.owner.is_not(None), other.c.kind == _C.kind, other.c.subject == _C.subject
        )
        due = due.where(~busy.exists()).order_by(_C.due_at, _C.number).limit(1).with_for_update(skip_locked=True)
        try:
            with self._writing() as (connection, now):
                end_leases(connection, now)
                number = connection.execute(due, {"now": now}).scalar()
                if number is None:
                    return None
                lease = {"owner": owner, "lease_until": now + lease_seconds}
                change(connection, number, **lease, token=_C.token + 1)
                return read_job(connection, number)
        except IntegrityError:
            # Another took a job about the same subject in the same instant.
            return None

    def let_go(self, job: StoredJob) -> None:
        """Give up a job that was taken, in whatever state it is; no failure of it."""
        with self._writing() as (connection, _):
            mine = and_(_C.number == job.number, _C.owner == job.owner)
            connection.execute(update(JOBS).where(mine).values(owner=None, lease_until=None))

    def renew(self, jobs: Collection[StoredJob], lease_seconds: float) -> frozenset[int]:
        """Renew the leases of jobs in hand; return the numbers of those that still are."""
        held = set()
        with self._writing() as (connection, now):
            for job in jobs:
                mine = and_(_C.number == job.number, _C.owner == job.owner, _C.token == job.token)
                renewed = update(JOBS).where(mine, _C.lease_until > now).values(lease_until=now + lease_seconds)
                if connection.execute(renewed).rowcount:
                    held.add(job.number)
        return frozenset(held)

    def release(self, owner_prefix: str) -> int:
        """Give up all jobs of owners whose name begins so, which are known to be dead; return how many."""
        with self._writing() as (connection, _):
            owned = _C.owner.startswith(owner_prefix, autoescape=True)
            found = connection.execute(update(JOBS).where(owned).values(owner=None, lease_until=None))
            return int(found.rowcount)

    def holds(self, job: StoredJob) -> bool:
        """Tell whether whoever took a job has it still."""
        with self._reading() as connection:
            mine = and_(_C.number == job.number, _C.owner == job.owner, _C.token == job.token)
            until = connection.execute(select(_C.lease_until).where(mine)).scalar()
            return until is not None and until > self._now(connection)

    def advance(
        self,
        job: StoredJob,
        step: Step,
        *,
        reason: str = "",
        data: Mapping[str, Any] | None = None,
        seconds: float = 0.0,
        then: Sequence[NewJob] = (),
        delay_seconds: float = 0.0,
        keep: bool = False,
    ) -> StoredJob:
        """Write down that a job in hand has reached a step, and whatever follows from it, all or nothing.

        Args:
            job: as it was taken.
            step: that it has reached; an end lets go of it.
            reason: one sentence that goes with an end, or with waiting.
            data: replace the job's.
            seconds: that the step took.
            then: jobs that follow from it; earlier jobs of their kinds and subjects that are not at an end are
                superseded.
            delay_seconds: before the next step is due.
            keep: hold on to the job, whose next step begins at once.

        Raises:
            LeaseLost: somebody else has it by now.
        """
        with self._writing() as (connection, now):
            require_hold(connection, job, now)
            held = {} if keep and not step.is_end else {"owner": None, "lease_until": None}
            changes: dict[str, Any] = {"step": step.value, "reason": reason, "attempts": 0, "changed_at": now} | held
            changes |= {"due_at": now + delay_seconds}
            if data is not None:
                changes["data"] = dict(data)
            change(connection, job.number, **changes)
            tell(connection, job.number, now, step, seconds, reason if step.is_end else "")
            for new in then:
                follow(connection, new, now)
            return read_job(connection, job.number)

    def postpone(
        self, job: StoredJob, reason: str, delay_seconds: float, data: Mapping[str, Any] | None = None
    ) -> None:
        """Write down that the next step of a job in hand failed, and let go of it until it is tried again.

        Args:
            job: as it was taken.
            reason: one sentence.
            delay_seconds: until the next attempt.
            data: replace the job's.

        Raises:
            LeaseLost: somebody else has it by now.
        """
        with self._writing() as (connection, now):
            require_hold(connection, job, now)
            changes: dict[str, Any] = {"reason": reason, "attempts": job.attempts + 1}
            if data is not None:
                changes["data"] = dict(data)
            change(connection, job.number, **changes, due_at=now + delay_seconds, owner=None, lease_until=None)
            tell(connection, job.number, now, job.step, 0.0, reason)

    def note(self, job: StoredJob, data: Mapping[str, Any]) -> StoredJob:
        """Replace the data of a job in hand, which stays in hand.

        Raises:
            LeaseLost: somebody else has it by now.
        """
        with self._writing() as (connection, now):
            require_hold(connection, job, now)
            change(connection, job.number, data=dict(data))
            return read_job(connection, job.number)

    def wait(self, job: StoredJob, delay_seconds: float, data: Mapping[str, Any], reason: str = "") -> None:
        """Let go of a job in hand that is not ready for its next step, which is no failure.

        Raises:
            LeaseLost: somebody else has it by now.
        """
        with self._writing() as (connection, now):
            require_hold(connection, job, now)
            changes = {"data": dict(data), "due_at": now + delay_seconds, "reason": reason}
            change(connection, job.number, **changes, owner=None, lease_until=None)

    def retry(self, step: Step, kinds: Collection[str], numbers: Collection[int] | None = None, drop: str = "") -> int:
        """Let failed jobs begin anew after a step, and those that wait for another attempt be due at once.

        Args:
            step: that failed ones go back to.
            kinds: of the jobs.
            numbers: of the jobs; None for all.
            drop: name of a value that is taken out of their data.

        Returns:
            how many there were.
        """
        asked = and_(_C.owner.is_(None), _C.kind.in_(kinds), _C.number.in_(numbers) if numbers is not None else true())
        with self._writing() as (connection, now):
            wanted = select(JOBS).where(asked, or_(_C.step == Step.FAILED.value, _C.attempts > 0)).with_for_update()
            found = [job_of(row) for row in connection.execute(wanted).mappings()]
            for job in found:
                back = step if job.step is Step.FAILED else job.step
                data = {name: value for name, value in job.data.items() if name != drop}
                change(connection, job.number, **begun_anew(NewJob(job.kind, job.subject, step=back), now), data=data)
            return len(found)

    def supersede_stored(self, job: StoredJob) -> None:
        """Write down that what earlier jobs of a job's kind and subject stored is gone, so that it may be asked for."""
        with self._writing() as (connection, now):
            earlier = and_(_C.kind == job.kind, _C.subject == job.subject, _C.number != job.number)
            gone = {"step": Step.SUPERSEDED.value, "changed_at": now, "token": _C.token + 1}
            connection.execute(update(JOBS).where(earlier, _C.step == Step.STORED.value).values(**gone))

    def jobs(
        self,
        *,
        kinds: Collection[str] | None = None,
        subject: str | None = None,
        steps: Collection[Step] | None = None,
        latest: int | None = None,
    ) -> list[StoredJob]:
        """Return jobs, the latest first."""
        wanted = select(JOBS).order_by(_C.changed_at.desc(), _C.number.desc()).limit(latest)
        if kinds is not None:
            wanted = wanted.where(_C.kind.in_(kinds))
        if subject is not None:
            wanted = wanted.where(_C.subject == subject)
        if steps is not None:
            wanted = wanted.where(_C.step.in_([step.value for step in steps]))
        with self._reading() as connection:
            return [job_of(row) for row in connection.execute(wanted).mappings()]

    def history(self, job: StoredJob) -> list[Happening]:
        """Return what happened to a job, in order."""
        wanted = select(HISTORY).where(HISTORY.c.job == job.number).order_by(HISTORY.c.number)
        with self._reading() as connection:
            rows = connection.execute(wanted).mappings().all()
        return [Happening(row["at"], Step(row["step"]), row["seconds"], row["reason"]) for row in rows]

    def job(self, number: int) -> StoredJob | None:
        """Return a job; None where there is none of that number."""
        with self._reading() as connection:
            row = connection.execute(select(JOBS).where(_C.number == number)).mappings().first()
            return None if row is None else job_of(row)

    def forget_history(self, older_than_seconds: float) -> int:
        """Delete old lines of histories; return how many. The jobs themselves stay, by which all is known again."""
        with self._writing() as (connection, now):
            return int(connection.execute(delete(HISTORY).where(HISTORY.c.at < now - older_than_seconds)).rowcount)

    def counts(self) -> dict[tuple[str, Step, bool], int]:
        """Return how many jobs there are, by kind, step, and whether somebody has them in hand."""
        in_hand = _C.owner.is_not(None)
        wanted = select(_C.kind, _C.step, in_hand, func.count()).group_by(_C.kind, _C.step, in_hand)
        with self._reading() as connection:
            return {(kind, Step(step), bool(held)): n for kind, step, held, n in connection.execute(wanted)}

    def mark_once(self, name: str, value: str) -> str:
        """Set a mark where it was never set, and return what it is."""
        return self._in_turn(lambda connection, _now: set_once(connection, name, value))

    def mark(self, name: str) -> str | None:
        """Return a mark; None where it was never set."""
        with self._reading() as connection:
            return connection.execute(select(MARKS.c.value).where(MARKS.c.name == name)).scalar()

    def _in_turn(self, write: Callable[[Connection, float], _Written]) -> _Written:
        """Write, again where another put the same in, in the same instant, and is found there next time."""
        for _ in range(_TRIES):
            with suppress(IntegrityError), self._writing() as (connection, now):
                return write(connection, now)
        raise QuantSegError("The queue cannot be written (others always come first); see to its database.")

    @contextmanager
    def _writing(self) -> Iterator[tuple[Connection, float]]:
        try:
            with begin_to_write(self._engine) as connection:
                yield connection, self._now(connection)
        except IntegrityError:
            raise
        except SQLAlchemyError as error:
            raise QuantSegError(f"The queue cannot be written ({in_short(error)}); see to its database.") from None

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise QuantSegError(f"The queue cannot be read ({in_short(error)}); see to its database.") from None

    def _now(self, connection: Connection) -> float:
        # The clocks of several machines differ; that of their database is one.
        if connection.dialect.name == "postgresql":
            return float(connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())
        return self._clock()
