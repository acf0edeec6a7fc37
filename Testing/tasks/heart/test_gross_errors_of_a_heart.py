"""A gross error by hand never makes the verdict of a heart better, whichever of the two phases it is drawn in."""

import dataclasses

import numpy as np
import pytest
from finished_hearts import build_heart
from heart_phantom import END_SYSTOLE, phantom_labels

from quantseg.measure.corrected_checks import is_grey
from quantseg.measure.values import Check, Verdict
from quantseg.tasks.heart.correcting import corrected

_DICE = Check("expected_dice", Verdict.GOOD, "An expert's outline is expected to agree with a mean Dice of 0.91.")
_ALL = ("rv_cavity", "lv_myocardium", "lv_cavity")


@pytest.fixture(scope="module")
def heart():
    return dataclasses.replace(build_heart(phantom_labels()[[0, 3, END_SYSTOLE, 14]]), checks=(_DICE,))


def _ventricles_exchanged(frame):
    frame[:] = np.array([0, 3, 2, 1], np.uint8)[frame]


def _cavity_grown_into_a_block(frame):
    frame[20:60, 20:60, 4:7] = 3


def _muscle_erased(frame):
    frame[frame == 2] = 0


def _drawn_to_the_edge(frame):
    frame[:, 30:34, 5] = 3


def _a_second_piece(frame):
    frame[2:14, 2:14, 3:9] = 3


def _a_slice_lost_in_the_middle(frame):
    frame[..., 5] = 0


@pytest.mark.parametrize(
    "error",
    [
        _ventricles_exchanged,
        _cavity_grown_into_a_block,
        _muscle_erased,
        _drawn_to_the_edge,
        _a_second_piece,
        _a_slice_lost_in_the_middle,
    ],
)
@pytest.mark.parametrize("place", [0, 2], ids=["end-diastole", "end-systole"])
def test_a_gross_error_is_named(heart, error, place):
    labels = heart.labels.copy()
    error(labels[place])
    found = corrected(heart, labels, dict.fromkeys(_ALL, (place,)))
    assert found.verdict is not Verdict.GOOD, [check.reason for check in found.checks]


def test_labels_that_stay_good_are_grey_by_what_only_the_models_knew(heart):
    labels = heart.labels.copy()
    labels[0, 0, 0, 0] = 0
    found = corrected(heart, labels, {"lv_cavity": (0,)})
    by_key = {check.key: check for check in found.checks}
    assert by_key["expected_dice"].reason.startswith("Before the correction by hand: ")
    assert found.verdict is not Verdict.GOOD or is_grey(found.checks)
