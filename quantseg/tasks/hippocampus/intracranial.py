"""Whether an intracranial volume can be that of an adult; volumes are related to no other."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from quantseg.measure.limits import Limits
from quantseg.measure.values import Check, Interval, Measurement, Verdict

if TYPE_CHECKING:
    from quantseg.tasks.hippocampus.localise import Localisation

INTRACRANIAL = "intracranial_volume"
# Adults' range with room for the localiser's error: 58 healthy ones of 18 to 95 years had 1,106 to 1,656 ml on CT
# (Surg Radiol Anat 2010, doi 10.1007/s00276-010-0650-4), the 332 sessions of OASIS-1 at 18 to 94 years 1,147 to
# 1,992 ml (eTIV; Testing/benchmarks/intracranial_range.py prints them).
_PLAUSIBLE_ML = Limits((900.0, 2100.0))
_MM3_PER_ML = 1000


def check_intracranial(localisation: Localisation) -> tuple[Check, ...]:
    """Judge the intracranial volume of a head; nothing where the picture cuts it, and it is not given."""
    if not localisation.whole_head_in_view:
        return ()
    volume_ml = _tens_of_ml(localisation.intracranial_volume_mm3)
    verdict = _PLAUSIBLE_ML.verdict(volume_ml)
    low, high = _PLAUSIBLE_ML.look
    found = f"The intracranial volume is estimated as {volume_ml:,.0f} ml (expected {low:,.0f} to {high:,.0f} ml)"
    if verdict is Verdict.GOOD:
        return (Check(INTRACRANIAL, verdict, f"{found}."),)
    meaning = "no adult head is known to have it, so that neither it nor volumes per intracranial volume are given"
    return (Check(INTRACRANIAL, verdict, f"{found}: {meaning}."),)


def in_ml(volume: Measurement) -> Measurement:
    """Return an intracranial volume as people are told it: in ml, and rounded to tens, as its interval is so wide."""
    interval = volume.interval
    return dataclasses.replace(
        volume,
        value=_tens_of_ml(volume.value),
        unit="ml",
        interval=None if interval is None else Interval(_tens_of_ml(interval.low), _tens_of_ml(interval.high)),
        decimals=0,
    )


def _tens_of_ml(volume_mm3: float) -> float:
    return round(volume_mm3 / _MM3_PER_ML, -1)


def plausible_intracranial_volume(localisation: Localisation) -> Measurement | None:
    """Return the intracranial volume; None where the picture cuts the head, or where it is implausible."""
    if any(check.verdict is not Verdict.GOOD for check in check_intracranial(localisation)):
        return None
    return localisation.intracranial_measurement() if localisation.whole_head_in_view else None
