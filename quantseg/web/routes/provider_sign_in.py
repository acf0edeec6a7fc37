"""Logging in by the hospital's identity provider: to it, and back with what it says."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from quantseg.jobs.database import begin_to_write
from quantseg.web import accounts, sessions
from quantseg.web.audit import note
from quantseg.web.identity import Attempt, ProviderClient
from quantseg.web.platform import Platform
from quantseg.web.refusal import Refusal, not_found
from quantseg.web.routes.sign_in import end_current, log_in_form, place_here, set_cookie, with_session
from quantseg.web.rules import anybody, nobody, platform_of

ROUTER = APIRouter(include_in_schema=False)
_BACK = "/login/provider/back"
_COOKIE = "quantseg_way_in"
"""Of a browser on its way to the provider and back: a secret from which state, nonce and verifier follow."""
_SECRET_CHARACTERS = 43


@ROUTER.get("/login/provider")
@anybody
def lead_to_provider(request: Request) -> Response:
    """Lead a browser to the provider, with a secret of its own by which it is known when it comes back."""
    platform, client = _at_provider(request)
    secret = secrets.token_urlsafe(32)
    after = place_here(request.query_params.get("next", ""))
    try:
        answer = RedirectResponse(client.way_in(_attempt(platform, secret, request)), 303)
    except Refusal as refusal:
        return log_in_form(request, refusal.status, after, str(refusal))
    set_cookie(request, answer, _COOKIE, f"{secret}{after}")
    return answer


@ROUTER.get(_BACK)
@anybody
def back_from_provider(request: Request) -> Response:
    """Log in whom the provider vouches for, in a browser that had been led there."""
    platform, client = _at_provider(request)
    kept = request.cookies.get(_COOKIE, "")
    secret, after = kept[:_SECRET_CHARACTERS], place_here(kept[_SECRET_CHARACTERS:])
    attempt = _attempt(platform, secret, request)
    address = request.client.host if request.client else ""
    try:
        with begin_to_write(platform.engine) as connection:
            accounts.count_attempt(connection, None, address)
        if len(secret) < _SECRET_CHARACTERS or not hmac.compare_digest(
            request.query_params.get("state", "").encode(), attempt.state.encode()
        ):
            raise Refusal(400, "This log-in was not begun in this browser, or long ago; log in again.")
        told = client.person(request.query_params.get("code", ""), attempt)
        with begin_to_write(platform.engine) as connection:
            user = accounts.person_of_provider(connection, told)
            end_current(request, connection)
            if user is not None:
                accounts.forget_attempts(connection, None, address)
                token = sessions.begin(connection, user, platform.settings)
                rights = accounts.rights_in_words(connection, user)
                note(connection, user, told.name, "logged in", detail=f"by the identity provider, {rights}")
        if user is None:
            raise Refusal(403, "Your account has no role here; ask an administrator for one.")
    except Refusal as refusal:
        with begin_to_write(platform.engine) as connection:
            nobody(connection, "log-in refused", f"status {refusal.status}, by the identity provider")
        answer = log_in_form(request, refusal.status, after, str(refusal))
    else:
        answer = with_session(request, RedirectResponse(after, 303), token)
    answer.delete_cookie(_COOKIE, path="/")
    return answer


def _at_provider(request: Request) -> tuple[Platform, ProviderClient]:
    platform = platform_of(request)
    if platform.provider is None:
        raise not_found()
    return platform, platform.provider


def _attempt(platform: Platform, secret: str, request: Request) -> Attempt:
    """Return what follows from a browser's secret; nobody else can tell it from what passes the provider."""

    def derived(what: str) -> str:
        return hmac.new(platform.sealer.form_key, f"{what} {secret}".encode(), hashlib.sha256).hexdigest()

    back = f"{request.url.scheme}://{request.url.netloc}{_BACK}"
    return Attempt(derived("state"), derived("nonce"), derived("verifier"), back)
