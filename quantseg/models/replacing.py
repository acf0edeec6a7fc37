"""A model that takes the place of a shipped one, once a comparison has shown that it may; the shipped one stays."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quantseg.errors import UsageError
from quantseg.models.adding import copy_bundle
from quantseg.models.bundle import Bundle, find_bundle, reference, replacement_folder
from quantseg.models.home import writing_to_user_folder
from quantseg.models.trust import forget, replacement_list


@dataclass(frozen=True)
class Passed:
    """A comparison that a model has passed.

    Attributes:
        in_place_of: name of the model whose place it may take.
        before: SHA-256 of the weights of the model that it was compared with, by path in the bundle.
        after: the same of its own.
    """

    in_place_of: str
    before: Mapping[str, str]
    after: Mapping[str, str]


def read_passed(path: Path) -> Passed:
    """Read the file that ``quantseg models compare`` has written.

    Raises:
        UsageError: it is no such file, or the newer model has not passed.
    """
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        passed, objections = values["passed"], list(values["objections"])
        found = Passed(values["in_place_of"], dict(values["before"]["weights"]), dict(values["after"]["weights"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{path} is no comparison ({error!r}); expected the .json of quantseg models compare."
        ) from error
    if passed is not True or objections:
        raise UsageError(f"The newer model must not take the older one's place, says {path}: {' '.join(objections)}")
    return found


def require_passed(bundle: Bundle, name: str, passed: Passed) -> None:
    """Make sure that a comparison speaks of this model and of the one whose place it shall take.

    Raises:
        UsageError: it speaks of others.
        ModelError: the model in place is damaged.
    """
    in_place = find_bundle(name)
    if passed.in_place_of != name:
        raise UsageError(f"The comparison is one for the place of {passed.in_place_of!r}, not of {name!r}.")
    if dict(reference(bundle).weight_hashes) != passed.after:
        raise UsageError(f"The comparison was of other weights than those in {bundle.folder}; compare these.")
    if dict(reference(in_place).weight_hashes) != passed.before:
        raise UsageError(
            f"The comparison was with other weights than those of {name} {in_place.version}, which is in use; compare "
            "with that."
        )


def replace_shipped(bundle: Bundle, name: str) -> Path:
    """Let an inspected bundle take the place of a shipped one for this user, and return where it lies.

    Raises:
        ModelError: a file changed since it was inspected, or the user's folder cannot be written.
    """
    with writing_to_user_folder():
        return copy_bundle(bundle, replacement_folder() / name, replacement_list())


def replaced_names() -> frozenset[str]:
    """Return the names of the shipped models whose place another one has taken."""
    return frozenset(path.name for path in replacement_folder().glob("*") if not path.name.startswith("."))


def restore_shipped(name: str) -> None:
    """Give a shipped model its place back that another one has taken, see :func:`replaced_names`.

    Raises:
        ModelError: the user's folder cannot be written.
    """
    with writing_to_user_folder():
        forget(name, replacement_list())
        shutil.rmtree(replacement_folder() / name)
