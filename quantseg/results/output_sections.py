"""Sections for results that are no labels: a score as a large number, an image by its middle planes."""

from __future__ import annotations

from functools import partial

from quantseg.results.case import CaseResult
from quantseg.results.numbers import title_with_unit
from quantseg.results.outputs import ImageMap, Score
from quantseg.results.preview import render_image
from quantseg.results.sections import KeyNumber, Picture, Pictures

_PAGE_WIDTH_PX = 860


def score_section(score: Score, *notes: str) -> KeyNumber:
    """Return the section that shows a score.

    Args:
        score: the number.
        notes: sentences below it, a paragraph each.
    """
    return KeyNumber(score.measurement.key, score.title, score.measurement, notes)


def image_section(image: ImageMap, result: CaseResult, *notes: str) -> Pictures:
    """Return the section that shows an image that was made.

    Args:
        image: the image.
        result: the case that it belongs to.
        notes: sentences below it, a paragraph each.
    """
    title = title_with_unit(image.title, image.unit)
    draw = partial(render_image, result.volume.with_array(image.array), title)
    picture = Picture(image.title, f"{image.title} in three planes through its middle", draw)
    return Pictures(image.name, image.title, (picture,), _PAGE_WIDTH_PX, notes)
