"""Rules, expectation and intervals turn features into words and verdicts."""

import dataclasses
import math
import re

import numpy as np
import pytest

from quantseg.measure.expectation import LinearExpectation
from quantseg.measure.limits import Limits
from quantseg.measure.values import Verdict
from quantseg.tasks.hippocampus.checks import RULES, check_asymmetry, check_features, check_rules
from quantseg.tasks.hippocampus.expectation import AmongGood, DiceExpectation, fit_expectation
from quantseg.tasks.hippocampus.features import HippocampusFeatures
from quantseg.tasks.hippocampus.judgement import IntervalModel

NO_EXPECTATION = DiceExpectation(2.0, {"noise": 0.0}, {"noise": 0.02})
TYPICAL_NOISE_AND_BLUR = {"noise": math.log(0.02), "softness": -math.log(0.1)}
NOISE_AND_BLUR = DiceExpectation(0.97, {"noise": -0.1, "softness": -0.2}, TYPICAL_NOISE_AND_BLUR)


def plausible_features(**changes: float) -> HippocampusFeatures:
    typical = HippocampusFeatures(
        volume_mm3=3300,
        anterior_share=0.52,
        member_dice=0.94,
        lowest_member_dice=0.93,
        entropy_per_volume=0.2,
        promised_dice=0.9,
        border_share=0.0,
        anterior_in_front_mm=14,
        anterior_below_mm=5,
        length_mm=40,
        brightness=0.5,
        surround_brightness=0.55,
        sharpness=0.1,
        noise=0.02,
    )
    return dataclasses.replace(typical, **changes)


def verdict_of(features: HippocampusFeatures, limits: dict[str, Limits]) -> dict[str, Verdict]:
    return {check.key: check.verdict for check in check_features(features, limits, NO_EXPECTATION, "Left hippocampus")}


@pytest.mark.parametrize(
    ("volume_mm3", "verdict"), [(3000, Verdict.GOOD), (1400, Verdict.LOOK), (700, Verdict.FAIL), (9000, Verdict.FAIL)]
)
def test_a_value_is_judged_by_both_of_its_limits(volume_mm3, verdict):
    limits = {"volume_mm3": Limits((1500, 6000), (1000, 8000))}
    assert verdict_of(plausible_features(volume_mm3=volume_mm3), limits) == {"volume_mm3": verdict}


def test_a_reason_names_the_side_the_value_and_what_was_expected():
    limits = {"border_share": Limits((None, 0.01), (None, 0.05))}
    (check,) = check_features(plausible_features(border_share=0.031), limits, NO_EXPECTATION, "Left hippocampus")
    assert check.verdict is Verdict.LOOK
    assert "Left hippocampus" in check.reason
    assert "3.1 %" in check.reason
    assert "at most 1.0" in check.reason
    assert "cut off" in check.reason


def test_a_limit_that_rounds_to_zero_has_no_sign():
    # Half a voxel of margin moves it to -0.04 mm.
    limits = {"anterior_below_mm": Limits((0.46, None), (-1.0, None))}
    (check,) = check_features(plausible_features(), limits, NO_EXPECTATION, "Left hippocampus")
    assert "expected at least 0.0)" in check.reason


def test_an_empty_segmentation_fails_whatever_the_limits():
    (check,) = check_features(plausible_features(volume_mm3=0), {}, NO_EXPECTATION, "Hippocampus")
    assert check.verdict is Verdict.FAIL
    assert "nothing was segmented" in check.reason


def test_every_rule_speaks_of_a_feature_that_exists():
    known = {field.name for field in dataclasses.fields(HippocampusFeatures)} | {"expected_dice"}
    assert {rule.feature for rule in RULES} <= known


@pytest.mark.parametrize(
    ("changes", "cause"), [({"noise": 0.2}, "noisy"), ({"sharpness": 0.02, "noise": 0.03}, "blurred")]
)
def test_a_low_expected_dice_names_what_lowers_it_most(changes, cause):
    limits = {"expected_dice": Limits((0.8, None), (0.1, None))}

    (check,) = check_features(plausible_features(**changes), limits, NOISE_AND_BLUR, "Left hippocampus")

    assert check.verdict is Verdict.LOOK
    assert cause in check.reason


def test_expectation_learns_that_disagreement_means_a_low_dice():
    random = np.random.default_rng(3)
    truth = random.uniform(0.7, 0.9, 300)
    features = [
        plausible_features(member_dice=float(np.clip(d + random.normal(0, 0.01), 0, 0.99)), lowest_member_dice=float(d))
        for d in truth
    ]
    expectation = fit_expectation(features, truth.tolist())
    estimated = np.array([expectation.dice(f) for f in features])
    assert np.abs(estimated - truth).mean() < 0.03
    assert "model" in expectation.main_cause(plausible_features(member_dice=0.6, lowest_member_dice=0.5))


def test_an_interval_widens_with_uncertainty_and_is_centred_on_the_bias():
    model = IntervalModel(bias=0.01, half_width=0.05, slope=0.2)
    sure, unsure = (model.interval(3000, plausible_features(entropy_per_volume=entropy)) for entropy in (0.1, 0.5))
    assert unsure.high - unsure.low > sure.high - sure.low
    assert math.sqrt(sure.low * sure.high) == pytest.approx(3000 * math.exp(0.01))
    assert sure.high == pytest.approx(3000 * math.exp(0.01 + 0.05 + 0.02))


AMONG_GOOD = AmongGood(LinearExpectation(0.90, {"promise": -0.01}, {}), 0.86, 0.94, 0.88)


@pytest.mark.parametrize(
    ("of_all_images", "promised_dice", "expected"),
    [
        (0.95, 0.9, 0.90 + 0.01 * math.log(10)),
        (0.95, 0.999, 0.94),
        (0.88, 0.9, 0.90 + 0.01 * math.log(10)),
        (0.60, 0.9, 0.90 + 0.01 * math.log(10) - 0.28),
        (-3.0, 0.9, 0.0),
    ],
    ids=["usual", "never seen so good", "barely usual", "spoiled", "hopeless"],
)
def test_good_results_are_told_apart_and_spoiled_ones_fall_short_of_them(of_all_images, promised_dice, expected):
    model = DiceExpectation(of_all_images, {}, {}, AMONG_GOOD)
    assert model.dice(plausible_features(promised_dice=promised_dice)) == pytest.approx(min(expected, 0.94))


def test_an_estimate_lies_no_further_above_that_of_all_images_than_it_may():
    bounded = DiceExpectation(0.86, {}, {}, dataclasses.replace(AMONG_GOOD, most_beyond=0.03))
    assert bounded.dice(plausible_features(promised_dice=0.9)) == pytest.approx(0.89)
    assert bounded.dice(plausible_features(promised_dice=0.0)) == pytest.approx(0.88)


@pytest.mark.parametrize(
    ("left_mm3", "right_mm3", "verdict"),
    [(3000, 3150, Verdict.GOOD), (2400, 3200, Verdict.LOOK), (0, 3000, Verdict.LOOK)],
)
def test_a_large_difference_between_the_sides_wants_a_look(left_mm3, right_mm3, verdict):
    (check,) = check_asymmetry(left_mm3, right_mm3)
    assert check.verdict is verdict
    percent = 100 * (right_mm3 - left_mm3) / ((left_mm3 + right_mm3) / 2)
    assert check.reason.startswith(f"The left hippocampus is smaller than the right by {percent:.0f} % of their mean")
    (mirrored,) = check_asymmetry(right_mm3, left_mm3)
    assert mirrored.verdict is verdict
    assert "The right hippocampus is smaller than the left" in mirrored.reason


_IN_MM = ("anterior_in_front_mm", "anterior_below_mm", "length_mm")


@pytest.mark.parametrize("feature", _IN_MM)
@pytest.mark.parametrize("beyond_mm", [0.01, 0.1, 0.45])
def test_a_length_that_reads_like_its_limit_is_not_flagged(feature, beyond_mm):
    """A head of another scanner was flagged for "13 mm, expected at least 13"."""
    limits = {feature: Limits((12.89, None), (11.89, None))}
    (check,) = check_rules({feature: 12.89 - beyond_mm}, limits, "Left hippocampus")
    assert check.verdict is Verdict.GOOD


@pytest.mark.parametrize("feature", [rule.feature for rule in RULES])
@pytest.mark.parametrize("beyond", [1.0001, 1.004, 1.02])
def test_what_is_flagged_does_not_read_like_its_limit(feature, beyond):
    rule = next(rule for rule in RULES if rule.feature == feature)
    most = 2094.0 if feature == "volume_mm3" else 0.789
    limits = {feature: Limits((None, most), (None, 5000.0))}
    (check,) = check_rules({feature: (most + rule.margin) * beyond}, limits, "Left hippocampus", "noise")
    value, limit = (float(number) for number in re.findall(r"\d+\.?\d*", check.reason)[:2])
    assert check.verdict is Verdict.LOOK
    assert value > limit


@pytest.mark.parametrize("left_mm3", [3000.0, 2451.0, 2440.0])
def test_an_asymmetry_beyond_its_limit_does_not_read_like_it(left_mm3):
    (check,) = check_asymmetry(left_mm3, 3000.0)
    value, limit = (float(number) for number in re.findall(r"\d+\.?\d*", check.reason)[:2])
    assert (check.verdict is Verdict.LOOK) == (value > limit)
