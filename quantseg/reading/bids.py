"""Data sets in the Brain Imaging Data Structure: which images of one kind they hold, and what these are called there.

Layout: Gorgolewski et al., Scientific Data 3 (2016) 160044, https://bids-specification.readthedocs.io.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from quantseg.reading.folders import files_below
from quantseg.reading.image_file import ending_of

_DESCRIPTION = "dataset_description.json"
_DEEPEST = 3
"""A folder of a data set lies no deeper in it: subject, session, kind of image."""
_OF_A_SUBJECT = re.compile(r"sub-[0-9A-Za-z]+")
_NO_MAGNITUDE = re.compile(r"_part-(phase|real|imag)(_|$)")


def bids_images(place: Path, suffix: str) -> list[tuple[str, Path]] | None:
    """Return the images of one suffix in a data set, or in the folder of one of its subjects or sessions.

    Raw images alone are meant: ``derivatives`` and ``sourcedata`` are no data of subjects.

    Args:
        place: folder that was named.
        suffix: last part of the names, such as "T1w".

    Returns:
        each image with its name, such as "sub-01_ses-02" and further entities where it has any; None where the folder
        belongs to no data set.
    """
    root = _root_of(place)
    if root is None:
        return None
    found = []
    for path in files_below(place):
        ending = ending_of(path)
        name = path.name[: -len(ending or "")].removesuffix(f"_{suffix}")
        of_the_kind = ending is not None and path.name.endswith(f"_{suffix}{ending}")
        if of_the_kind and _is_of_a_subject(path, root) and not _NO_MAGNITUDE.search(name):
            found.append((name, path))
    return found


def _root_of(place: Path) -> Path | None:
    """Return the data set that a folder is, or is a subject's part of."""
    if _is_data_set(place):
        return place
    here = place.absolute()
    roots = (folder for folder in here.parents[:_DEEPEST] if _is_data_set(folder) and _is_of_a_subject(here, folder))
    return next(roots, None)


def _is_data_set(folder: Path) -> bool:
    try:
        description = json.loads((folder / _DESCRIPTION).read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(description, dict) and "BIDSVersion" in description


def _is_of_a_subject(path: Path, root: Path) -> bool:
    return _OF_A_SUBJECT.fullmatch(path.relative_to(root).parts[0]) is not None
