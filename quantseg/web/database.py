"""The platform's database: that of the queue, with the platform's tables brought up to date when it is opened."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import SQLAlchemyError

from quantseg.errors import QuantSegError
from quantseg.jobs.database import begin_to_write, in_short, is_to_write, open_database

_MIGRATIONS = Path(__file__).with_name("migrations")
_TURN = 7172118
"""Number of the lock by which writers of a PostgreSQL come one after another."""
_TURN_SECONDS = 30


def open_platform_database(place: str | Path) -> Engine:
    """Open a database, make the tables that are missing, and change those that an older version left.

    Args:
        place: path of a file for SQLite, or a URL, as :func:`quantseg.jobs.database.open_database` takes it.

    Raises:
        UsageError: the URL is none, or the database needs a package that is missing.
        QuantSegError: it cannot be opened, is damaged, or was used by a later version.
    """
    engine = open_database(place)
    if engine.dialect.name == "postgresql":
        event.listen(engine, "begin", _wait_for_turn)
    try:
        with begin_to_write(engine) as connection:
            upgrade(connection)
    except CommandError:
        raise QuantSegError(
            "The database was used by a later version of QuantSeg; install that, or restore a copy from before."
        ) from None
    except SQLAlchemyError as error:
        raise QuantSegError(f"The database cannot be brought up to date ({in_short(error)}); restore it.") from None
    return engine


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the platform's tables to a version, within the transaction of a connection."""
    settings = Config()
    settings.set_main_option("script_location", str(_MIGRATIONS))
    settings.attributes["connection"] = connection
    command.upgrade(settings, revision)


def _wait_for_turn(connection: Connection) -> None:
    """Let writers come one after another, as SQLite does: what they have counted still holds when they change it."""
    if not is_to_write(connection):
        return
    # Who went away in the middle, with its machine or its line, does not keep the others waiting for ever.
    connection.exec_driver_sql(f"SET LOCAL idle_in_transaction_session_timeout = '{_TURN_SECONDS}s'")
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_TURN_SECONDS}s'")
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_TURN})")
