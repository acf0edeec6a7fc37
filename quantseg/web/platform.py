"""An installation at work: its database, queue, key, and the desk that looks at what people send."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from sqlalchemy import Engine, select
from sqlalchemy.engine import make_url

from quantseg.errors import QuantSegError
from quantseg.jobs.store import JobStore
from quantseg.results.atomic import write_file
from quantseg.web.accounts import new_id
from quantseg.web.database import open_platform_database
from quantseg.web.desk import Desk
from quantseg.web.identity import ProviderClient
from quantseg.web.sealing import Sealer
from quantseg.web.settings import DATABASE_VARIABLE, Settings
from quantseg.web.tables import PATIENTS, UPLOADS

_BELONGS_TO = "installation"
"""Name of the file in the folder, and of the mark in its database, that hold the same random word."""


@dataclass(frozen=True)
class Platform:
    """An installation at work.

    Attributes:
        settings: what it is.
        engine: the database.
        store: queue of runs, in the same database.
        sealer: encrypts who patients are.
        desk: does in a process of its own what touches an image.
        provider: asks the identity provider; None where there is none.
        arrivals: a thread of its own for uploads that have come whole, since they wait for one another.
    """

    settings: Settings
    engine: Engine
    store: JobStore
    sealer: Sealer
    desk: Desk
    provider: ProviderClient | None = None
    arrivals: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "arrivals"))

    @classmethod
    def open(cls, settings: Settings) -> Platform:
        """Open an installation, or make it.

        Raises:
            QuantSegError: folder, key or database cannot be used.
        """
        settings.prepare()
        engine = open_platform_database(settings.database)
        store = JobStore(engine)
        _require_own_folder(settings, store)
        sealer = _open_sealer(settings, engine)
        provider = None if settings.provider is None else ProviderClient(settings.provider)
        return cls(settings, engine, store, sealer, Desk(settings), provider)

    def close(self) -> None:
        """End the desk, and let go of the database; what has not been looked at yet is when the server starts again."""
        self.arrivals.shutdown(wait=False, cancel_futures=True)
        self.desk.close()
        self.arrivals.shutdown()
        self.store.close()


def _require_own_folder(settings: Settings, store: JobStore) -> None:
    """Refuse a folder with the images of another database, which would be deleted as nobody's; else mark it as its own.

    Raises:
        QuantSegError: it is another's, as where the variable that names the database was forgotten.
    """
    path = settings.data / _BELONGS_TO
    known = path.read_text(encoding="ascii") if path.is_file() else None
    if known not in (None, store.mark(_BELONGS_TO)):
        raise QuantSegError(
            f"The folder {settings.data} belongs to another database than {_shown(settings.database)}; name the right "
            f"one in {DATABASE_VARIABLE}, or restore it, or name another --data."
        )
    if known is None:
        write_file(path, store.mark_once(_BELONGS_TO, new_id()).encode())


def _shown(database: str) -> str:
    return make_url(database).render_as_string(hide_password=True) if "://" in database else database


def _open_sealer(settings: Settings, engine: Engine) -> Sealer:
    """Open the key, with which what the database holds was sealed.

    Raises:
        QuantSegError: it is another, or is missing while there are identities.
    """
    with engine.begin() as connection:
        sealed = connection.execute(select(PATIENTS.c.identity_sealed).limit(1)).scalar()
        sealed = sealed or connection.execute(select(UPLOADS.c.identity_sealed).limit(1)).scalar()
    sealer = Sealer.open(settings.data, may_make=sealed is None)
    if sealed is not None:
        sealer.open_identity(sealed)
    return sealer
