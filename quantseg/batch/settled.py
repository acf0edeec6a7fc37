"""Cases that need no work: edited by a person since, or whole already under ``--resume``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quantseg.batch.job import CaseOutcome, Job
from quantseg.batch.models import hash_of_case
from quantseg.measure.values import Verdict
from quantseg.models.reference import ModelReference
from quantseg.reading.scan import CaseInput
from quantseg.results.edited import edited_files, is_whole, read_document
from quantseg.results.layout import PREVIEW, REPORT
from quantseg.results.presentation import Presenter
from quantseg.results.reading_back import measurements_of
from quantseg.results.status import CaseStatus
from quantseg.results.summary import summary_row

OPTIONS_HASH = "options_hash"
"""Fact of a case that names the options and models that made it, and what was said of it."""


def settled_outcome(job: Job, case: CaseInput, earlier: Mapping[str, Any] | None) -> CaseOutcome | None:
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
    if document is None or document["facts"].get(OPTIONS_HASH) != hash_of_case(job, case):
        return None
    if job.report and not all((folder / file).is_file() for file in (PREVIEW, REPORT)):
        return None
    return _skipped(case.name, document, earlier or {}, job.record.presenter)


def _skipped(name: str, document: Mapping[str, Any], earlier: Mapping[str, Any], presenter: Presenter) -> CaseOutcome:
    models = (ModelReference(m["name"], m["version"], m["licence"], m["weights_sha256"]) for m in document["models"])
    return CaseOutcome(
        name,
        CaseStatus.SKIPPED,
        "whole already",
        verdict=Verdict(document["verdict"]),
        summary_row=summary_row(document, presenter.fact_columns, CaseStatus.SKIPPED.value),
        label_hashes=document["files"],
        headline=presenter.headline(measurements_of(document)),
        step_seconds=earlier.get("step_seconds", {}),
        facts=document["facts"],
        models=tuple(models),
    )
