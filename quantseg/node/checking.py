"""What a site's settings name is tried, and nothing is sent: rules, models, licences, archive, destinations, disks."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from quantseg.errors import QuantSegError, UsageError
from quantseg.node.settings import DestinationKind, NodeSettings, RuleSettings

_ROOM_GIB = 2.0
_GIB = 1024**3


@dataclass(frozen=True)
class Finding:
    """What came of one check.

    Attributes:
        said: one sentence.
        is_right: whether it is as it must be.
    """

    said: str
    is_right: bool


def check_offline(settings: NodeSettings) -> None:
    """Refuse what cannot go well, without asking anybody: tasks, options, rules, models, licences, browser.

    Raises:
        QuantSegError: something is wrong; the first that is found.
    """
    from quantseg.batch.site_rules import site_rule
    from quantseg.tasks.options import options_from
    from quantseg.tasks.registry import find_task

    for rule in settings.rule:
        task = find_task(rule.task)
        options = options_from(task.options, rule.options)
        for role in task.inputs:
            site_rule(settings.series_rules, task, role)
        for name in task.models(options):
            _check_model(name, rule, settings)
    if settings.work.pdf:
        from quantseg.results.report_pdf import find_browser

        if find_browser() is None:
            raise UsageError(
                "The PDF is printed by Chromium, Google Chrome or Microsoft Edge, and none of them was found; install "
                "one, or say pdf = false below [work]."
            )


def check_all(settings: NodeSettings) -> list[Finding]:
    """Try everything and return what came of it."""
    return [_tried(said, check) for said, check in _checks(settings)]


def _checks(settings: NodeSettings) -> Iterator[tuple[str, Callable[[], str | None]]]:
    """Yield what is tried; each may say more of what it found."""
    from quantseg.jobs.store import JobStore
    from quantseg.node.archive import Archive
    from quantseg.node.dicom_peer import DicomPeer

    yield "rules, models and licences", lambda: check_offline(settings)
    yield "work folder", lambda: _check_room(settings)
    yield "archive", lambda: f"Orthanc {Archive(settings.archive).version()}"
    yield "DICOMweb", lambda: Archive(settings.archive).check_dicomweb()

    def open_queue() -> None:
        # A file is made by the node that runs; a server must be there.
        if "://" in settings.queue.database:
            JobStore.open(settings.queue.database, settings.queue.password()).close()

    yield "queue", open_queue
    for one in settings.destination:
        if one.kind is DestinationKind.DICOM:
            yield f"destination {one.name}", DicomPeer(one).echo
    for rule in settings.rule:
        if not rule.destinations:
            yield f"rule {rule.key} has no destination: results wait in the work folder", lambda: None


def _tried(said: str, check: Callable[[], str | None]) -> Finding:
    try:
        more = check()
    except QuantSegError as error:
        return Finding(f"{said}: {error}", False)
    return Finding(f"{said}: {more}" if more else said, True)


def _check_model(name: str, rule: RuleSettings, settings: NodeSettings) -> None:
    from quantseg.models.bundle import find_bundle
    from quantseg.models.licence import forbids_commercial_use

    bundle = find_bundle(name)
    accepted = {licence.upper() for licence in settings.accept_licences}
    if forbids_commercial_use(bundle.licence) and bundle.licence.upper() not in accepted:
        raise UsageError(
            f"The licence {bundle.licence} of model {name!r}, which rule {rule.key!r} uses, forbids commercial use; "
            f'where the site agrees, say accept_licences = ["{bundle.licence}"] at the top of its settings.'
        )


def _check_room(settings: NodeSettings) -> str:
    folder = settings.work.folder
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            room_gib = shutil.disk_usage(folder).free / _GIB
    except OSError as error:
        raise QuantSegError(f"{folder} cannot be written ({error.strerror}); name another folder.") from None
    needed_gib = _ROOM_GIB * settings.work.workers
    if room_gib < needed_gib:
        raise QuantSegError(f"{room_gib:.1f} GiB are free in {folder}, expected {needed_gib:g}; free some space.")
    return f"{room_gib:.0f} GiB free"
