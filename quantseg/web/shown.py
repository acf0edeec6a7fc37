"""At the desk: what a page shows of a result beside its values: images to change between, marked places, tables."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from quantseg.results.layout import image_file
from quantseg.results.presentation import Presentation
from quantseg.results.sections import PlainTable


def shown_of(presentation: Presentation) -> dict[str, Any]:
    """Return images, marked places and tables as plain values."""
    marked = presentation.marked
    # Marked places are a list that leads to each of them; they need no table as well.
    listed = "" if marked is None else marked.heading
    tables = [one for one in presentation.sections if isinstance(one, PlainTable) and one.heading != listed]
    return {
        "images": [dataclasses.asdict(one) for one in presentation.images()],
        "marked": None if marked is None else dataclasses.asdict(marked),
        "tables": [
            {"heading": one.heading, "columns": one.columns, "rows": one.rows, "notes": one.notes} for one in tables
        ],
    }


def file_of_image(summary: dict[str, Any], folder: Path, name: str) -> Path | None:
    """Return the file of an image that a page changes to; None where there is none of that name."""
    known = {one["name"] for one in summary.get("images", ())} - {None}
    path = folder / image_file(name)
    return path if name in known and path.is_file() else None
