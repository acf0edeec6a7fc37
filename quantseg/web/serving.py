"""The server at work: the application, its workers, and what is tidied up meanwhile."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial

from quantseg.child_process import PARENT_VARIABLE
from quantseg.errors import QuantSegError, UsageError
from quantseg.jobs.database import begin_to_write
from quantseg.web import accounts, erasing, runs, uploads
from quantseg.web.platform import Platform
from quantseg.web.settings import DATABASE_VARIABLE, Settings
from quantseg.web.worker import APART, owner_prefix

_LOCK = "server.lock"
_TIDY_SECONDS = 600.0
_LOOK_SECONDS = 2.0


@contextlib.contextmanager
def at_work(settings: Settings) -> Iterator[Platform]:
    """Open an installation for one server alone, start its workers, and take up what a former server left.

    Raises:
        QuantSegError: another server is at work on this folder, or it cannot be used.
    """
    settings.prepare()
    with (settings.data / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise QuantSegError(
                f"Another server is at work on {settings.data}; end it, or name another --data."
            ) from None
        platform = Platform.open(settings)
        crew = _Crew(settings, platform)
        try:
            _take_up(platform)
            crew.start()
            yield platform
        finally:
            crew.end()
            platform.close()


def end_in_order() -> None:
    """Let what a system's service manager sends end this process as Ctrl-C does: with all that it has started."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))


def administrators_link(platform: Platform) -> str | None:
    """Return the secret of the link that makes the administrator; None once anybody can log in, as by a provider."""
    if not platform.settings.with_passwords:
        return None
    with begin_to_write(platform.engine) as connection:
        return accounts.first_link(connection, platform.settings.link_seconds)


def _take_up(platform: Platform) -> None:
    # Its workers end with a server: whatever they have in hand is in dead hands; not so those apart from it.
    platform.store.release(owner_prefix())
    runs.put_missing(platform)
    for folder in platform.settings.cases.iterdir():
        for left in folder.glob("sent-*.nii.gz"):
            left.unlink(missing_ok=True)


def keep_working(settings: Settings) -> None:
    """Run workers alone until the process is told to end, for a server on another machine.

    Raises:
        UsageError: folder and database are not those of a server, or cannot be shared with one.
    """
    if "://" not in settings.database:
        raise UsageError(
            f"Workers apart from their server need a database that both reach: set {DATABASE_VARIABLE} to the server's "
            "PostgreSQL."
        )
    if not settings.cases.is_dir():
        raise UsageError(f"{settings.data} is not the folder of a server; name the one that it serves, from here.")
    end_in_order()
    crew = _Crew(settings)
    try:
        crew.start()
        threading.Event().wait()
    finally:
        crew.end()


class _Crew:
    """Worker processes that are started again when they die, and a thread that tidies up for a server."""

    def __init__(self, settings: Settings, tidied: Platform | None = None) -> None:
        self._settings = settings
        self._words = [APART] if tidied is None else []
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._keep_worker, daemon=True) for _ in range(settings.workers)]
        if tidied is not None:
            self._threads.append(threading.Thread(target=self._tidy, args=(tidied,), daemon=True))
        self._workers: set[subprocess.Popen[str]] = set()

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._over.set()
        for worker in list(self._workers):
            worker.kill()
        for thread in self._threads:
            thread.join(_LOOK_SECONDS)

    def _keep_worker(self) -> None:
        while not self._over.is_set():
            worker = subprocess.Popen(
                [sys.executable, "-m", "quantseg.web.worker", *self._words],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                encoding="utf-8",
                env=os.environ | {PARENT_VARIABLE: str(os.getpid())},
            )
            self._workers.add(worker)
            assert worker.stdin is not None
            with contextlib.suppress(BrokenPipeError):
                worker.stdin.write(self._settings.to_json() + "\n")
                worker.stdin.close()
            worker.wait()
            self._workers.discard(worker)
            self._over.wait(_LOOK_SECONDS)

    def _tidy(self, platform: Platform) -> None:
        """Take up uploads and runs that were left in the middle, and delete what is over, from time to time."""
        while not self._over.is_set():
            for chore in (uploads.look_again, runs.put_missing, uploads.expire, erasing.erase_expired):
                _surely(partial(chore, platform))
            self._over.wait(_TIDY_SECONDS)


def _surely(chore: Callable[[], object]) -> None:
    """Do a chore; whatever goes wrong keeps nobody from the next one, nor from this one the next time."""
    try:
        chore()
    except Exception as error:  # Whatever it is: what it says may quote a patient.
        print(
            f"quantseg web: what is over could not be tidied up ({type(error).__name__})", file=sys.stderr, flush=True
        )
