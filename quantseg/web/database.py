"""The platform's database: that of the queue, with the platform's tables brought up to date when it is opened."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from quantseg.errors import QuantSegError
from quantseg.jobs.database import begin_to_write, in_short, open_database

_MIGRATIONS = Path(__file__).with_name("migrations")


def open_platform_database(place: str | Path) -> Engine:
    """Open a database, make the tables that are missing, and change those that an older version left.

    Args:
        place: path of a file for SQLite, or a URL, as :func:`quantseg.jobs.database.open_database` takes it.

    Raises:
        UsageError: the URL is none, or the database needs a package that is missing.
        QuantSegError: it cannot be opened, is damaged, or was used by a later version.
    """
    engine = open_database(place)
    try:
        with begin_to_write(engine) as connection:
            upgrade(connection)
    except SQLAlchemyError as error:
        raise QuantSegError(f"The database cannot be brought up to date ({in_short(error)}); restore it.") from None
    return engine


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the platform's tables to a version, within the transaction of a connection."""
    settings = Config()
    settings.set_main_option("script_location", str(_MIGRATIONS))
    settings.attributes["connection"] = connection
    command.upgrade(settings, revision)
