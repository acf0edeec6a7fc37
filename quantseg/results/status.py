"""What became of a case of a run."""

from __future__ import annotations

from enum import Enum


class CaseStatus(Enum):
    """What became of a case."""

    DONE = "done"
    SKIPPED = "skipped"
    EDITED = "edited"
    REFUSED = "refused"
    FAILED = "failed"

    @property
    def is_failure(self) -> bool:
        """Whether the case counts for exit status 1."""
        return self in (CaseStatus.REFUSED, CaseStatus.FAILED)
