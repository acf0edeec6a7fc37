"""A corrected heart: what is measured anew, what stays, what loses its interval."""

import dataclasses

import numpy as np
import pytest
from finished_hearts import build_heart
from heart_phantom import END_SYSTOLE, phantom_image, phantom_labels

from quantseg.errors import InputRefused
from quantseg.measure.values import Check, Verdict
from quantseg.tasks.heart.correcting import MeasuringChoices, corrected, drawn_by_hand
from quantseg.tasks.heart.end_slices import EndSlices, without_end_slices
from quantseg.tasks.heart.propagating import carry_labels
from quantseg.tasks.heart.short_axis import ShortAxisStack


@pytest.fixture(scope="module")
def heart():
    found = build_heart(phantom_labels()[[0, 3, END_SYSTOLE, 14]])
    checks = (*found.checks, Check("agreement", Verdict.LOOK, "The models agree on the heart with a Dice of 0.80."))
    return dataclasses.replace(found, checks=checks)


def value(result, key, region="left_ventricle"):
    return next(m.value for m in result.measurements if (m.key, m.region) == (key, region))


def test_nothing_edited_and_nothing_chosen_changes_nothing(heart):
    assert corrected(heart, heart.labels, {}) == heart.with_label_map(array=heart.labels)


def test_checks_of_labels_are_made_anew_and_those_of_the_models_say_that_they_are_old(heart):
    labels = heart.labels.copy()
    labels[2][labels[2] == 3] = 0
    found = corrected(heart, labels, {"lv_cavity": (2,)})
    by_key = {check.key: check for check in found.checks}
    assert by_key["agreement"].reason.startswith("Before the correction by hand: ")
    assert not by_key["curve"].reason.startswith("Before")
    assert "jumps in frame 3" in by_key["curve"].reason
    assert found.phases["ES"] != 2


def test_end_systole_that_was_corrected_strongly_stays_end_systole():
    labels = phantom_labels()
    found = build_heart(labels)
    smaller = labels.copy()
    for k in np.flatnonzero((labels[END_SYSTOLE] == 3).any(axis=(0, 1)))[2:-2]:
        smaller[END_SYSTOLE, ..., k][smaller[END_SYSTOLE, ..., k] == 3] = 2
    after = corrected(found, smaller, {"lv_cavity": (END_SYSTOLE,)})
    assert after.phases["ES"] == END_SYSTOLE
    assert value(after, "ejection_fraction") > value(found, "ejection_fraction") + 5
    assert after.curves.left_out == ()
    jumps = next(check for check in after.checks if check.key == "curve")
    assert f"jumps in frame {END_SYSTOLE + 1}" in jumps.reason
    # The same labels of a model's own making are not believed.
    assert corrected(found, smaller, {"rv_cavity": (0,)}).phases["ES"] != END_SYSTOLE


def test_a_structure_that_was_emptied_in_a_frame_asks_for_a_look(heart):
    labels = heart.labels.copy()
    labels[1][labels[1] == 1] = 0
    found = corrected(heart, labels, {"rv_cavity": (1, 2)})
    (emptied,) = [check for check in found.checks if check.key == "emptied"]
    assert "Right ventricular cavity in frame 2." in emptied.reason
    again = corrected(found, heart.labels, {"rv_cavity": (1,)})
    assert "emptied" not in [check.key for check in again.checks]


def test_everything_erased_fails_and_measures_nothing(heart):
    found = corrected(heart, np.zeros_like(heart.labels), {"lv_cavity": range(4)})
    assert found.verdict is Verdict.FAIL
    assert found.measurements == ()


def test_function_is_measured_with_the_patient_that_the_facts_name(heart):
    known = dataclasses.replace(
        heart, facts={**heart.facts, "height_cm": 180, "weight_kg": 80, "heart_rate_per_min": 60}
    )
    found = corrected(known, heart.labels, {"lv_cavity": (0,)})
    assert value(found, "body_surface_area", "patient") == 2
    assert value(found, "cardiac_output") == pytest.approx(value(found, "stroke_volume") * 60 / 1000)
    assert value(found, "stroke_volume_index") == pytest.approx(value(found, "stroke_volume") / 2)


def test_end_slices_are_those_of_base_and_apex_either_way_round():
    labels = phantom_labels()[[0]]
    for stored in (labels, labels[..., ::-1]):
        kept = without_end_slices(ShortAxisStack(stored, None), {0: EndSlices(base=2, apex=1)})
        shown = np.flatnonzero(labels[0].any(axis=(0, 1)))
        left = np.flatnonzero(kept[0].any(axis=(0, 1)))
        expected = shown[2:-1] if stored is labels else labels.shape[-1] - 1 - shown[2:-1][::-1]
        assert left.tolist() == expected.tolist()


def test_slices_left_out_are_gone_from_the_labels_of_the_result(heart):
    found = corrected(heart, heart.labels, {}, MeasuringChoices(left_out={0: EndSlices(base=1)}))
    assert (found.labels[0] > 0).sum() < (heart.labels[0] > 0).sum()
    assert np.array_equal(found.labels[1:], heart.labels[1:])
    assert all(m.interval is None for m in found.measurements)


def test_labels_drawn_by_hand_are_a_case_without_checks(heart):
    found = drawn_by_hand("mine", heart.scan, heart.labels)
    assert found.checks == ()
    assert found.edited_segments == ("rv_cavity", "lv_myocardium", "lv_cavity")
    assert value(found, "ejection_fraction") == pytest.approx(value(heart, "ejection_fraction"))
    with pytest.raises(InputRefused, match="go up to 4"):
        drawn_by_hand("mine", heart.scan, heart.labels + np.uint8(1))


def _dice(a, b, label):
    return 2 * ((a == label) & (b == label)).sum() / ((a == label).sum() + (b == label).sum())


def test_carried_labels_follow_the_heart_better_than_pasted_ones():
    labels, frames, slices = phantom_labels(), phantom_image(), (4, 5)
    carried = carry_labels(labels[3], frames, [3, 4, 5], slices)
    assert set(carried) == {4, 5}
    for frame, moved in carried.items():
        assert not moved[..., [k for k in range(13) if k not in slices]].any()
        for label in (1, 2, 3):
            truth, pasted = (stack[..., list(slices)] for stack in (labels[frame], labels[3]))
            assert _dice(moved[..., list(slices)], truth, label) > _dice(pasted, truth, label) + 0.02
            assert _dice(moved[..., list(slices)], truth, label) > 0.86


def test_slice_that_was_emptied_is_emptied_in_the_neighbours():
    labels = phantom_labels()[3].copy()
    labels[..., 4] = 0
    assert not carry_labels(labels, phantom_image()[:6], [3, 4], [4])[4].any()


_NOTE = "Whether the right ventricle reaches into slice 10 (apex) at end-diastole is in doubt."


def test_notes_on_what_the_models_measured_go_with_their_numbers(heart):
    told = dataclasses.replace(heart, notes=(_NOTE,))
    labels = heart.labels.copy()
    labels[0][labels[0] == 1] = 0

    assert corrected(told, labels, {}).notes == (_NOTE,)
    assert corrected(told, labels, {"rv_cavity": (0,)}).notes == ()
    assert corrected(told, heart.labels, {}, MeasuringChoices(left_out={0: EndSlices(base=1)})).notes == ()
