"""What nodes with separate queues tell each other in a real archive: no note is lost, and one of them has a study."""

import itertools
import threading
import time

import pytest
from sites import send, small_study

from quantseg.node.archive import Archive
from quantseg.node.notes import Notes
from quantseg.node.settings import ArchiveSettings
from quantseg.node.study_work import DoneMark

_RULE = "hippocampus"
_SEEDS = itertools.count(1)


@pytest.fixture
def nodes(shared_orthanc, tmp_path):
    """A study in an archive, and as many nodes with separate queues as are asked for."""
    orthanc, seed = shared_orthanc, next(_SEEDS)
    send(orthanc, small_study(tmp_path / "study", seed, count=1))
    found = orthanc.call("/tools/lookup", f"1.2.3.{seed}".encode())
    study = next(one["ID"] for one in found if one["Type"] == "Study")
    (tmp_path / "password").write_text(orthanc.password, encoding="utf-8")
    settings = ArchiveSettings(url=orthanc.url, user=orthanc.user, password_file=tmp_path / "password")

    def make(number, clock=time.monotonic):
        return [Notes(Archive(settings), f"queue{one}", 20.0, clock) for one in range(number)]

    return study, make


def test_of_nodes_that_claim_a_study_at_once_one_has_it(nodes):
    study, make = nodes
    found = []
    several = make(6)
    threads = [threading.Thread(target=lambda one=one: found.append((one, one.claim(study, _RULE)))) for one in several]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = (one for one, is_ours in found if is_ours)
    assert winner.renew(study, _RULE)
    loser = next(one for one in several if one is not winner)
    assert not loser.claim(study, _RULE)
    assert loser.claim(study, "another rule")
    winner.release(study, _RULE)
    assert loser.claim(study, _RULE)
    loser.release(study, _RULE)
    loser.release(study, "another rule")
    assert several[2].claim(study, _RULE)


def test_notes_that_are_written_at_once_are_all_kept(nodes):
    study, make = nodes
    several = make(6)
    threads = [
        threading.Thread(target=one.note_done, args=(study, f"rule{number}", DoneMark(fingerprint=str(number))))
        for number, one in enumerate(several)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [several[0].done(study, f"rule{number}").fingerprint for number in range(6)] == list("012345")


def test_a_claim_whose_node_died_is_taken_over_and_one_that_is_renewed_is_not(nodes):
    now = 0.0
    study, make = nodes
    first, second = make(2, lambda: now)
    assert first.claim(study, _RULE)
    for _ in range(10):  # looked at in one and the same moment
        assert not second.claim(study, _RULE)
    for _ in range(10):
        now += 6
        assert first.renew(study, _RULE)
        assert not second.claim(study, _RULE)
    # The archive was away for long: that nobody renewed meanwhile says nothing.
    now += 1000
    assert not second.claim(study, _RULE)
    looks = 0
    while not second.claim(study, _RULE):
        now += 6
        looks += 1
    assert 2 <= looks <= 5
    # Whoever wakes up late notices, and takes nothing away.
    assert not first.renew(study, _RULE)
    first.release(study, _RULE)
    assert second.renew(study, _RULE)


def test_what_is_no_note_of_ours_is_overwritten(nodes, shared_orthanc):
    study, make = nodes
    (one,) = make(1)
    for number in (4717, 4718):
        shared_orthanc.call(f"/studies/{study}/metadata/{number}", b"[1, what]", "PUT")
    assert one.done(study, _RULE) is None
    assert one.claim(study, _RULE)
    one.note_done(study, _RULE, DoneMark(fingerprint="x"))
    assert one.done(study, _RULE).fingerprint == "x"
