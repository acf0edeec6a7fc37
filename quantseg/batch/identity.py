"""From which image a result was made: one of another image is neither skipped over nor replaced.

Results say it by the hash of the image's content, so that data may move between two runs. Where the image lay is known
by a hash as well, in ``run.json`` alone: a hash of a path that names a person could be guessed back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from pathlib import Path

from quantseg.batch.job import Job
from quantseg.errors import UsageError
from quantseg.reading.content_hash import case_content_hash
from quantseg.reading.scan import CaseInput
from quantseg.results.edited import read_document
from quantseg.results.layout import INPUT_HASH, MEASUREMENTS

PATH_HASH = "path_hash"
"""Fact of a case in ``run.json``: a hash of where its images lay."""

_HASH_DIGITS = 16
_MOST_NAMED = 5
_READERS = 4
_TRUSTING = ", or, if you know that they belong to these images, give --trust-names"


class _Stranger(Enum):
    """Why results that lie there cannot pass for those of an image."""

    OTHER_TASK = "other task"
    OTHER_IMAGE = "other image"
    UNKNOWN_IMAGE = "unknown image"


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
    refuse_strangers(job.output, job.record.name, hashes, job.trust_names, _TRUSTING)
    return hashes


def refuse_strangers(
    output: Path,
    task: str,
    input_hashes: Mapping[str, str | None],
    trust_names: bool = False,
    how_to_trust: str = "",
) -> None:
    """Refuse to put results in place of those of another image or task.

    Args:
        output: folder that receives a folder a case.
        task: name of the task.
        input_hashes: the hash of the images of each case, by its name; None where it is not known.
        trust_names: take results that do not say of which image they are for those of the image of their name.
        how_to_trust: advice for whoever may ask for that.

    Raises:
        UsageError: there are such results, with the names of their cases.
    """
    strangers: dict[_Stranger, list[str]] = {}
    for name, content in input_hashes.items():
        stranger = _stranger(output / name, task, content)
        if stranger is not None and not (trust_names and stranger is _Stranger.UNKNOWN_IMAGE):
            strangers.setdefault(stranger, []).append(name)
    for stranger in _Stranger:
        if stranger in strangers:
            raise UsageError(_in_words(stranger, output, strangers[stranger], how_to_trust))


def _content_hash(case: CaseInput) -> str | None:
    try:
        return case_content_hash(case)
    except OSError:
        return None


def _stranger(folder: Path, task: str, content: str | None) -> _Stranger | None:
    if not (folder / MEASUREMENTS).exists():
        return None
    document = read_document(folder)
    if document is None:
        return _Stranger.UNKNOWN_IMAGE
    if document.task != task:
        return _Stranger.OTHER_TASK
    recorded = document.facts.get(INPUT_HASH)
    if recorded is None or content is None:
        return _Stranger.UNKNOWN_IMAGE
    return None if recorded == content else _Stranger.OTHER_IMAGE


def _in_words(stranger: _Stranger, output: Path, names: Sequence[str], how_to_trust: str) -> str:
    more = len(names) - _MOST_NAMED
    listed = ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
    held = f"{output} holds results of {listed}"
    otherwise = "name another folder for the results, or move these away"
    if stranger is _Stranger.OTHER_TASK:
        return f"{held} that another task made; {otherwise}."
    if stranger is _Stranger.OTHER_IMAGE:
        return f"{held} that were made from another image, or from this one before it changed; {otherwise}."
    return (
        f"{held} that do not say from which image they were made, being damaged or of an earlier version; "
        f"{otherwise}{how_to_trust}."
    )
