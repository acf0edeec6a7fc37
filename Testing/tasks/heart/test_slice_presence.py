"""A slice of which nobody knows whether it shows a ventricle is told, with what hangs on it."""

from dataclasses import asdict

import heart_phantom as made
import numpy as np
import pytest
from stacked_labels import short_axis_stack

from quantseg.measure.logistic import LogisticModel
from quantseg.measure.values import Interval
from quantseg.tasks.heart.anatomy import HeartLabel
from quantseg.tasks.heart.base_apex import base_apex_order
from quantseg.tasks.heart.coverage import StackEnd
from quantseg.tasks.heart.function import LEFT_VENTRICLE, RIGHT_VENTRICLE, ejection_fraction_percent
from quantseg.tasks.heart.phases import find_phases
from quantseg.tasks.heart.sightings import CAVITIES, Sight, frame_sightings
from quantseg.tasks.heart.slice_presence import PresenceModel, end_slices, read_presence
from quantseg.tasks.heart.volumes import volume_curves

_SURE, _HALF = 8.0, 0.0
_VALUES = np.array([0, 1, 2, 3])


@pytest.fixture
def stack(phantom):
    return short_axis_stack(phantom, made.phantom_affine())


def sightings_of(labels):
    """What members see who all hold these labels, and are sure of them."""
    found = []
    for frame in labels:
        member_labels = np.stack([frame, frame])
        probabilities = np.stack([member_labels == value for value in _VALUES], axis=1).astype(np.float32)
        found.append(frame_sightings(probabilities, member_labels, _VALUES, None))
    return np.stack(found)


def sure_but_of_the_left_base(in_doubt_at):
    """A made model: sure of every slice as it is drawn, but for the left ventricle's basal slice in some phases."""
    sure = LogisticModel(-_SURE, {"drawn": 2 * _SURE})
    at_systole = LogisticModel(-_SURE, {"drawn": 2 * _SURE, "systole": -_SURE})
    never = LogisticModel(-_SURE, {"drawn": _SURE})
    model = {"systole": at_systole, "both": never}[in_doubt_at]
    kinds = [f"{label.name.lower()}_{end.value}" for label in CAVITIES for end in StackEnd]
    models = dict.fromkeys(kinds, sure) | {"lv_cavity_base": model}
    return PresenceModel(models, dict.fromkeys(kinds, 0.6))


def judged(stack, model):
    curves = volume_curves(stack)
    phases = find_phases(curves.voxel_counts[HeartLabel.LV_CAVITY])
    doubtful = model.doubtful_ends(end_slices(stack, sightings_of(stack.labels), phases), curves, phases)
    narrow = {region: Interval(50.0, 50.0) for region in (LEFT_VENTRICLE, RIGHT_VENTRICLE)}
    return doubtful, model.widened(narrow, doubtful, curves, phases), curves, phases


def test_a_doubtful_basal_slice_at_end_systole_is_told_with_and_without(stack):
    (one,), intervals, curves, phases = judged(stack, sure_but_of_the_left_base("systole"))

    areas = stack.areas[HeartLabel.LV_CAVITY, phases.end_systole]
    basal = next(k for k in base_apex_order(stack).slices if areas[k])
    counts = curves.voxel_counts[HeartLabel.LV_CAVITY]
    ed, es = counts[phases.end_diastole], counts[phases.end_systole]
    expected = ejection_fraction_percent(ed, es - areas[basal]), ejection_fraction_percent(ed, es)
    assert one.probability == pytest.approx(0.5)
    assert one.matters
    assert one.ejection_fractions == pytest.approx(expected)
    assert one.volumes_ml[1] - one.volumes_ml[0] == pytest.approx(areas[basal] * stack.voxel_volume_ml)
    held = intervals[LEFT_VENTRICLE]
    assert held.low <= min(expected)
    assert held.high >= max(expected)
    assert intervals[RIGHT_VENTRICLE] == Interval(50.0, 50.0)
    assert "left ventricle reaches into slice" in one.in_words()
    assert "(base) at end-systole" in one.in_words()
    assert f"{expected[1]:.1f} or {expected[0]:.1f} %" in one.in_words()


def test_phases_in_doubt_together_change_together_too(stack):
    doubtful, intervals, curves, phases = judged(stack, sure_but_of_the_left_base("both"))

    assert [one.end_slice.phase for one in doubtful] == [0, 1]
    counts = [
        float(curves.voxel_counts[HeartLabel.LV_CAVITY][frame]) for frame in (phases.end_diastole, phases.end_systole)
    ]
    without_either = [count - one.end_slice.pixels for count, one in zip(counts, doubtful, strict=True)]
    held = intervals[LEFT_VENTRICLE]
    assert held.low <= ejection_fraction_percent(*without_either) <= held.high
    assert held.high == pytest.approx(ejection_fraction_percent(counts[0], without_either[1]))


def test_a_slice_beyond_the_outline_may_be_added(stack):
    model = sure_but_of_the_left_base("systole")
    beyond = LogisticModel(0.0, {"drawn": _SURE})
    model = PresenceModel({**model.models, "lv_cavity_base": beyond}, model.added_share)
    # The phantom fills its stack at the base: with one more slice there is a next one.
    wider = short_axis_stack(np.pad(stack.labels, ((0, 0), (0, 0), (0, 0), (1, 1))), made.phantom_affine())

    doubtful, _, curves, phases = judged(wider, model)

    assert doubtful
    assert not any(one.end_slice.drawn for one in doubtful)
    for one in doubtful:
        frame = (phases.end_diastole, phases.end_systole)[one.end_slice.phase]
        now = curves.voxel_counts[HeartLabel.LV_CAVITY][frame] * wider.voxel_volume_ml
        assert one.volumes_ml == pytest.approx((now, now + 0.6 * one.end_slice.pixels * wider.voxel_volume_ml))
        assert "it is not outlined" in one.in_words()


def test_nothing_hangs_on_a_ventricle_that_end_diastole_does_not_show(stack):
    labels = stack.labels.copy()
    end_diastole = find_phases(volume_curves(stack).voxel_counts[HeartLabel.LV_CAVITY]).end_diastole
    labels[end_diastole][labels[end_diastole] == HeartLabel.RV_CAVITY] = HeartLabel.BACKGROUND
    model = sure_but_of_the_left_base("systole")
    unsure = dict.fromkeys(model.models, LogisticModel(0.0, {}))

    doubtful, _, _, _ = judged(
        short_axis_stack(labels, made.phantom_affine()), PresenceModel(unsure, model.added_share)
    )

    assert {one.region for one in doubtful} == {LEFT_VENTRICLE}


def test_only_the_witness_tells_what_a_slice_shows():
    frame = np.zeros((4, 4, 2), np.uint8)
    frame[1:3, 1:3, 0] = HeartLabel.LV_CAVITY
    members = np.stack([frame, np.zeros_like(frame)])
    probabilities = np.stack([members == value for value in _VALUES], axis=1).astype(np.float32)

    both = frame_sightings(probabilities, members, _VALUES, None)
    alone = frame_sightings(probabilities, members, _VALUES, 1)

    assert both[0, 0, Sight.EXPECTED_PIXELS] == 2.0
    assert both[1, 0, Sight.EXPECTED_PIXELS] == 0.0
    assert not alone.any()


def test_the_model_survives_its_file():
    model = sure_but_of_the_left_base("both")
    assert read_presence(asdict(model)) == model


def test_no_interval_is_said_to_hold_a_doubtful_slice_where_none_is_given(stack):
    (one,), _, _, _ = judged(stack, sure_but_of_the_left_base("systole"))

    assert one.in_words().endswith("%; the interval holds both.")
    assert one.in_words(with_interval=False).endswith(" %.")
    assert "interval" not in one.in_words(with_interval=False)
