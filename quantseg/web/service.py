"""What pages and API do with a case, each in one place: run, save, approve, write files."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from quantseg.errors import QuantSegError, UsageError
from quantseg.jobs.database import begin_to_write
from quantseg.web import casework, downloading, holding
from quantseg.web.audit import Subject, note
from quantseg.web.cases import keep_summary, order_of, summary_of
from quantseg.web.holding import editor_of
from quantseg.web.platform import Platform
from quantseg.web.refusal import Refusal, not_found, refusals
from quantseg.web.runs import OPEN_STATES, agree, agreed_licences, ask_for_run, latest_run
from quantseg.web.sessions import Who
from quantseg.web.tasks import licences_of, words_of


class LicenceNeeded(Refusal):
    """A run needs an agreement that the person has not given yet.

    Attributes:
        licence: SPDX identifier.
    """

    def __init__(self, licence: str) -> None:
        super().__init__(428, f"The licence {licence} of a model forbids commercial use; agree to it once to go on.")
        self.licence = licence


def start_run(
    platform: Platform, who: Who, case: Mapping[str, Any], options: Mapping[str, Any], accepted: str, replace: bool
) -> str:
    """Ask for a run, and return its identifier.

    Args:
        platform: that does it.
        who: asks.
        case: to be run.
        options: of the task.
        accepted: licence that the person agrees to now; empty for none.
        replace: whether corrections may be set aside for the new result.

    Raises:
        LicenceNeeded: the person must agree first.
        Refusal: options are wrong, the case is in the queue, corrected, or in somebody's hand.
        QuantSegError: the case's result cannot be looked at.
    """
    order = order_of(platform, case)
    try:
        licences = platform.desk.correct(licences_of, order.task, dict(options))
    except UsageError as error:
        raise Refusal(422, str(error)) from None
    with begin_to_write(platform.engine) as connection:
        if accepted in licences:
            agree(connection, who.user, accepted)
        missing = [licence for licence in licences if licence not in agreed_licences(connection, who.user)]
    if missing:
        raise LicenceNeeded(missing[0])
    summary = summary_of(platform, case)
    if summary and (summary["edited"] or summary["approval"]) and not replace:
        raise Refusal(409, "Somebody has corrected or approved this case; say that a new result may take its place.")
    holding.refuse_other_holder(platform, who, case)
    return ask_for_run(platform, who, case, options)


def make_ready(platform: Platform, case: Mapping[str, Any]) -> None:
    """Let the desk read a case that somebody has taken in hand, ahead of the first correction."""
    # Whatever is wrong with the case is said when it is saved.
    with contextlib.suppress(QuantSegError):
        platform.desk.correct(casework.make_ready, order_of(platform, case))


def save(
    platform: Platform, who: Who, case: Mapping[str, Any], sent: Path, expected: str, frame: int | None
) -> dict[str, Any]:
    """Save corrected labels, and return what a page shows of them; see :func:`quantseg.web.casework.save_labels`."""
    _refuse_change(platform, case)
    order = order_of(platform, case)
    with refusals():
        summary = platform.desk.correct(casework.save_labels, order, editor_of(who), sent, expected, frame)
    return _changed(platform, who, case, summary, "labels saved")


def approve(platform: Platform, who: Who, case: Mapping[str, Any], expected: str) -> dict[str, Any]:
    """Approve labels, and return what a page shows of them."""
    _refuse_change(platform, case)
    with refusals():
        summary = platform.desk.correct(casework.approve_labels, order_of(platform, case), editor_of(who), expected)
    return _changed(platform, who, case, summary, "labels approved")


def revoke(platform: Platform, who: Who, case: Mapping[str, Any], expected: str) -> dict[str, Any]:
    """Take an approval back, and return what a page shows."""
    _refuse_change(platform, case)
    with refusals():
        summary = platform.desk.correct(casework.revoke_approval, order_of(platform, case), editor_of(who), expected)
    return _changed(platform, who, case, summary, "approval taken back")


def files_of(platform: Platform, case: Mapping[str, Any]) -> Path:
    """Return the folder of the files of a case's result as it is now, which are written where they are missing.

    Raises:
        Refusal: there is no result.
        QuantSegError: they could not be written.
    """
    if not summary_of(platform, case):
        raise not_found()
    folder = platform.desk.look(
        downloading.write_downloads, order_of(platform, case), case["number"], case["has_dicom"]
    )
    return next(path for path in folder.iterdir() if path.is_dir())


def _changed(
    platform: Platform, who: Who, case: Mapping[str, Any], summary: dict[str, Any], what: str
) -> dict[str, Any]:
    with begin_to_write(platform.engine) as connection:
        note(connection, who.user, who.name, what, Subject("case", case["id"]), f"labels {summary['etag'][:16]}")
    return keep_summary(platform, case, summary)


def _refuse_change(platform: Platform, case: Mapping[str, Any]) -> None:
    """Refuse what people do with labels, where the task has none for them or the engine is at work."""
    if not words_of(case["task"], order_of(platform, case).task).corrects:
        raise Refusal(409, f"Results of {case['task']} cannot be corrected, and so not be approved.")
    with platform.engine.begin() as connection:
        if latest_run(connection, case["id"], OPEN_STATES) is not None:
            raise Refusal(409, "The engine works on this case; wait for it, or cancel it.")
