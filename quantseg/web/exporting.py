"""Training data from cases with both consents: crops without a name, made, reviewed, and only then let out."""

from __future__ import annotations

import dataclasses
import secrets
import shutil
import threading
import time
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from quantseg.errors import UsageError
from quantseg.jobs.database import begin_to_write
from quantseg.reading.cases import NAME_SEPARATOR
from quantseg.results.case import CaseResult
from quantseg.review.worklist import Worklist
from quantseg.web.accounts import new_id
from quantseg.web.alone import alone_with
from quantseg.web.cases import labels_of, order_of
from quantseg.web.casework import CaseOrder, Editor, corrector_of, require_current, worklist_of
from quantseg.web.consents import ConsentKind, holding
from quantseg.web.platform import Platform
from quantseg.web.refusal import Refusal
from quantseg.web.sessions import Who
from quantseg.web.tables import CASES, EXPORTED_CASES, EXPORTS, TRAINED_MODELS
from quantseg.web.tasks import words_of

TO_REVIEW, RELEASED, REJECTED = "to review", "released", "rejected"
_DATA, _ARCHIVE = "data", "export.zip"
_BOTH = frozenset(ConsentKind)
_HEX_DIGITS = 64
_ONE_AFTER_ANOTHER = threading.Lock()


class _ConsentedCases(Worklist):
    """Cases under random numbers, as a task's corrector takes a worklist to export from.

    Args:
        orders: cases by their random numbers.
        labels: SHA-256 of the labels that are consented to, by the same.
    """

    def __init__(self, orders: Mapping[str, CaseOrder], labels: Mapping[str, str]) -> None:
        self._orders, self._labels = orders, labels

    def names_to_learn_from(self) -> tuple[str, ...]:
        """Return the random names of those that a person stands for."""
        return tuple(
            name
            for name, order in self._orders.items()
            if worklist_of(order, Editor("", "")).entry(order.name).is_learnable
        )

    def result_of(self, name: str) -> CaseResult:
        """Return a case under its random name."""
        order = self._orders[name]
        with alone_with(order.folder):
            require_current(order, self._labels[name])
            found = worklist_of(order, Editor("", "")).result_of(order.name)
        return dataclasses.replace(found, name=name)


def write_training_data(
    orders: Mapping[str, CaseOrder], labels: Mapping[str, str], folder: Path
) -> tuple[str, tuple[str, ...]]:
    """At the desk: write training data of cases that have both consents.

    Args:
        orders: cases of one task, by the random names that they get.
        labels: SHA-256 of the labels that are consented to, by the same.
        folder: receives the data and an archive of them.

    Returns:
        what was written, in words, and the names of the cases that are part of it.

    Raises:
        UsageError: nobody stands for the labels of any, they were changed meanwhile, or one cannot be learned from.
    """
    cases = _ConsentedCases(orders, labels)
    names = cases.names_to_learn_from()
    if not names:
        raise UsageError("No case with both consents has labels that somebody has corrected or approved.")
    data = folder / _DATA
    said = corrector_of(next(iter(orders.values()))).export_training(cases, data)
    with zipfile.ZipFile(folder / _ARCHIVE, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(data.rglob("*")):
            if path.is_file():
                # A fixed moment: when a file was written says when its case was exported.
                info = zipfile.ZipInfo(path.relative_to(data).as_posix())
                archive.writestr(info, path.read_bytes())
    return said.replace(str(data), "EXPORT"), names


def make_export(platform: Platform, who: Who, task: str) -> str:
    """Make training data of all cases of a task that have both consents, to be reviewed; return its identifier.

    Raises:
        Refusal: there is no such task, or no such case.
        QuantSegError: a case cannot be learned from.
    """
    reference = platform.settings.tasks.get(task)
    if reference is None or not words_of(task, reference).teaches:
        raise Refusal(422, "There is no such task, or no model learns from corrected cases of it.")
    # Two at once would each give a person who is in both a random name of its own.
    with _ONE_AFTER_ANOTHER:
        return _make_export(platform, who, task)


def _make_export(platform: Platform, who: Who, task: str) -> str:
    with platform.engine.begin() as connection:
        found = select(CASES).where(CASES.c.task == task, CASES.c.group_id.in_(who.groups))
        rows = [dict(row) for row in connection.execute(found).mappings() if holding(connection, row["id"]) == _BOTH]
    agreed = [(row, labels_of(platform, row)) for row in rows]
    with platform.engine.begin() as connection:
        agreed = [(row, labels) for row, labels in agreed if holding(connection, row["id"], labels) == _BOTH]
        if not agreed:
            raise Refusal(409, "No case of this task has both consents to its labels as they are now.")
        by_name = _random_names(connection, [row for row, _ in agreed])
    labels_by_case = {row["id"]: labels for row, labels in agreed}
    export = new_id()
    folder = platform.settings.exports / export
    folder.mkdir(mode=0o700)
    try:
        orders = {name: order_of(platform, row) for name, row in by_name.items()}
        labels = {name: labels_by_case[row["id"]] for name, row in by_name.items()}
        said, names = platform.desk.look(write_training_data, orders, labels, folder)
        row = {"id": export, "task": task, "state": TO_REVIEW, "said": said, "created_by": who.full_name}
        with begin_to_write(platform.engine) as connection:
            connection.execute(insert(EXPORTS).values(**row, created_at=time.time(), reviewed_by=""))
            for name in names:
                case = by_name[name]["id"]
                connection.execute(insert(EXPORTED_CASES).values(export_id=export, case_id=case, number=name))
            _require_consents(connection, export)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return export


def _random_names(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return cases by random names, person before case, which say nothing but who is the same as in other exports.

    By these names alone a training and a comparison know later whom a model has learned from.
    """
    found = select(EXPORTED_CASES.c.case_id, EXPORTED_CASES.c.number, CASES.c.patient_id)
    earlier = list(connection.execute(found.join(CASES, CASES.c.id == EXPORTED_CASES.c.case_id)).mappings())
    persons: dict[str, str] = {}
    cases: dict[str, str] = {}
    for one in earlier:
        person, _, cases[one["case_id"]] = one["number"].partition(NAME_SEPARATOR)
        persons[one["patient_id"] or one["case_id"]] = person
    by_name = {}
    for row in rows:
        person = persons.setdefault(row["patient_id"] or row["id"], f"p{secrets.token_hex(6)}")
        by_name[f"{person}{NAME_SEPARATOR}{cases.get(row['id'], f'c{secrets.token_hex(4)}')}"] = row
    return by_name


def review_export(platform: Platform, who: Who, export: Mapping[str, Any], release: bool) -> None:
    """Let an export out, or delete its data.

    Raises:
        Refusal: it was reviewed already, or a consent was taken back since it was made.
    """
    with begin_to_write(platform.engine) as connection:
        if release:
            _require_consents(connection, export["id"])
        state = RELEASED if release else REJECTED
        mine = (EXPORTS.c.id == export["id"], EXPORTS.c.state == TO_REVIEW)
        reviewed = {"state": state, "reviewed_by": who.full_name, "reviewed_at": time.time()}
        if not connection.execute(update(EXPORTS).where(*mine).values(**reviewed)).rowcount:
            raise Refusal(409, "This export was reviewed already.")
        if not release:
            connection.execute(delete(EXPORTED_CASES).where(EXPORTED_CASES.c.export_id == export["id"]))
    if not release:
        shutil.rmtree(platform.settings.exports / export["id"], ignore_errors=True)


def archive_of(platform: Platform, export: Mapping[str, Any], released_only: bool) -> Path:
    """Return the archive of an export.

    Raises:
        Refusal: it was not let out, or a consent was taken back since.
    """
    with platform.engine.begin() as connection:
        _require_consents(connection, export["id"])
    path: Path = platform.settings.exports / export["id"] / _ARCHIVE
    if (released_only and export["state"] != RELEASED) or export["state"] == REJECTED or not path.is_file():
        raise Refusal(409, "This export has not been released.")
    return path


def record_model(
    connection: Connection, who: Who, export: str, name: str, weights_sha256: str, began_as_sha256: str
) -> None:
    """Write down that a model was trained on an export, and so has seen what the one that it went on from had seen.

    Args:
        connection: to the database.
        who: says so.
        export: that the model was trained on.
        name: of the model.
        weights_sha256: of its weights.
        began_as_sha256: of the weights of the recorded model that it went on from; empty where it went on from none.

    Raises:
        Refusal: the name is missing, a hash is none, or nothing is known of the model that it went on from.
    """
    name, digest = " ".join(name.split())[:100], _digest(weights_sha256)
    if not name:
        raise Refusal(422, "Say the model's name.")
    exports = {export}
    if began_as_sha256.strip():
        earlier = select(TRAINED_MODELS.c.export_id).where(TRAINED_MODELS.c.weights_sha256 == _digest(began_as_sha256))
        before = set(connection.execute(earlier).scalars())
        if not before:
            raise Refusal(
                422, "No model with the weights that this one went on from is recorded; record that one first."
            )
        exports |= before
    known = {"name": name, "weights_sha256": digest, "recorded_by": who.full_name, "recorded_at": time.time()}
    for one in sorted(exports):
        connection.execute(insert(TRAINED_MODELS).values(id=new_id(), export_id=one, **known))


def _digest(text: str) -> str:
    digest = text.strip().lower()
    if len(digest) != _HEX_DIGITS or set(digest) - set("0123456789abcdef"):
        raise Refusal(422, "A SHA-256 of weights has 64 hexadecimal digits.")
    return digest


def cases_in(connection: Connection, export: str) -> Sequence[Mapping[str, Any]]:
    """Return the cases of an export: their random names there, and whether they are there still."""
    found = select(EXPORTED_CASES.c.number, EXPORTED_CASES.c.case_id, CASES.c.number.label("case_number"))
    found = found.join(CASES, CASES.c.id == EXPORTED_CASES.c.case_id, isouter=True)
    return [dict(row) for row in connection.execute(found.where(EXPORTED_CASES.c.export_id == export)).mappings()]


def data_with(platform: Platform, connection: Connection, cases: Sequence[str]) -> list[Path]:
    """Return where the data lie of all exports that hold one of these cases; what they held stays known without."""
    held = select(EXPORTED_CASES.c.export_id).where(EXPORTED_CASES.c.case_id.in_(cases))
    return [platform.settings.exports / export for export in set(connection.execute(held).scalars())]


def _require_consents(connection: Connection, export: str) -> None:
    cases = connection.execute(select(EXPORTED_CASES.c.case_id).where(EXPORTED_CASES.c.export_id == export)).scalars()
    if any(holding(connection, case) != _BOTH for case in list(cases)):
        raise Refusal(409, "A consent was taken back since this export was made; make a new one.")
