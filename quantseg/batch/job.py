"""What a batch is asked to do with every case, and what becomes of each; both travel between processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quantseg.measure.values import Verdict
from quantseg.models.reference import ModelReference
from quantseg.reading.spacing import SpacingChoice
from quantseg.results.status import CaseStatus
from quantseg.tasks.contract import Task
from quantseg.tasks.options import TaskOptions
from quantseg.tasks.registry import load_task


@dataclass(frozen=True)
class Job:
    """What is done with every case of a batch.

    Attributes:
        task: what is done, as its record's reference "module:attribute", by which other processes find it.
        options: the task's own options.
        output: absolute path of the folder that receives a folder a case.
        spacing: how contradictory headers are resolved.
        report: whether picture and report are written too.
        pdf: whether the report is printed as PDF, too.
        dicom: whether DICOM objects for an archive are written, too, with the printed report among them if ``pdf``.
        resume: leave cases that are whole already as they are.
        overwrite_edited: replace labels even where a person has edited them.
        trust_names: take results that do not say from which image they were made for those of the image of their name.
        options_hash: names options and models, so that a resumed run knows results that others made.
    """

    task: str
    options: TaskOptions
    output: Path
    spacing: SpacingChoice
    report: bool = True
    pdf: bool = False
    dicom: bool = False
    resume: bool = False
    overwrite_edited: bool = False
    trust_names: bool = False
    options_hash: str = ""

    @property
    def record(self) -> Task[Any, Any]:  # A batch knows nothing of a task's input.
        """The task's record."""
        return load_task(self.task)


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
        headline: the numbers that sum the case up, in words; empty where its result failed.
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

    @property
    def said_reason(self) -> str:
        """Why the case was not done; of one that was done, what its verdict rests on where that is not "good"."""
        return str(self.summary_row.get("reason", "")) if self.verdict else self.reason
