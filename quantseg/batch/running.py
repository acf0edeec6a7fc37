"""A batch from the list of cases to the exit: what is left as it is, what is done now, what is written down."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, closing, nullcontext
from dataclasses import dataclass

from quantseg.batch.case_list import CaseList
from quantseg.batch.cases_file import CasesFile
from quantseg.batch.identity import known_input_hashes
from quantseg.batch.inputs import Inputs
from quantseg.batch.job import CaseOutcome, Job
from quantseg.batch.models import options_hash
from quantseg.batch.output_folder import cases_apart_from_results, check_writable, refuse_names_of_no_folder
from quantseg.batch.progress import Progress, told_if_slow
from quantseg.batch.record import RunRecord
from quantseg.batch.skipping import skipped_outcome
from quantseg.errors import UsageError
from quantseg.measure.values import Verdict
from quantseg.reading.passed_over import in_words, passed_over
from quantseg.reading.scan import CaseInput
from quantseg.results.events import CaseFinished, EventListener, RunStarted


@dataclass(frozen=True)
class Place:
    """Where a batch is computed.

    Attributes:
        jobs: number of worker processes on this machine; one works in this very process.
        scheduler: address of a Dask scheduler that takes their place.
    """

    jobs: int = 1
    scheduler: str | None = None

    def process(
        self, job: Job, cases: Sequence[CaseInput], listener: EventListener
    ) -> Generator[CaseOutcome, None, None]:
        """Yield the outcome of each case, in the order in which they end; closing the iterator stops the rest."""
        if self.scheduler is not None:
            from quantseg.batch.cluster import process_on_cluster

            return process_on_cluster(job, cases, self.scheduler)
        if self.jobs > 1:
            from quantseg.batch.local import process_in_workers

            return process_in_workers(job, cases, self.jobs, listener)
        from quantseg.batch.overlap import process_overlapped

        return process_overlapped(job, cases, listener=listener)


def segment_inputs(
    job: Job,
    inputs: Inputs | CaseList,
    place: Place,
    fail_fast: bool = False,
    command: Sequence[str] = (),
    listener: EventListener | None = None,
    list_cases: bool = False,
) -> list[CaseOutcome]:
    """Find the cases, and do them.

    Args:
        job: what to do with every case.
        inputs: where the cases are.
        place: where to compute.
        fail_fast: stop after the first failure.
        command: arguments of the command, as ``run.json`` repeats them.
        listener: is told what happens, of single steps only where this machine does the work; by default a person
            is, on standard error.
        list_cases: write ``cases.csv``, which says where the images lie, for the person who runs a command; no
            program that works for others asks for it.

    Returns:
        the outcomes so far, in the order in which they became known.

    Raises:
        ModelError: a model is missing, damaged or untrusted.
        UsageError: inputs, output folder or options are wrong.
    """
    check_writable(job.output)
    named = [path.absolute() for path in inputs.paths] if isinstance(inputs, Inputs) else []
    with told_if_slow("Looking for images") if listener is None else nullcontext():
        cases = cases_apart_from_results(inputs.cases(job.record), named, job.output)
    if not cases:
        raise UsageError(f"All images found lie in the output folder {job.output}; name the folder that holds images.")
    refuse_names_of_no_folder(cases)
    with told_if_slow("Comparing images with earlier results") if listener is None else nullcontext():
        input_hashes = known_input_hashes(job, cases)
    job = dataclasses.replace(job, options_hash=options_hash(job))
    job.output.mkdir(parents=True, exist_ok=True)
    left = in_words(passed_over(named, cases, job.output))
    record = RunRecord(job, [case.name for case in cases], command)
    with CasesFile(job.output, cases, input_hashes) if list_cases else nullcontext() as cases_file:
        outcomes = _run_batch(job, cases, input_hashes, place, record, fail_fast, listener, left)
        if cases_file is not None:
            for outcome in outcomes:
                cases_file.add(outcome)
    return outcomes


def _run_batch(
    job: Job,
    cases: Sequence[CaseInput],
    input_hashes: Mapping[str, str],
    place: Place,
    record: RunRecord,
    fail_fast: bool,
    listener: EventListener | None,
    left: str,
) -> list[CaseOutcome]:
    outcomes: list[CaseOutcome] = []
    with ExitStack() as leaving:
        leaving.enter_context(record)
        tell = listener or leaving.enter_context(Progress())
        tell(RunStarted(len(cases), left))
        for outcome in leaving.enter_context(closing(_outcomes(job, cases, input_hashes, place, record, tell))):
            outcomes.append(outcome)
            record.add(outcome)
            tell(_finished(outcome, len(outcomes), len(cases)))
            if fail_fast and outcome.status.is_failure:
                break
    return outcomes


def _finished(outcome: CaseOutcome, position: int, total: int) -> CaseFinished:
    # Of a result that failed is said why it did, and no number; a skipped one has both verdict and reason.
    reason = outcome.reason or (outcome.said_reason if outcome.verdict is Verdict.FAIL else "")
    return CaseFinished(outcome.name, outcome.status, position, total, outcome.verdict, outcome.headline, reason)


def _outcomes(
    job: Job,
    cases: Sequence[CaseInput],
    input_hashes: Mapping[str, str],
    place: Place,
    record: RunRecord,
    listener: EventListener,
) -> Generator[CaseOutcome, None, None]:
    """Yield first the cases that need no work, then those that are done now."""
    remaining = []
    for case in cases:
        skipped = skipped_outcome(job, case, input_hashes.get(case.name), record.earlier_entry(case.name))
        if skipped is None:
            remaining.append(case)
        else:
            yield skipped
    if remaining:
        yield from place.process(job, remaining, listener)
