"""Serve the platform: see, correct and measure cases in a browser, for people who log in."""

from __future__ import annotations

import argparse
import dataclasses
import importlib.util
import math
import sys
from pathlib import Path

from quantseg.errors import UsageError, how_to_install

_NEEDED = (
    "fastapi",
    "uvicorn",
    "sqlalchemy",
    "alembic",
    "argon2",
    "cryptography",
    "python_multipart",
    "authlib",
    "joserfc",
    "requests",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``quantseg web``."""
    parser.add_argument(
        "--data",
        type=Path,
        default=Path("quantseg-web"),
        metavar="DIR",
        help="keeps database, images and results, for its owner alone (default: %(default)s)",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8042, metavar="N", help="0 takes a free one (default: %(default)s)")
    parser.add_argument(
        "--host-name",
        action="append",
        default=[],
        metavar="NAME",
        help="name under which browsers reach it through a proxy with TLS on this machine; may be repeated",
    )
    parser.add_argument(
        "--workers", type=int, default=1, metavar="N", help="processes that run the engine (default: %(default)s)"
    )
    parser.add_argument(
        "--only-workers",
        action="store_true",
        help="serve no pages, run the engine for a server on another machine that has this --data and PostgreSQL, too",
    )
    parser.add_argument(
        "--keep-days",
        type=float,
        default=0.0,
        metavar="N",
        help="erase cases that nobody has made, run, corrected or approved for N days (default: keep all)",
    )
    parser.add_argument(
        "--identity-provider",
        type=Path,
        metavar="TOML",
        help="lets people log in by OpenID Connect, such as with Keycloak; see the documentation of the platform",
    )


def run(options: argparse.Namespace) -> int:
    """Serve until somebody ends it, and return the exit status."""
    if sys.platform == "win32":
        raise UsageError("quantseg web runs on Linux and macOS; on Windows use it in WSL.")
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(f"The platform needs {', '.join(missing)}; {how_to_install('web')}.")
    if options.workers < 0:
        raise UsageError(f"--workers {options.workers} is no number of processes; give 0 or more.")
    # Not "below 0": a number that is none would keep all unsaid.
    if not 0 <= options.keep_days < math.inf:
        raise UsageError(f"--keep-days {options.keep_days:g} is no number of days; give 0 to keep all, or more.")
    from quantseg.web.listening import serve
    from quantseg.web.settings import Settings

    settings = Settings(options.data.resolve(), workers=options.workers, keep_days=options.keep_days)
    if options.identity_provider is not None:
        from quantseg.web.identity import IdentityProvider

        settings = dataclasses.replace(settings, provider=IdentityProvider.read(options.identity_provider))
    settings = dataclasses.replace(settings, hosts=(*settings.hosts, *options.host_name))
    if options.only_workers:
        from quantseg.web.serving import keep_working

        keep_working(settings)
        return 0
    return serve(settings, options.host, options.port)
