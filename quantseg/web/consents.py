"""Consents to training: that of the radiologist and that of the patient; both can be taken back, and neither is undone.

The texts have a version each; what was agreed to is known by the hash of its text. The radiologist stands for labels,
and so for those alone that were there: whoever changes them afterwards has not been agreed with.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import Connection, insert, select, update

from quantseg.web.accounts import new_id
from quantseg.web.platform import Platform
from quantseg.web.refusal import Refusal
from quantseg.web.sessions import Who
from quantseg.web.tables import CONSENTS, EXPORTED_CASES, EXPORTS, TRAINED_MODELS


class ConsentKind(Enum):
    """Whose consent it is."""

    RADIOLOGIST = "radiologist"
    PATIENT = "patient"


@dataclass(frozen=True)
class ConsentText:
    """What is agreed to.

    Attributes:
        version: changes with the text.
        text: as it is shown.
    """

    version: str
    text: str

    @property
    def sha256(self) -> str:
        """Hash of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


TEXTS: Mapping[ConsentKind, ConsentText] = {
    ConsentKind.RADIOLOGIST: ConsentText(
        "radiologist-1",
        "I have looked at the labels of this case, stand for them, and agree that image and labels be used, without "
        "anything that names the patient, to train segmentation models.",
    ),
    ConsentKind.PATIENT: ConsentText(
        "patient-1",
        "The patient has agreed in writing that these images be used, without name, number, dates and face, to train "
        "segmentation models, and knows that this can be taken back: later exports then leave the case out, while "
        "models that learned from it before stay as they are.",
    ),
}


@dataclass(frozen=True)
class Consent:
    """A consent that holds, or held.

    Attributes:
        kind: whose.
        version: of the text.
        labels_sha256: of the labels that a radiologist stands for; empty for a patient's.
        reference: of the paper, where it lies in the hospital; for the group's eyes.
        recorded_by: full name.
        recorded_at: in seconds since 1970.
        revoked_at: in seconds since 1970; None while it holds.
        revoked_by: full name; empty while it holds.
    """

    kind: ConsentKind
    version: str
    labels_sha256: str
    reference: str
    recorded_by: str
    recorded_at: float
    revoked_at: float | None
    revoked_by: str


@dataclass(frozen=True)
class Agreement:
    """What somebody agrees to, as it was shown.

    Attributes:
        kind: whose consent it is.
        version: of the text.
        labels_sha256: of the labels that were seen.
        reference: of the patient's paper.
    """

    kind: ConsentKind
    version: str
    labels_sha256: str
    reference: str


def record_consent(
    connection: Connection, platform: Platform, who: Who, case: str, agreement: Agreement, labels: str
) -> None:
    """Write down that somebody agrees.

    Args:
        connection: to the database.
        platform: seals the paper's reference.
        who: records it.
        case: its identifier.
        agreement: to what.
        labels: SHA-256 of the case's labels as they are now.

    Raises:
        Refusal: text or labels have changed meanwhile, the paper's reference is missing, or the consent is there
            already.
    """
    kind, text = agreement.kind, TEXTS[agreement.kind]
    if agreement.version != text.version:
        raise Refusal(409, "The text of the consent has changed; read it again.")
    by_labels = kind is ConsentKind.RADIOLOGIST
    if by_labels and (not labels or agreement.labels_sha256 != labels):
        raise Refusal(409, "These labels were changed since you opened the page; open it again, and look at them.")
    reference = " ".join(agreement.reference.split())[:200]
    if kind is ConsentKind.PATIENT and not reference:
        raise Refusal(422, "Say where the signed paper lies, such as its number in the archive.")
    if kind in holding(connection, case, labels):
        raise Refusal(409, "This consent was recorded already.")
    row: dict[str, Any] = {
        "id": new_id(),
        "case_id": case,
        "kind": kind.value,
        "version": text.version,
        "text_sha256": text.sha256,
        "labels_sha256": labels if by_labels else "",
    }
    row |= {"reference_sealed": platform.sealer.seal(reference), "recorded_by": who.full_name}
    connection.execute(insert(CONSENTS).values(**row, recorded_at=time.time(), revoked_by=""))


def revoke_consent(connection: Connection, who: Who, case: str, kind: ConsentKind) -> None:
    """Write down that a consent was taken back.

    Raises:
        Refusal: there is none.
    """
    mine = (CONSENTS.c.case_id == case, CONSENTS.c.kind == kind.value, CONSENTS.c.revoked_at.is_(None))
    changed = connection.execute(update(CONSENTS).where(*mine).values(revoked_at=time.time(), revoked_by=who.full_name))
    if not changed.rowcount:
        raise Refusal(409, "There is no such consent to take back.")


def holding(connection: Connection, case: str, labels: str | None = None) -> frozenset[ConsentKind]:
    """Return whose consents hold for a case, to today's texts.

    Args:
        connection: to the database.
        case: its identifier.
        labels: SHA-256 of the labels that a radiologist must stand for; None where any will do that ever were.
    """
    wanted = select(CONSENTS).where(CONSENTS.c.case_id == case, CONSENTS.c.revoked_at.is_(None))
    found = set()
    for row in connection.execute(wanted).mappings():
        kind = ConsentKind(row["kind"])
        seen = labels is None or kind is ConsentKind.PATIENT or row["labels_sha256"] == labels
        if seen and row["version"] == TEXTS[kind].version:
            found.add(kind)
    return frozenset(found)


def consents_of(connection: Connection, platform: Platform, case: str) -> list[Consent]:
    """Return all consents of a case, the oldest first, those that were taken back, too."""
    rows = connection.execute(select(CONSENTS).where(CONSENTS.c.case_id == case).order_by(CONSENTS.c.recorded_at))
    return [
        Consent(
            ConsentKind(row["kind"]),
            row["version"],
            row["labels_sha256"],
            platform.sealer.open_text(row["reference_sealed"]),
            row["recorded_by"],
            row["recorded_at"],
            row["revoked_at"],
            row["revoked_by"],
        )
        for row in rows.mappings()
    ]


def models_that_saw(connection: Connection, case: str) -> list[Mapping[str, Any]]:
    """Return the models that learned from a case, with the export it was part of."""
    found = (
        select(TRAINED_MODELS.c.name, TRAINED_MODELS.c.weights_sha256, TRAINED_MODELS.c.recorded_at, EXPORTS.c.id)
        .join(EXPORTS, EXPORTS.c.id == TRAINED_MODELS.c.export_id)
        .join(EXPORTED_CASES, EXPORTED_CASES.c.export_id == EXPORTS.c.id)
        .where(EXPORTED_CASES.c.case_id == case)
    )
    return [dict(row) for row in connection.execute(found).mappings()]
