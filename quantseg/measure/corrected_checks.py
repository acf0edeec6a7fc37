"""What becomes of checks of a model's labels once a person has changed these."""

from __future__ import annotations

import dataclasses

from quantseg.measure.values import Check

_BEFORE = "Before the correction by hand: "


def of_the_models(check: Check) -> Check:
    """Return a check that says that it judged the labels as a model made them."""
    if check.reason.startswith(_BEFORE):
        return check
    return dataclasses.replace(check, reason=_BEFORE + check.reason)
