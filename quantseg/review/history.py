"""Who did what with a case of a worklist, and when: the content of ``history.json``."""

from __future__ import annotations

from dataclasses import dataclass

from quantseg.results.json_document import JsonDocument
from quantseg.review.approval import Approval


@dataclass(frozen=True)
class Event:
    """What somebody did with a case.

    Attributes:
        who: name of the person.
        when: ISO 8601 with time zone.
        what: in words.
    """

    who: str
    when: str
    what: str


class CaseHistory(JsonDocument):
    """The history of one case.

    Attributes:
        events: who did what and when, the oldest first.
        approval: of the labels as they are; null if nobody has approved them.
    """

    events: tuple[Event, ...] = ()
    approval: Approval | None = None
