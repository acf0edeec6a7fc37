"""The queue: what is put in is done once, whoever dies, and nothing of it is lost."""

import dataclasses

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import SQLAlchemyError

from quantseg.errors import QuantSegError, UsageError
from quantseg.jobs.database import JOBS, begin_to_write, in_short, open_database
from quantseg.jobs.job import LeaseLost, NewJob, Step, pause_seconds
from quantseg.jobs.store import JobStore

_OPEN = [step for step in Step if not step.is_end]


def _take(store, owner="one", lease_seconds=10.0, kinds=("work",)):
    return store.take(owner, lease_seconds, kinds, _OPEN)


def test_a_job_goes_from_step_to_step_and_its_history_is_kept(place):
    store = JobStore.open(place)
    store.put([NewJob("work", "a", data={"n": 1})])
    job = _take(store)
    job = store.advance(job, Step.FETCHED, seconds=1.5, keep=True)
    job = store.advance(job, Step.STORED, data={"n": 2}, reason="all there")
    assert (job.step, job.owner, job.reason, job.data) == (Step.STORED, None, "all there", {"n": 2})
    assert [(one.step, one.seconds) for one in store.history(job)] == [(Step.FETCHED, 1.5), (Step.STORED, 0.0)]
    assert _take(store) is None
    # Another process sees the same.
    assert JobStore.open(place).jobs() == [job]
    assert store.counts() == {("work", Step.STORED, False): 1}
    store.close()


def test_the_same_kind_subject_and_content_is_put_in_once(place):
    store = JobStore.open(place)
    for _ in range(2):
        store.put([NewJob("work", "a", "c1"), NewJob("work", "a", "c1"), NewJob("work", "b", "c1")], {"last": "7"})
    assert len(store.jobs()) == 2
    assert store.mark("last") == "7"
    assert store.mark("never set") is None
    store.close()


def test_a_job_in_hand_is_taken_by_nobody_else_until_its_lease_has_run_out(store, clock):
    store.put([NewJob("work", "a")])
    first = _take(store)
    assert _take(store, "two") is None
    clock.now += 9
    assert store.renew([first], 10) == {first.number}
    clock.now += 9
    assert store.holds(first)
    assert _take(store, "two") is None
    clock.now += 2
    assert not store.holds(first)
    second = _take(store, "two")
    assert second.number == first.number
    with pytest.raises(LeaseLost):
        store.advance(first, Step.FETCHED)
    with pytest.raises(LeaseLost):
        store.postpone(first, "too late", 1)
    assert store.renew([first, second], 10) == {second.number}
    assert store.advance(second, Step.STORED).step is Step.STORED


def test_a_lease_that_ran_out_is_lost_even_if_nobody_took_the_job(store, clock):
    store.put([NewJob("work", "a")])
    first = _take(store)
    clock.now += 11
    with pytest.raises(LeaseLost):
        store.advance(first, Step.FETCHED)


def test_the_same_owner_that_takes_a_job_again_holds_it_by_the_new_token_alone(store, clock):
    store.put([NewJob("work", "a")])
    first = _take(store)
    clock.now += 11
    second = _take(store)
    with pytest.raises(LeaseLost):
        store.advance(first, Step.FETCHED)
    assert store.holds(second)


def test_no_two_jobs_of_a_kind_about_one_subject_are_in_hand(place):
    store = JobStore.open(place)
    store.put([NewJob("work", "a", "c1"), NewJob("work", "a", "c2"), NewJob("other", "a", "c1")])
    first = _take(store)
    assert _take(store, "two") is None
    assert _take(store, "two", kinds=("other",)) is not None
    store.let_go(first)
    assert _take(store, "two") is not None
    store.close()


def test_a_failed_step_waits_longer_each_time_and_says_why(store, clock):
    store.put([NewJob("work", "a")])
    for attempt in range(3):
        job = _take(store)
        assert job.attempts == attempt
        store.postpone(job, f"the archive was away {attempt}", pause_seconds(job.attempts + 1))
        assert _take(store) is None
        clock.now += pause_seconds(job.attempts + 1)
    job = _take(store)
    assert job.reason == "the archive was away 2"
    assert [one.reason[-1] for one in store.history(job)] == ["0", "1", "2"]
    # What succeeds begins its pauses anew.
    assert store.advance(job, Step.FETCHED).attempts == 0


def test_pauses_grow_to_a_longest_one():
    assert [pause_seconds(n) for n in (0, 1, 2, 3)] == [5, 5, 10, 20]
    assert pause_seconds(10_000) == 3600


def test_what_follows_supersedes_what_was_to_be_done_before(store):
    store.put([NewJob("arrival", "a"), NewJob("work", "a", "old", Step.COMPLETE), NewJob("work", "b", "old")])
    worker = _take(store)
    arrival = _take(store, "two", kinds=("arrival",))
    store.advance(arrival, Step.COMPLETE, then=[NewJob("work", "a", "new", Step.COMPLETE)])
    assert {(one.subject, one.content): one.step for one in store.jobs(kinds=["work"])} == {
        ("a", "old"): Step.SUPERSEDED,
        ("a", "new"): Step.COMPLETE,
        ("b", "old"): Step.RECEIVED,
    }
    # Whoever had the old one in hand can do nothing with it any more, and the new one waits until it lets go.
    with pytest.raises(LeaseLost):
        store.advance(worker, Step.FETCHED)
    assert _take(store, "three").subject == "b"
    assert _take(store, "three") is None
    store.let_go(worker)
    assert _take(store, "three").content == "new"


def test_what_a_subject_held_before_is_asked_for_again_only_if_it_was_superseded(store):
    store.put([NewJob("arrival", "a"), NewJob("work", "a", "old", Step.COMPLETE)])
    old = store.advance(_take(store), Step.STORED)
    follows = NewJob("work", "a", "old", Step.COMPLETE)
    arrival = _take(store, "two", kinds=("arrival",))
    store.advance(arrival, Step.COMPLETE, then=[follows])
    assert store.jobs(kinds=["work"])[0].step is Step.STORED
    store.touch([NewJob("arrival", "a")])
    arrival = _take(store, "two", kinds=("arrival",))
    store.advance(arrival, Step.COMPLETE, then=[NewJob("work", "a", "new", Step.COMPLETE)])
    store.supersede_stored(_take(store))
    assert next(one for one in store.jobs(kinds=["work"]) if one.number == old.number).step is Step.SUPERSEDED
    store.touch([NewJob("arrival", "a")])
    arrival = _take(store, "two", kinds=("arrival",))
    store.advance(arrival, Step.COMPLETE, then=[follows])
    assert next(one for one in store.jobs(kinds=["work"]) if one.number == old.number).step is Step.COMPLETE


def test_a_touched_job_begins_anew_with_its_data_and_whoever_had_it_lost_it(store):
    store.put([NewJob("arrival", "a", data={"n": 1})])
    job = _take(store, kinds=("arrival",))
    store.touch([NewJob("arrival", "a", delay_seconds=5, data={"n": 9})], {"last": "3"})
    with pytest.raises(LeaseLost):
        store.advance(job, Step.COMPLETE)
    (found,) = store.jobs()
    assert (found.step, found.data) == (Step.RECEIVED, {"n": 1})


def test_the_dead_give_up_what_they_had_and_the_living_do_not(store):
    store.put([NewJob("work", name) for name in "abc"])
    for owner in ("node1_x:1", "node1:2", "node1:3"):
        assert _take(store, owner)
    assert store.release("node1:") == 2
    assert len(store.jobs()) == 3
    assert sum(one.owner is not None for one in store.jobs()) == 1


def test_failed_jobs_and_those_that_wait_are_tried_again_when_somebody_asks(store):
    store.put([NewJob("work", name, data={"begun": 3, "n": 1}) for name in "abc"])
    store.advance(_take(store), Step.FAILED, reason="broken")
    store.postpone(_take(store), "away", 1000)
    assert store.retry(Step.COMPLETE, ["work"], [99]) == 0
    assert store.retry(Step.COMPLETE, ["other"]) == 0
    assert store.retry(Step.COMPLETE, ["work"], drop="begun") == 2
    assert {tuple(one.data) for one in store.jobs(steps=[Step.COMPLETE])} == {("n",)}
    assert sorted(one.step.value for one in store.jobs()) == ["complete", "received", "received"]
    assert [_take(store, str(n)) is not None for n in range(4)] == [True, True, True, False]


def test_the_longest_due_is_taken_first_and_what_is_not_due_is_not(store, clock):
    store.put([NewJob("work", "late", delay_seconds=100), NewJob("work", "first")])
    clock.now += 1
    store.put([NewJob("work", "second")])
    assert [_take(store, lease_seconds=1000).subject for _ in range(2)] == ["first", "second"]
    assert _take(store) is None
    clock.now += 100
    assert _take(store).subject == "late"


def test_waiting_is_no_failure(store, clock):
    store.put([NewJob("arrival", "a")])
    job = _take(store, kinds=("arrival",))
    store.wait(job, 5, {"seen": 10})
    assert _take(store, kinds=("arrival",)) is None
    clock.now += 5
    again = _take(store, kinds=("arrival",))
    assert (again.attempts, again.data) == (0, {"seen": 10})


@pytest.mark.parametrize(
    ("place", "error", "said"),
    [
        ("mysql://u@h/d", UsageError, "no database that can be opened here|of another kind"),
        ("sqlite+nothing:///x", UsageError, "no database"),
        ("postgresql://u:SECRET@127.0.0.1:1/d", QuantSegError, "cannot be opened"),
        ("/proc/none/jobs.sqlite", QuantSegError, "cannot be opened"),
    ],
)
def test_a_place_that_is_none_is_said_without_its_password(place, error, said):
    with pytest.raises(error, match=said) as caught:
        JobStore.open(place)
    assert "SECRET" not in str(caught.value)


def test_a_record_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        NewJob("a", "b").kind = "c"


def test_old_history_is_forgotten_and_the_jobs_are_not(store, clock):
    store.put([NewJob("work", "a")])
    job = store.advance(_take(store), Step.STORED)
    clock.now += 100
    assert store.forget_history(200) == 0
    assert store.forget_history(50) == 1
    assert store.history(job) == []
    assert store.job(job.number) == job
    assert store.job(99) is None


def test_an_error_of_the_database_does_not_repeat_what_was_to_be_stored(place):
    engine = open_database(place)
    row = {"kind": "work", "subject": "Planted^Name", "content": "", "step": "received", "reason": None}
    with pytest.raises(SQLAlchemyError) as raised, begin_to_write(engine) as connection:
        connection.execute(insert(JOBS).values(**row))
    engine.dispose()
    # What PostgreSQL itself adds of a row stands behind this word; see in_short, which leaves it out.
    assert "Planted" not in str(raised.value).partition("DETAIL")[0]
    assert "Planted" not in in_short(raised.value)
