"""How many bad results the checks flag, and how many good ones they flag for nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum
from typing import Protocol, TypedDict, TypeVar


class Judged(Protocol):
    """A segmentation whose truth is known."""

    @property
    def corruption(self) -> Enum:
        """What was done to the image."""
        ...

    @property
    def bad(self) -> bool:
        """Whether nobody should trust the result."""
        ...


_Example = TypeVar("_Example", bound=Judged)


class FlaggingRow(TypedDict):
    """What became of one group of results; a share of none is nan."""

    corruption: str
    bad: int
    recall: float
    fine: int
    false_flags: float


def flagging_table(
    examples: Iterable[_Example], flagged: Callable[[_Example], bool], kinds: type[Enum]
) -> list[FlaggingRow]:
    """Return, in all and by corruption, how many bad results were flagged and how many good ones were.

    Args:
        examples: results.
        flagged: whether a result gets any verdict but good, or is refused.
        kinds: the corruptions, in the order of the rows; those that no example has are left out.
    """
    everything = list(examples)
    groups = {"all": everything}
    for kind in kinds:
        groups[kind.value] = [example for example in everything if example.corruption is kind]
    return [_row(name, group, flagged) for name, group in groups.items() if group]


def flagging_lines(table: Iterable[FlaggingRow]) -> Iterator[str]:
    """Yield the table as lines of text, a heading first."""
    yield f"{'corruption':24} {'bad':>5} {'recall':>7} {'good':>5} {'false flags':>12}"
    for row in table:
        yield (
            f"{row['corruption']:24} {row['bad']:5} {row['recall']:7.2f} {row['fine']:5} "
            f"{100 * row['false_flags']:11.1f} %"
        )


def _row(name: str, group: Sequence[_Example], flagged: Callable[[_Example], bool]) -> FlaggingRow:
    bad, fine = ([flagged(example) for example in group if example.bad is wanted] for wanted in (True, False))
    return FlaggingRow(corruption=name, bad=len(bad), recall=_share(bad), fine=len(fine), false_flags=_share(fine))


def _share(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags) if flags else float("nan")
