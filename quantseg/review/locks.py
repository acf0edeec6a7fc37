"""Who works on what in a shared folder: one small file a case, made in one step that only one person can win."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

from quantseg.errors import UsageError
from quantseg.results.atomic import write_file

_STALE_SECONDS = 8 * 3600


@dataclass(frozen=True)
class LockOwner:
    """Who holds a lock.

    Attributes:
        name: of the person.
        session: distinguishes two sessions of one name.
        seconds_ago: since the owner was last seen at work.
    """

    name: str
    session: str
    seconds_ago: float

    @property
    def is_stale(self) -> bool:
        """Whether the owner was not seen for a working day and may be relieved."""
        return self.seconds_ago > _STALE_SECONDS


class CaseLock:
    """The right to change one case.

    Args:
        path: of the lock file.
        name: of the person.
        session: of this program, such as machine and process number.
    """

    def __init__(self, path: Path, name: str, session: str) -> None:
        self._path, self._name, self._session = path, name, session

    def take(self) -> None:
        """Take the lock, or see that it is ours already.

        Raises:
            UsageError: somebody else holds it.
            OSError: it cannot be written.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        except FileExistsError:
            self._meet_owner()
            return
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(self._content())
        except OSError:
            # An empty one would be somebody's whom nobody knows.
            self._path.unlink(missing_ok=True)
            raise

    def take_over(self, asked: bool = False) -> None:
        """Take the lock from an owner who was not seen for a working day, or from another program of our own name.

        The latter is what a program leaves behind that was killed; if it still runs, it will find its lock gone when
        it saves.

        Args:
            asked: the owner was asked for the case and did not answer, so that it is taken whoever that is.

        Raises:
            UsageError: the owner is somebody else, and was seen since.
        """
        owner = self.owner()
        if owner is not None and owner.name != self._name and not owner.is_stale and not asked:
            raise UsageError(self._held_by(owner))
        write_file(self._path, self._content().encode())

    def keep(self) -> None:
        """Show that we are still at work.

        Raises:
            UsageError: somebody took the lock over, or removed it.
        """
        owner = self.owner()
        if owner is None or not self._is_ours(owner):
            found = "nobody holds it any more" if owner is None else self._held_by(owner)
            raise UsageError(f"This case is no longer yours to save: {found}")
        os.utime(self._path)

    def release(self) -> None:
        """Give the lock back, if it is ours."""
        owner = self.owner()
        if owner is not None and self._is_ours(owner):
            self._path.unlink(missing_ok=True)

    def owner(self) -> LockOwner | None:
        """Return who holds the lock, None if nobody does."""
        try:
            age = time.time() - self._path.stat().st_mtime
            content = json.loads(self._path.read_text(encoding="utf-8"))
            return LockOwner(content["name"], content["session"], age)
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):
            # Somebody is just writing it, or was cut off while doing so.
            return LockOwner("somebody", "", age)

    def _meet_owner(self) -> None:
        owner = self.owner()
        if owner is None:
            self.take()
        elif self._is_ours(owner):
            os.utime(self._path)
        else:
            raise UsageError(self._held_by(owner))

    def _is_ours(self, owner: LockOwner) -> bool:
        return (owner.name, owner.session) == (self._name, self._session)

    def _content(self) -> str:
        return json.dumps({"name": self._name, "session": self._session})

    def _held_by(self, owner: LockOwner) -> str:
        minutes = int(owner.seconds_ago / 60)
        ago = f"{minutes} minutes ago" if minutes < 120 else f"{minutes // 60} hours ago"
        if owner.name == self._name:
            return f"You have this case open in another program, last seen {ago}; it may be taken over."
        may = "; it may be taken over" if owner.is_stale else "; choose another case, or ask"
        return f"{owner.name} works on this case, last seen {ago}{may}."
