"""Labels of lumbar muscles that a person has changed or drawn: what is measured and judged anew, and what is not."""

import dataclasses
import json

import numpy as np
import pytest
from finished_cases import stored_as
from finished_muscles import build_muscles, muscle_images, muscle_labels

from quantseg.errors import InputRefused, UsageError
from quantseg.measure.values import Verdict
from quantseg.reading.roles import RoleImages
from quantseg.results.writing import write_case
from quantseg.tasks.lumbar_muscle.channels import Muscle, Side, label_of
from quantseg.tasks.lumbar_muscle.correcting import corrected, drawn_by_hand
from quantseg.tasks.lumbar_muscle.review.corrector import LumbarMuscleCorrector
from quantseg.tasks.lumbar_muscle.review.training_data import export_training_slices
from quantseg.tasks.lumbar_muscle.task import TASK

_MULTIFIDUS = label_of(Muscle.MULTIFIDUS, Side.LEFT)
_KEY = "left_multifidus"


@pytest.fixture(scope="module")
def muscles():
    return build_muscles()


def values(result):
    return {(one.key, one.region): one.value for one in result.measurements if one.slice_index is None}


def by_slice(result, key="area"):
    return {
        one.slice_index: one.value
        for one in result.measurements
        if (one.key, one.region) == (key, _KEY) and one.slice_index is not None
    }


def reasons(result):
    return {one.key: one for one in result.checks}


def without_rows(labels, rows=2, value=_MULTIFIDUS):
    """Labels without the hindmost rows of a muscle, in every slice."""
    changed = labels.copy()
    changed[:, 10 : 10 + rows][changed[:, 10 : 10 + rows] == value] = 0
    return changed


def test_nothing_edited_changes_nothing(muscles):
    found = corrected(muscles, muscles.labels, ())
    assert found.measurements == muscles.measurements
    assert found.checks == muscles.checks


def test_a_stroke_changes_area_lean_area_and_asymmetry_of_its_muscle_alone(muscles):
    before = values(muscles)
    after = values(corrected(muscles, without_rows(muscles.labels), (_KEY,)))
    assert after["area", _KEY] == pytest.approx(before["area", _KEY] * 6 / 8)
    assert after["lean_area", _KEY] == pytest.approx(0.7 * after["area", _KEY], rel=1e-5)
    assert after["area_asymmetry", "multifidus"] == pytest.approx(200 * (6 - 8) / 14)
    changed = {("area", _KEY), ("lean_area", _KEY), ("area_asymmetry", "multifidus")}
    assert {what: after[what] for what in before if what not in changed} == pytest.approx(
        {what: value for what, value in before.items() if what not in changed}, rel=1e-5
    )


def test_fat_is_that_of_the_map_within_the_new_outline(muscles):
    labels = muscles.labels.copy()
    # Three rows of the fat behind the muscle, 90 %, beside eight of its own, 30 %.
    labels[30:38, 7:10] = _MULTIFIDUS
    after = values(corrected(muscles, labels, (_KEY,)))
    assert after["fat_fraction", _KEY] == pytest.approx((8 * 30 + 3 * 90) / 11, abs=1e-3)
    assert after["fat_fraction_p90", _KEY] == pytest.approx(90, abs=1e-3)


def test_a_slice_in_which_somebody_drew_where_nothing_was_looked_at_has_an_area_and_no_fat():
    result = build_muscles(slices=(0, 1))
    labels = result.labels.copy()
    labels[..., 2] = muscle_labels()[..., 2]
    after = corrected(result, labels, (_KEY,))
    assert set(by_slice(after)) == {0, 1, 2}
    assert set(by_slice(after, "fat_fraction")) == {0, 1}
    assert "in slices 2 it is unknown" in reasons(after)["fat_source"].reason
    assert after.facts["slices_measured"] == 3


def test_slices_keep_the_numbers_by_which_the_engine_called_them_whatever_order_the_scene_has(muscles):
    affine = muscles.volume.affine
    order = np.array([[0, 1], [1, 1], [2, -1]])
    turned = {}
    for key, array in (("image", muscles.volume.array), ("labels", muscles.labels), ("map", muscles.outputs[1].array)):
        turned[key], turned_affine = stored_as(array, affine, order)
    scan = dataclasses.replace(muscles.scan, volume=type(muscles.volume)(turned["image"], turned_affine))
    images = dataclasses.replace(muscles.outputs[1], array=turned["map"])
    upside_down = dataclasses.replace(
        muscles.with_label_map(array=turned["labels"]),
        scan=scan,
        further_scans={},
        outputs=(muscles.outputs[0], images),
    )
    lowest = muscles.labels.copy()
    lowest[:, 10:12, 0][lowest[:, 10:12, 0] == _MULTIFIDUS] = 0
    found = corrected(upside_down, stored_as(lowest, affine, order)[0], (_KEY,))
    assert by_slice(found) == by_slice(corrected(muscles, lowest, (_KEY,)))
    assert by_slice(found)[0] < by_slice(found)[2]


def test_the_muscle_index_follows_a_height_that_is_told_after_the_run(muscles):
    told = dataclasses.replace(muscles, facts={**muscles.facts, "height_m": 1.6})
    for edited in ((), (_KEY,)):
        found = values(corrected(told, muscles.labels, edited))
        areas = sum(
            found["area", f"{side}_{muscle}"]
            for side in ("left", "right")
            for muscle in ("psoas", "erector_spinae", "multifidus")
        )
        assert found["muscle_index", "paraspinal"] == pytest.approx(areas / 100 / 1.6**2)
    untold = corrected(build_muscles(height_m=1.6), muscles.labels, ())
    assert ("muscle_index", "psoas") in values(untold)
    forgotten = dataclasses.replace(untold, facts={key: f for key, f in untold.facts.items() if key != "height_m"})
    assert ("muscle_index", "psoas") not in values(corrected(forgotten, muscles.labels, ()))


def test_what_was_judged_by_the_network_says_so_and_what_numbers_tell_is_judged_anew(muscles):
    labels = without_rows(muscles.labels, 6)
    labels[0, 0] = label_of(Muscle.PSOAS, Side.LEFT)
    found = reasons(corrected(muscles, labels, (_KEY, "left_psoas")))
    assert found["confidence"].reason.startswith("Before the correction")
    assert found["cross_section"].reason.startswith("Before the correction")
    assert found["evidence"] == reasons(muscles)["evidence"]
    assert found["field_of_view"].verdict is found["asymmetry"].verdict is Verdict.LOOK
    assert "multifidus" in found["asymmetry"].reason


def test_a_stroke_with_the_other_sides_segment_is_told(muscles):
    assert reasons(corrected(muscles, without_rows(muscles.labels), (_KEY,)))["sides"].verdict is Verdict.GOOD
    labels = muscles.labels.copy()
    labels[52:57, 21:26, 1] = label_of(Muscle.ERECTOR_SPINAE, Side.LEFT)
    found = reasons(corrected(muscles, labels, ("left_erector_spinae",)))["sides"]
    assert found.verdict is Verdict.LOOK
    assert "Left erector spinae (slices 1)" in found.reason


def test_an_emptied_muscle_is_told_and_nothing_left_has_no_numbers(muscles):
    emptied = without_rows(muscles.labels, 8)
    assert "Left multifidus" in reasons(corrected(muscles, emptied, (_KEY,)))["emptied"].reason
    nothing = corrected(muscles, np.zeros_like(muscles.labels), tuple(one.key for one in muscles.segments))
    assert nothing.measurements == ()
    assert TASK.presenter.present(nothing).sections


@pytest.mark.parametrize("exchanged", [False, True], ids=["as they are", "exchanged"])
def test_labels_that_somebody_drew_are_measured_by_water_and_fat(muscles, exchanged):
    images = muscle_images()
    if exchanged:
        first, second = (dataclasses.replace(images.scans[one]) for one in ("fat", "mri"))
        images = RoleImages({"mri": first, "fat": second}, images.person)
    found = values(drawn_by_hand("drawn", images, muscle_labels()))
    assert found == pytest.approx(values(muscles), rel=1e-5)


def test_labels_drawn_on_one_image_have_fat_by_threshold_or_none():
    water = RoleImages({"mri": muscle_images().first}, muscle_images().person)
    assert not any(key.startswith("fat") for key, _ in values(drawn_by_hand("drawn", water, muscle_labels())))
    fat = RoleImages({"mri": muscle_images().scans["fat"]}, muscle_images().person)
    found = drawn_by_hand("drawn", fat, muscle_labels())
    assert found.facts["fat_source"] == "threshold"
    assert ("fat_fraction", _KEY) in values(found)


def test_drawn_labels_that_stand_for_nothing_are_refused():
    with pytest.raises(InputRefused, match="go up to 9"):
        drawn_by_hand("drawn", muscle_images(), np.full((80, 60, 3), 9, np.uint8))


def test_what_was_written_is_read_back_and_corrected_as_if_it_had_never_left(muscles, tmp_path):
    corrector, images = LumbarMuscleCorrector(), muscle_images()
    folder = write_case(muscles, tmp_path, TASK.presenter, report=False).folder
    read = corrector.result_of(images, corrector.read_written(folder))
    labels = without_rows(muscles.labels)
    again = corrector.measured(read, labels, read.labels)
    assert again.edited_segments == (_KEY,)
    assert values(again) == pytest.approx(values(corrected(muscles, labels, (_KEY,))))
    written = write_case(again, tmp_path / "again", TASK.presenter, report=False).folder
    document = json.loads((written / "measurements.json").read_text(encoding="utf-8"))
    assert list(document["inputs"]) == ["fat"]
    assert "fat_fraction.nii.gz" in document["files"]


def test_there_is_nothing_to_learn_from_no_case(tmp_path):
    with pytest.raises(UsageError, match="correct or approve"):
        export_training_slices([], tmp_path)
