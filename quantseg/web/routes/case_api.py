"""The API of a case: its state, image and labels, runs, approval, and who has it in hand.

Labels carry an ETag, their file's SHA-256. Whoever saves says in If-Match which labels were corrected: nobody's
correction is lost to somebody who has not seen it.
"""

from __future__ import annotations

import secrets
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool

from quantseg.jobs.database import begin_to_write
from quantseg.results.layout import LABELS, PREVIEW
from quantseg.web import holding, runs, service
from quantseg.web.audit import Subject, note
from quantseg.web.cases import Before, cases_of, image_of, order_of, planes_of, summary_of
from quantseg.web.refusal import Refusal, not_found
from quantseg.web.roles import Role
from quantseg.web.rules import Owned, needs, object_of, platform_of, who_asks
from quantseg.web.shown import file_of_image
from quantseg.web.tasks import words_of

ROUTER = APIRouter(prefix="/api/v1/cases", tags=["cases"])
_NIFTI = "application/gzip"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CaseEntry(_Part):
    """A line of the list of cases."""

    id: str
    number: int
    task: str
    group: str
    state: str
    verdict: str
    headline: str
    created_at: float


class RunEntry(_Part):
    """How far the last run is."""

    id: str
    state: str
    step: str
    share: float | None
    position: int | None
    reason: str


class CaseDetail(_Part):
    """A case as it is now."""

    id: str
    number: int
    task: str
    run: RunEntry | None
    result: dict[str, Any]
    holder: str
    mine: bool


class RunRequest(_Part):
    """What to run."""

    options: dict[str, str | float | int | bool] = Field(default_factory=dict)
    accept_licence: str = ""
    replace: bool = False


class HoldRequest(_Part):
    """To take a case in hand; or to ask who has it for it; or to answer who asks that it stays in hand."""

    take_over: bool = False
    ask: bool = False
    keep: bool = False


class HoldEntry(_Part):
    """Who has a case in hand, as who looks sees it, and the ETag of the labels as they are now."""

    holder: str
    mine: bool
    asked_by: str
    refused: bool
    may_take_over: bool
    etag: str


@ROUTER.get("")
@needs(Role.READER, action="list of cases seen", seldom=True)
def list_cases(request: Request, before: Before = None) -> list[CaseEntry]:
    """Return 200 cases of one's groups, the latest first, or those before a number; whose they are is not among it."""
    lines = cases_of(platform_of(request), who_asks(request), before)
    return [
        CaseEntry(
            id=one.id,
            number=one.number,
            task=one.task,
            group=one.group,
            state=one.state,
            verdict=one.verdict,
            headline=one.headline,
            created_at=one.created_at,
        )
        for one in lines
    ]


@ROUTER.get("/{case}")
@needs(Role.READER, of=Owned.CASE, action="case seen", seldom=True)
def state(request: Request, case: str) -> CaseDetail:
    """Return a case as it is now."""
    platform, row = platform_of(request), object_of(request)
    run, holder = runs.state_of(platform, case), holding.holder_of(platform, row)
    return CaseDetail(
        id=case,
        number=row["number"],
        task=row["task"],
        run=None if run is None else RunEntry(**run.__dict__),
        result=summary_of(platform, row),
        holder="" if holder is None else holder.name,
        mine=holder is not None and holder.session == holding.editor_of(who_asks(request)).session,
    )


@ROUTER.post("/{case}/runs", status_code=202)
@needs(Role.EDITOR, of=Owned.CASE, action="run asked for")
def run(request: Request, case: str, wanted: RunRequest) -> RunEntry | None:
    """Ask for a run; 428 names the licence that somebody must agree to once."""
    platform, row = platform_of(request), object_of(request)
    service.start_run(platform, who_asks(request), row, wanted.options, wanted.accept_licence, wanted.replace)
    found = runs.state_of(platform, case)
    return None if found is None else RunEntry(**found.__dict__)


@ROUTER.delete("/{case}/runs", status_code=204)
@needs(Role.EDITOR, of=Owned.CASE, action="run cancelled")
def cancel(request: Request, case: str) -> Response:
    """Cancel what waits or is at work."""
    runs.cancel_run(platform_of(request), case)
    return Response(status_code=204)


@ROUTER.get("/{case}/image")
@needs(Role.READER, of=Owned.CASE, action="image seen")
def image(request: Request, case: str) -> Response:
    """Return the image as NIfTI, frames as its fourth axis, with nothing that names a patient."""
    return FileResponse(image_of(platform_of(request), object_of(request)), media_type=_NIFTI)


@ROUTER.get("/{case}/images/{name}")
@needs(Role.READER, of=Owned.CASE, action="image seen")
def made_image(request: Request, case: str, name: str) -> Response:
    """Return an image that the result holds, by its name, on the grid of the case's own."""
    platform, row = platform_of(request), object_of(request)
    path = file_of_image(summary_of(platform, row), order_of(platform, row).result, name)
    if path is None:
        raise not_found()
    return FileResponse(path, media_type=_NIFTI)


@ROUTER.get("/{case}/planes")
@needs(Role.READER, of=Owned.CASE)
def planes(request: Request, case: str) -> dict[str, Any]:
    """Return in which planes the image is looked at, with which letters and window, and where its voxels lie."""
    return planes_of(platform_of(request), object_of(request))


@ROUTER.get("/{case}/labels")
@needs(Role.READER, of=Owned.CASE, action="labels seen")
def labels(request: Request, case: str) -> Response:
    """Return the labels as they are now, on the image's grid, with their ETag."""
    platform, row = platform_of(request), object_of(request)
    etag = str(summary_of(platform, row).get("etag", ""))
    path = order_of(platform, row).result / LABELS
    if not etag or not path.is_file():
        raise not_found()
    return FileResponse(path, media_type=_NIFTI, headers={"ETag": f'"{etag}"'})


@ROUTER.put("/{case}/labels")
@needs(Role.EDITOR, of=Owned.CASE)
async def save_labels(request: Request, case: str, frame: int | None = None) -> Response:
    """Save corrected labels as NIfTI, of a cine all frames or one (counted from 0); return the numbers as they are."""
    platform, row, who = platform_of(request), object_of(request), who_asks(request)
    expected = _etag(request)
    sent = platform.settings.cases / case / f"sent-{secrets.token_hex(8)}.nii.gz"
    try:
        with sent.open("xb") as stream:
            async for piece in request.stream():
                await run_in_threadpool(stream.write, piece)
        summary = await run_in_threadpool(service.save, platform, who, row, sent, expected, frame)
    finally:
        await run_in_threadpool(sent.unlink, missing_ok=True)
    return JSONResponse(summary, headers={"ETag": f'"{summary["etag"]}"'})


@ROUTER.post("/{case}/approval")
@needs(Role.APPROVER, of=Owned.CASE)
def approve(request: Request, case: str) -> Response:
    """Approve the labels that If-Match names."""
    summary = service.approve(platform_of(request), who_asks(request), object_of(request), _etag(request))
    return JSONResponse(summary, headers={"ETag": f'"{summary["etag"]}"'})


@ROUTER.delete("/{case}/approval")
@needs(Role.APPROVER, of=Owned.CASE)
def revoke(request: Request, case: str) -> Response:
    """Take the approval of the labels back that If-Match names."""
    summary = service.revoke(platform_of(request), who_asks(request), object_of(request), _etag(request))
    return JSONResponse(summary, headers={"ETag": f'"{summary["etag"]}"'})


@ROUTER.get("/{case}/hold")
@needs(Role.READER, of=Owned.CASE)
def held(request: Request, case: str) -> HoldEntry:
    """Return who has the case in hand."""
    platform, row = platform_of(request), object_of(request)
    etag = str(summary_of(platform, row).get("etag", ""))
    return HoldEntry(**holding.hold_of(platform, who_asks(request), row).__dict__, etag=etag)


@ROUTER.post("/{case}/hold", status_code=204)
@needs(Role.EDITOR, of=Owned.CASE)
def hold(request: Request, case: str, wanted: HoldRequest) -> Response:
    """Take the case in hand, so that others can only look; 409 says who has it, and may be asked for it."""
    platform, who, row = platform_of(request), who_asks(request), object_of(request)
    if not words_of(row["task"], order_of(platform, row).task).corrects:
        raise Refusal(409, f"Results of {row['task']} are not corrected; there is nothing to take in hand.")
    done = ""
    if wanted.ask:
        holding.ask_for(platform, who, row)
        done = "case asked for"
    elif wanted.keep:
        holding.keep(platform, who, row)
        done = "case kept in hand"
    else:
        holding.take(platform, who, row, wanted.take_over)
        done = "case taken over" if wanted.take_over else ""
    if done:
        with begin_to_write(platform.engine) as connection:
            note(connection, who.user, who.name, done, Subject("case", case))
    ready = BackgroundTask(service.make_ready, platform, row)
    return Response(status_code=204, background=ready)


@ROUTER.delete("/{case}/hold", status_code=204)
@needs(Role.EDITOR, of=Owned.CASE)
def let_go(request: Request, case: str) -> Response:
    """Let others have the case."""
    holding.let_go(platform_of(request), who_asks(request), object_of(request))
    return Response(status_code=204)


@ROUTER.get("/{case}/picture")
@needs(Role.READER, of=Owned.CASE, action="picture seen", seldom=True)
def picture(request: Request, case: str) -> Response:
    """Return the picture by which the result is judged as it is now."""
    platform, row = platform_of(request), object_of(request)
    path = order_of(platform, row).result / PREVIEW
    return FileResponse(path if path.is_file() else service.files_of(platform, row) / PREVIEW, media_type="image/png")


def _etag(request: Request) -> str:
    given = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    if not given:
        raise Refusal(428, "Say in If-Match which labels you have seen.")
    return given
