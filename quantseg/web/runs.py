"""Runs of the engine: asked for, queued in the store of jobs, done by workers, cancelled, shown."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from quantseg.jobs.database import begin_to_write
from quantseg.jobs.job import NewJob
from quantseg.web.accounts import new_id
from quantseg.web.platform import Platform
from quantseg.web.refusal import Refusal
from quantseg.web.sessions import Who
from quantseg.web.tables import LICENCES, RUNS

KIND = "web run"
WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"
OPEN_STATES = (WAITING, RUNNING)


@dataclass(frozen=True)
class RunState:
    """How far a run is.

    Attributes:
        id: its identifier.
        state: waiting, running, done, failed or cancelled.
        step: what is being done, in words.
        share: of it that is done, from 0 to 1; None where that cannot be told.
        position: how many runs come before it, itself included; None where it waits for none.
        reason: why it failed, in a sentence.
    """

    id: str
    state: str
    step: str
    share: float | None
    position: int | None
    reason: str


def ask_for_run(platform: Platform, who: Who, case: Mapping[str, Any], options: Mapping[str, Any]) -> str:
    """Put a run into the queue, and return its identifier.

    Raises:
        Refusal: one of the same case waits or is at work already.
    """
    run = new_id()
    row = {"id": run, "case_id": case["id"], "options": dict(options), "state": WAITING, "step": "", "reason": ""}
    with begin_to_write(platform.engine) as connection:
        if latest_run(connection, case["id"], OPEN_STATES) is not None:
            raise Refusal(409, "This case is in the queue already; wait for it, or cancel it.")
        times = {"created_at": time.time(), "cancelled": False, "tries": 0}
        connection.execute(insert(RUNS).values(**row, **times, created_by=who.user))
    # Two transactions: a run that is not in the queue yet is put there when the server starts; see put_missing.
    platform.store.put([NewJob(KIND, run)])
    return run


def put_missing(platform: Platform) -> None:
    """Put runs into the queue that a server was about to put there when it was killed, or could not."""
    with platform.engine.begin() as connection:
        waiting = list(connection.execute(select(RUNS.c.id).where(RUNS.c.state.in_(OPEN_STATES))).scalars())
    platform.store.put([NewJob(KIND, run) for run in waiting])


def cancel_run(platform: Platform, case: str) -> None:
    """Cancel what waits or is at work for a case.

    Raises:
        Refusal: nothing does.
    """
    with begin_to_write(platform.engine) as connection:
        run = latest_run(connection, case, OPEN_STATES)
        if run is None:
            raise Refusal(409, "Nothing is in the queue for this case.")
        now: dict[str, Any] = {"cancelled": True}
        if run["state"] == WAITING:
            now |= {"state": CANCELLED, "ended_at": time.time()}
        connection.execute(update(RUNS).where(RUNS.c.id == run["id"]).values(**now))


def latest_run(connection: Connection, case: str, states: tuple[str, ...] | None = None) -> Mapping[str, Any] | None:
    """Return the last run of a case; None where there is none."""
    found = select(RUNS).where(RUNS.c.case_id == case).order_by(RUNS.c.created_at.desc()).limit(1)
    if states is not None:
        found = found.where(RUNS.c.state.in_(states))
    row = connection.execute(found).mappings().first()
    return None if row is None else dict(row)


def state_of(platform: Platform, case: str) -> RunState | None:
    """Return how far the last run of a case is; None where there is none."""
    with platform.engine.begin() as connection:
        run = latest_run(connection, case)
        if run is None:
            return None
        position = None
        if run["state"] == WAITING:
            before = select(RUNS.c.id).where(RUNS.c.state == WAITING, RUNS.c.created_at <= run["created_at"])
            position = len(connection.execute(before).all())
    return RunState(run["id"], run["state"], run["step"], run["share"], position, run["reason"])


def agreed_licences(connection: Connection, user: str) -> frozenset[str]:
    """Return the licences that a person has agreed to."""
    return frozenset(connection.execute(select(LICENCES.c.licence).where(LICENCES.c.user_id == user)).scalars())


def agree(connection: Connection, user: str, licence: str) -> None:
    """Write down that a person agrees to a licence, once for all."""
    if licence not in agreed_licences(connection, user):
        connection.execute(insert(LICENCES).values(user_id=user, licence=licence, at=time.time()))
