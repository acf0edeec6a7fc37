"""What about an image itself asks for a look at its result, whatever the result is like."""

from __future__ import annotations

import dataclasses

from quantseg.measure.values import Check, Verdict
from quantseg.reading.scan import Scan
from quantseg.results.case import CaseResult

READING = "reading"
"""Key of the check that says so; no correction of labels settles it."""


def with_reading_doubts(result: CaseResult) -> CaseResult:
    """Return a case with a check for the doubts that reading its volumes left, before its own checks."""
    further = ((f"{role}: ", scan) for role, scan in result.further_scans.items())
    read = [(start, scan) for start, scan in (("", result.scan), *further) if isinstance(scan, Scan)]
    doubts = [f"{start}{doubt}" for start, scan in read for doubt in scan.doubts]
    if not doubts:
        return result
    return dataclasses.replace(result, checks=(Check(READING, Verdict.LOOK, " ".join(doubts)), *result.checks))
