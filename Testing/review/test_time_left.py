"""How long a run will still take, said from its own pace, and from the run before where it has none yet."""

import pytest

from quantseg.review.time_left import StepClock, time_in_words


@pytest.fixture
def a_clock():
    """Seconds that pass as a test says."""

    class Clock:
        now = 100.0

        def __call__(self):
            return self.now

        def wait(self, seconds):
            self.now += seconds

    return Clock()


def test_a_first_run_says_nothing_before_it_has_a_pace(a_clock):
    clock = StepClock(clock=a_clock)
    assert clock.seconds_left() is None
    clock.note("predict", None)
    a_clock.wait(10)
    assert clock.seconds_left() is None
    clock.note("predict", 0.25)
    assert clock.seconds_left() == pytest.approx(30)


def test_later_steps_are_expected_to_take_what_they_took_before(a_clock):
    clock = StepClock({"read": 2, "predict": 40, "check": 5, "write": 1}, a_clock)
    clock.note("read", None)
    a_clock.wait(2)
    clock.note("predict", None)
    a_clock.wait(10)
    assert clock.seconds_left() == pytest.approx(30 + 5 + 1)
    # Twice as slow as before.
    clock.note("predict", 0.125)
    assert clock.seconds_left() == pytest.approx(70 + 5 + 1)


def test_a_step_that_is_taken_again_adds_to_its_own_time(a_clock):
    clock = StepClock(clock=a_clock)
    for step in ("load model", "predict", "load model", "predict"):
        clock.note(step, None)
        a_clock.wait(3)
    clock.end()
    assert clock.seconds == {"load model": 6, "predict": 6}


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(3, "a few seconds"), (12, "about 10 s"), (44, "about 40 s"), (94, "about 90 s"), (100, "about 2 min")],
)
def test_time_is_said_as_people_estimate_it(seconds, words):
    assert time_in_words(seconds) == words
