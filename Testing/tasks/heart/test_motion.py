"""A cine in which nothing moves is a failure that says so, and a beating heart is none."""

import re

import numpy as np
import pytest
from heart_phantom import END_SYSTOLE, phantom_affine, phantom_image

from quantseg.measure.values import Verdict
from quantseg.tasks.heart import motion
from quantseg.tasks.heart.motion import LEAST_CHANGE, check_motion, heart_change
from quantseg.tasks.heart.phases import Phases, find_phases
from quantseg.tasks.heart.short_axis import ShortAxisStack


@pytest.fixture(scope="module")
def image():
    return phantom_image().astype(np.float32)


def _stack(labels):
    return ShortAxisStack(np.asarray(labels), phantom_affine())


def _still(image, kind):
    """End-diastole again and again: as it is, with the scanner's noise, or as a contrast agent passes."""
    frame, random = image[0], np.random.default_rng(1)
    if kind == "one frame repeated":
        return np.stack([frame] * 6)
    if kind == "repeated with noise":
        return np.stack([frame + random.normal(0, 4, frame.shape) for _ in range(6)])
    brightening = np.linspace(0.8, 1.2, 6)
    return np.stack([np.where(frame > 140, frame * factor, frame) for factor in brightening])


@pytest.mark.parametrize("kind", ["one frame repeated", "repeated with noise", "perfusion"])
def test_still_frames_with_the_same_outline_fail(image, phantom, kind):
    stack = _stack([phantom[0]] * 6)
    phases = find_phases(np.count_nonzero(stack.labels == 3, axis=(1, 2, 3)))
    (check,) = check_motion(_still(image, kind), stack, phases)
    assert check.verdict is Verdict.FAIL
    assert "The heart does not move: the left ventricle ejects 0.0 %" in check.reason


@pytest.mark.parametrize("kind", ["one frame repeated", "repeated with noise"])
def test_still_frames_fail_although_the_outlines_differ(image, phantom, kind):
    stack = _stack([phantom[0], phantom[0], phantom[0], phantom[END_SYSTOLE], phantom[0], phantom[0]])
    (check,) = check_motion(_still(image, kind), stack, Phases(0, 3))
    assert check.verdict is Verdict.FAIL
    assert "the heart does not move" in check.reason


def _first_pass(frame, labels, peak):
    """A saturated image of a still heart in which contrast passes through the right, then the left blood, then muscle.

    Times are heart beats; the chest wall stays as it is.
    """
    beats = np.arange(40)

    def passing(start, height):
        since = np.clip(beats - start, 0, None) / 6.0
        return 1 + (height - 1) * (since * np.exp(1 - since) * 0.8 + 0.2 * (since > 1))

    curves = {1: passing(5, peak), 3: passing(9, peak), 2: passing(13, 1 + (peak - 1) / 3)}
    frames = np.stack([frame * 0.3] * len(beats))
    for label, curve in curves.items():
        frames[:, labels == label] = 0.3 * np.outer(
            curve, frame[labels == label].mean() * np.ones((labels == label).sum())
        )
    frames[:, labels == 0] = frame[labels == 0] * 0.6
    return frames + np.random.default_rng(2).normal(0, 1, frames.shape)


@pytest.mark.parametrize("peak", [4.0, 8.0])
@pytest.mark.parametrize("outlines", ["beating", "still"])
@pytest.mark.parametrize("ventricles", ["both", "left"])
def test_a_contrast_agent_that_passes_fails_whatever_the_outlines(image, phantom, peak, outlines, ventricles):
    frames = _first_pass(image[0], phantom[0], peak)
    turns = np.arange(40) % len(phantom)
    labels = np.array(phantom)[turns if outlines == "beating" else 0 * turns]
    if ventricles == "left":
        labels = np.where(labels == 1, 0, labels)
    (check,) = check_motion(frames, _stack(labels), Phases(0, END_SYSTOLE))
    assert check.verdict is Verdict.FAIL
    assert "as where a contrast agent passes: this seems to be perfusion" in check.reason


@pytest.mark.parametrize("first", [0.4, 3.0])
def test_a_first_frame_before_the_steady_state_is_no_contrast_agent(image, phantom, first):
    order = [0, *range(len(image))]
    frames, labels = image[order], np.array(phantom)[order]
    frames[0] = np.where(phantom[0] > 0, image[0] * first, image[0])
    (check,) = check_motion(frames, _stack(labels), Phases(1, END_SYSTOLE + 1))
    assert check.verdict is Verdict.GOOD, check.reason


def test_what_just_fails_does_not_read_like_its_limit(image, phantom):
    almost = np.array(phantom[0])
    cavity = np.flatnonzero(almost == 3)
    almost.flat[cavity[: int(0.0497 * len(cavity))]] = 2
    (check,) = check_motion(image[[0, END_SYSTOLE]], _stack([phantom[0], almost]), Phases(0, 1))
    ejected, least = re.findall(r"\d+\.?\d*", check.reason)
    assert check.verdict is Verdict.FAIL
    assert float(ejected) < float(least)


def test_a_change_just_below_its_limit_does_not_read_like_it(image, phantom, monkeypatch):
    change = heart_change(image[0], image[END_SYSTOLE], np.any(phantom[[0, END_SYSTOLE]] > 0, axis=0), (1.8, 1.8))
    monkeypatch.setattr(motion, "LEAST_CHANGE", change + 0.004)
    (check,) = check_motion(image, _stack(phantom), Phases(0, END_SYSTOLE))
    found, least = re.findall(r"\d+\.\d+", check.reason)
    assert check.verdict is Verdict.FAIL
    assert float(found) < float(least)


def test_a_beating_heart_passes(image, phantom):
    (check,) = check_motion(image, _stack(phantom), Phases(0, END_SYSTOLE))
    assert check.verdict is Verdict.GOOD, check.reason


@pytest.mark.parametrize(("gain", "offset"), [(1.0, 0.0), (0.3, 50.0), (7.0, -20.0)])
def test_another_scale_in_one_frame_is_no_motion(image, phantom, gain, offset):
    heart = phantom[0] > 0
    noisy = image[0] + np.random.default_rng(1).normal(0, 4, image[0].shape)
    assert heart_change(image[0], gain * noisy + offset, heart, (1.8, 1.8)) < LEAST_CHANGE
    moved = gain * image[END_SYSTOLE] + offset
    assert heart_change(image[0], moved, heart, (1.8, 1.8)) > 2 * LEAST_CHANGE


def test_nothing_is_said_of_a_single_frame_and_of_surroundings_that_show_nothing(image, phantom):
    assert check_motion(image[:1], _stack(phantom[:1]), Phases(0, 0)) == ()
    blank = np.where(phantom > 0, image, 0)
    assert check_motion(blank, _stack(phantom), Phases(0, END_SYSTOLE)) == ()


def test_surroundings_that_stay_as_they_are_make_no_infinite_change(image, phantom):
    frames = np.where(np.any(phantom > 0, axis=0), image, image[0])
    (check,) = check_motion(frames, _stack(phantom), Phases(0, END_SYSTOLE))
    assert check.verdict is Verdict.GOOD
    assert "nowhere around it" in check.reason


def test_a_ventricle_found_in_one_frame_alone_is_not_said_to_stand_still(image, phantom):
    stack = _stack([np.zeros_like(phantom[0]), phantom[END_SYSTOLE]])
    (check,) = check_motion(image[[0, END_SYSTOLE]], stack, Phases(1, 1))
    assert check.verdict is Verdict.FAIL
    assert "was found in frame 2 (counted from 1) alone" in check.reason


def test_exchanged_phases_are_not_said_to_stand_still(image, phantom):
    stack = _stack([phantom[END_SYSTOLE], phantom[0]])
    (check,) = check_motion(image[[END_SYSTOLE, 0]], stack, Phases(0, 1, given=True))
    assert check.verdict is Verdict.GOOD
    assert "does not move" not in check.reason
