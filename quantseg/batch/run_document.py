"""A run as plain values: the content of ``run.json``, its provenance."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import Field, model_validator

from quantseg.batch.job import CaseOutcome
from quantseg.measure.values import Verdict
from quantseg.models.reference import ModelReference
from quantseg.results.document import CaseDocument
from quantseg.results.json_document import Fact, JsonDocument, JsonPart, PlainValues, Sha256, is_empty
from quantseg.results.status import CaseStatus

RUN_SCHEMA: Final = "quantseg-run/2"
_OLDER_SCHEMA = "quantseg-run/1"


class CaseEntry(JsonPart):
    """What a run did with a case.

    Attributes:
        status: done, or why not.
        reason: one sentence where the case was not done.
        verdict: whether a finished result can be used as it is; null where there is none.
        label_hashes: SHA-256 of each file with labels or an image, by file name.
        models: names of the models used.
        facts: the pipeline's provenance.
        step_seconds: wall time of each step, in order.
        note: about a finished case's files, such as why one is absent; left out where there is nothing to say.
    """

    status: CaseStatus
    reason: str
    verdict: Verdict | None
    label_hashes: dict[str, Sha256]
    models: tuple[str, ...]
    facts: dict[str, Fact]
    step_seconds: dict[str, float]
    note: str = Field(default="", exclude_if=is_empty)

    @classmethod
    def of(cls, outcome: CaseOutcome) -> CaseEntry:
        """Describe what became of a case."""
        return cls(
            status=outcome.status,
            reason=outcome.reason,
            verdict=outcome.verdict,
            label_hashes=dict(outcome.label_hashes),
            models=tuple(model.name for model in outcome.models),
            facts=dict(outcome.facts),
            step_seconds={step: round(seconds, 4) for step, seconds in outcome.step_seconds.items()},
            note=outcome.note,
        )

    @classmethod
    def of_document(cls, document: CaseDocument) -> CaseEntry:
        """Describe a case of which nothing is known but its own ``measurements.json``."""
        return cls(
            status=CaseStatus.DONE,
            reason="",
            verdict=document.verdict,
            label_hashes=document.files,
            models=tuple(model.name for model in document.models),
            facts=document.facts,
            step_seconds={},
        )


class RunDocument(JsonDocument):
    """A run of many cases.

    Attributes:
        statement: what the results are for.
        schema_name: kind and version of the document.
        command: arguments of the command, without those that may name a person unless the user asked for them.
        started: when, ISO 8601.
        ended: when, ISO 8601; null while it runs.
        software: version by package.
        task: name of the task.
        options: of the task.
        spacing: how contradictory headers are resolved.
        report: whether picture and report are written too.
        devices: which computed.
        models: the models used.
        cases: what became of each, by name.
    """

    statement: str
    schema_name: Literal["quantseg-run/2"] = Field(alias="schema")
    command: tuple[str, ...]
    started: str
    ended: str | None
    software: dict[str, str]
    task: str
    options: PlainValues
    spacing: PlainValues
    report: bool
    devices: tuple[str, ...]
    models: tuple[ModelReference, ...]
    cases: dict[str, CaseEntry]

    @model_validator(mode="before")
    @classmethod
    def _take_older(cls, values: Any) -> Any:  # Whatever is to be validated.
        """Let a document of the first schema say the same in today's words."""
        if not isinstance(values, dict) or values.get("schema") != _OLDER_SCHEMA:
            return values
        kept = {key: value for key, value in values.items() if key != "organ"}
        return {**kept, "task": values.get("organ"), "schema": RUN_SCHEMA}
