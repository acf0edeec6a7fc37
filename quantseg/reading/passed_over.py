"""Files in the input folders that no case is read from: counted and named, so that none is missed in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from quantseg.printable import printable
from quantseg.reading.content_hash import files_of
from quantseg.reading.dicom_headers import says_it_is_dicom
from quantseg.reading.folders import files_below
from quantseg.reading.scan import CaseInput
from quantseg.results.layout import CASES, MEASUREMENTS, OVERVIEW, PREVIEW, REPORT, RUN, SUMMARY

_MOST_NAMED = 5
_OWN_FILES = frozenset({MEASUREMENTS, PREVIEW, REPORT, SUMMARY, RUN, CASES, OVERVIEW})


def passed_over(inputs: Iterable[Path], cases: Sequence[CaseInput], output: Path) -> list[Path]:
    """Return the files below input folders that are neither read for a case nor DICOM, whose series cases name.

    Args:
        inputs: files and folders, as the user gave them.
        cases: that were found in them.
        output: folder of the results, whose files count as QuantSeg's own.
    """
    images = [one for case in cases for one in (case, *(image for _, image in case.further_roles))]
    used = {file for image in images for file in _files(image)}
    return [file for place in inputs if place.is_dir() for file in files_below(place) if _is_left(file, used, output)]


def in_words(files: Sequence[Path]) -> str:
    """Return in a sentence how many files were passed over, of which endings, and some names; "" where none was."""
    if not files:
        return ""
    counts = Counter(file.suffix.lower() or "no ending" for file in files)
    kinds = ", ".join(f"{count} {printable(ending)}" for ending, count in sorted(counts.items()))
    more = len(files) - _MOST_NAMED
    names = ", ".join(printable(file.name) for file in files[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
    were = "file was" if len(files) == 1 else "files were"
    return f"{len(files)} {were} passed over ({kinds}): {names}"


def _files(case: CaseInput) -> Iterator[Path]:
    if case.path.exists() or case.files:
        yield from files_of(case)
    else:
        yield case.path  # A link to nowhere, which the case's refusal names.
    for file in case.files:
        yield from file.path.parents  # Where it lies in an archive, that one was read.


def _is_left(file: Path, used: set[Path], output: Path) -> bool:
    if file in used or file.name in _OWN_FILES or file.is_relative_to(output):
        return False
    return not says_it_is_dicom(file)
