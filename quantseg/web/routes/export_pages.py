"""Training data: made of cases with both consents, reviewed by an administrator, taken away; what learned from it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, RedirectResponse, Response
from sqlalchemy import select

from quantseg.jobs.database import begin_to_write
from quantseg.web import exporting
from quantseg.web.audit import Subject, note
from quantseg.web.pages import page
from quantseg.web.roles import Role
from quantseg.web.rules import Owned, may_see_export, needs, object_of, platform_of, who_asks
from quantseg.web.tables import EXPORTS, TRAINED_MODELS
from quantseg.web.tasks import words_of

ROUTER = APIRouter(include_in_schema=False)


@ROUTER.get("/exports")
@needs(Role.ADMINISTRATOR, action="exports seen")
def list_page(request: Request) -> Response:
    """Show the exports that hold cases of one's own groups alone."""
    platform, who = platform_of(request), who_asks(request)
    with platform.engine.begin() as connection:
        found = list(connection.execute(select(EXPORTS).order_by(EXPORTS.c.created_at.desc())).mappings())
        rows = [dict(row) for row in found if may_see_export(connection, who, row["id"])]
        for row in rows:
            row["cases"] = exporting.cases_in(connection, row["id"])
            models = select(TRAINED_MODELS).where(TRAINED_MODELS.c.export_id == row["id"])
            row["models"] = [dict(one) for one in connection.execute(models).mappings()]
    tasks = [name for name, reference in platform.settings.tasks.items() if words_of(name, reference).teaches]
    return page(request, "exports", exports=rows, tasks=tasks)


@ROUTER.post("/exports")
@needs(Role.ADMINISTRATOR)
def make(request: Request) -> Response:
    """Make an export, to be reviewed."""
    platform, who = platform_of(request), who_asks(request)
    export = exporting.make_export(platform, who, str(request.state.form.get("task", "")))
    with begin_to_write(platform.engine) as connection:
        note(connection, who.user, who.name, "export made", Subject("export", export))
        for case in exporting.cases_in(connection, export):
            note(connection, who.user, who.name, "case exported", Subject("case", case["case_id"]), f"export {export}")
    return RedirectResponse("/exports", 303)


@ROUTER.post("/exports/{export}/review")
@needs(Role.ADMINISTRATOR, of=Owned.EXPORT)
def review(request: Request, export: str) -> Response:
    """Let an export out, or delete its data."""
    platform, who = platform_of(request), who_asks(request)
    release = "release" in request.state.form
    exporting.review_export(platform, who, object_of(request), release)
    with begin_to_write(platform.engine) as connection:
        what = "export released" if release else "export rejected"
        note(connection, who.user, who.name, what, Subject("export", export))
    return RedirectResponse("/exports", 303)


@ROUTER.get("/exports/{export}/preview.zip")
@needs(Role.ADMINISTRATOR, of=Owned.EXPORT, action="export looked through")
def preview(request: Request, export: str) -> Response:
    """Return an export to look through before it is let out."""
    path = exporting.archive_of(platform_of(request), object_of(request), released_only=False)
    return FileResponse(path, filename="to-review.zip")


@ROUTER.get("/exports/{export}/data.zip")
@needs(Role.ADMINISTRATOR, of=Owned.EXPORT, action="export downloaded")
def data(request: Request, export: str) -> Response:
    """Return an export that was let out."""
    path = exporting.archive_of(platform_of(request), object_of(request), released_only=True)
    return FileResponse(path, filename="training-data.zip")


@ROUTER.post("/exports/{export}/models")
@needs(Role.ADMINISTRATOR, of=Owned.EXPORT)
def trained(request: Request, export: str) -> Response:
    """Write down which model learned from an export."""
    platform, who, form = platform_of(request), who_asks(request), request.state.form
    with begin_to_write(platform.engine) as connection:
        name, weights, began_as = (str(form.get(key, "")) for key in ("name", "weights_sha256", "began_as_sha256"))
        exporting.record_model(connection, who, export, name, weights, began_as)
        note(connection, who.user, who.name, "model recorded", Subject("export", export))
    return RedirectResponse("/exports", 303)
