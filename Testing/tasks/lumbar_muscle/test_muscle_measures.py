"""What of a plane is refused, what is measured of it, and how fat is found: on made labels, without a network."""

from dataclasses import replace

import numpy as np
import pytest
from finished_muscles import muscle_images

from quantseg.errors import InputRefused
from quantseg.measure.statistics import bounding_box
from quantseg.measure.values import Verdict
from quantseg.tasks.lumbar_muscle.axial_planes import axial_planes
from quantseg.tasks.lumbar_muscle.body import body_mask
from quantseg.tasks.lumbar_muscle.channels import CHANNELS, LABELS, Muscle, Side, label_of, without_sides
from quantseg.tasks.lumbar_muscle.checks import check_asymmetry, check_edge, check_slices
from quantseg.tasks.lumbar_muscle.fat import FatSource, fat_by_threshold, fraction, is_swapped
from quantseg.tasks.lumbar_muscle.measuring import MeasuredPlane, measure_muscles
from quantseg.tasks.lumbar_muscle.segmenting import PlaneLabels, without_strays
from quantseg.tasks.lumbar_muscle.training.scanning import Contrast
from quantseg.tasks.lumbar_muscle.training.synthetic_slices import draw_slice
from quantseg.tasks.lumbar_muscle.view import why_no_trunk, why_not_lumbar

_PIXEL = (1.25, 1.25)
_SURE = (0.0, *(0.95 for _ in LABELS[1:]))


@pytest.fixture(scope="module")
def true_labels(drawn):
    return drawn[0].shares.argmax(axis=0).astype(np.uint8)


def _without(labels, muscle, side):
    return np.where(labels == label_of(muscle, side), 0, labels)


def _sides_exchanged(labels):
    return labels[::-1]


def _upside_down(labels):
    return labels[:, ::-1]


def _one_side_twice(labels):
    half = labels.copy()
    half[np.isin(half, [label_of(muscle, Side.RIGHT) for muscle in Muscle])] = 0
    return half


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(lambda labels: labels, "", id="as it is"),
        pytest.param(
            lambda labels: _without(labels, Muscle.PSOAS, Side.LEFT), "the left psoas was not found", id="none"
        ),
        pytest.param(_one_side_twice, "the right psoas was not found", id="one side"),
        pytest.param(_sides_exchanged, "do not lie on their own sides", id="mirrored"),
        pytest.param(_upside_down, "does not lie in front", id="upside down"),
    ],
)
def test_labels_that_no_person_has_are_told(true_labels, change, said):
    found = why_not_lumbar(PlaneLabels(change(true_labels), _SURE), _PIXEL)
    assert said in found
    assert bool(found) == bool(said)


@pytest.mark.parametrize("muscle", [Muscle.MULTIFIDUS, Muscle.PSOAS, Muscle.QUADRATUS_LUMBORUM])
def test_a_large_stray_in_the_belly_takes_no_muscles_place(drawn, true_labels, muscle):
    muscles = without_sides(drawn[0].shares).argmax(axis=0)
    expected = without_strays(muscles, _PIXEL)
    assert (expected != true_labels).mean() < 0.002
    muscles[210:250, 130:170] = CHANNELS.index(muscle.value)
    assert np.array_equal(without_strays(muscles, _PIXEL), expected)


@pytest.mark.parametrize("muscle", [Muscle.MULTIFIDUS, Muscle.PSOAS])
def test_a_pair_that_touches_in_the_middle_is_kept(drawn, muscle):
    muscles = without_sides(drawn[0].shares).argmax(axis=0)
    large_mm = (1.6, 1.6)
    apart = without_strays(muscles, large_mm)
    places = np.argwhere(muscles == CHANNELS.index(muscle.value))
    (first, y), (last, _) = (places[places[:, 0].argmin()], places[places[:, 0].argmax()])
    muscles[first:last, y : y + 2] = CHANNELS.index(muscle.value)
    joined = without_strays(muscles, large_mm)
    for side in Side:
        value = label_of(muscle, side)
        assert (joined[apart == value] == value).mean() > 0.95


def test_an_unsure_network_is_told(true_labels):
    unsure = tuple(0.3 if name == "right_multifidus" else one for name, one in zip(LABELS, _SURE, strict=True))
    assert "probability of 0.30" in why_not_lumbar(PlaneLabels(true_labels, unsure), _PIXEL)


@pytest.mark.parametrize("seed", range(6))
def test_exchanged_water_and_fat_are_told_from_the_fat_under_the_skin(clean, seed):
    one = draw_slice(seed, (256, 176), 1.25, clean, Contrast.DIXON)
    labels = one.shares.argmax(axis=0)
    assert not is_swapped(*one.images, labels, _PIXEL)
    assert is_swapped(*one.images[::-1], labels, _PIXEL)


def test_noise_about_zero_makes_no_share_below_none_or_above_all():
    water, fat = np.array([[100.0, -2.0, 50.0]]), np.array([[-3.0, 90.0, 50.0]])
    assert fraction(water, fat) == pytest.approx(np.array([[0.0, 100.0, 50.0]]))


@pytest.mark.parametrize("role", ["mri", "fat"])
def test_an_image_with_its_sign_exchanged_is_refused(role):
    scans = dict(muscle_images().scans)
    scans[role] = replace(scans[role], volume=scans[role].volume.with_array(-scans[role].volume.array))
    with pytest.raises(InputRefused, match=f"The {role} image runs from -.* expected magnitudes"):
        axial_planes(scans)


def test_what_is_narrower_than_any_trunk_is_told(drawn):
    picture = drawn[0].images.sum(axis=0)
    half = (_PIXEL[0] / 2, _PIXEL[1] / 2)
    assert why_no_trunk(picture, _PIXEL) == ""
    assert "mm wide, with air on both sides" in why_no_trunk(picture, half)
    columns = np.flatnonzero(body_mask(picture).any(axis=1))
    assert why_no_trunk(picture[columns[0] + 20 :], half) == ""


@pytest.mark.parametrize("reach_mm", [50, 90])
def test_a_coil_at_the_back_hides_no_part_of_the_body_that_holds_muscles(clean, reach_mm):
    evenly_bright = replace(clean, coil_probability=0)
    for seed in (5, 11, 23):
        one = draw_slice(seed, (256, 176), 1.25, evenly_bright, Contrast.DIXON)
        picture = one.images.sum(axis=0) * np.exp(-1.25 * np.arange(176) / reach_mm)
        muscles = bounding_box(one.shares[1:].sum(axis=0)[..., None] > 0.5)
        body = bounding_box(body_mask(picture)[..., None])
        assert all(b.start <= m.start and m.stop <= b.stop for b, m in zip(body, muscles, strict=True))


def test_a_threshold_finds_about_the_fat_of_a_clean_t1_and_nothing_where_fat_is_dark(clean):
    t1, dark = (draw_slice(4, (256, 176), 1.25, clean, contrast) for contrast in (Contrast.T1, Contrast.WATER))
    labels = t1.shares.argmax(axis=0).astype(np.uint8)
    by_threshold = fat_by_threshold(t1.images[0], labels, _PIXEL)
    assert by_threshold.source is FatSource.THRESHOLD
    assert set(np.unique(by_threshold.percent)) <= {0.0, 100.0}
    assert fat_by_threshold(dark.images[0], labels, _PIXEL).source is FatSource.NONE


def test_areas_fat_and_asymmetry_of_made_planes():
    labels = np.zeros((40, 40), np.uint8)
    labels[2:12, 2:12], labels[22:32, 2:7] = (
        label_of(Muscle.MULTIFIDUS, Side.LEFT),
        label_of(Muscle.MULTIFIDUS, Side.RIGHT),
    )
    planes = [
        MeasuredPlane(index, labels, np.full((40, 40), percent, np.float32)) for index, percent in ((4, 10), (5, 30))
    ]
    found = measure_muscles(planes, 4.0, FatSource.DIXON, None)
    whole = {(one.key, one.region): one.value for one in found if one.slice_index is None}
    assert whole["area", "left_multifidus"] == 400
    assert whole["fat_fraction", "left_multifidus"] == pytest.approx(20)
    assert whole["lean_area", "left_multifidus"] == pytest.approx(320)
    assert whole["area_asymmetry", "multifidus"] == pytest.approx(200 * 200 / 600)
    assert not any(key == "muscle_index" for key, _ in whole)
    by_slice = {
        one.slice_index: one.value for one in found if one.key == "fat_fraction" and one.region == "left_multifidus"
    }
    assert by_slice == pytest.approx({None: 20, 4: 10, 5: 30})
    assert check_asymmetry(found).verdict is Verdict.LOOK


def test_what_was_left_out_and_what_the_picture_cuts_is_named():
    assert check_slices({}, 3).verdict is Verdict.GOOD
    left_out = check_slices({0: "the left psoas was not found", **dict.fromkeys(range(7, 20), "no")}, 5)
    assert left_out.verdict is Verdict.LOOK
    assert "14 of 19 slices" in left_out.reason
    assert "index 0, 7 to 19, counted" in left_out.reason
    assert "Left erector spinae (slices 3)" in check_edge({2: set(), 3: {3}}).reason
