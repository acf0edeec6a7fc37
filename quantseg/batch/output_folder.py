"""The folder that receives the results: writable before any work begins, its contents never taken for images."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from quantseg.errors import UsageError
from quantseg.printable import printable
from quantseg.reading.scan import CaseInput
from quantseg.results.layout import RUN_FILES


def check_writable(output: Path) -> None:
    """Try to write where the results shall go, and leave nothing behind.

    Args:
        output: absolute path; it need not exist yet.

    Raises:
        UsageError: the folder cannot be made, or nothing can be written into it.
    """
    try:
        existing = next(folder for folder in (output, *output.parents) if folder.exists())
        with tempfile.TemporaryFile(dir=existing):
            return
    except OSError as error:
        raise UsageError(
            f"Nothing can be written into {output} ({error.strerror}); name a folder that you may write into with -o."
        ) from error


def cases_apart_from_results(cases: Sequence[CaseInput], inputs: Sequence[Path], output: Path) -> list[CaseInput]:
    """Leave out what earlier runs wrote into an output folder that lies inside an input folder.

    Args:
        cases: as found.
        inputs: absolute paths of files and folders, as the user named them; none where a table names each case.
        output: absolute path.

    Raises:
        UsageError: results and images could not be told apart, or a result would replace an image.
    """
    folders = [_place(path) for path in inputs]
    if output in folders:
        raise UsageError(f"{output} is input and output folder at once; name another folder for the results with -o.")
    if any(output.is_relative_to(folder) for folder in folders):
        cases = [case for case in cases if not _place(case.path).is_relative_to(output)]
    results = {output / case.name for case in cases}
    for case in cases:
        for place in (_place(one.path) for one in (case, *(further for _, further in case.further_roles))):
            if not results.isdisjoint((place, *place.parents)):
                raise UsageError(
                    f"The results of {case.name} would go into {place.parent}, which holds images; name another folder "
                    "for the results with -o."
                )
    return list(cases)


def refuse_names_of_no_folder(cases: Sequence[CaseInput]) -> None:
    """Refuse case names whose folders would not lie in the output folder, be hidden there, or be in a table's way.

    Raises:
        UsageError: there is one, with where its image lies.
    """
    for case in cases:
        hidden = printable(case.name) != case.name or case.name.startswith(".")
        if not case.name or hidden or case.name.lower() in RUN_FILES:
            raise UsageError(
                f"The results of {case.path} would have the name {case.name!r}, expected one that is not empty, can be "
                f"shown, does not begin with a dot and is none of {', '.join(RUN_FILES)}; rename the image."
            )


def _place(path: Path) -> Path:
    """Return where a path lies; a link to an image stays a link, as it lies elsewhere than what it points to."""
    return path.resolve() if path.is_dir() else path.parent.resolve() / path.name
