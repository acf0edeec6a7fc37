"""What becomes of checks of a model's labels once a person has changed these."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from enum import Enum

import numpy as np

from quantseg.measure.segments import Segment
from quantseg.measure.values import Check, Verdict, worst

EMPTIED = "emptied"
"""Key of the check that :func:`check_emptied` gives."""

_BEFORE = "Before the correction by hand: "


def of_the_models(check: Check) -> Check:
    """Return a check that says that it judged the labels as a model made them."""
    if is_of_the_models(check):
        return check
    return dataclasses.replace(check, reason=_BEFORE + check.reason)


def is_of_the_models(check: Check) -> bool:
    """Tell whether a check judged labels that a person has changed since."""
    return check.reason.startswith(_BEFORE)


class Standing(Enum):
    """How much of a verdict was judged by the labels as they are now; the value says it behind the verdict."""

    NOW = ""
    IN_PART = ", in part judged before the correction by hand"
    BEFORE = " before the correction by hand, not judged since"


def standing(checks: Collection[Check]) -> Standing:
    """Return how much of a verdict still stands for the labels."""
    before = [is_of_the_models(check) for check in checks]
    if not any(before):
        return Standing.NOW
    return Standing.BEFORE if all(before) else Standing.IN_PART


def is_grey(checks: Collection[Check]) -> bool:
    """Tell whether a verdict is good only as far as it goes: nobody has judged all of it by the labels as they are."""
    return worst(check.verdict for check in checks) is Verdict.GOOD and standing(checks) is not Standing.NOW


def check_emptied(
    labels: np.ndarray, segments: Sequence[Segment], edited: Mapping[str, Collection[int]]
) -> tuple[Check, ...]:
    """Ask for a look at segments of which a correction has left nothing.

    Args:
        labels: label maps as they are now, shape (T, I, J, K), a single frame for an organ that does not move.
        segments: that the labels can hold.
        edited: frames in which a person has changed a segment, counted from 0, by the segment's key.

    Returns:
        one check where a segment is empty in a frame in which it was changed; nothing otherwise.
    """
    gone = []
    for segment in segments:
        empty = [frame for frame in edited.get(segment.key, ()) if not (labels[frame] == segment.value).any()]
        if empty:
            where = f" in frame {', '.join(str(frame + 1) for frame in empty)}" if len(labels) > 1 else ""
            gone.append(f"{segment.name}{where}")
    if not gone:
        return ()
    reason = f"The correction by hand left nothing of: {'; '.join(gone)}. Draw it if the image shows it."
    return (Check(EMPTIED, Verdict.LOOK, reason),)
