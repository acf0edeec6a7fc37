"""Who may use a route: said at the route, checked at one place before anything else happens; without a rule nobody may.

Every route has one of :func:`anybody` or :func:`needs`. The path's own parameters name the objects; an object of
another group, and an upload of another person, are not there for whoever asks.
"""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar
from urllib.parse import urlsplit

from fastapi import Request
from sqlalchemy import Connection, Table, select
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from quantseg.jobs.database import begin_to_write
from quantseg.web import sessions
from quantseg.web.audit import NOBODY, Subject, is_noted, note
from quantseg.web.platform import Platform
from quantseg.web.refusal import LogInFirst, Refusal, not_found
from quantseg.web.roles import Role
from quantseg.web.sessions import COOKIE, VISITOR_COOKIE, Who
from quantseg.web.tables import CASES, EXPORTED_CASES, EXPORTS, UPLOADS, USERS

_RULE = "quantseg_rule"
_HOUR_SECONDS = 3600.0
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Pages send forms so, and the API takes none; whatever else has a body is large, and read by its route.
_FORM_METHOD = "POST"
_FORM_KINDS = ("application/x-www-form-urlencoded", "multipart/form-data")
CSRF_FIELD, CSRF_HEADER = "csrf", "X-CSRF-Token"

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


class Owned(Enum):
    """Objects that belong to somebody, by the name of the path's parameter."""

    CASE = "case"
    UPLOAD = "upload"
    EXPORT = "export"
    USER = "user"


_TABLES: Mapping[Owned, Table] = {
    Owned.CASE: CASES,
    Owned.UPLOAD: UPLOADS,
    Owned.EXPORT: EXPORTS,
    Owned.USER: USERS,
}


@dataclass(frozen=True)
class Rule:
    """Who may use a route.

    Attributes:
        role: needed at least; None where nobody need be logged in.
        of: what the path names.
        action: what the audit trail says of every use, in words; empty where it says nothing, or the route does.
        seldom: whether it says so at most once an hour of the same person and object, since pages ask again and again.
    """

    role: Role | None
    of: Owned | None = None
    action: str = ""
    seldom: bool = False


def anybody(endpoint: Endpoint) -> Endpoint:
    """Let anybody use a route, logged in or not."""
    setattr(endpoint, _RULE, Rule(None))
    return endpoint


def needs(
    role: Role, of: Owned | None = None, action: str = "", seldom: bool = False
) -> Callable[[Endpoint], Endpoint]:
    """Let people use a route who have a role, and the object that its path names."""

    def with_rule(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _RULE, Rule(role, of, action, seldom))
        return endpoint

    return with_rule


def rule_of(endpoint: Callable[..., Any]) -> Rule | None:
    """Return the rule of a route; None where it has none."""
    return getattr(endpoint, _RULE, None)


async def enforce(request: Request) -> AsyncIterator[None]:
    """Let a request pass that its route's rule allows; what it is about then stands in ``request.state``.

    Raises:
        Refusal: it may not pass.
    """
    rule = rule_of(request.scope["route"].endpoint)
    if rule is None:
        raise not_found()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    sent = request.method == _FORM_METHOD and kind in _FORM_KINDS
    request.state.form = await request.form() if sent else FormData()
    await run_in_threadpool(_check, request, rule)
    yield


def platform_of(request: Request) -> Platform:
    """Return the installation that answers a request."""
    found: Platform = request.app.state.platform
    return found


def who_asks(request: Request) -> Who:
    """Return who is logged in, on a route whose rule sees to it that somebody is."""
    found: Who = request.state.who
    return found


def object_of(request: Request) -> Mapping[str, Any]:
    """Return the row of what the path names, on a route whose rule says that it names something."""
    found: Mapping[str, Any] = request.state.object
    return found


def _check(request: Request, rule: Rule) -> None:
    platform = platform_of(request)
    with platform.engine.begin() as connection:
        who = _who(connection, platform, request)
        due = who is not None and sessions.is_due(connection, who)
        found = None
        if rule.role is not None:
            if who is None:
                raise LogInFirst
            _refuse_forged(request, who.csrf)
            found = _object(connection, rule, request, who)
            if not who.role.may_act_as(rule.role):
                raise Refusal(403, f"This takes the role {rule.role.value}, and yours is {who.role.value}.")
        subject = Subject(rule.of.value, found["id"]) if rule.of and found else Subject()
        action = rule.action
        if who is not None and rule.seldom and is_noted(connection, who.user, action, subject, _HOUR_SECONDS):
            action = ""
    request.state.who, request.state.object = who, found
    if rule.role is None:
        visitor = request.cookies.get(VISITOR_COOKIE, "")
        _refuse_forged(request, sessions.csrf_of(visitor, platform.sealer.form_key) if visitor else "")
    if who is not None and (due or action):
        with begin_to_write(platform.engine) as connection:
            sessions.note_seen(connection, who)
            if action:
                note(connection, who.user, who.name, action, subject)


def _who(connection: Connection, platform: Platform, request: Request) -> Who | None:
    token = request.cookies.get(COOKIE, "")
    if not token:
        return None
    return sessions.find(connection, token, platform.settings, platform.sealer.form_key)


def _object(connection: Connection, rule: Rule, request: Request, who: Who) -> Mapping[str, Any] | None:
    if rule.of is None:
        return None
    table = _TABLES[rule.of]
    row = connection.execute(select(table).where(table.c.id == request.path_params[rule.of.value])).mappings().first()
    if row is None:
        raise not_found()
    if rule.of is Owned.CASE and row["group_id"] not in who.groups:
        raise not_found()
    if rule.of is Owned.UPLOAD and (row["user_id"] != who.user or row["group_id"] not in who.groups):
        raise not_found()
    if rule.of is Owned.EXPORT and not may_see_export(connection, who, row["id"]):
        raise not_found()
    return dict(row)


def may_see_export(connection: Connection, who: Who, export: str) -> bool:
    """Tell whether somebody may see every case that an export holds; of an erased one a random number alone is left."""
    held = select(CASES.c.group_id).join(EXPORTED_CASES, EXPORTED_CASES.c.case_id == CASES.c.id)
    groups = connection.execute(held.where(EXPORTED_CASES.c.export_id == export)).scalars()
    return all(group in who.groups for group in groups)


def _refuse_forged(request: Request, expected: str) -> None:
    """Refuse a change that a page of somebody else's asks for in the name of who is logged in."""
    if request.method in _SAFE:
        return
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise Refusal(403, "The request comes from another site.")
    given = request.headers.get(CSRF_HEADER) or str(request.state.form.get(CSRF_FIELD, ""))
    if not expected or not hmac.compare_digest(given.encode(), expected.encode()):
        raise Refusal(403, "The form is no longer valid; open the page again and repeat it.")


def nobody(connection: Connection, action: str, detail: str = "") -> None:
    """Write into the audit trail what nobody that is known did."""
    note(connection, None, NOBODY, action, detail=detail)
