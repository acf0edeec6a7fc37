"""An installation at work: its database, queue, key, and the desk that looks at what people send."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine

from quantseg.jobs.store import JobStore
from quantseg.web.database import open_platform_database
from quantseg.web.desk import Desk
from quantseg.web.identity import ProviderClient
from quantseg.web.sealing import Sealer
from quantseg.web.settings import Settings


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
    """

    settings: Settings
    engine: Engine
    store: JobStore
    sealer: Sealer
    desk: Desk
    provider: ProviderClient | None = None

    @classmethod
    def open(cls, settings: Settings) -> Platform:
        """Open an installation, or make it.

        Raises:
            QuantSegError: folder, key or database cannot be used.
        """
        settings.prepare()
        engine = open_platform_database(settings.database)
        provider = None if settings.provider is None else ProviderClient(settings.provider)
        return cls(settings, engine, JobStore(engine), Sealer.open(settings.data), Desk(settings), provider)

    def close(self) -> None:
        """End the desk, and let go of the database."""
        self.desk.close()
        self.store.close()
