"""The queue alone: one run after the other, with stand-ins for runs and jobs that end when a test says so."""

import pytest

from quantseg.errors import QuantSegError


class StandInRun:
    """A run that goes on until it is told to end."""

    def __init__(self, written=None, reason=""):
        self.written, self.reason = written, reason
        self.is_running, self.step, self.was_cancelled = True, "Segmenting", False

    def result(self, _read):
        if self.reason:
            raise QuantSegError(self.reason)
        return self.written

    def cancel(self):
        self.is_running, self.was_cancelled = False, True

    def close(self):
        self.is_running = False


class StandInJob:
    def __init__(self, name, refusal=""):
        self.name, self.refusal, self.ended = name, refusal, 0
        self.run = StandInRun()

    def start(self):
        if self.refusal:
            raise QuantSegError(self.refusal)
        return self.run

    def take(self, run):
        return run.result(None) or "Good"

    def end(self):
        self.ended += 1


@pytest.fixture
def a_queue(application):
    assert application is not None
    from QuantSegLib.runQueue import RunQueue

    return RunQueue(lambda: None)


def states(queue):
    return [item.state.value for item in queue.items]


def test_one_runs_at_a_time_in_order(a_queue):
    jobs = [StandInJob(name) for name in "abc"]
    a_queue.add(jobs)
    for done in range(3):
        a_queue.poll()
        assert states(a_queue) == ["done"] * done + ["running"] + ["waiting"] * (2 - done)
        jobs[done].run.is_running = False
    a_queue.poll()
    assert states(a_queue) == ["done"] * 3
    assert not a_queue.isActive
    assert [job.ended for job in jobs] == [1, 1, 1]


def test_it_is_said_that_an_image_is_read_before_it_is_and_no_longer(application):
    assert application is not None
    from QuantSegLib.runQueue import RunQueue

    said = []
    queue = RunQueue(lambda: said.append([item.words for item in queue.items]))
    job = StandInJob("a")
    start = job.start
    job.start = lambda: said.append("read") or start()
    queue.add([job])
    queue.poll()
    assert said[-3:] == [["reading the image"], "read", [""]]
    queue.cancelAll()


def test_one_that_fails_says_why_and_does_not_hold_up_the_rest(a_queue):
    jobs = [StandInJob("a", "it is CT"), StandInJob("b"), StandInJob("c")]
    a_queue.add(jobs)
    a_queue.poll()
    assert states(a_queue) == ["failed", "running", "waiting"]
    assert a_queue.items[0].words == "it is CT"
    jobs[1].run.reason, jobs[1].run.is_running = "no hippocampus was found", False
    a_queue.poll()
    assert states(a_queue) == ["failed", "failed", "running"]
    assert a_queue.items[1].words == "no hippocampus was found"
    assert [job.ended for job in jobs] == [1, 1, 0]


def test_one_is_cancelled_waiting_or_running_and_the_rest_goes_on(a_queue):
    jobs = [StandInJob(name) for name in "abc"]
    a_queue.add(jobs)
    a_queue.poll()
    a_queue.cancel(a_queue.items[1])
    assert states(a_queue) == ["running", "cancelled", "waiting"]
    a_queue.cancel(a_queue.items[0])
    assert jobs[0].run.was_cancelled
    assert jobs[0].ended == 1
    a_queue.poll()
    assert states(a_queue) == ["cancelled", "cancelled", "running"]


def test_all_are_cancelled_and_nothing_is_started_in_between(a_queue):
    jobs = [StandInJob(name) for name in "abc"]
    a_queue.add(jobs)
    a_queue.poll()
    a_queue.cancelAll()
    assert states(a_queue) == ["cancelled"] * 3
    assert [job.run.was_cancelled for job in jobs] == [True, False, False]
    a_queue.poll()
    assert states(a_queue) == ["cancelled"] * 3
