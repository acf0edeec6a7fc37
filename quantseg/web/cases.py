"""Cases: made of what was sent, shown to their group, erased with their patient."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from fastapi import Query
from sqlalchemy import Connection, delete, func, insert, select, update

from quantseg.errors import QuantSegError
from quantseg.jobs.database import begin_to_write
from quantseg.web import casework, seeing
from quantseg.web.accounts import new_id
from quantseg.web.audit import Subject, note
from quantseg.web.casework import CaseOrder, stamp_of
from quantseg.web.platform import Platform
from quantseg.web.refusal import Refusal
from quantseg.web.runs import DONE
from quantseg.web.sealing import Identity
from quantseg.web.sessions import Who
from quantseg.web.tables import CASES, PATIENTS, RUNS, UPLOADS
from quantseg.web.uploads import READY

MOST_LISTED = 200
"""Cases on one page of the list."""
Before = Annotated[int | None, Query(ge=1, le=2**31 - 1)]
"""Number of the case that a list goes on from."""
_VIEW = "view"
_MOST_FILLED = 10
_FILLING = threading.Lock()


@dataclass(frozen=True)
class CaseLine:
    """A line of the list of cases.

    Attributes:
        id: random identifier.
        number: by which people talk of it.
        task: name of the task.
        identity: who the patient is; for the group's eyes.
        group: name of it.
        state: in words.
        verdict: of the result; empty where there is none.
        headline: numbers that sum it up.
        created_at: in seconds since 1970.
    """

    id: str
    number: int
    task: str
    identity: Identity
    group: str
    state: str
    verdict: str
    headline: str
    created_at: float


def make_cases(platform: Platform, who: Who, upload: Mapping[str, Any], chosen: Sequence[tuple[str, str]]) -> list[str]:
    """Make a case of each image of an upload that was chosen, all or none, and return their identifiers.

    The upload has done its service then, and goes from the list of uploads: who chooses twice makes no case twice.

    Args:
        platform: that gets them.
        who: has chosen.
        upload: that holds the images.
        chosen: names of task and image; the same twice is one.

    Raises:
        Refusal: the upload is not ready, or an image is none that the task takes.
    """
    if upload["state"] != READY:
        raise Refusal(409, "This upload is not ready; wait until it has been looked at.")
    fits = [_fitting(platform, upload, *one) for one in dict.fromkeys(chosen)]
    identity = platform.sealer.open_identity(upload["identity_sealed"])
    shared = {"group_id": upload["group_id"], "content_id": upload["id"], "image": f"image{upload['ending']}"}
    shared |= {"summary": {}, "created_by": who.user, "created_at": time.time()}
    made: list[str] = []
    try:
        with begin_to_write(platform.engine) as connection:
            if not connection.execute(delete(UPLOADS).where(UPLOADS.c.id == upload["id"])).rowcount:
                raise Refusal(409, "Cases were made of this upload meanwhile, or it was deleted; send it again.")
            shared["patient_id"] = _patient(connection, platform, upload["group_id"], identity)
            number = connection.execute(select(func.max(CASES.c.number))).scalar() or 0
            for one in fits:
                case, number = new_id(), number + 1
                (platform.settings.cases / case).mkdir(mode=0o700)
                made.append(case)
                own = {"id": case, "number": number, "task": one["task"], "series": one["name"]}
                connection.execute(insert(CASES).values(**shared, **own, has_dicom=one["has_dicom"]))
                note(connection, who.user, who.name, "case made", Subject("case", case))
    except BaseException:
        for case in made:
            (platform.settings.cases / case).rmdir()
        raise
    return made


def _fitting(platform: Platform, upload: Mapping[str, Any], task: str, series: str) -> Mapping[str, Any]:
    """Return what the upload's look has found of an image."""
    for one in upload["found"]:
        if (one["task"], one["name"], one["reason"]) == (task, series, "") and task in platform.settings.tasks:
            found: Mapping[str, Any] = one
            return found
    raise Refusal(422, "The task cannot take that image; choose one that is offered.")


def order_of(platform: Platform, case: Mapping[str, Any]) -> CaseOrder:
    """Return a case as the desk takes it.

    Raises:
        Refusal: its task is not offered any more.
    """
    reference = platform.settings.tasks.get(case["task"])
    if reference is None:
        raise Refusal(409, f"The task {case['task']} is not offered by this server any more.")
    image = platform.settings.contents / case["content_id"] / case["image"]
    return CaseOrder(reference, image, case["series"], platform.settings.cases / case["id"])


def summary_of(platform: Platform, case: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a page shows of a case's result; empty where there is none.

    It is kept with the result's stamp: a server that was killed between files and database shows no old numbers.
    """
    order = order_of(platform, case)
    stamp = stamp_of(order.result)
    if not stamp:
        return {}
    kept: dict[str, Any] = case["summary"]
    if (kept.get("form"), kept.get("stamp")) == (casework.SUMMARY_FORM, stamp):
        return kept
    return keep_summary(platform, case, platform.desk.correct(casework.summarise, order))


def labels_of(platform: Platform, case: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a case's labels as they are now; empty where there are none."""
    return str(summary_of(platform, case).get("etag", ""))


def keep_summary(platform: Platform, case: Mapping[str, Any], summary: dict[str, Any]) -> dict[str, Any]:
    """Keep what a page shows of a case's result, and return it."""
    with begin_to_write(platform.engine) as connection:
        connection.execute(update(CASES).where(CASES.c.id == case["id"]).values(summary=summary))
    return summary


def fill_list(platform: Platform, lines: list[CaseLine]) -> None:
    """Look at results that nobody has opened yet, so that the list says their verdict the next time.

    One visitor's turn at a time; whatever is wrong is said on the case's page.
    """
    if not _FILLING.acquire(blocking=False):
        return
    try:
        missing = [one.id for one in lines if one.state == DONE and not one.verdict][:_MOST_FILLED]
        with platform.engine.begin() as connection:
            rows = [dict(row) for row in connection.execute(select(CASES).where(CASES.c.id.in_(missing))).mappings()]
        for row in rows:
            with contextlib.suppress(QuantSegError):
                order = order_of(platform, row)
                if stamp_of(order.result):
                    keep_summary(platform, row, platform.desk.look(casework.summarise, order))
    finally:
        _FILLING.release()


def image_of(platform: Platform, case: Mapping[str, Any]) -> Path:
    """Return the image of a case as NIfTI, which is made where it is missing.

    Raises:
        QuantSegError: it cannot be read.
    """
    return _view_of(platform, case) / seeing.IMAGE


def planes_of(platform: Platform, case: Mapping[str, Any]) -> dict[str, Any]:
    """Return how the image of a case is looked at; see :func:`quantseg.web.seeing.write_view`.

    Raises:
        QuantSegError: the image cannot be read.
    """
    found: dict[str, Any] = json.loads((_view_of(platform, case) / seeing.PLANES).read_text(encoding="utf-8"))
    return found


def _view_of(platform: Platform, case: Mapping[str, Any]) -> Path:
    order = order_of(platform, case)
    folder = order.folder / _VIEW
    # Written last: where it is, all is.
    if not (folder / seeing.PLANES).is_file():
        platform.desk.correct(seeing.write_view, order.task, order.image, order.name, folder)
    return folder


def identity_of(connection: Connection, platform: Platform, case: Mapping[str, Any]) -> Identity:
    """Return whose case it is; nothing where nobody said it."""
    sealed = connection.execute(select(PATIENTS.c.identity_sealed).where(PATIENTS.c.id == case["patient_id"])).scalar()
    return Identity() if sealed is None else platform.sealer.open_identity(sealed)


def cases_of(platform: Platform, who: Who, before: int | None = None, most: int = MOST_LISTED) -> list[CaseLine]:
    """Return the cases that somebody may see, the latest first, of those before a number where one is given."""
    sealed = select(CASES, PATIENTS.c.identity_sealed).join(
        PATIENTS, isouter=True, onclause=PATIENTS.c.id == CASES.c.patient_id
    )
    found = sealed.where(CASES.c.group_id.in_(who.groups)).order_by(CASES.c.number.desc()).limit(most)
    if before is not None:
        found = found.where(CASES.c.number < before)
    with platform.engine.begin() as connection:
        rows = list(connection.execute(found).mappings())
        ids = [row["id"] for row in rows]
        states = select(RUNS.c.case_id, RUNS.c.state).where(RUNS.c.case_id.in_(ids)).order_by(RUNS.c.created_at)
        runs = dict(list(connection.execute(states)))
    return [
        CaseLine(
            row["id"],
            row["number"],
            row["task"],
            platform.sealer.open_identity(row["identity_sealed"]) if row["identity_sealed"] else Identity(),
            who.groups[row["group_id"]],
            _state_in_words(row["summary"], runs.get(row["id"], "")),
            row["summary"].get("verdict", ""),
            row["summary"].get("headline", ""),
            row["created_at"],
        )
        for row in rows
    ]


def _patient(connection: Connection, platform: Platform, group: str, identity: Identity) -> str | None:
    """Return the patient of a group who has this identity, whom the group need not know yet.

    Raises:
        Refusal: the group knows somebody else by this number.
    """
    if not identity.is_known:
        return None
    lookup = platform.sealer.lookup(group, identity.identifier)
    known = select(PATIENTS).where(PATIENTS.c.group_id == group, PATIENTS.c.lookup == lookup)
    found = connection.execute(known).mappings().first() if lookup else None
    if found is not None:
        if not identity.may_be(platform.sealer.open_identity(found["identity_sealed"])):
            raise Refusal(
                409,
                "The group knows another patient by this number: name or date of birth differ; see whose image it is, "
                "and send it again with the right ones.",
            )
        return str(found["id"])
    patient = new_id()
    sealed = platform.sealer.seal_identity(identity)
    row = {"id": patient, "group_id": group, "lookup": lookup, "identity_sealed": sealed, "created_at": time.time()}
    connection.execute(insert(PATIENTS).values(**row))
    return patient


def _state_in_words(summary: Mapping[str, Any], run: str) -> str:
    if run in ("waiting", "running"):
        return run
    if summary:
        return str(summary["state"])
    return run or "to do"
