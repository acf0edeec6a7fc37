"""The list of cases, and the page of one: image and labels, numbers, verdict with reasons, run, approval, downloads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, RedirectResponse, Response
from starlette.background import BackgroundTask

from quantseg.jobs.database import begin_to_write
from quantseg.results.layout import REPORT, REPORT_PDF
from quantseg.web import consents, downloading, holding, runs, service
from quantseg.web.audit import Subject, note
from quantseg.web.cases import MOST_LISTED, Before, cases_of, fill_list, identity_of, labels_of, order_of, summary_of
from quantseg.web.consents import ConsentKind
from quantseg.web.erasing import erase_patient
from quantseg.web.guarding import REPORT_POLICY
from quantseg.web.pages import page
from quantseg.web.refusal import Refusal, not_found
from quantseg.web.roles import Role
from quantseg.web.rules import Owned, needs, object_of, platform_of, who_asks
from quantseg.web.service import LicenceNeeded
from quantseg.web.tasks import options_in_words, options_of_form, words_of

ROUTER = APIRouter(include_in_schema=False)


@ROUTER.get("/cases")
@needs(Role.READER, action="list of cases seen")
def list_page(request: Request, before: Before = None) -> Response:
    """Show the cases of one's groups, a page of them at a time."""
    platform = platform_of(request)
    found = cases_of(platform, who_asks(request), before)
    older = found[-1].number if len(found) == MOST_LISTED else None
    answer = page(request, "cases", cases=found, older=older)
    answer.background = BackgroundTask(fill_list, platform, found)
    return answer


@ROUTER.get("/cases/{case}")
@needs(Role.READER, of=Owned.CASE, action="case seen")
def case_page(request: Request, case: str) -> Response:
    """Show a case."""
    return _case_page(request, case)


@ROUTER.get("/cases/{case}/numbers")
@needs(Role.READER, of=Owned.CASE, action="numbers seen")
def numbers(request: Request, case: str) -> Response:
    """Show what stands beside the picture, for a page whose labels have changed."""
    row = object_of(request)
    return page(request, "numbers", case=row, result=summary_of(platform_of(request), row))


@ROUTER.post("/cases/{case}/run")
@needs(Role.EDITOR, of=Owned.CASE, action="run asked for")
def run(request: Request, case: str) -> Response:
    """Ask for a run; where a licence must be agreed to first, ask for that."""
    platform, row, form = platform_of(request), object_of(request), request.state.form
    words = words_of(row["task"], order_of(platform, row).task)
    options = options_of_form(words, form)
    accepted, replace = str(form.get("accept_licence", "")), "replace" in form
    try:
        service.start_run(platform, who_asks(request), row, options, accepted, replace)
    except LicenceNeeded as needed:
        return page(request, "licence", 428, case=row, licence=needed.licence, options=options, replace=replace)
    return RedirectResponse(f"/cases/{case}", 303)


@ROUTER.post("/cases/{case}/cancel")
@needs(Role.EDITOR, of=Owned.CASE, action="run cancelled")
def cancel(request: Request, case: str) -> Response:
    """Cancel what waits or is at work."""
    runs.cancel_run(platform_of(request), case)
    return RedirectResponse(f"/cases/{case}", 303)


@ROUTER.post("/cases/{case}/approve")
@needs(Role.APPROVER, of=Owned.CASE)
def approve(request: Request, case: str) -> Response:
    """Approve the labels that the page has shown."""
    service.approve(
        platform_of(request), who_asks(request), object_of(request), str(request.state.form.get("etag", ""))
    )
    return RedirectResponse(f"/cases/{case}", 303)


@ROUTER.post("/cases/{case}/revoke")
@needs(Role.APPROVER, of=Owned.CASE)
def revoke(request: Request, case: str) -> Response:
    """Take the approval back."""
    service.revoke(platform_of(request), who_asks(request), object_of(request), str(request.state.form.get("etag", "")))
    return RedirectResponse(f"/cases/{case}", 303)


@ROUTER.post("/cases/{case}/consents")
@needs(Role.APPROVER, of=Owned.CASE)
def consent(request: Request, case: str) -> Response:
    """Record a consent, or that one was taken back."""
    platform, who, form, row = platform_of(request), who_asks(request), request.state.form, object_of(request)
    if "take_back" not in form and not words_of(row["task"], order_of(platform, row).task).teaches:
        raise Refusal(409, f"No model learns from corrected cases of {row['task']}; nothing is to be agreed to.")
    try:
        kind = ConsentKind(str(form.get("kind", "")))
    except ValueError:
        raise Refusal(422, "Say whose consent it is.") from None
    labels = labels_of(platform, row)
    with begin_to_write(platform.engine) as connection:
        if "take_back" in form:
            consents.revoke_consent(connection, who, case, kind)
        else:
            version, seen, reference = (str(form.get(name, "")) for name in ("version", "etag", "reference"))
            agreement = consents.Agreement(kind, version, seen, reference)
            consents.record_consent(connection, platform, who, case, agreement, labels)
        what = f"consent of the {kind.value} {'taken back' if 'take_back' in form else 'recorded'}"
        note(connection, who.user, who.name, what, Subject("case", case))
    return RedirectResponse(f"/cases/{case}#training", 303)


@ROUTER.post("/cases/{case}/erase")
@needs(Role.ADMINISTRATOR, of=Owned.CASE, action="erasure of a patient asked for")
def erase(request: Request, case: str) -> Response:
    """Erase the patient of a case with all cases, images and results."""
    row = object_of(request)
    if str(request.state.form.get("number", "")).strip() != str(row["number"]):
        raise Refusal(422, "Type the number of the case to erase its patient; nothing was erased.")
    erase_patient(platform_of(request), who_asks(request), row)
    return RedirectResponse("/cases", 303)


@ROUTER.get("/cases/{case}/report")
@needs(Role.READER, of=Owned.CASE, action="report seen")
def report(request: Request, case: str) -> Response:
    """Show the report as it is written for paper, in a box of its own."""
    path = _files(request) / REPORT
    return FileResponse(path, media_type="text/html", headers={"Content-Security-Policy": REPORT_POLICY})


@ROUTER.get("/cases/{case}/report.pdf")
@needs(Role.READER, of=Owned.CASE, action="report downloaded")
def report_pdf(request: Request, case: str) -> Response:
    """Return the report, printed."""
    files = _files(request)
    path = platform_of(request).desk.look(downloading.print_pdf, files.parent)
    return FileResponse(path, filename=f"{files.name}_{REPORT_PDF}", media_type="application/pdf")


@ROUTER.get("/cases/{case}/files/{name}")
@needs(Role.READER, of=Owned.CASE, action="file downloaded")
def download(request: Request, case: str, name: str) -> Response:
    """Return a file of the result, or all of them in one archive."""
    files = _files(request)
    if name in (downloading.ALL_FILES, downloading.DICOM_FILES):
        if name == downloading.DICOM_FILES and (files / downloading.NO_DICOM).is_file():
            raise Refusal(409, (files / downloading.NO_DICOM).read_text(encoding="utf-8").strip())
        kind = "_dicom" * (name == downloading.DICOM_FILES)
        return FileResponse(files.parent / name, filename=f"{files.name}{kind}.zip")
    known = {path.name: path for path in files.iterdir() if path.is_file() and not path.name.startswith(".")}
    if name not in known:
        raise not_found()
    # Nothing that was made of a patient's images is shown as a page of this server.
    return FileResponse(known[name], filename=f"{files.name}_{name}", media_type="application/octet-stream")


def _files(request: Request) -> Path:
    """Return the folder of the files to take away."""
    return service.files_of(platform_of(request), object_of(request))


def _case_page(request: Request, case: str) -> Response:
    platform, who, row = platform_of(request), who_asks(request), object_of(request)
    shown: dict[str, Any] = {"case": row, "result": summary_of(platform, row), "run": runs.state_of(platform, case)}
    with platform.engine.begin() as connection:
        shown["identity"] = identity_of(connection, platform, row)
        shown["consents"] = consents.consents_of(connection, platform, case)
        shown["given"] = consents.holding(connection, case)
        shown["holding"] = consents.holding(connection, case, str(shown["result"].get("etag", "")))
        shown["models"] = consents.models_that_saw(connection, case)
        done = runs.latest_run(connection, case, (runs.DONE,))
    asked = {} if done is None else done["options"]
    holder = holding.holder_of(platform, row)
    shown["holder"] = "" if holder is None or holder.session == holding.editor_of(who).session else holder.name
    shown["group"] = who.groups[row["group_id"]]
    words = words_of(row["task"], order_of(platform, row).task)
    shown["asked"] = asked
    shown["asked_in_words"] = options_in_words(words, asked)
    return page(request, "case", words=words, kinds=ConsentKind, texts=consents.TEXTS, **shown)
