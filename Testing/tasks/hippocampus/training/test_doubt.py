"""Doubt is fitted to unseen cases, and the fit keeps what it promises on them."""

import dataclasses
import json

import numpy as np
import pytest
from scipy.stats import spearmanr

from quantseg.evaluation.corruption import Corruption, corrupt
from quantseg.tasks.hippocampus.evaluation.elsewhere import elsewhere_in_head
from quantseg.tasks.hippocampus.features import HippocampusFeatures
from quantseg.tasks.hippocampus.judgement import Judgement, read_judgement
from quantseg.tasks.hippocampus.training.doubt import doubt_table, fit_judgement
from quantseg.tasks.hippocampus.training.example import Example, PartVolumes, is_cut
from quantseg.tasks.hippocampus.training.left_out_figures import left_out_lines
from quantseg.volume import Volume


def an_example(random: np.random.Generator, number: int, dice: float, corruption: Corruption) -> Example:
    """A segmentation whose members disagree the more, the worse it is, and which is nearer to the usual size than due.

    The less its probabilities promise, the larger the errors of its volumes.
    """
    agreement = float(np.clip(dice + random.normal(0.02, 0.015), 0.05, 0.99))
    promised = float(random.uniform(0.80, 0.95))
    error = random.normal(0, 0.3 * (1 - promised), 2)
    true = random.normal(1700, 200, 2)
    found = (1700 + 0.7 * (true - 1700)) * np.exp(error)
    features = HippocampusFeatures(
        volume_mm3=float(found.sum()),
        anterior_share=float(found[0] / found.sum()),
        member_dice=agreement,
        lowest_member_dice=agreement - 0.01,
        entropy_per_volume=float(0.1 + (1 - agreement)),
        promised_dice=promised,
        border_share=0.0,
        anterior_in_front_mm=float(random.normal(18, 1)),
        anterior_below_mm=float(random.normal(7, 1)),
        length_mm=float(random.normal(43, 1)),
        brightness=0.4,
        surround_brightness=0.5,
        sharpness=0.1,
        noise=float(np.exp(random.normal(np.log(0.02), 0.3) - 8 * (dice - 0.905 if dice > 0.85 else 0))),
    )
    volumes = PartVolumes(*map(float, true)), PartVolumes(*map(float, found))
    return Example(f"hippocampus_{number:03d}", corruption, features, dice, False, *volumes)


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    random = np.random.default_rng(0)
    clean = [an_example(random, n, float(random.uniform(0.86, 0.95)), Corruption.CLEAN) for n in range(200)]
    spoiled = [an_example(random, n % 200, float(random.uniform(0.2, 0.94)), Corruption.MOTION) for n in range(400)]
    return clean + spoiled


@pytest.fixture(scope="module")
def judgement(examples, tmp_path_factory) -> Judgement:
    """What was fitted, read back from where a model keeps it."""
    path = tmp_path_factory.mktemp("bundle") / "verdict.json"
    path.write_text(json.dumps(fit_judgement(examples)), encoding="utf-8")
    return read_judgement(path)


def test_the_fit_flags_bad_results_and_spares_good_ones(examples, judgement):
    corrected = [e.corrected(judgement.correction) for e in examples]
    overall = doubt_table(corrected, judgement.limits, judgement.expectation)[0]
    assert overall["false_flags"] <= 0.05
    assert overall["recall"] >= 0.9


@pytest.mark.parametrize("part", ["anterior", "posterior", "whole"])
def test_intervals_hold_the_share_they_promise_and_know_their_case(examples, judgement, part):
    clean = [e.corrected(judgement.correction) for e in examples if e.corruption is Corruption.CLEAN]
    bounds = [judgement.intervals[part].interval(e.found.of(part), e.features) for e in clean]
    inside = [b.low <= e.true.of(part) <= b.high for b, e in zip(bounds, clean, strict=True)]
    assert 0.92 <= np.mean(inside) <= 0.99
    widths = [np.log(b.high / b.low) for b in bounds]
    assert np.corrcoef(widths, [e.features.promised_dice for e in clean])[0, 1] < -0.5


@pytest.mark.parametrize("part", ["anterior", "posterior"])
def test_corrected_volumes_follow_the_truth(examples, judgement, part):
    clean = [e for e in examples if e.corruption is Corruption.CLEAN]
    true = [e.true.of(part) for e in clean]
    before, after = (
        np.array([e.found.of(part) for e in of]) for of in (clean, [e.corrected(judgement.correction) for e in clean])
    )
    assert np.polyfit(true, before, 1)[0] < 0.75
    assert 0.78 <= np.polyfit(true, after, 1)[0] <= 0.84
    assert np.abs(after - true).mean() < np.abs(before - true).mean()


def test_the_expected_dice_ranks_good_results_by_what_the_image_shows(examples, judgement):
    clean = [e for e in examples if e.corruption is Corruption.CLEAN]
    expected = [judgement.expectation.dice(e.features) for e in clean]
    assert spearmanr(expected, [e.dice for e in clean]).statistic > 0.4


def test_figures_of_persons_left_out_are_told_for_every_part(examples):
    lines = list(left_out_lines(examples[::2]))
    for part in ("anterior", "posterior", "whole"):
        assert sum(line.startswith(f"{part}, ") for line in lines) == 6
    assert lines[0].startswith("100 clean cases")
    assert "rank correlation 0." in lines[-1]


def test_an_empty_result_is_always_flagged(examples, judgement):
    empty = dataclasses.replace(
        examples[0], dice=0.0, features=dataclasses.replace(examples[0].features, volume_mm3=0.0)
    )
    assert doubt_table([empty], judgement.limits, judgement.expectation)[0]["recall"] == 1


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
