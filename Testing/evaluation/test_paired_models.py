"""Whether a newer model may take an older one's place, from what both are worth on the same cases."""

import math

import pytest

from quantseg.evaluation.paired import ScannerComparison, objections, paired_qualities
from quantseg.evaluation.qualities import Quality

_PERSONS = [f"person {number}" for number in range(6)]


def a_quality(values, name="Dice", part="whole", more=True, sides=1):
    """One number of each person's cases, so many a person."""
    cases = {
        f"{person} {side}": value for person, value in zip(_PERSONS, values, strict=False) for side in range(sides)
    }
    return Quality(name, part, "", more, cases, {case: case[: len(_PERSONS[0])] for case in cases})


def a_scanner(name, lost=0.0, persons=6, failed_after=(), failed_before=()):
    before, after = (a_quality([0.9 - less] * 6) for less in (0.0, lost))
    paired = paired_qualities([before], [after], 200, 0)
    return ScannerComparison(name, "folder", persons, (), failed_before, failed_after, paired)


def test_differences_are_taken_case_by_case_and_the_interval_by_person():
    before, after = a_quality([0.80, 0.82, 0.84, 0.70], sides=2), a_quality([0.83, 0.85, 0.84, 0.74], sides=2)

    (found,) = paired_qualities([before], [after], 2000, 0)

    assert found.cases == 8
    assert (found.before, found.after) == pytest.approx((0.79, 0.815))
    assert found.difference == pytest.approx(0.025)
    assert found.interval.low < 0.025 < found.interval.high
    # Both sides of a person move together: eight cases tell no more than the four persons.
    (alone,) = paired_qualities([a_quality([0.80, 0.82, 0.84, 0.70])], [a_quality([0.83, 0.85, 0.84, 0.74])], 2000, 0)
    assert found.interval == alone.interval


def test_a_case_that_one_model_has_no_number_of_is_in_no_mean():
    (found,) = paired_qualities([a_quality([1.0, math.nan, 3.0])], [a_quality([2.0, 5.0, 3.0])], 200, 0)

    assert (found.cases, found.before, found.after) == (2, 2.0, 2.5)
    (nothing,) = paired_qualities([a_quality([math.nan])], [a_quality([1.0])], 200, 0)
    assert nothing.cases == 0
    assert math.isnan(nothing.difference)
    assert nothing.interval is None


@pytest.mark.parametrize(
    ("old", "new", "objection"),
    [
        (a_scanner("old", lost=0.0029), a_scanner("new", lost=-0.02), None),
        (
            a_scanner("old", lost=0.0031),
            a_scanner("new", lost=-0.02),
            "falls by 0.31 points, more than the 0.3 allowed",
        ),
        (a_scanner("old"), a_scanner("new", lost=0.001), "nothing is won: the mean Dice of its parts changes by -0.10"),
        (a_scanner("old"), a_scanner("new"), "changes by +0.00 points"),
        (
            a_scanner("old", lost=math.nan),
            a_scanner("new", lost=-0.02),
            "Dice of whole falls by nan",
        ),
        (a_scanner("old", persons=4), a_scanner("new", lost=-0.02), "Only 4 persons of the old scanner"),
        (a_scanner("old"), a_scanner("new", lost=-0.02, persons=1), "Only 1 persons of the new scanner"),
        (a_scanner("old", failed_after=("a",)), a_scanner("new", lost=-0.02), "no labels where the older one did (a)"),
        (a_scanner("old", failed_after=("a",), failed_before=("a",)), a_scanner("new", lost=-0.02), None),
    ],
)
def test_a_model_that_is_worse_where_it_may_not_be_is_objected_to(old, new, objection):
    found = objections(old, new, 0.3)

    assert [objection in sentence for sentence in found] == ([] if objection is None else [True])
