"""The application: its routes, each with a rule, and what every request passes first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.routing import APIRoute
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

import quantseg
from quantseg.errors import QuantSegError
from quantseg.jobs.database import in_short
from quantseg.web.guarding import Guarding
from quantseg.web.pages import STATIC, page
from quantseg.web.platform import Platform
from quantseg.web.refusal import LogInFirst, Refusal, without_places
from quantseg.web.roles import Role
from quantseg.web.routes import (
    administration,
    case_api,
    case_pages,
    export_pages,
    provider_sign_in,
    sign_in,
    upload_api,
    upload_pages,
)
from quantseg.web.rules import enforce, needs, platform_of, rule_of

_API = "/api/"
_FORMS = re.compile(r"/(?:cases|uploads)/[\w-]+|/exports|/people")
ROUTERS: tuple[APIRouter, ...] = (
    sign_in.ROUTER,
    provider_sign_in.ROUTER,
    case_pages.ROUTER,
    case_api.ROUTER,
    upload_pages.ROUTER,
    upload_api.ROUTER,
    export_pages.ROUTER,
    administration.ROUTER,
)


def make_application(platform: Platform) -> FastAPI:
    """Return the application of an installation.

    Raises:
        RuntimeError: a route has no rule.
    """
    application = FastAPI(
        title="QuantSeg",
        version=quantseg.__version__,
        dependencies=[Depends(enforce)],
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    application.state.platform = platform
    for router in ROUTERS:
        application.include_router(router)
    application.get("/api/v1/openapi.json", include_in_schema=False)(_openapi)
    without = [route.path for route in all_routes() if rule_of(route.endpoint) is None]
    if without:
        raise RuntimeError(f"These routes have no rule: {', '.join(without)}.")
    # Nothing of anybody's lies there: styles and scripts of the pages.
    application.mount("/static", _Static(directory=STATIC), name="static")
    application.add_exception_handler(QuantSegError, _say_why)
    application.add_exception_handler(OSError, _say_no_room)
    application.add_exception_handler(SQLAlchemyError, _say_no_database)
    application.add_exception_handler(HTTPException, _say_status)
    application.add_exception_handler(RequestValidationError, _say_invalid)
    application.add_middleware(Guarding, hosts=platform.settings.hosts)
    return application


class _Static(StaticFiles):
    """Files of the pages; a browser may keep the large ones that others have written, and asks whether they changed."""

    def file_response(self, *given: Any, **named: Any) -> Response:
        """Return the answer that carries a file."""
        answer: Response = super().file_response(*given, **named)
        if "vendor" in Path(given[0]).parts:
            answer.headers["Cache-Control"] = "no-cache"
        return answer


def all_routes() -> Iterator[APIRoute]:
    """Yield the routes of all pages and of the API."""
    for router in ROUTERS:
        yield from (route for route in router.routes if isinstance(route, APIRoute))


@needs(Role.READER)
def _openapi(request: Request) -> Response:
    """Describe the API."""
    return JSONResponse(request.app.openapi())


def _say_why(request: Request, error: Exception) -> Response:
    status = error.status if isinstance(error, Refusal) else 422
    if isinstance(error, LogInFirst) and request.method == "GET" and not request.url.path.startswith(_API):
        return RedirectResponse(f"/login?next={quote(request.url.path)}", 303)
    return _answer(request, status, without_places(str(error), platform_of(request).settings.data))


def _say_no_room(request: Request, error: Exception) -> Response:
    why = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
    return _answer(request, 507, f"The server cannot keep a file ({why}), and changed nothing; tell who runs it.")


def _say_no_database(request: Request, error: Exception) -> Response:
    # What a database says of values that it refuses repeats them.
    why = in_short(error) if isinstance(error, OperationalError) else type(error).__name__
    sentence = f"The server's database cannot be used ({why}); look whether it was done, and tell who runs the server."
    return _answer(request, 503, sentence)


def _say_status(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    words = {404: "There is nothing here that you may see.", 405: "This cannot be done here."}
    return _answer(request, status, words.get(status, "The request cannot be answered."))


def _say_invalid(request: Request, error: Exception) -> Response:
    del error  # It repeats what was sent.
    return _answer(request, 422, "The request is not of the form that the API describes.")


def _answer(request: Request, status: int, sentence: str) -> Response:
    if request.url.path.startswith(_API):
        return JSONResponse({"reason": sentence}, status)
    # Of a form that was refused, the page that it stands on.
    place = _FORMS.match(request.url.path) if request.method == "POST" and status != 404 else None
    return page(request, "refused", status, status=status, reason=sentence, back=place[0] if place else "")
