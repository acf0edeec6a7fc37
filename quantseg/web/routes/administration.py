"""What an administrator does: people, groups, one-time links, and the audit trail."""

from __future__ import annotations

import datetime
import time

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import select
from starlette.datastructures import FormData

from quantseg.jobs.database import begin_to_write
from quantseg.web import accounts, audit
from quantseg.web.audit import Search, Subject, note
from quantseg.web.pages import page
from quantseg.web.platform import Platform
from quantseg.web.refusal import Refusal
from quantseg.web.roles import Role
from quantseg.web.rules import Owned, needs, platform_of, who_asks
from quantseg.web.tables import GROUPS, MEMBERSHIPS, USERS

ROUTER = APIRouter(include_in_schema=False)


@ROUTER.get("/people")
@needs(Role.ADMINISTRATOR)
def people_page(request: Request) -> Response:
    """Show people and groups."""
    return _people(request)


@ROUTER.post("/people")
@needs(Role.ADMINISTRATOR)
def add_person(request: Request) -> Response:
    """Add a person, and show the link by which the password is set."""
    platform, who, form = platform_of(request), who_asks(request), request.state.form
    _require_passwords(platform)
    with begin_to_write(platform.engine) as connection:
        name, full_name = str(form.get("name", "")), str(form.get("full_name", ""))
        user = accounts.add_user(connection, name, full_name, _role(form), form.getlist("group"))
        link = accounts.new_link(connection, user, platform.settings.link_seconds)
        rights = accounts.rights_in_words(connection, user)
        note(connection, who.user, who.name, "person added", Subject("user", user), rights)
    return _people(request, link, user)


@ROUTER.post("/people/{user}")
@needs(Role.ADMINISTRATOR, of=Owned.USER)
def change_person(request: Request, user: str) -> Response:
    """Change what a person may, which ends the person's sessions."""
    platform, who, form = platform_of(request), who_asks(request), request.state.form
    with begin_to_write(platform.engine) as connection:
        accounts.change_user(connection, user, _role(form), "disabled" in form, form.getlist("group"))
        rights = accounts.rights_in_words(connection, user)
        note(connection, who.user, who.name, "person changed", Subject("user", user), rights)
    return RedirectResponse("/people", 303)


@ROUTER.post("/people/{user}/link")
@needs(Role.ADMINISTRATOR, of=Owned.USER, action="one-time link made")
def link_for(request: Request, user: str) -> Response:
    """Make a link by which a person sets the password anew."""
    platform = platform_of(request)
    _require_passwords(platform)
    with begin_to_write(platform.engine) as connection:
        link = accounts.new_link(connection, user, platform.settings.link_seconds)
    return _people(request, link, user)


@ROUTER.post("/people/{user}/sessions")
@needs(Role.ADMINISTRATOR, of=Owned.USER, action="sessions revoked")
def end_sessions(request: Request, user: str) -> Response:
    """Log a person out everywhere."""
    with begin_to_write(platform_of(request).engine) as connection:
        accounts.log_out_everywhere(connection, user)
    return RedirectResponse("/people", 303)


@ROUTER.post("/groups")
@needs(Role.ADMINISTRATOR)
def add_group(request: Request) -> Response:
    """Add a group."""
    platform, who = platform_of(request), who_asks(request)
    with begin_to_write(platform.engine) as connection:
        name = str(request.state.form.get("name", ""))
        group = accounts.add_group(connection, name)
        note(connection, who.user, who.name, "group added", Subject("group", group), name)
    return RedirectResponse("/people", 303)


@ROUTER.get("/audit")
@needs(Role.ADMINISTRATOR, action="audit trail searched")
def audit_page(request: Request) -> Response:
    """Show lines of the audit trail."""
    asked = request.query_params
    wanted = Search(
        asked.get("user", ""),
        asked.get("action", ""),
        asked.get("subject", "").strip(),
        _day(asked.get("since", "")),
        _day(asked.get("until", ""), days=1),
    )
    with platform_of(request).engine.begin() as connection:
        lines = audit.search(connection, wanted)
    fields = ("user", "action", "subject", "since", "until")
    return page(request, "audit", lines=lines, asked={name: asked.get(name, "") for name in fields})


def _people(request: Request, link: str = "", link_of: str = "") -> Response:
    """Show people and groups, and a link that was made for one of them."""
    with platform_of(request).engine.begin() as connection:
        users = [dict(row) for row in connection.execute(select(USERS).order_by(USERS.c.name)).mappings()]
        groups = [dict(row) for row in connection.execute(select(GROUPS).order_by(GROUPS.c.name)).mappings()]
        members = list(connection.execute(select(MEMBERSHIPS.c.user_id, MEMBERSHIPS.c.group_id)))
    for user in users:
        user["groups"] = {group for one, group in members if one == user["id"]}
    address = f"{request.url.scheme}://{request.url.netloc}/welcome/{link}" if link else ""
    made = {"link": address, "link_of": "", "link_ends_at": time.time() + platform_of(request).settings.link_seconds}
    made["link_of"] = next((user["full_name"] for user in users if user["id"] == link_of), "")
    return page(request, "people", users=users, groups=groups, roles=list(Role), **made)


def _require_passwords(platform: Platform) -> None:
    if not platform.settings.with_passwords:
        raise Refusal(409, "People come from the identity provider; add them there.")


def _role(form: FormData) -> Role:
    try:
        return Role(str(form.get("role", "")))
    except ValueError:
        raise Refusal(422, "There is no such role.") from None


def _day(text: str, days: int = 0) -> float | None:
    """Return when a day begins, in seconds since 1970; None where none was given."""
    if not text:
        return None
    try:
        day = datetime.date.fromisoformat(text) + datetime.timedelta(days=days)
        # The first and last days of the calendar are none in every time zone.
        return datetime.datetime.combine(day, datetime.time()).astimezone().timestamp()
    except (ValueError, OverflowError):
        raise Refusal(422, "A day is written as 2026-11-29.") from None
