"""A report as a PDF file, printed from its page by a browser that this machine has."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from quantseg.errors import QuantSegError, UsageError
from quantseg.results.atomic import write_file
from quantseg.results.layout import REPORT, REPORT_PDF

_ON_PATH = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "chrome-headless-shell",
    "microsoft-edge",
    "msedge",
)
_APPLICATIONS = {
    "darwin": (
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    ),
    "win32": (
        r"C:\Program Files\Google\Chrome\Application\chrome.exe",
        r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
        r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
        r"C:\Program Files\Microsoft\Edge\Application\msedge.exe",
    ),
}
_LONGEST_SECONDS = 120
_LONGEST_TEMPORARY_BYTES = 55
_BEGINNING = b"%PDF-"


@cache
def find_browser() -> str | None:
    """Return the path of Chromium, Chrome or Edge; None where there is none."""
    on_path = (shutil.which(name) for name in _ON_PATH)
    elsewhere = (path for path in _APPLICATIONS.get(sys.platform, ()) if Path(path).is_file())
    return next((path for path in (*on_path, *elsewhere) if path), None)


def require_browser() -> str:
    """Return the path of the browser that prints.

    Raises:
        UsageError: there is none.
    """
    browser = find_browser()
    if browser is None:
        raise UsageError(
            "A PDF is printed by Chromium, Google Chrome or Microsoft Edge, and none of them was found; install one, "
            "or leave out --pdf and print report.html from any browser."
        )
    return browser


def print_report(folder: Path) -> None:
    """Print the report of a case into ``report.pdf`` beside it, on A4, as the page's own rules say.

    Args:
        folder: of the case; holds its ``report.html``.

    Raises:
        QuantSegError: the browser printed nothing, or the file could not be written.
        UsageError: there is no browser.
    """
    browser = require_browser()
    # Chromium's sandbox does not work for root, and in many containers for nobody. What it opens here is a page without
    # scripts that QuantSeg has just written.
    attempts = [["--no-sandbox"]] if _is_root() else [[], ["--no-sandbox"]]
    with tempfile.TemporaryDirectory(prefix="quantseg-pdf-", ignore_cleanup_errors=True) as aside:
        printed = Path(aside) / "report.pdf"
        reason = ""
        for more in attempts:
            reason = _print(browser, [*more, f"--user-data-dir={aside}/profile"], folder / REPORT, printed)
            if not reason:
                _put(printed, folder / REPORT_PDF)
                return
    raise QuantSegError(f"{REPORT_PDF} was not written: {Path(browser).name} printed nothing ({reason}).")


def _put(printed: Path, pdf: Path) -> None:
    try:
        write_file(pdf, printed.read_bytes())
    except OSError as error:
        raise QuantSegError(f"{REPORT_PDF} was not written: {error.strerror or error}.") from error


def _print(browser: str, flags: list[str], page: Path, printed: Path) -> str:
    """Print a page; return why that failed, or nothing."""
    command = [
        browser,
        "--headless",
        "--disable-gpu",
        "--disable-extensions",
        "--disable-background-networking",
        "--no-first-run",
        "--no-pdf-header-footer",
        *flags,
        f"--print-to-pdf={printed}",
        page.resolve().as_uri(),
    ]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_LONGEST_SECONDS,
            check=False,
            env=_environment(),
        )
    except subprocess.TimeoutExpired:
        return f"it had not ended after {_LONGEST_SECONDS} s"
    except OSError as error:
        return str(error.strerror or error)
    if printed.is_file() and printed.read_bytes().startswith(_BEGINNING):
        return ""
    return f"exit status {done.returncode}"


def _environment() -> dict[str, str]:
    """Return variables by which Chromium finds room for a socket: the address of one has 107 bytes at most."""
    temporary = os.fsencode(tempfile.gettempdir())
    is_short = os.name == "nt" or len(temporary) <= _LONGEST_TEMPORARY_BYTES
    return dict(os.environ) if is_short else os.environ | {"TMPDIR": "/tmp"}


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0
