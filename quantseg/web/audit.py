"""Who did, saw or tried what, and when: lines are added, and the database lets nobody change or remove one."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, or_, select

from quantseg.web.tables import AUDIT, CASES

NOBODY = "nobody"
_MOST_LINES = 500
_CASE_NUMBER = re.compile(r"(?:case\s*)?(\d{1,9})", re.IGNORECASE)


@dataclass(frozen=True)
class Subject:
    """What something was done with.

    Attributes:
        kind: such as ``case``.
        id: its random identifier.
    """

    kind: str = ""
    id: str = ""


@dataclass(frozen=True)
class Search:
    """Which lines are asked for; what is empty asks for all.

    Attributes:
        user: part of a user's name.
        action: part of what was done.
        subject: identifier of what it was done with, or a case by its number, as "7" or "case 7".
        since: in seconds since 1970.
        until: in seconds since 1970.
    """

    user: str = ""
    action: str = ""
    subject: str = ""
    since: float | None = None
    until: float | None = None


def note(
    connection: Connection,
    user_id: str | None,
    user_name: str,
    action: str,
    subject: Subject = Subject(),
    detail: str = "",
) -> None:
    """Add a line.

    Args:
        connection: whose transaction it becomes part of.
        user_id: who; None for nobody that is known.
        user_name: as it was then.
        action: what, in words.
        subject: with what.
        detail: in words that name no patient.
    """
    line = {"at": time.time(), "user_id": user_id, "user_name": user_name, "action": action, "detail": detail}
    connection.execute(insert(AUDIT).values(**line, subject_kind=subject.kind, subject_id=subject.id))


def is_noted(connection: Connection, user_id: str, action: str, subject: Subject, seconds: float) -> bool:
    """Tell whether the trail says of the last so many seconds that somebody did the same with the same."""
    same = (AUDIT.c.user_id == user_id, AUDIT.c.action == action, AUDIT.c.subject_id == subject.id)
    found = select(AUDIT.c.number).where(*same, AUDIT.c.at > time.time() - seconds).limit(1)
    return connection.execute(found).first() is not None


def search(connection: Connection, wanted: Search, most: int = _MOST_LINES) -> list[Mapping[str, Any]]:
    """Return lines, the latest first, of a case that is there still with the number by which people talk of it."""
    number = CASES.c.number
    found = select(AUDIT, number.label("case_number")).join(CASES, CASES.c.id == AUDIT.c.subject_id, isouter=True)
    found = found.order_by(AUDIT.c.number.desc()).limit(most)
    if wanted.user:
        found = found.where(AUDIT.c.user_name.icontains(wanted.user, autoescape=True))
    if wanted.action:
        found = found.where(AUDIT.c.action.icontains(wanted.action, autoescape=True))
    if by_number := _CASE_NUMBER.fullmatch(wanted.subject):
        found = found.where(number == int(by_number[1]))
    elif wanted.subject:
        found = found.where(or_(AUDIT.c.subject_id == wanted.subject, AUDIT.c.detail.contains(wanted.subject)))
    if wanted.since is not None:
        found = found.where(AUDIT.c.at >= wanted.since)
    if wanted.until is not None:
        found = found.where(AUDIT.c.at < wanted.until)
    return [dict(row) for row in connection.execute(found).mappings()]
