"""What a run leaves beside its cases: a table and ``run.json``, valid at any moment, and at the end a page of all."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from pydantic_core import to_jsonable_python

from quantseg.batch.earlier import other_cases, read_entries
from quantseg.batch.job import CaseOutcome, Job
from quantseg.batch.run_document import RUN_SCHEMA, CaseEntry, RunDocument
from quantseg.errors import QuantSegError
from quantseg.models.reference import ModelReference
from quantseg.results.atomic import write_file
from quantseg.results.edited import read_document
from quantseg.results.layout import RESEARCH_ONLY, RUN
from quantseg.results.overview import OverviewCase, write_overview
from quantseg.results.software import software_versions
from quantseg.results.status import CaseStatus
from quantseg.results.summary import reasons_in_words, unfinished_row, write_summary

_REFRESH_SECONDS = 10
_WITHOUT_RESULT = {CaseStatus.EDITED, CaseStatus.REFUSED, CaseStatus.FAILED}


class RunRecord:
    """Collects the outcomes of a run and writes them down; a context manager, so that the end is never missed.

    They cover all that lies in the output folder: what earlier runs left there, too.

    Args:
        job: what is done with every case.
        names: all cases of the run, in the order in which they are listed.
        command: arguments of the command, as the user gave them.
    """

    def __init__(self, job: Job, names: Sequence[str], command: Sequence[str] = ()) -> None:
        self._job = job
        self._names = names
        self._command = tuple(command)
        self._started = _now()
        self._outcomes: dict[str, CaseOutcome] = {}
        self._earlier_entries = read_entries(job.output)
        self._written_at = time.monotonic()

    def earlier_entry(self, name: str) -> CaseEntry | None:
        """Return what an earlier run's ``run.json`` says about a case; None where it says nothing."""
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
            self._write_overview()
        except OSError as failure:
            raise QuantSegError(
                f"The table of the run could not be written into {self._job.output} ({failure.strerror}); "
                "free some space there and run again with --resume."
            ) from error or failure

    def _write(self, ended: str | None) -> None:
        done = [self._outcomes[name] for name in self._names if name in self._outcomes]
        rows = {outcome.name: _row(outcome) for outcome in done}
        entries = {outcome.name: CaseEntry.of(outcome) for outcome in done}
        columns = self._job.record.presenter.fact_columns
        others = other_cases(self._job.output, rows, columns)
        write_summary(self._job.output, [*rows.values(), *others.rows.values()], columns)
        run = RunDocument(
            statement=RESEARCH_ONLY,
            schema=RUN_SCHEMA,
            command=self._command,
            started=self._started,
            ended=ended,
            software=software_versions(),
            task=self._job.record.name,
            options=to_jsonable_python(self._job.options),
            spacing=to_jsonable_python(self._job.spacing),
            report=self._job.report,
            devices=tuple(sorted({str(o.facts["device"]) for o in done if "device" in o.facts})),
            models=_distinct_models(done),
            cases={**entries, **others.entries},
        )
        write_file(self._job.output / RUN, run.to_bytes())
        self._written_at = time.monotonic()

    def _write_overview(self) -> None:
        """Write the page of all cases; of those that others did it knows what lies in their folders."""
        done = {name: _shown(outcome) for name, outcome in self._outcomes.items()}
        others = other_cases(self._job.output, done, self._job.record.presenter.fact_columns)
        shown = [*done.values(), *(self._shown_of_another(name, entry) for name, entry in others.entries.items())]
        title = self._job.record.name.replace("-", " ").capitalize()
        write_overview(self._job.output, f"{title}: all cases", shown)

    def _shown_of_another(self, name: str, entry: CaseEntry) -> OverviewCase:
        document = read_document(self._job.output / name)
        if document is None or entry.status in _WITHOUT_RESULT:
            return OverviewCase(name, entry.status, reason=entry.reason)
        presenter = self._job.record.presenter
        own_task = document.task == self._job.record.name
        headline = presenter.sum_up(document.measured, document.verdict) if own_task else ""
        return OverviewCase(name, entry.status, document.verdict, headline, reasons_in_words(document), document.checks)


def _shown(outcome: CaseOutcome) -> OverviewCase:
    return OverviewCase(outcome.name, outcome.status, outcome.verdict, outcome.headline, outcome.said_reason)


def _row(outcome: CaseOutcome) -> Mapping[str, str]:
    return outcome.summary_row or unfinished_row(outcome.name, outcome.status.value, outcome.reason)


def _distinct_models(outcomes: Sequence[CaseOutcome]) -> tuple[ModelReference, ...]:
    return tuple({model.name: model for outcome in outcomes for model in outcome.models}.values())


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
