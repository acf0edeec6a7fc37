"""Two people on one folder."""

import os
import threading
import time

import pytest

from quantseg.errors import UsageError
from quantseg.review.locks import CaseLock

_NINE_HOURS = 9 * 3600


@pytest.fixture
def lock_of(tmp_path):
    return lambda name, session="1": CaseLock(tmp_path / "state" / "case.lock", name, session)


def test_only_one_person_holds_a_case(lock_of):
    lock_of("Ada").take()
    with pytest.raises(UsageError, match="Ada works on this case, last seen 0 minutes ago; choose another"):
        lock_of("Grace").take()


def test_two_sessions_of_one_name_do_not_share_a_case(lock_of):
    lock_of("Ada", "1").take()
    with pytest.raises(UsageError, match="You have this case open in another program, last seen 0 minutes ago"):
        lock_of("Ada", "2").take()


def test_what_a_killed_program_left_is_taken_over_by_the_same_person(lock_of):
    lock_of("Ada", "1").take()
    lock_of("Ada", "2").take_over()
    lock_of("Ada", "2").keep()
    with pytest.raises(UsageError, match="no longer yours to save"):
        lock_of("Ada", "1").keep()


def test_taking_twice_is_the_same_as_once_and_release_frees(lock_of):
    lock_of("Ada").take()
    lock_of("Ada").take()
    lock_of("Grace").release()
    assert lock_of("Grace").owner().name == "Ada"
    lock_of("Ada").release()
    lock_of("Grace").take()


def test_of_many_at_the_same_moment_one_wins(lock_of):
    gate, won = threading.Barrier(8), []

    def try_it(number):
        gate.wait()
        try:
            lock_of(f"person {number}").take()
        except UsageError:
            return
        won.append(number)

    threads = [threading.Thread(target=try_it, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert lock_of("").owner().name == f"person {won[0]}"


def test_lock_can_be_taken_over_only_when_nobody_was_seen_for_a_working_day(lock_of, tmp_path):
    lock_of("Ada").take()
    with pytest.raises(UsageError, match="Ada works"):
        lock_of("Grace").take_over()
    long_ago = time.time() - _NINE_HOURS
    os.utime(tmp_path / "state" / "case.lock", (long_ago, long_ago))
    with pytest.raises(UsageError, match="9 hours ago; it may be taken over"):
        lock_of("Grace").take()
    lock_of("Grace").take_over()
    assert lock_of("Ada").owner().name == "Grace"
    with pytest.raises(UsageError, match="no longer yours"):
        lock_of("Ada").keep()


def test_half_written_lock_counts_as_somebodys(lock_of, tmp_path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "case.lock").write_text("{")
    with pytest.raises(UsageError, match="somebody works"):
        lock_of("Ada").take()
