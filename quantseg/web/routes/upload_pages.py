"""The page to send images from, and the page to choose among what was sent."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import select

from quantseg.web.cases import make_cases
from quantseg.web.pages import page
from quantseg.web.refusal import Refusal
from quantseg.web.roles import Role
from quantseg.web.rules import Owned, needs, object_of, platform_of, who_asks
from quantseg.web.sealing import Identity
from quantseg.web.tables import UPLOADS
from quantseg.web.tasks import words_of
from quantseg.web.uploads import ENDINGS, delete_upload, with_patient

ROUTER = APIRouter(include_in_schema=False)


@ROUTER.get("/send")
@needs(Role.EDITOR)
def send_page(request: Request) -> Response:
    """Show where images are dropped, and what was sent before and is no case yet."""
    platform, who = platform_of(request), who_asks(request)
    mine = select(UPLOADS).where(UPLOADS.c.user_id == who.user).order_by(UPLOADS.c.created_at.desc())
    with platform.engine.begin() as connection:
        rows = [dict(row) for row in connection.execute(mine).mappings()]
    uploads = [row | {"name": platform.sealer.open_text(row["name_sealed"])} for row in rows]
    return page(request, "send", uploads=uploads, endings=ENDINGS, settings=platform.settings)


@ROUTER.get("/uploads/{upload}")
@needs(Role.EDITOR, of=Owned.UPLOAD, action="upload seen")
def upload_page(request: Request, upload: str) -> Response:
    """Show what an upload holds, to choose from."""
    return _choices(request)


@ROUTER.post("/uploads/{upload}")
@needs(Role.EDITOR, of=Owned.UPLOAD)
def choose(request: Request, upload: str) -> Response:
    """Make a case of each image that was chosen; the upload has done its service then."""
    platform, who, form = platform_of(request), who_asks(request), request.state.form
    chosen = [str(one).partition(":") for one in form.getlist("series")]
    typed = Identity(*(str(form.get(key, "")).strip()[:200] for key in ("patient_name", "patient_id", "birth_date")))
    try:
        if not chosen:
            raise Refusal(422, "No image was chosen; choose one.")
        row = with_patient(platform, object_of(request), typed)
    except Refusal as refusal:
        return _choices(request, refusal, typed)
    made = make_cases(platform, who, row, [(task, series) for task, _, series in chosen])
    return RedirectResponse(f"/cases/{made[0]}" if len(made) == 1 else "/cases", 303)


@ROUTER.post("/uploads/{upload}/delete")
@needs(Role.EDITOR, of=Owned.UPLOAD, action="upload deleted")
def delete(request: Request, upload: str) -> Response:
    """Delete an upload."""
    delete_upload(platform_of(request), upload)
    return RedirectResponse("/send", 303)


def _choices(request: Request, refusal: Refusal | None = None, typed: Identity | None = None) -> Response:
    platform, row = platform_of(request), object_of(request)
    shown = {
        "name": platform.sealer.open_text(row["name_sealed"]),
        "reason": str(refusal or ""),
        "typed": typed or Identity(),
    }
    shown["identity"] = platform.sealer.open_identity(row["identity_sealed"])
    shown["summaries"] = {task: words_of(task, of).summary for task, of in platform.settings.tasks.items()}
    return page(request, "upload", refusal.status if refusal else 200, upload=row, **shown)
