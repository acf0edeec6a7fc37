"""``cases.csv``, by which a researcher finds the image of a result again; its paths may name persons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from quantseg.batch.job import CaseOutcome
from quantseg.errors import QuantSegError, UsageError
from quantseg.reading.content_hash import case_content_hash
from quantseg.reading.scan import CaseInput
from quantseg.results.atomic import write_file
from quantseg.results.layout import CASES, INPUT_HASH
from quantseg.results.spreadsheet import read_table, table_bytes

_CASE, _INPUT, _HASH = "case", "input", "sha256"
_OWNER_ALONE = 0o600


class CasesFile:
    """Writes where the images of a run lie and the hash of their content; a context manager.

    The file is there from the beginning of the run and complete at its end. Rows of other cases that earlier runs
    wrote into the same folder are kept.

    Args:
        output: folder of the run.
        cases: of the run, in order.
        hashes: of the content of those images that are known already, by case.

    Raises:
        UsageError: a file of that name lies there that is no such list, such as a table of cases.
    """

    def __init__(self, output: Path, cases: Sequence[CaseInput], hashes: Mapping[str, str]) -> None:
        self._path = output / CASES
        self._cases = cases
        self._hashes = dict(hashes)
        self._earlier = _read(self._path)

    def add(self, outcome: CaseOutcome) -> None:
        """Take note of the hash of a case that was done."""
        known = outcome.facts.get(INPUT_HASH)
        if known is not None:
            self._hashes[outcome.name] = str(known)

    def __enter__(self) -> Self:
        self._write()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            for case in self._cases:
                if case.name not in self._hashes:
                    self._hashes[case.name] = _hash(case)
        self._write()

    def _write(self) -> None:
        rows = [self._row(case) for case in self._cases]
        done = {case.name for case in self._cases}
        others = [row for row in self._earlier if row.get(_CASE) not in done]
        columns = dict.fromkeys([_CASE, _INPUT, _HASH, *(column for row in (*rows, *others) for column in row)])
        try:
            write_file(self._path, table_bytes(list(columns), [*rows, *others]), mode=_OWNER_ALONE)
        except OSError as failure:
            raise QuantSegError(
                f"The list of cases {self._path} could not be written ({failure.strerror}); --no-case-list does "
                "without it."
            ) from failure

    def _row(self, case: CaseInput) -> dict[str, str]:
        further = {role: str(one.path) for role, one in case.further_roles}
        return {_CASE: case.name, _INPUT: str(case.path), **further, _HASH: self._hashes.get(case.name, "")}


def _hash(case: CaseInput) -> str:
    try:
        return case_content_hash(case)
    except OSError:
        return ""


def _read(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    try:
        rows = read_table(path)
    except (OSError, ValueError):
        rows = [{}]
    if not rows or not all({_CASE, _INPUT, _HASH} <= row.keys() for row in rows):
        raise UsageError(
            f"{path} is no list of cases that QuantSeg wrote, and would be replaced; move it, name another folder for "
            "the results with -o, or give --no-case-list."
        )
    return rows
