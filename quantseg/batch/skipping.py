"""Cases that need no work: edited by a person since, or whole already under ``--resume``."""

from __future__ import annotations

from quantseg.batch.job import CaseOutcome, Job
from quantseg.batch.models import hash_of_case
from quantseg.batch.run_document import CaseEntry
from quantseg.reading.scan import CaseInput
from quantseg.results.document import CaseDocument
from quantseg.results.edited import edited_files, is_whole, read_document
from quantseg.results.layout import PREVIEW, REPORT
from quantseg.results.presentation import Presenter
from quantseg.results.status import CaseStatus
from quantseg.results.summary import summary_row

OPTIONS_HASH = "options_hash"
"""Fact of a case that names the options and models that made it, and what was said of it."""


def skipped_outcome(job: Job, case: CaseInput, earlier: CaseEntry | None) -> CaseOutcome | None:
    """Return the outcome of a case that is left as it is, or None where there is work to do.

    Args:
        job: what is to be done.
        case: which one.
        earlier: the case's entry in the ``run.json`` of an earlier run, if there is one.
    """
    folder = job.output / case.name
    edited = edited_files(folder)
    if edited and not job.overwrite_edited:
        changed = " and ".join(edited)
        reason = f"{changed} changed since QuantSeg wrote it and was left alone; --overwrite-edited replaces it"
        return CaseOutcome(case.name, CaseStatus.EDITED, reason)
    if edited or not job.resume or not is_whole(folder):
        return None
    document = read_document(folder)
    if document is None or document.facts.get(OPTIONS_HASH) != hash_of_case(job, case):
        return None
    if job.report and not all((folder / file).is_file() for file in (PREVIEW, REPORT)):
        return None
    return _skipped(case.name, document, earlier, job.record.presenter)


def _skipped(name: str, document: CaseDocument, earlier: CaseEntry | None, presenter: Presenter) -> CaseOutcome:
    return CaseOutcome(
        name,
        CaseStatus.SKIPPED,
        "whole already",
        verdict=document.verdict,
        summary_row=summary_row(document, presenter.fact_columns, CaseStatus.SKIPPED.value),
        label_hashes=document.files,
        headline=presenter.headline(document.measured),
        step_seconds={} if earlier is None else earlier.step_seconds,
        facts=document.facts,
        models=document.model_references,
    )
