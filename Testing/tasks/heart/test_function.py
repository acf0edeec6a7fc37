"""Volumes, ejection fraction and mass are those that the phantom was made with, however it is stored."""

import itertools

import heart_phantom as made
import numpy as np
import pytest
from nibabel import orientations
from stacked_labels import short_axis_stack

from quantseg.measure.values import Interval
from quantseg.tasks.heart.anatomy import HeartLabel
from quantseg.tasks.heart.function import Patient, measure_function, measure_single_frame
from quantseg.tasks.heart.phases import find_phases
from quantseg.tasks.heart.volumes import volume_curves

_WITHIN = 0.02


def by_key(measurements):
    return {(m.key, m.region): m for m in measurements}


def function_of(labels, affine, patient=None, **options):
    curves = volume_curves(short_axis_stack(labels, affine))
    phases = find_phases(curves.voxel_counts[HeartLabel.LV_CAVITY])
    return by_key(measure_function(curves, phases, patient or Patient(), **options))


@pytest.mark.parametrize(
    ("key", "region", "value", "unit"),
    [
        ("end_diastolic_volume", "left_ventricle", made.LV_EDV_ML, "ml"),
        ("end_systolic_volume", "left_ventricle", made.LV_ESV_ML, "ml"),
        ("stroke_volume", "left_ventricle", made.LV_EDV_ML - made.LV_ESV_ML, "ml"),
        ("ejection_fraction", "left_ventricle", 100 * (1 - made.LV_ESV_ML / made.LV_EDV_ML), "%"),
        ("mass", "left_ventricle", made.MASS_G, "g"),
        ("end_diastolic_volume", "right_ventricle", made.RV_EDV_ML, "ml"),
        ("end_systolic_volume", "right_ventricle", made.RV_ESV_ML, "ml"),
        ("ejection_fraction", "right_ventricle", 100 * (1 - made.RV_ESV_ML / made.RV_EDV_ML), "%"),
    ],
)
def test_numbers_are_the_phantoms_within_two_percent(phantom, key, region, value, unit):
    found = function_of(phantom, made.phantom_affine())[key, region]
    assert found.value == pytest.approx(value, rel=_WITHIN)
    assert found.unit == unit
    assert "papillary" in found.protocol


def test_muscle_keeps_its_volume_over_the_whole_cycle(stack):
    assert volume_curves(stack).volumes_ml(HeartLabel.LV_MYOCARDIUM) == pytest.approx(made.MUSCLE_ML, rel=_WITHIN)


def test_storage_does_not_change_the_ejection_fraction(phantom):
    """Any axis order and direction with the affine that belongs to it, and frames in any order."""
    affine = made.phantom_affine()
    expected = function_of(phantom, affine)
    frames = np.moveaxis(phantom[::3], 0, -1)
    for permutation in itertools.permutations(range(3)):
        for flips in ((1, 1, 1), (-1, 1, -1)):
            order = np.column_stack([permutation, flips])
            stored = np.moveaxis(orientations.apply_orientation(frames, order), -1, 0)
            its_affine = affine @ orientations.inv_ornt_aff(order, frames.shape[:3])
            found, same = function_of(stored, its_affine), function_of(phantom[::3], affine)
            for region in ("left_ventricle", "right_ventricle"):
                assert found["ejection_fraction", region].value == same["ejection_fraction", region].value
                volume = found["end_diastolic_volume", region].value
                assert volume == pytest.approx(same["end_diastolic_volume", region].value, rel=1e-9)
    shuffled = np.random.default_rng(5).permutation(len(phantom))
    for changed in (phantom[::-1], phantom[shuffled], phantom[..., ::-1]):
        found = function_of(changed, affine)
        assert found["ejection_fraction", "left_ventricle"] == expected["ejection_fraction", "left_ventricle"]
        assert found["ejection_fraction", "right_ventricle"] == expected["ejection_fraction", "right_ventricle"]


def test_unknown_spacing_leaves_only_ratios(phantom):
    found = function_of(phantom, None, Patient(180, 75, 70))
    assert {key for key, _ in found} == {"body_surface_area", "ejection_fraction"}
    expected = function_of(phantom, made.phantom_affine())["ejection_fraction", "left_ventricle"]
    assert found["ejection_fraction", "left_ventricle"].value == expected.value


def test_body_surface_and_heart_rate_give_indexed_values_and_output(phantom):
    found = function_of(phantom, made.phantom_affine(), Patient(180, 80, 60))
    assert found["body_surface_area", "patient"].value == pytest.approx(2.0)
    stroke = found["stroke_volume", "left_ventricle"]
    assert found["cardiac_output", "left_ventricle"].value == pytest.approx(stroke.value * 0.06)
    index = found["stroke_volume_index", "left_ventricle"]
    assert (index.value, index.unit) == (pytest.approx(stroke.value / 2), "ml/m2")
    assert "Mosteller" in index.protocol
    assert ("ejection_fraction_index", "left_ventricle") not in found
    assert ("mass", "right_ventricle") not in found


def test_interval_stands_beside_its_ejection_fraction(phantom):
    intervals = {"left_ventricle": Interval(55.0, 65.0)}
    found = function_of(phantom, made.phantom_affine(), ejection_fraction_intervals=intervals)
    assert found["ejection_fraction", "left_ventricle"].interval == Interval(55.0, 65.0)
    assert found["ejection_fraction", "right_ventricle"].interval is None


def test_rates_need_times_and_follow_the_curve(phantom):
    affine, times_ms = made.phantom_affine(), made.frame_times_ms()
    assert ("peak_ejection_rate", "left_ventricle") not in function_of(phantom, affine)
    found = function_of(phantom, affine, frame_times_ms=times_ms)
    # The phantom's curve falls by 31 % of the stroke volume in 7 % of the cycle at its steepest; a parabola through
    # five frames of 45 ms cannot follow it entirely.
    steepest_ml_s = 0.31 * (made.LV_EDV_ML - made.LV_ESV_ML) / (0.07 * made.CYCLE_MS / 1000)
    ejection = found["peak_ejection_rate", "left_ventricle"]
    assert ejection.value == pytest.approx(steepest_ml_s, rel=0.15)
    assert ejection.unit == "ml/s"
    relative = found["peak_ejection_rate_per_end_diastolic_volume", "left_ventricle"].value
    diastolic_ml = found["end_diastolic_volume", "left_ventricle"].value
    assert relative == pytest.approx(ejection.value / diastolic_ml)
    assert found["peak_filling_rate", "left_ventricle"].value > 0
    order = np.random.default_rng(1).permutation(len(phantom))
    mixed = function_of(phantom[order], affine, frame_times_ms=[times_ms[n] for n in order])
    assert mixed["peak_ejection_rate", "left_ventricle"].value == pytest.approx(ejection.value)


def test_empty_right_ventricle_is_left_out_and_a_single_frame_has_volumes_only(phantom):
    without = np.where(phantom == HeartLabel.RV_CAVITY, 0, phantom)
    assert {region for _, region in function_of(without, made.phantom_affine())} == {"left_ventricle"}
    curves = volume_curves(short_axis_stack(phantom[0], made.phantom_affine()))
    volumes = {m.region: m.value for m in measure_single_frame(curves)}
    assert volumes["lv_cavity"] == pytest.approx(made.LV_EDV_ML, rel=_WITHIN)
    assert measure_single_frame(volume_curves(short_axis_stack(phantom[0], None))) == ()


def test_what_was_not_found_in_a_single_frame_has_no_volume(phantom):
    left_alone = np.where(phantom[0] == HeartLabel.RV_CAVITY, 0, phantom[0])
    measured = measure_single_frame(volume_curves(short_axis_stack(left_alone, made.phantom_affine())))
    assert {one.region for one in measured} == {"lv_cavity", "lv_myocardium"}
