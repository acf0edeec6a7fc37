"""What a run leaves beside its cases: ``summary.csv`` and ``run.json``, valid at any moment, complete at the end."""

from __future__ import annotations

import csv
import dataclasses
import json
import math
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from types import TracebackType
from typing import Any, Self

from quantseg.batch.job import CaseOutcome, Job
from quantseg.errors import QuantSegError
from quantseg.models.reference import ModelReference
from quantseg.results.layout import RUN, SUMMARY
from quantseg.results.software import software_versions
from quantseg.results.summary import unfinished_row, write_run, write_summary

_SCHEMA = "quantseg-run/1"
_REFRESH_SECONDS = 10


class RunRecord:
    """Collects the outcomes of a run and writes them down; a context manager, so that the end is never missed.

    With ``--resume``, what earlier runs recorded about other cases of the output folder is kept.

    Args:
        job: what is done with every case.
        names: all cases of the run, in the order in which they are listed.
        command: arguments of the command, as the user gave them.
    """

    def __init__(self, job: Job, names: Sequence[str], command: Sequence[str] = ()) -> None:
        self._job = job
        self._names = names
        self._command = list(command)
        self._started = _now()
        self._outcomes: dict[str, CaseOutcome] = {}
        self._earlier_entries = _read_entries(job) if job.resume else {}
        self._earlier_rows = _read_rows(job) if job.resume else {}
        self._written_at = time.monotonic()

    def earlier_entry(self, name: str) -> Mapping[str, Any] | None:
        """Return what an earlier run's ``run.json`` says about a case; None without ``--resume``."""
        return self._earlier_entries.get(name)

    def add(self, outcome: CaseOutcome) -> None:
        """Take note of an outcome, and refresh the files from time to time."""
        self._outcomes[outcome.name] = outcome
        if time.monotonic() - self._written_at > _REFRESH_SECONDS:
            try:
                self._write(ended=None)
            except OSError:
                return  # A full disk may have room again later; if it has not, the end of the run says so.

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._outcomes:
            return  # What ended the run before its first case says nothing about an earlier run's table.
        try:
            self._write(ended=_now())
        except OSError as failure:
            raise QuantSegError(
                f"The table of the run could not be written into {self._job.output} ({failure.strerror}); "
                "free some space there and run again with --resume."
            ) from error or failure

    def _write(self, ended: str | None) -> None:
        done = [self._outcomes[name] for name in self._names if name in self._outcomes]
        rows = {outcome.name: _row(outcome) for outcome in done}
        entries = {outcome.name: _entry(outcome) for outcome in done}
        columns = self._job.record.presenter.fact_columns
        write_summary(self._job.output, (rows | _others(self._earlier_rows, rows)).values(), columns)
        write_run(
            self._job.output,
            {
                "schema": _SCHEMA,
                "command": self._command,
                "started": self._started,
                "ended": ended,
                "software": software_versions(),
                "organ": self._job.record.name,
                "options": _plain(self._job.options),
                "spacing": _plain(self._job.spacing),
                "report": self._job.report,
                "devices": sorted({str(o.facts["device"]) for o in done if "device" in o.facts}),
                "models": [_plain(model) for model in _distinct_models(done)],
                "cases": entries | _others(self._earlier_entries, entries),
            },
        )
        self._written_at = time.monotonic()


def _row(outcome: CaseOutcome) -> Mapping[str, str]:
    return outcome.summary_row or unfinished_row(outcome.name, outcome.status.value, outcome.reason)


def _entry(outcome: CaseOutcome) -> dict[str, Any]:
    return {
        "status": outcome.status.value,
        "reason": outcome.reason,
        "verdict": outcome.verdict.value if outcome.verdict else None,
        "label_hashes": dict(outcome.label_hashes),
        "models": [model.name for model in outcome.models],
        "facts": _plain(dict(outcome.facts)),
        "step_seconds": {step: round(seconds, 4) for step, seconds in outcome.step_seconds.items()},
    }


def _distinct_models(outcomes: Sequence[CaseOutcome]) -> list[ModelReference]:
    return list({model.name: model for outcome in outcomes for model in outcome.models}.values())


def _others(earlier: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in earlier.items() if name not in now}


def _read_entries(job: Job) -> dict[str, Any]:
    try:
        run = json.loads((job.output / RUN).read_bytes())
    except (OSError, ValueError):
        return {}
    return run["cases"] if isinstance(run, dict) and run.get("schema") == _SCHEMA else {}


def _read_rows(job: Job) -> dict[str, dict[str, str]]:
    try:
        with (job.output / SUMMARY).open(encoding="utf-8", newline="") as file:
            return {row["case"]: _without_blanks(row) for row in csv.DictReader(file)}
    except (OSError, ValueError, KeyError, csv.Error):
        return {}


def _without_blanks(row: Mapping[str, str]) -> dict[str, str]:
    return {column: value for column, value in row.items() if value}


def _plain(value: Any) -> Any:
    """Return a value as JSON has it; there is no word for infinity or "not a number" in it."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
