"""Results of another image or task are never taken for those of an image of the same name, nor replaced by them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from pathlib import Path

from quantseg.errors import UsageError
from quantseg.results.edited import edited_files, read_document
from quantseg.results.layout import IMAGE_HASH, INPUT_HASH, MEASUREMENTS

Facts = Mapping[str, str | float | int | bool | None]

_MOST_NAMED = 5


class _Stranger(Enum):
    """Why results that lie there cannot pass for those of an image."""

    OTHER_TASK = "other task"
    OTHER_IMAGE = "other image"
    UNKNOWN_IMAGE = "unknown image"


def refuse_strangers(
    output: Path,
    task: str,
    facts_of_cases: Mapping[str, Facts],
    trust_names: bool = False,
    how_to_trust: str = "",
) -> None:
    """Refuse to put results in place of those of another image or task.

    Args:
        output: folder that receives a folder a case.
        task: name of the task.
        facts_of_cases: what is known of the image of each case, by its name: its hashes, as far as there are any.
        trust_names: take results that do not say of which image they are for those of the image of their name.
        how_to_trust: advice for whoever may ask for that.

    Raises:
        UsageError: there are such results, with the names of their cases.
    """
    strangers: dict[_Stranger, list[str]] = {}
    for name, facts in facts_of_cases.items():
        stranger = _stranger(output / name, task, facts, trust_names)
        if stranger is not None:
            strangers.setdefault(stranger, []).append(name)
    for stranger in _Stranger:
        if stranger in strangers:
            raise UsageError(_in_words(stranger, output, strangers[stranger], how_to_trust))


def own_results_only(
    folder: Path, task: str, facts: Facts, trust_names: bool = False, edited_too: bool = True
) -> Callable[[Path], None]:
    """Return what refuses to replace an older result: of another image or task, or edited by a person.

    It is asked at the very moment of replacing, since two programs may fill one folder at a time.

    Args:
        folder: of the case.
        task: name of the task.
        facts: what is known of the case's image.
        trust_names: as for :func:`refuse_strangers`.
        edited_too: whether labels that a person changed may be replaced.

    Returns:
        a function of the folder in which the older result lies now; it raises UsageError.
    """

    def check(older: Path) -> None:
        stranger = _stranger(older, task, facts, trust_names)
        if stranger is not None:
            raise UsageError(_in_words(stranger, folder.parent, [folder.name], ""))
        edited = () if edited_too else edited_files(older)
        if edited:
            raise UsageError(
                f"{' and '.join(edited)} in {folder} changed while this result was made and was left alone; run again "
                "to see how it stands."
            )

    return check


def _stranger(folder: Path, task: str, facts: Facts, trust_names: bool) -> _Stranger | None:
    if not (folder / MEASUREMENTS).exists():
        return None
    document = read_document(folder)
    unknown = None if trust_names else _Stranger.UNKNOWN_IMAGE
    if document is None:
        return unknown
    if document.task != task:
        return _Stranger.OTHER_TASK
    known = [name for name in (INPUT_HASH, IMAGE_HASH) if None not in (facts.get(name), document.facts.get(name))]
    if not known:
        return unknown
    # A panel's run reads a copy, so that either hash will do.
    return None if any(facts[name] == document.facts[name] for name in known) else _Stranger.OTHER_IMAGE


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
        f"{held} of which nothing says that they were made from this image, being damaged, of an earlier version or "
        f"from a scene; {otherwise}{how_to_trust}."
    )
