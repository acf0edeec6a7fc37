"""What is erased: a patient, when an administrator says so, and cases that nobody has changed for long."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, func, select

from quantseg.errors import QuantSegError, UsageError
from quantseg.jobs.database import begin_to_write
from quantseg.results.layout import MEASUREMENTS
from quantseg.web.alone import alone_with
from quantseg.web.audit import NOBODY, Subject, note
from quantseg.web.cases import order_of
from quantseg.web.exporting import data_with
from quantseg.web.holding import holder_of
from quantseg.web.platform import Platform
from quantseg.web.refusal import Refusal
from quantseg.web.runs import OPEN_STATES
from quantseg.web.sessions import Who
from quantseg.web.tables import CASES, CONSENTS, PATIENTS, RUNS, UPLOADS

_DAY_SECONDS = 86_400.0


def erase_patient(platform: Platform, who: Who, case: Mapping[str, Any]) -> int:
    """Erase everything of the patient of a case but the audit trail, which names nobody; return how many cases.

    Raises:
        Refusal: the engine still works for the patient.
    """
    with platform.engine.begin() as connection:
        # What was sent together is of one person, also where nobody said who that is.
        same = (CASES.c.id == case["id"]) | (CASES.c.content_id == case["content_id"])
        if case["patient_id"] is not None:
            same |= CASES.c.patient_id == case["patient_id"]
        rows = [dict(row) for row in connection.execute(select(CASES).where(same)).mappings()]
        if _at_work(connection, rows):
            raise Refusal(409, "The engine still works for this patient; cancel that first.")
    _erase(platform, rows, who.user, who.name, "case erased")
    return len(rows)


def erase_expired(platform: Platform) -> int:
    """Erase cases that nobody has changed for longer than is kept, and return how many; none where all is kept.

    Raises:
        QuantSegError: a file of one cannot be deleted; the others are erased.
    """
    days = platform.settings.keep_days
    if not days:
        return 0
    oldest = time.time() - days * _DAY_SECONDS
    with platform.engine.begin() as connection:
        old = [dict(row) for row in connection.execute(select(CASES).where(CASES.c.created_at < oldest)).mappings()]
        over = [
            row
            for row in old
            if _last_changed(connection, platform, row) < oldest
            and not _at_work(connection, [row])
            and not _in_hand(platform, row)
        ]
    stays: QuantSegError | None = None
    for row in over:
        try:
            _erase(platform, [row], None, NOBODY, f"case erased after {days:g} days without a change")
        except QuantSegError as error:
            # Of the others nothing is kept for that.
            stays = error
    if stays is not None:
        raise stays
    return len(over)


def _last_changed(connection: Connection, platform: Platform, row: Mapping[str, Any]) -> float:
    """Return when a case was made, run, corrected or approved last, in seconds since 1970."""
    run = connection.execute(select(func.max(RUNS.c.created_at)).where(RUNS.c.case_id == row["id"])).scalar()
    changed = max(row["created_at"], run or 0.0)
    with contextlib.suppress(OSError, Refusal):
        changed = max(changed, (order_of(platform, row).result / MEASUREMENTS).stat().st_mtime)
    return float(changed)


def _at_work(connection: Connection, rows: list[dict[str, Any]]) -> bool:
    ids = [row["id"] for row in rows]
    found = select(RUNS.c.id).where(RUNS.c.case_id.in_(ids), RUNS.c.state.in_(OPEN_STATES))
    return connection.execute(found).first() is not None


def _in_hand(platform: Platform, row: Mapping[str, Any]) -> bool:
    """Tell whether somebody has just begun to correct a case."""
    with contextlib.suppress(Refusal):
        owner = holder_of(platform, row)
        return owner is not None and not owner.is_stale
    return False


def _erase(platform: Platform, rows: list[dict[str, Any]], user: str | None, name: str, said: str) -> None:
    """Erase cases, what was sent for them, and patients of whom no case is left.

    Files go first: who is killed in between finds the cases, and erases again.

    Raises:
        QuantSegError: a file cannot be deleted.
    """
    ids, settings = [row["id"] for row in rows], platform.settings
    with platform.engine.begin() as connection:
        shared = select(CASES.c.content_id).where(CASES.c.id.not_in(ids))
        # What was sent is the patient's, too, also where it still stands in the list of uploads.
        unused = {row["content_id"] for row in rows} - set(connection.execute(shared).scalars())
        exports = data_with(platform, connection, ids)
    try:
        for folder in (*(settings.cases / case for case in ids), *exports):
            _delete(folder)
        for content in unused:
            _delete(settings.contents / content)
    except OSError as error:
        raise QuantSegError(
            f"A file cannot be deleted ({error.strerror}), and so not all was erased; tell who runs this server, and "
            "erase again."
        ) from None
    with begin_to_write(platform.engine) as connection:
        for case in ids:
            for table in (RUNS, CONSENTS):
                connection.execute(delete(table).where(table.c.case_id == case))
            connection.execute(delete(CASES).where(CASES.c.id == case))
            note(connection, user, name, said, Subject("case", case))
        connection.execute(delete(UPLOADS).where(UPLOADS.c.id.in_(unused)))
        patients = {row["patient_id"] for row in rows} - {None}
        left = set(connection.execute(select(CASES.c.patient_id).where(CASES.c.patient_id.in_(patients))).scalars())
        connection.execute(delete(PATIENTS).where(PATIENTS.c.id.in_(patients - left)))
    for case in ids:
        # Whoever was at work in that moment may have left a file; later ones find no case any more.
        shutil.rmtree(settings.cases / case, ignore_errors=True)


def _delete(folder: Path) -> None:
    """Delete a folder, once nobody saves in it."""
    with contextlib.ExitStack() as stack:
        # On a full disk nobody can be told to wait, and nobody saves.
        with contextlib.suppress(UsageError, OSError):
            stack.enter_context(alone_with(folder))
        if folder.is_dir():
            shutil.rmtree(folder)
