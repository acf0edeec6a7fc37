"""Doubt is fitted to unseen cases, and the fit keeps what it promises on them."""

import dataclasses

import numpy as np
import pytest

from quantseg.evaluation.corruption import Corruption, corrupt
from quantseg.measure.limits import Limits
from quantseg.tasks.hippocampus.evaluation.elsewhere import elsewhere_in_head
from quantseg.tasks.hippocampus.expectation import DiceExpectation
from quantseg.tasks.hippocampus.features import HippocampusFeatures
from quantseg.tasks.hippocampus.judgement import IntervalModel
from quantseg.tasks.hippocampus.training.doubt import Example, doubt_table, fit_judgement, is_cut
from quantseg.volume import Volume


def an_example(random: np.random.Generator, dice: float, corruption: Corruption) -> Example:
    """A segmentation whose members disagree the more, the worse it is."""
    agreement = float(np.clip(dice + random.normal(0.02, 0.015), 0.05, 0.99))
    error = random.normal(0, 0.05)
    features = HippocampusFeatures(
        volume_mm3=float(random.normal(3300, 300)),
        anterior_share=float(random.normal(0.52, 0.03)),
        member_dice=agreement,
        lowest_member_dice=agreement - 0.01,
        entropy_per_volume=float(0.1 + (1 - agreement)),
        border_share=0.0,
        anterior_in_front_mm=float(random.normal(18, 1)),
        anterior_below_mm=float(random.normal(7, 1)),
        length_mm=float(random.normal(43, 1)),
        brightness=0.4,
        surround_brightness=0.5,
        sharpness=0.1,
        noise=0.02,
    )
    errors = dict.fromkeys(("anterior", "posterior", "whole"), float(error))
    return Example("case", corruption, features, dice, False, errors)


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    random = np.random.default_rng(0)
    clean = [an_example(random, float(random.uniform(0.86, 0.95)), Corruption.CLEAN) for _ in range(200)]
    spoiled = [an_example(random, float(random.uniform(0.2, 0.94)), Corruption.MOTION) for _ in range(400)]
    return clean + spoiled


@pytest.fixture(scope="module")
def fitted(examples) -> dict:
    return fit_judgement(examples)


def test_the_fit_flags_bad_results_and_spares_good_ones(examples, fitted):
    limits = {n: Limits(tuple(v["look"]), tuple(v["fail"])) for n, v in fitted["limits"].items()}
    overall = doubt_table(examples, limits, DiceExpectation(**fitted["expectation"]))[0]
    assert overall["false_flags"] <= 0.05
    assert overall["recall"] >= 0.9


def test_intervals_hold_the_share_they_promise(examples, fitted):
    assert set(fitted["intervals"]) == set(examples[0].log_volume_error)
    for part, values in fitted["intervals"].items():
        model = IntervalModel(**values)
        clean = [e for e in examples if e.corruption is Corruption.CLEAN]
        inside = 0
        for e in clean:
            bounds = model.interval(1.0, e.features.entropy_per_volume)
            inside += bounds.low <= np.exp(e.log_volume_error[part]) <= bounds.high
        assert 0.92 <= inside / len(clean) <= 0.98


def test_an_empty_result_is_always_flagged(examples, fitted):
    empty = dataclasses.replace(
        examples[0], dice=0.0, features=dataclasses.replace(examples[0].features, volume_mm3=0.0)
    )
    limits = {n: Limits(tuple(v["look"]), tuple(v["fail"])) for n, v in fitted["limits"].items()}
    assert doubt_table([empty], limits, DiceExpectation(**fitted["expectation"]))[0]["recall"] == 1


def test_a_hippocampus_that_the_picture_cuts_counts_as_bad(examples):
    well_outlined = dataclasses.replace(examples[0], dice=0.9, cut=True)
    assert well_outlined.bad
    assert not dataclasses.replace(well_outlined, cut=False).bad


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_hippocampus_is_cut_if_it_reaches_the_edge_or_a_blanked_part(axis):
    image, labels = a_labelled_crop()
    assert not is_cut(image, labels, labels)
    first = int(np.flatnonzero(labels.any(axis=tuple(a for a in range(3) if a != axis)))[0])
    for blanked in range(first + 3):
        values, seen = np.moveaxis(image.array.copy(), axis, 0), np.moveaxis(labels.copy(), axis, 0)
        values[:blanked], seen[:blanked] = 0, 0
        picture, left = image.with_array(np.moveaxis(values, 0, axis)), np.moveaxis(seen, 0, axis)
        assert is_cut(picture, left, labels) is (blanked > first - 2)


def a_labelled_crop() -> tuple[Volume, np.ndarray]:
    random = np.random.default_rng(4)
    labels = np.zeros((36, 50, 36), np.uint8)
    labels[12:24, 25:42, 10:22] = 1
    labels[12:24, 8:25, 14:26] = 2
    values = random.normal(200, 10, labels.shape) + 100 * (labels > 0)
    return Volume(values.astype(np.float32), np.eye(4)), labels


@pytest.mark.parametrize("corruption", [c for c in Corruption if c is not Corruption.OTHER])
def test_a_corruption_keeps_the_grid_and_is_repeatable(corruption):
    image, labels = a_labelled_crop()
    once, truth = corrupt(image, labels, corruption, np.random.default_rng(1))
    again, _ = corrupt(image, labels, corruption, np.random.default_rng(1))
    assert once.array.shape == truth.shape == labels.shape
    assert np.array_equal(once.array, again.array)
    assert np.array_equal(once.array, image.array) is (corruption is Corruption.CLEAN)


@pytest.mark.parametrize("corruption", [Corruption.CUT, Corruption.SHIFTED])
def test_the_truth_of_a_cut_picture_is_what_is_still_in_view(corruption):
    image, labels = a_labelled_crop()
    for seed in range(12):
        spoiled, truth = corrupt(image, labels, corruption, np.random.default_rng(seed))
        # Labelled tissue is 100 brighter than the rest, which tells whether labels and image moved together.
        assert spoiled.array[truth > 0].mean() > 280
        assert (truth > 0).sum() <= (labels > 0).sum()


def test_windows_of_other_anatomy_keep_their_distance():
    random = np.random.default_rng(0)
    values = random.uniform(1, 2, (160, 190, 160)).astype(np.float32)
    x, y, z = np.meshgrid(*[np.linspace(-1, 1, n) for n in values.shape], indexing="ij")
    head = Volume(np.where(x**2 + y**2 + z**2 < 1, values, 0), np.eye(4))
    hippocampi_mm = np.array([[55.0, 90.0, 60.0], [105.0, 90.0, 60.0]])
    window = elsewhere_in_head(head, hippocampi_mm, random)
    assert window.array.shape == (36, 50, 36)
    assert np.linalg.norm(hippocampi_mm - window.grid.centre_mm, axis=1).min() > 45
