"""From which image a result was made: one of another image is neither skipped over nor replaced.

Results say it by the hash of the image's content, so that data may move between two runs. Where the image lay is known
by a hash as well, in ``run.json`` alone: a hash of a path that names a person could be guessed back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from quantseg.batch.job import Job
from quantseg.reading.content_hash import case_content_hash
from quantseg.reading.scan import CaseInput
from quantseg.results.layout import INPUT_HASH, MEASUREMENTS
from quantseg.results.strangers import refuse_strangers

PATH_HASH = "path_hash"
"""Fact of a case in ``run.json``: a hash of where its images lay."""

_HASH_DIGITS = 16
_READERS = 4
_TRUSTING = ", or, if you know that they belong to these images, give --trust-names"


def path_hash(case: CaseInput) -> str:
    """Return a hash of where the images of a case lie."""
    places = [str(one.path) for one in (case, *(further for _, further in case.further_roles))]
    return hashlib.sha256("\n".join(places).encode(errors="surrogateescape")).hexdigest()[:_HASH_DIGITS]


def known_input_hashes(job: Job, cases: Sequence[CaseInput]) -> dict[str, str]:
    """Make sure that what lies in the output folder under the names of cases was made from their images.

    Args:
        job: what is to be done.
        cases: all of the run.

    Returns:
        the hash of the images of each case of which there are results, by its name; one whose image cannot be read is
        left out, since reading the case will say so.

    Raises:
        UsageError: there are results of another image or task, or some that do not say of which image they are.
    """
    present = [case for case in cases if (job.output / case.name / MEASUREMENTS).exists()]
    with ThreadPoolExecutor(_READERS) as readers:
        found = zip(present, readers.map(_content_hash, present), strict=True)
        hashes = {case.name: content for case, content in found if content is not None}
    facts = {name: {INPUT_HASH: content} for name, content in hashes.items()}
    refuse_strangers(job.output, job.record.name, facts, job.trust_names, _TRUSTING)
    return hashes


def _content_hash(case: CaseInput) -> str | None:
    try:
        return case_content_hash(case)
    except OSError:
        return None
