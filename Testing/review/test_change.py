"""Two examinations of one person, against the rules of when a verdict may be given."""

import datetime

import pytest
from finished_brains import build_brain

from quantseg.measure.values import Measurement
from quantseg.models.reference import ModelReference
from quantseg.review.change import Examination, compare
from quantseg.tasks.brain_tissue.repeatability import BOUNDS_PERCENT as OF_TISSUE
from quantseg.tasks.hippocampus.repeatability import BOUNDS_PERCENT

_MODEL = ModelReference("hippocampus", "1.0.0", "CC-BY-SA-4.0", {"models/0": "ab"})
_OTHER = ModelReference("hippocampus", "1.1.0", "CC-BY-SA-4.0", {"models/0": "cd"})


def examination(left_mm3, date="2020-01-01", model=_MODEL):
    measured = (
        Measurement("volume", "left", left_mm3, "mm3", "counted"),
        Measurement("asymmetry_index", "whole", -3.0, "%", "computed"),
    )
    return Examination(measured, (model,), date and datetime.date.fromisoformat(date))


def test_bound_is_that_of_two_scans_on_one_scanner():
    assert BOUNDS_PERCENT["volume"] == pytest.approx(7.76, abs=0.01)


@pytest.mark.parametrize(("later_mm3", "exceeds"), [(2770.0, False), (2760.0, True), (3230.0, False), (3240.0, True)])
def test_change_beyond_the_bound_either_way_is_more_than_chance(later_mm3, exceeds):
    found = compare(examination(3000.0), examination(later_mm3, "2022-01-01"), True, BOUNDS_PERCENT)
    (change,) = found.changes
    assert change.exceeds_chance is exceeds
    assert change.difference == pytest.approx(later_mm3 - 3000)
    assert change.change_percent == pytest.approx((later_mm3 - 3000) / 30)


def test_yearly_rate_stands_beside_the_bound_divided_by_the_years():
    found = compare(examination(3000.0), examination(2700.0, "2024-01-01"), True, BOUNDS_PERCENT)
    assert found.years == pytest.approx(4, abs=0.01)
    assert found.changes[0].rate_percent_per_year == pytest.approx(-2.5, abs=0.01)
    assert found.changes[0].bound_percent / found.years == pytest.approx(7.76 / 4, abs=0.01)


@pytest.mark.parametrize(
    ("later", "same", "reason"),
    [
        (examination(2000.0, "2020-06-01"), True, "Less than 6 months"),
        (examination(2000.0, "2022-01-01", _OTHER), True, "another version"),
        (examination(2000.0, "2022-01-01"), False, "Scanner and contrast"),
        (examination(2000.0, None), True, "dates of both"),
        (examination(2000.0, "2019-01-01"), True, "not earlier"),
    ],
)
def test_no_verdict_where_the_scans_do_not_allow_one(later, same, reason):
    found = compare(examination(3000.0), later, same, BOUNDS_PERCENT)
    assert reason in " ".join(found.no_verdict)
    assert found.changes[0].exceeds_chance is None
    assert found.changes[0].difference == -1000


def test_a_value_without_a_known_bound_is_shown_without_verdict():
    found = compare(examination(3000.0), examination(1000.0, "2022-01-01"), True, {"volume": None})
    assert found.changes[0].exceeds_chance is None
    assert found.no_verdict == ()


def test_ejection_fraction_has_a_bound_and_volumes_of_the_heart_have_none():
    from quantseg.tasks.heart.repeatability import BOUNDS_PERCENT as OF_HEART

    def heart(percent, date):
        measured = (
            Measurement("end_diastolic_volume", "left_ventricle", 2 * percent, "ml", "counted"),
            Measurement("ejection_fraction", "left_ventricle", percent, "%", "counted"),
        )
        return Examination(measured, (_MODEL,), datetime.date.fromisoformat(date))

    found = compare(heart(60.0, "2020-01-01"), heart(52.0, "2021-01-01"), True, OF_HEART)
    volume, fraction = found.changes
    assert (volume.key, volume.exceeds_chance) == ("end_diastolic_volume", None)
    assert fraction.bound_percent == pytest.approx(11.6, abs=0.1)
    assert fraction.exceeds_chance is True


def test_regions_of_one_key_have_bounds_of_their_own():
    def brain(percent, date):
        regions = ("grey_matter", "midline_ventricles", "of no bound")
        measured = tuple(Measurement("volume_per_tissue", region, percent, "%", "counted") for region in regions)
        return Examination(measured, (_MODEL,), datetime.date.fromisoformat(date))

    found = compare(brain(50.0, "2020-01-01"), brain(54.0, "2021-01-01"), True, OF_TISSUE)
    assert [change.exceeds_chance for change in found.changes] == [True, False, None]


def test_every_region_of_brain_tissue_has_a_bound():
    of_parts = [m for m in build_brain(parts=True).measurements if m.key == "volume"]
    assert {m.region for m in of_parts} == set(OF_TISSUE["volume_per_tissue"])


def test_regions_that_only_one_has_are_left_out():
    later = Examination((Measurement("volume", "right", 3000.0, "mm3", "counted"),), (_MODEL,), None)
    assert compare(examination(3000.0), later, True, BOUNDS_PERCENT).changes == ()
