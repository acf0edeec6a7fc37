"""At the desk: a case's result as it is now, its corrections and approvals, by the code that the panels use."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from quantseg.errors import InputRefused, UsageError
from quantseg.measure.corrected_checks import is_grey
from quantseg.measure.values import Verdict
from quantseg.reading.packed import unpacked
from quantseg.reading.spacing import HEADER_SPACING
from quantseg.results.case import CaseResult
from quantseg.results.case_table import case_table
from quantseg.results.edited import read_document
from quantseg.results.layout import LABELS, MEASUREMENTS
from quantseg.results.numbers import value_with_unit
from quantseg.results.presentation import GREY, verdict_words
from quantseg.results.reading_back import read_result
from quantseg.review.approval import Approval, approval_facts, approve
from quantseg.review.corrector import Corrector
from quantseg.review.worklist import STATE_FOLDER, CaseState, Entry, Worklist
from quantseg.tasks.contract import Task
from quantseg.tasks.registry import load_task
from quantseg.web.alone import alone_with
from quantseg.web.doubts import listed_doubts
from quantseg.web.looking import find_case
from quantseg.web.refusal import Outdated
from quantseg.web.shown import shown_of

SUMMARY_FORM = 3
"""Of what :func:`summarise` returns; raised whenever pages need more of it, so that what an older version kept goes."""
RUN_FOLDER, DOWNLOADS, EARLIER = "run", "downloads", "earlier"
_LOOKED_AT = "done"
"""State of what has nothing to correct or approve, and may have no segment either."""
_GRID_TOLERANCE_MM = 1e-3


@dataclass(frozen=True)
class CaseOrder:
    """A case, as the desk needs it.

    Attributes:
        task: reference of its task.
        image: the upload that holds it.
        name: of the case, as the engine calls it.
        folder: of its results.
    """

    task: str
    image: Path
    name: str
    folder: Path

    @property
    def result(self) -> Path:
        """Folder of the result that holds now: what people made of it, or else the run's; it need not exist."""
        corrected = self.folder / STATE_FOLDER / self.name
        return corrected if (corrected / MEASUREMENTS).is_file() else self.folder / RUN_FOLDER / self.name


@dataclass(frozen=True)
class Editor:
    """Who corrects.

    Attributes:
        name: stands in the history.
        session: tells two sessions of one person apart.
    """

    name: str
    session: str


def stamp_of(folder: Path) -> str:
    """Return what changes whenever a result does; empty where there is none."""
    try:
        return hashlib.sha256((folder / MEASUREMENTS).read_bytes()).hexdigest()
    except OSError:
        return ""


def summarise(order: CaseOrder) -> dict[str, Any]:
    """Return what a page shows of a case's result, as plain values."""
    folder = order.result
    stamp = stamp_of(folder)
    result = _result(order, folder)
    task = load_task(order.task)
    presentation = task.presenter.present(result)
    table = case_table(result, presentation, with_checks=False)
    entry = _entry(order)
    grey = is_grey(result.checks)
    return {
        "form": SUMMARY_FORM,
        "stamp": stamp,
        "title": presentation.title,
        "verdict": GREY if grey else result.verdict.value,
        "verdict_words": verdict_words(result.checks),
        "reasons": [check.reason for check in result.checks if check.verdict is not Verdict.GOOD],
        "headline": task.presenter.sum_up(result.measurements, result.verdict),
        "in_short": [[title, value_with_unit(one)] for title, one in presentation.in_short],
        "columns": list(table.columns),
        "rows": [list(row) for row in table.rows],
        **shown_of(presentation),
        "doubts": listed_doubts(task, result),
        "segments": [
            {"value": one.value, "key": one.key, "name": one.name, "colour": list(one.colour)}
            for one in result.segments
        ],
        "frames": result.scan.frame_count,
        "phases": {name: result.scan.frame_numbers[frame] for name, frame in result.phases.items()},
        "notes": [*result.scan.notes, *result.notes],
        "edited": list(result.edited_segments),
        "approval": entry.approval.statement if entry and entry.approval else "",
        "state": _state_in_words(entry, result.verdict),
        "history": [dataclasses.asdict(event) for event in entry.history] if entry else [],
        "only_looked_at": entry is None,
        "etag": _label_files(folder).get(LABELS, ""),
        "files": list(_label_files(folder)),
    }


def current_result(order: CaseOrder) -> tuple[str, CaseResult, Approval | None]:
    """Return a case's result as it is now, its stamp before it and the approval of its labels behind it, if any.

    Raises:
        QuantSegError: there is no result.
    """
    _scan(order)  # Read before anybody is kept from saving.
    with alone_with(order.folder):
        entry = _entry(order)
        return stamp_of(order.result), _result(order, order.result), None if entry is None else entry.approval


def make_ready(order: CaseOrder) -> None:
    """Read and do what a correction needs, so that the first one is measured as quickly as those after it."""
    base = _as_written(order)
    corrector_of(order).measured(base, base.labels, base.labels)


def save_labels(order: CaseOrder, editor: Editor, sent: Path, expected: str, frame: int | None) -> dict[str, Any]:
    """Take labels that a person has corrected, measure them, and return what a page shows of them.

    Args:
        order: the case.
        editor: who has it in hand.
        sent: NIfTI file with labels on the image's own grid; of a cine all frames, or one.
        expected: SHA-256 of the labels file that the correction was begun from.
        frame: of a cine that alone was sent, counted from 0; None where all were.

    Raises:
        Outdated: somebody has saved since.
        InputRefused: the file is damaged, lies on another grid, or holds a value that stands for nothing.
        UsageError: somebody else has the case in hand.
    """
    with alone_with(order.folder):
        require_current(order, expected)
        base, now = _as_written(order), _result(order, order.result)
        labels = _read_labels(sent, now, frame)
        if np.array_equal(labels, now.labels):
            return summarise(order)
        # From what the models wrote, whoever has corrected it before: an undo is the models' again.
        measured = corrector_of(order).measured(base, labels, base.labels)
        where = "" if frame is None else f", frame {frame + 1}"
        _save(order, editor, measured, f"corrected in the browser{where}", None)
        return summarise(order)


def approve_labels(order: CaseOrder, editor: Editor, expected: str) -> dict[str, Any]:
    """Approve labels as they are now; see :func:`save_labels` for arguments and errors."""
    with alone_with(order.folder):
        require_current(order, expected)
        result = _result(order, order.result)
        _save(order, editor, result, "approved", approve(_labels_sha256(result), editor.name))
        return summarise(order)


def revoke_approval(order: CaseOrder, editor: Editor, expected: str) -> dict[str, Any]:
    """Take an approval back; see :func:`save_labels` for arguments and errors."""
    with alone_with(order.folder):
        require_current(order, expected)
        _save(order, editor, _result(order, order.result), "approval taken back", None)
        return summarise(order)


def install_run(order: CaseOrder, made: Path) -> None:
    """Put the folder of a finished run in place of an earlier one; corrections of that are set aside, not deleted."""
    with alone_with(order.folder):
        corrected, run = order.folder / STATE_FOLDER / order.name, order.folder / RUN_FOLDER
        aside = order.folder / EARLIER / stamp_of(order.result)[:16]
        for old in (corrected, run):
            if old.exists():
                aside.mkdir(mode=0o700, parents=True, exist_ok=True)
                # Before the new one comes: whoever is killed in between leaves nothing under another run's name.
                shutil.rmtree(aside / old.name, ignore_errors=True)
                old.rename(aside / old.name)
        made.rename(run)


def _save(order: CaseOrder, editor: Editor, result: CaseResult, what: str, approval: Approval | None) -> None:
    facts = {key: fact for key, fact in result.facts.items() if key not in ("approval", "corrected_by_hand")}
    result = dataclasses.replace(result, name=order.name, facts={**facts, **approval_facts(result, approval)})
    worklist = worklist_of(order, editor)
    held = worklist.holder(order.name)
    worklist.open(order.name)
    try:
        worklist.save(result, what, approval)
    finally:
        if not held:
            # Who did not take the case in hand before does not keep it from others, either.
            worklist.close(order.name)


def require_current(order: CaseOrder, expected: str) -> None:
    """Make sure that a case has the labels still whose file has this SHA-256.

    Raises:
        Outdated: it has others.
    """
    if _label_files(order.result).get(LABELS, "") != expected:
        raise Outdated


def _read_labels(sent: Path, now: CaseResult, frame: int | None) -> np.ndarray:
    """Return labels of the shape of the case's own."""
    import nibabel

    content = unpacked(sent)
    try:
        image = nibabel.Nifti1Image.from_bytes(content)
        shape, affine = image.shape, image.affine
    except Exception:  # nibabel raises many kinds on damaged headers; all mean the same here
        raise InputRefused("The labels are no NIfTI file; save them again.") from None
    moves = now.labels.ndim == 4
    if frame is not None and not (moves and 0 <= frame < len(now.labels)):
        raise InputRefused(f"The case has no frame {frame + 1}; name one that it has.")
    grid = tuple(now.scan.grid.shape)
    expected = (*grid, len(now.labels)) if moves and frame is None else grid
    if tuple(shape) != expected:
        found, said = (" × ".join(map(str, one)) for one in (shape, expected))
        raise InputRefused(f"The labels have {found} voxels, expected the image's {said}.")
    if not np.allclose(affine, now.scan.scene_affine, atol=_GRID_TOLERANCE_MM):
        raise InputRefused("The labels lie elsewhere than the image; expected the same affine.")
    values = np.asarray(image.dataobj)
    # As they are read: a factor in the header makes fractions of what is stored as whole numbers.
    if values.dtype.kind not in "iu":
        raise InputRefused(f"The labels are of type {values.dtype}, expected whole numbers.")
    known = {0, *(segment.value for segment in now.segments)}
    # Counted first: to find all values takes many times as long, and somebody waits.
    all_known = sum(np.count_nonzero(values == one) for one in known) == values.size
    strange = [] if all_known else sorted({int(value) for value in np.unique(values)} - known)
    if strange:
        raise InputRefused(f"The labels hold the value {strange[0]}, expected one of {sorted(known)}.")
    labels = values.astype(np.uint8)
    if frame is None:
        return np.moveaxis(labels, 3, 0) if moves else labels
    all_frames = now.labels.copy()
    all_frames[frame] = labels
    return all_frames


def _labels_sha256(result: CaseResult) -> str:
    """Return a hash of labels and their place, of all frames."""
    digest = hashlib.sha256(repr(result.labels.shape).encode())
    digest.update(np.round(result.scan.scene_affine, 3).astype(np.float64).tobytes())
    digest.update(np.ascontiguousarray(result.labels, np.uint8).tobytes())
    return digest.hexdigest()


def _state_in_words(entry: Entry | None, verdict: Verdict) -> str:
    """Return how far a case is; the list knows nothing yet of what nobody has corrected or approved."""
    if entry is not None and entry.state is not CaseState.TO_DO:
        return str(entry.state.value)
    if verdict is not Verdict.GOOD:
        return CaseState.DOUBTFUL.value
    return _LOOKED_AT if entry is None else CaseState.SEGMENTED.value


def _entry(order: CaseOrder) -> Entry | None:
    """Return what people did with a case; None where its task has nothing to correct, and so nothing to approve."""
    return None if load_task(order.task).correct is None else worklist_of(order, Editor("", "")).entry(order.name)


def _result(order: CaseOrder, folder: Path) -> CaseResult:
    if load_task(order.task).correct is None:
        return read_result(folder, _scan(order))
    corrector = corrector_of(order)
    return corrector.result_of(_scan(order), corrector.read_written(folder))


def _as_written(order: CaseOrder) -> CaseResult:
    return _result(order, order.folder / RUN_FOLDER / order.name)


def _scan(order: CaseOrder) -> Any:  # Whatever the task reads.
    return _read_scan(order.task, order.image, order.name, order.image.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _read_scan(reference: str, image: Path, name: str, _changed_ns: int) -> Any:  # As above.
    task = load_task(reference)
    return task.read(find_case(task, image, name), HEADER_SPACING)


def worklist_of(order: CaseOrder, editor: Editor) -> Worklist:
    """Return the worklist of one case."""
    case = _found_case(order.task, order.image, order.name, order.image.stat().st_mtime_ns)
    return Worklist(order.folder, [case], editor.name, editor.session, corrector_of(order))


@lru_cache(maxsize=16)
def _found_case(reference: str, image: Path, name: str, _changed_ns: int) -> Any:
    return find_case(load_task(reference), image, name)


def corrector_of(order: CaseOrder) -> Corrector:
    """Return what corrects results of a case's task.

    Raises:
        UsageError: nothing does.
    """
    task: Task[Any, Any] = load_task(order.task)
    if task.correct is None:
        raise UsageError(f"Results of {task.name} cannot be corrected.")
    return task.correct()


def _label_files(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of a result with labels or an image, by its name."""
    document = read_document(folder)
    if document is None:
        raise UsageError("There is no result of this case yet; run it first.")
    return document.files
