"""A person's approval of labels: who, when, and a hash by which any later change of them is known."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from quantseg.errors import UsageError
from quantseg.results.case import CaseResult
from quantseg.volume import Volume

# Off the round numbers that affines hold: no value lies where the last bits, which a file may change, decide the step.
_AFFINE_STEP_MM, _AFFINE_OFFSET = 1e-3, 0.377


@dataclass(frozen=True)
class Approval:
    """Agreement with labels as they were at one moment.

    Attributes:
        reviewer: name of the person.
        time: when, ISO 8601 with time zone.
        labels_sha256: hash of the labels that were approved.
    """

    reviewer: str
    time: str
    labels_sha256: str

    @property
    def statement(self) -> str:
        """The approval in words, for reports."""
        return f"Approved by {self.reviewer} at {self.time}; SHA-256 of the labels {self.labels_sha256[:16]}…"


def approve(labels_sha256: str, reviewer: str) -> Approval:
    """Approve labels now.

    Args:
        labels_sha256: hash of them.
        reviewer: name of the person.

    Raises:
        UsageError: no name is given.
    """
    name = " ".join(reviewer.split())
    if not name:
        raise UsageError("An approval needs the reviewer's name; enter it and approve again.")
    return Approval(name, now(), labels_sha256)


def approval_facts(result: CaseResult, approval: Approval | None) -> Mapping[str, str]:
    """Return what a result says of its approval, or that it is a draft, and of what a person has changed.

    Args:
        result: as measured now.
        approval: of these labels; None if nobody has approved them.
    """
    edited = ", ".join(segment.name for segment in result.segments if segment.key in result.edited_segments)
    said = {"approval": approval.statement if approval else "DRAFT: nobody has approved these labels"}
    return said | ({"corrected_by_hand": edited} if edited else {})


def labels_hash(labels: Volume) -> str:
    """Return the SHA-256 of a label map and its place in space, which does not depend on how it was stored as a file.

    Args:
        labels: uint8 label map, ijk order.
    """
    digest = hashlib.sha256()
    digest.update(repr(labels.array.shape).encode())
    digest.update(np.floor(labels.affine / _AFFINE_STEP_MM + _AFFINE_OFFSET).astype(np.int64).tobytes())
    digest.update(np.ascontiguousarray(labels.array, np.uint8).tobytes())
    return digest.hexdigest()


def now() -> str:
    """Return the moment, to the second, with the time zone of this machine."""
    return datetime.datetime.now().astimezone().isoformat(timespec="seconds")
