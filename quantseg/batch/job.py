"""What a batch is asked to do with every case, and what becomes of each; both travel between processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from quantseg.measure.values import Verdict
from quantseg.models.reference import ModelReference
from quantseg.reading.spacing import SpacingChoice


@dataclass(frozen=True)
class Job:
    """What is done with every case of a batch.

    Attributes:
        organ: key of ``quantseg.batch.organs``.
        options: the organ's own options, a frozen dataclass.
        output: absolute path of the folder that receives a folder a case.
        spacing: how contradictory headers are resolved.
        report: whether picture and report are written too.
        resume: leave cases that are whole already as they are.
        overwrite_edited: replace labels even where a person has edited them.
        options_hash: names options and models, so that a resumed run knows results that others made.
        pipeline: "module:factory" that replaces the organ's own pipeline; tests put a stand-in here.
    """

    organ: str
    options: Any
    output: Path
    spacing: SpacingChoice
    report: bool = True
    resume: bool = False
    overwrite_edited: bool = False
    options_hash: str = ""
    pipeline: str | None = None


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


@dataclass(frozen=True)
class CaseOutcome:
    """What became of one case; small, so that thousands of them fit in memory.

    Attributes:
        name: case name.
        status: done, or why not.
        reason: one sentence where the case was not done.
        verdict: whether a finished result can be used as it is.
        summary_row: its row of ``summary.csv``.
        label_hashes: SHA-256 of each label file written, by file name.
        headline: the numbers that sum the case up, in words.
        step_seconds: wall time of each step, in order.
        facts: the pipeline's provenance (device, memory rung, kind of input, ...).
        models: the models used.
        note: one sentence about a finished case's files, such as why one is absent.
    """

    name: str
    status: CaseStatus
    reason: str = ""
    verdict: Verdict | None = None
    summary_row: Mapping[str, Any] = field(default_factory=dict)
    label_hashes: Mapping[str, str] = field(default_factory=dict)
    headline: str = ""
    step_seconds: Mapping[str, float] = field(default_factory=dict)
    facts: Mapping[str, str | float | int | bool | None] = field(default_factory=dict)
    models: tuple[ModelReference, ...] = ()
    note: str = ""
