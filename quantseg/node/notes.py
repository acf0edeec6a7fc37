"""What nodes with separate queues tell each other through the archive: what was done with a study, and who has it."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from quantseg.node.archive import Archive, ArchiveAway, NoteChanged
from quantseg.node.study_work import DoneMark

_DONE_METADATA, _CLAIMS_METADATA = 4717, 4718
"""Numbers of the metadata of a study that hold the notes, a rule each; users' metadata begin at 1024."""
_TRIES = 10
LOOKS_A_LEASE = 4
_LOOKS_AT_A_DEAD_CLAIM = LOOKS_A_LEASE + 1


class Claim(BaseModel):
    """Who has a study in hand.

    Attributes:
        queue: name of the claimant's queue.
        beat: changes whenever the claimant renews the claim.
        seconds: its lease.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    queue: str
    beat: str
    seconds: float


@dataclass(frozen=True)
class _Seen:
    beat: str
    looks: int
    at: float


class Notes:
    """Writes and reads notes about studies, whole or not at all: Orthanc changes none that was changed meanwhile.

    A claim lasts as long as whoever made it renews it. Clocks of machines differ; so a claim is dead once it was looked
    at several times, a part of its lease apart, and was the same each time.

    Args:
        archive: that holds them.
        queue: name of the queue for which studies are claimed; nodes that share one settle between them who works.
        lease_seconds: of a claim.
        clock: seconds that pass.
    """

    def __init__(
        self, archive: Archive, queue: str, lease_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._archive = archive
        self._queue = queue
        self._lease_seconds = lease_seconds
        self._clock = clock
        # Held while the archive is asked: what was just released must not be renewed.
        self._lock = threading.Lock()
        self._held: set[tuple[str, str]] = set()
        self._seen: dict[tuple[str, str], _Seen] = {}

    def done(self, study: str, rule: str) -> DoneMark | None:
        """Return what nodes have noted about a study and a rule; None where nothing was, or nothing that is known.

        Raises:
            ArchiveAway: the archive does not answer.
        """
        found = _entries(self._archive.note(study, _DONE_METADATA)[0]).get(rule)
        try:
            return None if found is None else DoneMark.model_validate(found)
        except ValidationError:
            return None

    def note_done(self, study: str, rule: str, mark: DoneMark) -> None:
        """Note that a study was measured by a rule, for nodes that have another queue, or have lost theirs.

        Raises:
            ArchiveAway: the archive does not answer, or does not let this user note anything.
        """
        self._change(study, _DONE_METADATA, lambda marks: {**marks, rule: mark.model_dump(mode="json")})

    def claim(self, study: str, rule: str) -> bool:
        """Claim a study for this queue and tell whether it is ours; the claim is to be renewed, and released.

        Raises:
            ArchiveAway: the archive does not answer, or does not let this user note anything.
        """
        with self._lock:
            is_ours = self._claim(study, rule, is_new=True)
            if is_ours:
                self._held.add((study, rule))
                self._seen.pop((study, rule), None)
        return is_ours

    def renew(self, study: str, rule: str) -> bool:
        """Renew a claim and tell whether the study is still ours; what was never claimed is nobody else's.

        Raises:
            ArchiveAway: the archive does not answer.
        """
        with self._lock:
            return (study, rule) not in self._held or self._claim(study, rule, is_new=False)

    def release(self, study: str, rule: str) -> None:
        """Let others have a study.

        Raises:
            ArchiveAway: the archive does not answer; the claim ends by itself.
        """

        def without(claims: dict[str, Any]) -> dict[str, Any] | None:
            mine = _claim_of(claims, rule)
            if mine is None or mine.queue != self._queue:
                return None
            return {name: one for name, one in claims.items() if name != rule}

        with self._lock:
            if (study, rule) in self._held:
                self._held.remove((study, rule))
                self._change(study, _CLAIMS_METADATA, without)

    def _claim(self, study: str, rule: str, is_new: bool) -> bool:
        is_ours = False
        mine = Claim(queue=self._queue, beat=secrets.token_hex(4), seconds=self._lease_seconds).model_dump(mode="json")

        def with_mine(claims: dict[str, Any]) -> dict[str, Any] | None:
            nonlocal is_ours
            other = _claim_of(claims, rule)
            is_free = other is None or other.queue == self._queue
            is_ours = is_free or (is_new and other is not None and self._is_dead((study, rule), other))
            return {**claims, rule: mine} if is_ours else None

        self._change(study, _CLAIMS_METADATA, with_mine)
        return is_ours

    def _is_dead(self, key: tuple[str, str], claim: Claim) -> bool:
        """Look once more; while the archive was away nobody could renew, so that time alone says nothing."""
        before, now = self._seen.get(key), self._clock()
        if before is None or before.beat != claim.beat:
            self._seen[key] = _Seen(claim.beat, 1, now)
        elif now - before.at >= claim.seconds / LOOKS_A_LEASE:
            self._seen[key] = _Seen(claim.beat, before.looks + 1, now)
        return self._seen[key].looks >= _LOOKS_AT_A_DEAD_CLAIM

    def _change(self, study: str, number: int, change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> None:
        """Change a note, unless the change is None, on top of whatever others have written meanwhile."""
        for _ in range(_TRIES):
            text, tag = self._archive.note(study, number)
            entries = change(_entries(text))
            if entries is None:
                return
            try:
                self._archive.replace_note(study, number, json.dumps(entries) if entries else "", tag)
                return
            except NoteChanged:
                continue
        raise ArchiveAway("Other nodes always came first when a note was to be written; it is tried again.")


def _entries(text: str) -> dict[str, Any]:
    """Return a note's entries; what is no note of ours is none."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return dict(found) if isinstance(found, Mapping) else {}


def _claim_of(claims: Mapping[str, Any], rule: str) -> Claim | None:
    try:
        return Claim.model_validate(claims[rule]) if rule in claims else None
    except ValidationError:
        return None
