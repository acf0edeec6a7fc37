"""Who is logged in: a random secret in a cookie, of which the server keeps a hash, and which it can revoke."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from quantseg.web.accounts import sha256_of
from quantseg.web.roles import Role
from quantseg.web.settings import Settings
from quantseg.web.tables import GROUPS, MEMBERSHIPS, SESSIONS, USERS

COOKIE = "quantseg_session"
VISITOR_COOKIE = "quantseg_visitor"
"""Of who is not logged in yet, so that a form cannot be sent in somebody else's name; it is never made a session."""
_SEEN_SECONDS = 60.0


@dataclass(frozen=True)
class Who:
    """A person who is logged in.

    Attributes:
        user: identifier.
        name: to log in with.
        full_name: stands in histories.
        role: what the person may do.
        groups: names of the groups whose cases the person sees, by their identifiers.
        session: hash of the session's secret.
        csrf: what forms must repeat.
    """

    user: str
    name: str
    full_name: str
    role: Role
    groups: dict[str, str]
    session: str
    csrf: str


def begin(connection: Connection, user: str, settings: Settings) -> str:
    """Begin a session and return its secret."""
    token, now = secrets.token_urlsafe(32), time.time()
    times = {"created_at": now, "seen_at": now, "ends_at": now + settings.session_seconds}
    connection.execute(insert(SESSIONS).values(token_sha256=sha256_of(token), user_id=user, revoked=False, **times))
    return token


def find(connection: Connection, token: str, settings: Settings, form_key: bytes) -> Who | None:
    """Return who has a session; None where it was revoked, is over, or never was one."""
    now, session = time.time(), sha256_of(token)
    found = select(USERS, SESSIONS.c.seen_at).join(SESSIONS, SESSIONS.c.user_id == USERS.c.id)
    found = found.where(SESSIONS.c.token_sha256 == session, ~SESSIONS.c.revoked, ~USERS.c.disabled)
    found = found.where(SESSIONS.c.ends_at > now, SESSIONS.c.seen_at > now - settings.idle_seconds)
    row = connection.execute(found).mappings().first()
    if row is None:
        return None
    groups = select(GROUPS.c.id, GROUPS.c.name).join(MEMBERSHIPS, MEMBERSHIPS.c.group_id == GROUPS.c.id)
    mine = connection.execute(groups.where(MEMBERSHIPS.c.user_id == row["id"]).order_by(GROUPS.c.name))
    return Who(
        row["id"],
        row["name"],
        row["full_name"],
        Role(row["role"]),
        dict(list(mine)),
        session,
        csrf_of(token, form_key),
    )


def note_seen(connection: Connection, who: Who) -> None:
    """Write down that somebody is at work."""
    connection.execute(update(SESSIONS).where(SESSIONS.c.token_sha256 == who.session).values(seen_at=time.time()))


def is_due(connection: Connection, who: Who) -> bool:
    """Tell whether it is time to write down that somebody is at work; not at every request."""
    seen = connection.execute(select(SESSIONS.c.seen_at).where(SESSIONS.c.token_sha256 == who.session)).scalar()
    return seen is not None and seen < time.time() - _SEEN_SECONDS


def revoke(connection: Connection, session: str) -> None:
    """End a session."""
    connection.execute(update(SESSIONS).where(SESSIONS.c.token_sha256 == session).values(revoked=True))


def csrf_of(token: str, form_key: bytes) -> str:
    """Return what a form repeats that was made for a session or a visitor; it tells nothing of the secret."""
    return hmac.new(form_key, token.encode(), hashlib.sha256).hexdigest()
