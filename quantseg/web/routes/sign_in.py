"""Logging in and out, and the one-time link by which somebody sets the password."""

from __future__ import annotations

import re
import secrets

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Connection

from quantseg.jobs.database import begin_to_write
from quantseg.web import accounts, sessions
from quantseg.web.audit import note
from quantseg.web.pages import page
from quantseg.web.platform import Platform
from quantseg.web.refusal import Refusal
from quantseg.web.roles import Role
from quantseg.web.rules import anybody, needs, nobody, platform_of, who_asks
from quantseg.web.sessions import COOKIE, VISITOR_COOKIE

ROUTER = APIRouter(include_in_schema=False)
_HERE = re.compile(r"/(?![/\\])[A-Za-z0-9_\-./]*")
_START = "/cases"


def place_here(given: str) -> str:
    """Return a path of this server to go on to, whatever was given: never another server's."""
    return given if _HERE.fullmatch(given) else _START


@ROUTER.get("/")
@anybody
def start() -> Response:
    """Lead to the cases."""
    return RedirectResponse(_START, 303)


@ROUTER.get("/login")
@anybody
def log_in_page(request: Request) -> Response:
    """Show the form to log in."""
    # A browser that has logged out brings no session along.
    is_over = COOKIE in request.cookies and request.state.who is None
    reason = "Your session is over; log in again, and you are where you were." if is_over else ""
    return log_in_form(request, 200, place_here(request.query_params.get("next", "")), reason)


@ROUTER.post("/login")
@anybody
def log_in(request: Request) -> Response:
    """Log somebody in, in a session that is new whatever the browser sent."""
    platform, form = platform_of(request), request.state.form
    _refuse_passwords(platform)
    name, after = str(form.get("name", "")).strip().casefold()[:64], place_here(str(form.get("next", "")))
    address = request.client.host if request.client else ""
    try:
        with begin_to_write(platform.engine) as connection:
            accounts.count_attempt(connection, name, address)
        with platform.engine.begin() as connection:
            user = accounts.person_with(connection, name, str(form.get("password", "")))
        if user is None:
            raise Refusal(401, "Name and password do not fit.")
    except Refusal as refusal:
        with begin_to_write(platform.engine) as connection:
            nobody(connection, "log-in refused", f"status {refusal.status}")
        return log_in_form(request, refusal.status, after, str(refusal))
    with begin_to_write(platform.engine) as connection:
        accounts.forget_attempts(connection, name, address)
        end_current(request, connection)
        token = sessions.begin(connection, user, platform.settings)
        note(connection, user, name, "logged in")
    return with_session(request, RedirectResponse(after, 303), token)


@ROUTER.post("/logout")
@needs(Role.READER, action="logged out")
def log_out(request: Request) -> Response:
    """End the session, on the server."""
    with begin_to_write(platform_of(request).engine) as connection:
        sessions.revoke(connection, who_asks(request).session)
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(COOKIE, path="/")
    return answer


@ROUTER.get("/welcome/{token}")
@anybody
def welcome_page(request: Request, token: str) -> Response:
    """Show the form to set a password, to whoever has a link."""
    _refuse_passwords(platform_of(request))
    with platform_of(request).engine.begin() as connection:
        user = accounts.user_of_link(connection, token)
    return _form(request, "welcome", name=user["name"], full_name=user["full_name"], reason="")


@ROUTER.post("/welcome/{token}")
@anybody
def welcome(request: Request, token: str) -> Response:
    """Set a password, and log in."""
    platform, form = platform_of(request), request.state.form
    _refuse_passwords(platform)
    password = str(form.get("password", ""))
    try:
        with begin_to_write(platform.engine) as connection:
            user = accounts.user_of_link(connection, token)
            if password != str(form.get("again", "")):
                raise Refusal(422, "The two passwords differ.")
            accounts.set_password(connection, token, password)
            end_current(request, connection)
            session = sessions.begin(connection, user["id"], platform.settings)
            note(connection, user["id"], user["name"], "password set")
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return _form(
            request, "welcome", refusal.status, name=user["name"], full_name=user["full_name"], reason=str(refusal)
        )
    return with_session(request, RedirectResponse(_START, 303), session)


def log_in_form(request: Request, status: int, after: str, reason: str) -> Response:
    """Return the page on which people log in, by whatever way this installation knows."""
    settings = platform_of(request).settings
    label = "" if settings.provider is None else settings.provider.label
    return _form(request, "login", status, next=after, reason=reason, provider=label, passwords=settings.with_passwords)


def _refuse_passwords(platform: Platform) -> None:
    if not platform.settings.with_passwords:
        raise Refusal(403, "People log in here by the identity provider alone.")


def _form(request: Request, template: str, status: int = 200, /, **shown: str | bool) -> Response:
    """Return a page with a form for somebody who is not logged in, bound to the browser that asked for it."""
    visitor = request.cookies.get(VISITOR_COOKIE, "") or secrets.token_urlsafe(32)
    csrf = sessions.csrf_of(visitor, platform_of(request).sealer.form_key)
    request.state.who = None
    answer = page(request, template, status, csrf=csrf, **shown)
    set_cookie(request, answer, VISITOR_COOKIE, visitor)
    return answer


def end_current(request: Request, connection: Connection) -> None:
    """End the session that a browser brings along, if any."""
    token = request.cookies.get(COOKIE, "")
    if token:
        sessions.revoke(connection, accounts.sha256_of(token))


def with_session(request: Request, answer: Response, token: str) -> Response:
    """Return an answer by which a browser is logged in."""
    set_cookie(request, answer, COOKIE, token)
    answer.delete_cookie(VISITOR_COOKIE, path="/")
    return answer


def set_cookie(request: Request, answer: Response, name: str, value: str) -> None:
    """Set a cookie that scripts and other sites cannot use; under TLS, on no open line."""
    answer.set_cookie(name, value, httponly=True, samesite="lax", secure=request.url.scheme == "https", path="/")
