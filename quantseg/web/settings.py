"""What an installation of the platform is: where it keeps its files, how much people may send, how long things last."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from quantseg.errors import QuantSegError
from quantseg.tasks.registry import TASKS, find_task
from quantseg.web.identity import IdentityProvider

DATABASE_VARIABLE = "QUANTSEG_WEB_DATABASE"
_MIB = 1024**2
_DAY_SECONDS = 86_400.0
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def tasks_of_one_upload() -> dict[str, str]:
    """Return the tasks that the platform offers: those whose cases need no image beside the one that was sent."""
    found = {name: find_task(name) for name in TASKS}
    return {name: TASKS[name] for name, task in found.items() if not any(role.required for role in task.inputs[1:])}


@dataclass(frozen=True)
class Settings:
    """What an installation is.

    Attributes:
        data: folder of database, key and files; nobody but its owner may read it.
        tasks: reference "module:attribute" of each task that is offered, by its name.
        hosts: names under which browsers may reach it.
        workers: processes that run the engine.
        quota_bytes: what the unfinished and unused uploads of one person may take.
        longest_upload_bytes: of one upload.
        upload_seconds: after which an upload that nobody goes on with, or makes a case of, is deleted.
        session_seconds: after which somebody must log in again, whatever is done.
        idle_seconds: after which somebody must log in again who did nothing.
        link_seconds: for which a one-time link holds.
        engine_bytes: memory of a run.
        engine_seconds: longest run.
        desk_bytes: memory of a process that looks at uploads and measures corrections.
        desk_seconds: longest look.
        keep_days: after which a case that nobody has changed is erased; 0 keeps all.
        lease_seconds: after which the run of a worker that died is taken up by another.
        provider: identity provider that says who people are; None for accounts of the platform alone.
    """

    data: Path
    tasks: Mapping[str, str] = field(default_factory=tasks_of_one_upload)
    hosts: tuple[str, ...] = _LOOPBACK
    workers: int = 1
    quota_bytes: int = 8192 * _MIB
    longest_upload_bytes: int = 4096 * _MIB
    upload_seconds: float = 2 * _DAY_SECONDS
    session_seconds: float = 12 * 3600.0
    idle_seconds: float = 3600.0
    link_seconds: float = 3 * _DAY_SECONDS
    engine_bytes: int = 12_288 * _MIB
    engine_seconds: float = 3600.0
    desk_bytes: int = 6144 * _MIB
    desk_seconds: float = 180.0
    keep_days: float = 0.0
    lease_seconds: float = 60.0
    provider: IdentityProvider | None = None

    @property
    def with_passwords(self) -> bool:
        """Whether people may log in by a password of the platform."""
        return self.provider is None or self.provider.passwords

    @property
    def database(self) -> str:
        """Path of the embedded database, or the URL that the environment names in its place."""
        return os.environ.get(DATABASE_VARIABLE) or str(self.data / "quantseg.sqlite")

    @property
    def uploads(self) -> Path:
        """Where what is being sent lies."""
        return self.data / "uploads"

    @property
    def contents(self) -> Path:
        """Where images that were sent whole lie, a folder an upload."""
        return self.data / "contents"

    @property
    def cases(self) -> Path:
        """Where results and corrections lie, a folder a case."""
        return self.data / "cases"

    @property
    def exports(self) -> Path:
        """Where training data wait for their review, a folder an export."""
        return self.data / "exports"

    def prepare(self) -> None:
        """Make the folders, for their owner alone.

        Raises:
            QuantSegError: they cannot be made.
        """
        try:
            for folder in (self.data, self.uploads, self.contents, self.cases, self.exports):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.data.chmod(0o700)
        except OSError as error:
            raise QuantSegError(
                f"The folder {self.data} cannot be prepared ({error.strerror}); name another with --data."
            ) from None

    def to_json(self) -> str:
        """Return the settings as text, for a worker process."""
        return json.dumps(asdict(self) | {"data": str(self.data)})

    @classmethod
    def from_json(cls, text: str) -> Settings:
        """Return the settings that a text holds."""
        values = json.loads(text)
        provider = None if values["provider"] is None else IdentityProvider(**values["provider"])
        return cls(**values | {"data": Path(values["data"]), "hosts": tuple(values["hosts"]), "provider": provider})
