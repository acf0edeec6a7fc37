"""Cases that need no work: edited by a person since, or whole already under ``--resume``."""

from __future__ import annotations

from pathlib import Path

import quantseg
from quantseg.batch.identity import PATH_HASH, path_hash
from quantseg.batch.job import CaseOutcome, Job
from quantseg.batch.models import hash_of_case
from quantseg.batch.run_document import CaseEntry
from quantseg.errors import QuantSegError
from quantseg.reading.scan import CaseInput
from quantseg.results.document import CaseDocument
from quantseg.results.edited import edited_files, is_whole, read_document
from quantseg.results.layout import INPUT_HASH, PREVIEW, REPORT, REPORT_PDF
from quantseg.results.report_pdf import print_report
from quantseg.results.software import QUANTSEG
from quantseg.results.status import CaseStatus
from quantseg.results.summary import summary_row

OPTIONS_HASH = "options_hash"
"""Fact of a case that names the options and models that made it, and what was said of it."""


def skipped_outcome(job: Job, case: CaseInput, input_hash: str | None, earlier: CaseEntry | None) -> CaseOutcome | None:
    """Return the outcome of a case that is left as it is, or None where there is work to do.

    Args:
        job: what is to be done.
        case: which one.
        input_hash: of its images; None where nothing lies there under its name.
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
    if document is None or not _was_made_so(document, job, case, input_hash):
        return None
    if job.report and not all((folder / file).is_file() for file in (PREVIEW, REPORT)):
        return None
    return _skipped(job, case, document, earlier)


def _was_made_so(document: CaseDocument, job: Job, case: CaseInput, input_hash: str | None) -> bool:
    """Tell whether a result is the one that the job would make: of that image, by these options, models and version."""
    recorded = document.facts.get(INPUT_HASH)
    of_this_image = job.trust_names if recorded is None else recorded == input_hash
    by_this_version = document.software.get(QUANTSEG) == quantseg.__version__
    return of_this_image and by_this_version and document.facts.get(OPTIONS_HASH) == hash_of_case(job, case)


def _skipped(job: Job, case: CaseInput, document: CaseDocument, earlier: CaseEntry | None) -> CaseOutcome:
    presenter, place = job.record.presenter, path_hash(case)
    moved = earlier is not None and earlier.facts.get(PATH_HASH, place) != place
    return CaseOutcome(
        case.name,
        CaseStatus.SKIPPED,
        "whole already, made from the same image at another place" if moved else "whole already",
        verdict=document.verdict,
        # In the table it is done, by whichever run.
        summary_row=summary_row(document, presenter.fact_columns),
        label_hashes=document.files,
        headline=presenter.sum_up(document.measured, document.verdict),
        step_seconds={} if earlier is None else earlier.step_seconds,
        facts={**document.facts, PATH_HASH: place},
        models=document.model_references,
        note=printed_pdf_note(job.output / case.name) if job.pdf else "",
    )


def printed_pdf_note(folder: Path) -> str:
    """Print the report of a case that has none printed yet; return in a sentence why not, where it could not be."""
    if (folder / REPORT_PDF).is_file():
        return ""
    try:
        print_report(folder)
    except QuantSegError as error:
        return str(error)
    return ""
