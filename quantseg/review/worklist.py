"""A folder of images that people go through: what has been done with each, by whom, and where the labels lie."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from quantseg.errors import QuantSegError, UsageError
from quantseg.measure.values import Check, Verdict, worst
from quantseg.models.home import user_folder
from quantseg.reading.content_hash import case_content_hash
from quantseg.reading.image_file import FORMATS
from quantseg.reading.scan import CaseInput
from quantseg.results.atomic import restore_folder
from quantseg.results.case import CaseResult
from quantseg.results.document import CaseDocument
from quantseg.results.edited import edited_files, file_sha256, is_as_recorded, read_document
from quantseg.results.layout import INPUT_HASH, MEASUREMENTS
from quantseg.results.writing import write_case
from quantseg.review.approval import Approval, now
from quantseg.review.corrector import Corrector
from quantseg.review.history import CaseHistory, Event
from quantseg.review.locks import CaseLock

STATE_FOLDER = "quantseg-worklist"
_HISTORY = "history.json"
_UNSAVED = "unsaved"
_SAVE_AGAIN = "free some space and save again, or save it elsewhere"


class CaseState(Enum):
    """How far a case has come."""

    TO_DO = "to do"
    SEGMENTED = "segmented"
    DOUBTFUL = "doubtful"
    CORRECTED = "corrected"
    APPROVED = "approved"
    CHANGED = "changed since"
    """Files are not those that were written, or not those that were approved: nobody stands for what lies there."""


@dataclass(frozen=True)
class Entry:
    """One line of the list.

    Attributes:
        case: the image.
        state: how far it has come.
        checks: of the result; none where there is no result, or where nothing checked labels that somebody drew.
        headline: the volumes, in words.
        history: who did what and when, the oldest first.
        approval: of the files as they lie there now; None if nobody has approved those.
    """

    case: CaseInput
    state: CaseState
    checks: tuple[Check, ...]
    headline: str
    history: tuple[Event, ...]
    approval: Approval | None

    @property
    def verdict(self) -> str:
        """Most severe verdict of the checks; empty where there are none."""
        return worst(check.verdict for check in self.checks).value if self.checks else ""

    @property
    def is_changed(self) -> bool:
        """Whether what lies there is not what was written, or not what was approved."""
        return self.state is CaseState.CHANGED

    @property
    def is_learnable(self) -> bool:
        """Whether labels are there that a person stands for: training data."""
        return self.state in (CaseState.CORRECTED, CaseState.APPROVED)


class Worklist:
    """The cases of a folder, and what people did with them, kept in a folder ``quantseg-worklist`` beside the images.

    Every change is written at once, whole or not at all, and only by the person who holds the case's lock.

    Args:
        folder: holds the images.
        cases: found in it.
        reviewer: name of the person at work.
        session: distinguishes two programs of one name, such as machine and process number.
        corrector: of the task that the cases are for.
    """

    def __init__(
        self, folder: Path, cases: Sequence[CaseInput], reviewer: str, session: str, corrector: Corrector
    ) -> None:
        self._corrector = corrector
        self._state = folder / STATE_FOLDER
        self._cases = {case.name: case for case in cases if self._state not in case.path.parents}
        self._reviewer, self._session = reviewer, session
        self._image_hashes: dict[str, str] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the cases, in the order of the list."""
        return tuple(self._cases)

    def entry(self, name: str) -> Entry:
        """Return what is known of a case now, whoever did it."""
        folder = self.result_folder(name)
        document, kept = read_document(folder), _read_history(folder)
        approval, changed = None, False
        if document is not None:
            changed = not is_as_recorded(folder, document)
            approval = None if changed else kept.approval_of(folder, document)
            changed |= approval != kept.approval
        return Entry(
            self._cases[name],
            CaseState.CHANGED if changed else _state(document, approval),
            () if document is None else document.checks,
            "" if document is None else self._corrector.presenter.headline(document.measured),
            kept.events,
            approval,
        )

    def names_to_learn_from(self) -> tuple[str, ...]:
        """Return the names of the cases that are training data: corrected or approved, and unchanged since."""
        return tuple(name for name in self.names if self.entry(name).is_learnable)

    def result_folder(self, name: str) -> Path:
        """Return where the labels of a case lie once there are any, with the files of ``quantseg segment``."""
        return self._state / name

    def read(self, name: str) -> Any:
        """Return the image of a case.

        Raises:
            InputRefused: it cannot be read rightly.
        """
        self._image_hashes[name] = case_content_hash(self._cases[name])
        return self._corrector.read(self._cases[name])

    def result_of(self, name: str) -> CaseResult:
        """Return a case as it lies in the list.

        Raises:
            QuantSegError: the list has no whole result of it, or its image cannot be read rightly.
        """
        return self._corrector.result_of(self.read(name), self._corrector.read_written(self.result_folder(name)))

    def labels_of(self, name: str, scan: Any, elsewhere: Path | None) -> Any:
        """Return the labels to go on from.

        Args:
            name: of the case.
            scan: its image.
            elsewhere: folder of labels that exist already: what :meth:`save_elsewhere` wrote, where nobody has changed
                the list's own since; for a case of which the list has none also a label map named as the image, or the
                output of ``quantseg segment``.

        Returns:
            None where there are none.

        Raises:
            QuantSegError: they are damaged, lie on another grid, or were made of another image.
        """
        if elsewhere is not None and self.goes_on_elsewhere(name, elsewhere):
            return self._written(name, elsewhere / name)
        if read_document(self.result_folder(name)) is not None:
            return self._written(name, self.result_folder(name))
        if elsewhere is None:
            return None
        if read_document(elsewhere / name) is not None:
            return self._written(name, elsewhere / name)
        for ending in FORMATS:
            path = elsewhere / f"{name}{ending}"
            if path.is_file():
                return self._corrector.read_drawn(name, scan, path)
        return None

    def goes_on_elsewhere(self, name: str, elsewhere: Path) -> bool:
        """Tell whether a folder holds what was done with a case after all that the list knows."""
        here, there = (_read_history(folder).events for folder in (self.result_folder(name), elsewhere / name))
        return len(there) > len(here) and there[: len(here)] == here

    def open(self, name: str, take_over: bool = False) -> None:
        """Take a case for oneself, and put right what a program left of it that was killed while it saved.

        Args:
            name: of the case.
            take_over: relieve an owner who was not seen for a working day.

        Raises:
            UsageError: somebody else works on it.
            OSError: the list cannot be written.
        """
        lock = self._lock(name)
        if take_over:
            lock.take_over()
        else:
            lock.take()
        restore_folder(self.result_folder(name))

    def save(self, result: CaseResult, what: str, approval: Approval | None = None) -> None:
        """Write the labels of an open case and what was done, both in one step: no approval meets other labels.

        Args:
            result: named as the case.
            what: was done, in words.
            approval: of these labels, whose hash the caller has compared; None takes back an earlier one.

        Raises:
            UsageError: the case is somebody else's by now.
            QuantSegError: the files could not be written; the earlier ones are untouched.
        """
        self._lock(result.name).keep()
        self._write(result, what, approval, self._state)

    def save_elsewhere(self, result: CaseResult, what: str, approval: Approval | None, folder: Path) -> Path:
        """Write into another folder what cannot be saved in the list; :meth:`labels_of` finds it there.

        Args:
            result: named as the case.
            what: was done, in words.
            approval: of these labels, if any.
            folder: receives a folder that is named after the case, with the files of ``quantseg segment``.

        Returns:
            the folder of the case.

        Raises:
            QuantSegError: the files could not be written.
        """
        self._write(result, what, approval, folder)
        return folder / result.name

    def rescue(self, result: CaseResult, what: str, approval: Approval | None) -> Path:
        """Write what cannot be saved in the list wherever there is room, where nobody can be asked for a folder.

        Returns:
            the folder of the case: below the user's own data, or else below the machine's temporary files.

        Raises:
            QuantSegError: there is no room anywhere.
        """
        # A name of its own: what was rescued before is never replaced.
        own = now().replace(":", "")
        try:
            return self.save_elsewhere(result, what, approval, user_folder() / _UNSAVED / own)
        except QuantSegError:
            return self.save_elsewhere(
                result, what, approval, Path(tempfile.gettempdir()) / f"quantseg-{_UNSAVED}" / own
            )

    def _write(self, result: CaseResult, what: str, approval: Approval | None, output: Path) -> None:
        """Write labels and history of a case into a folder that is named after it, all in one step."""
        events = (*_read_history(self.result_folder(result.name)).events, Event(self._reviewer, now(), what))

        def write_history(folder: Path) -> None:
            approved = None if approval is None else file_sha256(folder / MEASUREMENTS)
            history = CaseHistory(
                events=events,
                approval=approval,
                approved_measurements_sha256=approved,
                image_sha256=self._image_hash(result.name),
            )
            (folder / _HISTORY).write_bytes(history.to_bytes())

        write_case(result, output, self._corrector.presenter, report=False, beside=write_history, advice=_SAVE_AGAIN)

    def close(self, name: str) -> None:
        """Let others have a case."""
        self._lock(name).release()

    def next_name(self, name: str | None, step: int) -> str | None:
        """Return the neighbour of a case in the list; the first one if there is no case, None at either end."""
        names = self.names
        if name is None:
            return names[0] if names else None
        index = names.index(name) + step
        return names[index] if 0 <= index < len(names) else None

    def holder(self, name: str) -> str:
        """Return who works on a case, empty if nobody does."""
        owner = self._lock(name).owner()
        return "" if owner is None else owner.name

    def _written(self, name: str, folder: Path) -> Any:
        """Return labels and document; labels that were changed since nobody can call the algorithm's any more."""
        written = self._corrector.read_written(folder)
        # A run of the command says of which image it was; what a panel's run was given lay in a file of its own.
        history = _read_history(folder)
        known = history.image_sha256 if history.events else written.document.facts.get(INPUT_HASH)
        if known not in (None, self._image_hash(name)):
            raise UsageError(
                f"The labels in {folder} were made of another image than {self._cases[name].path.name} is now; bring "
                "that image back, or take the labels away."
            )
        if not edited_files(folder):
            return written
        document: CaseDocument = written.document
        by_hand = {"edited_segments": tuple(segment.key for segment in document.segments)}
        return dataclasses.replace(written, document=document.model_copy(update=by_hand))

    def _image_hash(self, name: str) -> str | None:
        """Return the hash of an image as it was read last; None if it cannot be read any more."""
        if name not in self._image_hashes:
            try:
                self._image_hashes[name] = case_content_hash(self._cases[name])
            except OSError:
                return None
        return self._image_hashes[name]

    def _lock(self, name: str) -> CaseLock:
        return CaseLock(self._state / f"{name}.lock", self._reviewer, self._session)


def open_worklist(folder: Path, reviewer: str, session: str, corrector: Corrector) -> Worklist:
    """Find the images of a folder.

    Raises:
        UsageError: there are none, or two have one name.
    """
    return Worklist(folder, corrector.find(folder), reviewer, session, corrector)


def _read_history(folder: Path) -> CaseHistory:
    try:
        return CaseHistory.from_json((folder / _HISTORY).read_bytes())
    except (OSError, ValueError):
        return CaseHistory()


def _state(document: CaseDocument | None, approval: Approval | None) -> CaseState:
    if document is None:
        return CaseState.TO_DO
    if approval is not None:
        return CaseState.APPROVED
    if document.edited_segments:
        return CaseState.CORRECTED
    return CaseState.SEGMENTED if document.verdict is Verdict.GOOD else CaseState.DOUBTFUL
