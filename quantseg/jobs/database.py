"""The database below a store of jobs: SQLite in a file by default, PostgreSQL by URL."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Dialect,
    Engine,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    create_engine,
    event,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from quantseg.errors import QuantSegError, UsageError


class StorableText(TypeDecorator[str]):
    """Text of whatever origin: what no database can hold is replaced, in what is looked for, too."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return text that can be stored: PostgreSQL refuses NUL, and every driver half a pair of surrogates."""
        del dialect
        return None if value is None else value.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


_METADATA = MetaData()
_BUSY_SECONDS = 30
_WRITES = "writes"

JOBS = Table(
    "jobs",
    _METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("kind", StorableText, nullable=False),
    Column("subject", StorableText, nullable=False),
    Column("content", StorableText, nullable=False),
    Column("step", StorableText, nullable=False),
    Column("reason", StorableText, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Float(53), nullable=False),
    Column("owner", StorableText),
    Column("lease_until", Float(53)),
    Column("token", Integer, nullable=False),
    Column("data", JSON, nullable=False),
    Column("created_at", Float(53), nullable=False),
    Column("changed_at", Float(53), nullable=False),
    UniqueConstraint("kind", "subject", "content"),
    Index("jobs_by_step", "step", "due_at"),
    # The database itself sees to it that no two jobs of a kind are at work on one subject.
    Index(
        "jobs_in_hand",
        "kind",
        "subject",
        unique=True,
        sqlite_where=text("owner IS NOT NULL"),
        postgresql_where=text("owner IS NOT NULL"),
    ),
)

HISTORY = Table(
    "history",
    _METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("job", Integer, ForeignKey("jobs.number"), nullable=False, index=True),
    Column("at", Float(53), nullable=False),
    Column("step", StorableText, nullable=False),
    Column("seconds", Float(53), nullable=False),
    Column("reason", StorableText, nullable=False),
)

MARKS = Table(
    "marks", _METADATA, Column("name", StorableText, primary_key=True), Column("value", StorableText, nullable=False)
)


def open_database(place: str | Path, password: str | None = None) -> Engine:
    """Open a database, with its tables made where they are missing.

    Args:
        place: path of a file for SQLite, or a URL such as ``postgresql://quantseg@server/quantseg``.
        password: of the URL's user.

    Raises:
        UsageError: the URL is none, or the database needs a package that is missing.
        QuantSegError: it cannot be opened, or is damaged.
    """
    shown = str(place)
    if "://" not in shown:
        return _open_file(Path(shown).absolute())
    try:
        url = make_url(shown)
        shown = url.render_as_string(hide_password=True)
        if url.drivername in ("postgresql", "postgres"):
            url = url.set(drivername="postgresql+psycopg")
        whole = url if password is None else url.set(password=password)
        # What is stored may name somebody, and messages of errors would repeat it.
        engine = create_engine(whole, pool_pre_ping=True, hide_parameters=True)
    except (ArgumentError, ImportError, SQLAlchemyError) as error:
        raise UsageError(
            f"{shown} is no database that can be opened here ({type(error).__name__}); give the path of a file, or "
            "postgresql://USER@HOST/DATABASE with QuantSeg's extra [node] installed."
        ) from None
    if engine.dialect.name != "postgresql":
        raise UsageError(f"{shown} is a database of another kind, expected the path of a file or postgresql://….")
    _create(engine, shown)
    return engine


def begin_to_write(engine: Engine) -> Any:
    """Return a context in which a connection changes the database whole or not at all."""
    return engine.execution_options(**{_WRITES: True}).begin()


def is_to_write(connection: Connection) -> bool:
    """Tell whether a transaction was begun by :func:`begin_to_write`."""
    return bool(connection.get_execution_options().get(_WRITES))


def _open_file(path: Path) -> Engine:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Before SQLite makes it with whatever mode the user's files have; so its companions have this mode, too.
        path.touch(mode=0o600, exist_ok=True)
    except OSError as error:
        raise QuantSegError(f"The queue {path} cannot be opened ({error.strerror}); name another place.") from None
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": _BUSY_SECONDS}, hide_parameters=True)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    _check(path)
    _create(engine, str(path))
    return engine


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    # The driver would begin transactions by itself, and late.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={_BUSY_SECONDS * 1000}", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    # A reader that later wants to write would be refused where another has written meanwhile.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_to_write(connection) else "BEGIN")


def _check(path: Path) -> None:
    """Refuse a file whose pages do not fit together: half a record could be a job under another's name."""
    try:
        connection = sqlite3.connect(path, timeout=_BUSY_SECONDS)
        try:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        finally:
            connection.close()
    except sqlite3.Error as error:
        found = str(error)
    if found != "ok":
        raise QuantSegError(
            f"The queue {path} is damaged ({found.splitlines()[0]}); move it away with its -wal and -shm files, and "
            "start again."
        )


def _create(engine: Engine, shown: str) -> None:
    try:
        with begin_to_write(engine) as connection:
            if engine.dialect.name == "postgresql":
                # Two that start at once would both make the tables.
                connection.execute(text("SELECT pg_advisory_xact_lock(7172117)"))
            _METADATA.create_all(connection)
    except SQLAlchemyError as error:
        raise QuantSegError(f"The queue {shown} cannot be opened ({in_short(error)}); see to the database.") from None


def in_short(error: SQLAlchemyError) -> str:
    """Return what a database says of an error, in one line and without the statement and its values."""
    cause = getattr(error, "orig", None) or error
    return (str(cause).strip().splitlines() or [type(error).__name__])[0]
