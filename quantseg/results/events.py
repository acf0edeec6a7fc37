"""What happens in a run, as it happens; between processes, one JSON object a line.

A program that follows a run reads these lines among whatever else libraries print:

>>> from_line(to_line(StepAdvanced("scan", "predict", 0.5)))
StepAdvanced(case='scan', step='predict', share=0.5, part='')
>>> from_line("Loading 60 MB ...") is None
True
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from quantseg.measure.values import Verdict
from quantseg.results.status import CaseStatus

_KIND = "event"


@dataclass(frozen=True)
class RunStarted:
    """The cases of a run are known.

    Attributes:
        cases: how many there are.
        passed_over: which files of the input folders belong to none of them, in a sentence; empty where all do.
    """

    cases: int
    passed_over: str = ""


@dataclass(frozen=True)
class CaseBegun:
    """Work on a case begins; its image is read while another case may still be predicted.

    Attributes:
        case: name of the case.
    """

    case: str


@dataclass(frozen=True)
class StepAdvanced:
    """A step of a case begins or advances.

    Attributes:
        case: name of the case.
        step: name of the step, such as ``predict``.
        share: of the step that is done, from 0 to 1; None where it has just begun, or cannot be told.
        part: which part of the step is under way, in words, such as "frame 7 of 30"; empty where it has none.
    """

    case: str
    step: str
    share: float | None = None
    part: str = ""


@dataclass(frozen=True)
class CaseFinished:
    """Nothing more is done with a case.

    Attributes:
        case: name of the case.
        status: what became of it.
        position: how many cases of the run are finished, this one included.
        total: cases of the run.
        verdict: whether a finished result can be used as it is; None where there is none.
        headline: the numbers that sum a finished case up, in words; empty where its result failed.
        reason: why the case was not done, or why its result failed.
    """

    case: str
    status: CaseStatus
    position: int
    total: int
    verdict: Verdict | None = None
    headline: str = ""
    reason: str = ""


@dataclass(frozen=True)
class RunEnded:
    """The last word of a run, also where it could not begin.

    Attributes:
        exit_status: 0 all done, 1 some cases failed, 2 wrong use, 130 interrupted.
        summary: how many cases ended how, or the sentence that says why the run ended early.
    """

    exit_status: int
    summary: str


Event = RunStarted | CaseBegun | StepAdvanced | CaseFinished | RunEnded
EventListener = Callable[[Event], None]
"""Is told what happens, from whichever thread it happens in."""

_KINDS: dict[str, type[Event]] = {
    "started": RunStarted,
    "case": CaseBegun,
    "step": StepAdvanced,
    "finished": CaseFinished,
    "ended": RunEnded,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def to_line(event: Event) -> str:
    """Return an event as one line of ASCII without its end, such as ``{"event": "case", "case": "scan"}``."""
    values = {field.name: getattr(event, field.name) for field in dataclasses.fields(event)}
    if isinstance(event, CaseFinished):
        values |= {"status": event.status.value, "verdict": event.verdict and event.verdict.value}
    return json.dumps({_KIND: _NAMES[type(event)], **values})


def from_line(line: str) -> Event | None:
    """Return the event that a line holds, or None where it is any other line."""
    if not line.startswith("{"):
        return None
    try:
        values = json.loads(line)
        kind = _KINDS[values.pop(_KIND)]
        return kind(**_typed(kind, values))
    except (ValueError, KeyError, TypeError):
        return None


def _typed(kind: type[Event], values: dict[str, Any]) -> dict[str, Any]:
    """Return values of JSON as an event holds them; what a later version may add is left out."""
    known = {field.name: values[field.name] for field in dataclasses.fields(kind) if field.name in values}
    if kind is CaseFinished:
        verdict = known.get("verdict")
        known |= {"status": CaseStatus(known["status"]), "verdict": None if verdict is None else Verdict(verdict)}
    return known
