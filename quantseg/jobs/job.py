"""A job as the store knows it: what it is about, how far it got, who has it in hand and when it is due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from quantseg.errors import QuantSegError


class Step(Enum):
    """How far a job got; what is done is done, and the next step is what the job waits for."""

    RECEIVED = "received"
    COMPLETE = "complete"
    FETCHED = "fetched"
    MEASURED = "measured"
    STORED = "stored"
    FAILED = "failed"
    PASSED_OVER = "passed over"
    SUPERSEDED = "superseded"

    @property
    def is_end(self) -> bool:
        """Whether nothing more is done unless somebody asks for it."""
        return self in _ENDS


_ENDS = frozenset({Step.STORED, Step.FAILED, Step.PASSED_OVER, Step.SUPERSEDED})


class LeaseLost(QuantSegError):
    """Somebody else has the job by now, or it was superseded: who held it must leave it alone."""


@dataclass(frozen=True)
class NewJob:
    """What is put into the queue.

    Attributes:
        kind: what is to be done, such as the name of a rule.
        subject: what it is done with, by a name that tells nobody anything, such as a hash.
        content: hash of what the subject holds; the same kind, subject and content are the same job.
        step: how far it is already.
        delay_seconds: it waits so long at least.
        data: whatever its kind needs, small, and naming nobody.
    """

    kind: str
    subject: str
    content: str = ""
    step: Step = Step.RECEIVED
    delay_seconds: float = 0.0
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class StoredJob:
    """A job of the store, as it was when it was read.

    Attributes:
        number: of the job, unique in the store.
        kind: as in :class:`NewJob`.
        subject: as in :class:`NewJob`.
        content: as in :class:`NewJob`.
        step: how far it got.
        reason: one sentence about why it failed, waits or was passed over; empty where there is nothing to say.
        attempts: how often in a row the next step has failed.
        due_at: when it may be taken, in seconds since 1970.
        owner: who has it in hand; None where nobody has.
        lease_until: when the owner loses it unless the lease is renewed, in seconds since 1970.
        token: changes whenever the job is taken, or changed by somebody else than its owner.
        data: whatever its kind needs.
        created_at: in seconds since 1970.
        changed_at: when its step changed last, in seconds since 1970.
    """

    number: int
    kind: str
    subject: str
    content: str
    step: Step
    reason: str
    attempts: int
    due_at: float
    owner: str | None
    lease_until: float | None
    token: int
    data: Mapping[str, Any]
    created_at: float
    changed_at: float


@dataclass(frozen=True)
class Happening:
    """A line of a job's history.

    Attributes:
        at: when it was written, in seconds since 1970.
        step: how far the job was afterwards.
        seconds: that it took.
        reason: why an attempt failed; empty where it did not.
    """

    at: float
    step: Step
    seconds: float
    reason: str


def pause_seconds(attempts: int, first_seconds: float = 5.0, longest_seconds: float = 3600.0) -> float:
    """Return how long to wait after so many failures in a row: twice as long after each."""
    doublings = max(attempts - 1, 0)
    # Beyond some number of doublings the power no longer fits, and the longest pause was reached long before.
    return min(first_seconds * 2.0 ** min(doublings, 40), longest_seconds)
