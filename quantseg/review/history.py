"""Who did what with a case of a worklist, and when: the content of ``history.json``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from quantseg.results.document import CaseDocument
from quantseg.results.edited import file_sha256
from quantseg.results.json_document import JsonDocument, Sha256
from quantseg.results.layout import MEASUREMENTS
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
        approval: as it was given; null if nobody has approved. It holds for the files that it was given with, see
            :meth:`approval_of`.
        approved_measurements_sha256: SHA-256 of the ``measurements.json`` that lay beside the approval, which names
            every other file with its own; null without an approval, and where QuantSeg 0.1.0 wrote it.
        image_sha256: hash of the content of the image that the labels were made of; null where an older version
            wrote it, or the image could not be read any more.
    """

    events: tuple[Event, ...] = ()
    approval: Approval | None = None
    approved_measurements_sha256: Sha256 | None = None
    image_sha256: Sha256 | None = None

    def approval_of(self, folder: Path, document: CaseDocument) -> Approval | None:
        """Return the approval, if it is of the files that lie in the case's folder now.

        Args:
            folder: of the case, every file in it as ``document`` records it.
            document: content of its ``measurements.json``.
        """
        if self.approval is None:
            return None
        approved = self.approved_measurements_sha256
        if approved is None:
            # An older version kept no such hash; but what it wrote for an approved case says which approval it has.
            holds = document.facts.get("approval") == self.approval.statement
        else:
            holds = approved == file_sha256(folder / MEASUREMENTS)
        return self.approval if holds else None
