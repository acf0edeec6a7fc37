"""Whom the Decathlon's hippocampi came from: its files name no persons, but their numbers tell them."""

from __future__ import annotations

import re

_NUMBERED = re.compile(r"hippocampus_(\d{3})")

SAMPLE_CROPS = ("hippocampus_199", "hippocampus_242", "hippocampus_337")
"""Crops that ship with QuantSeg: their persons are never trained on, so that a sample shows what a model can do."""


def decathlon_person(case: str) -> str:
    """Return the person of a case of the Decathlon's Task04, such as ``hippocampus_241+242``.

    Numbers 2k−1 and 2k are the two sides of one person: intensities, data type and volumes of such neighbours agree
    (volumes r = 0.92 over the 62 pairs of which both files are there), those of other neighbours do not (r = 0.06).

    Args:
        case: name of its file without the ending; one of another form is a person of its own.
    """
    named = _NUMBERED.fullmatch(case)
    if named is None:
        return case
    first = (int(named[1]) - 1) // 2 * 2 + 1
    return f"hippocampus_{first:03d}+{first + 1:03d}"
