"""The OHIF viewer, as npm has it: fetched once, checked against the hash that stands here, and unpacked."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path, PurePosixPath

from quantseg.errors import QuantSegError, UsageError
from quantseg.models.home import cache_folder

VERSION = "3.13.2"
_PACKAGE = f"@ohif/app@{VERSION}"
_SHA256 = "b189d3963bfc58e9394a9db8c7be75d07beb029ec211dbb126d47b62969dd3f1"
_BUILT = PurePosixPath("package/dist")
_FETCH_SECONDS = 1800
WHAT_IS_FETCHED = (
    f"OHIF Viewer {VERSION} (MIT licence; ohif.org): npm's package {_PACKAGE}, 50 MB, 165 MB unpacked, once"
)


def is_installed() -> bool:
    """Tell whether the viewer lies unpacked on this machine."""
    return (_folder() / "index.html").is_file()


def require_npm() -> str:
    """Return npm's path.

    Raises:
        UsageError: it is missing.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise UsageError(
            "The OHIF viewer is fetched by npm, which is missing; on Debian or Ubuntu run: sudo apt-get install npm; "
            f"or fetch {_PACKAGE} where there is npm (npm pack {_PACKAGE}) and name the file: --ohif FILE.tgz."
        )
    return npm


def get_ohif(archive: Path | None = None) -> Path:
    """Return the folder of the viewer; fetch it where it is not there yet.

    Args:
        archive: npm's package, fetched before.

    Raises:
        QuantSegError: it could not be fetched, or is another than expected.
        UsageError: npm is missing.
    """
    folder = _folder()
    if is_installed() and archive is None:
        return folder
    with tempfile.TemporaryDirectory(prefix="quantseg-ohif-") as aside:
        _unpack(archive or _fetch(Path(aside)), folder)
    return folder


def _folder() -> Path:
    return cache_folder() / f"ohif-{VERSION}"


def _fetch(folder: Path) -> Path:
    command = [require_npm(), "pack", _PACKAGE, "--silent", "--pack-destination", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=_FETCH_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise QuantSegError(f"npm had not fetched {_PACKAGE} after {_FETCH_SECONDS} s; try again later.") from None
    found = sorted(folder.glob("*.tgz"))
    if done.returncode != 0 or not found:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise QuantSegError(f"npm could not fetch {_PACKAGE} (exit status {done.returncode}: {last}).")
    return found[0]


def _unpack(archive: Path, folder: Path) -> None:
    """Unpack what browsers ask for; maps of the source are for debuggers and a fifth of it."""
    try:
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    except OSError as error:
        raise UsageError(f"{archive} cannot be read ({error.strerror}); name npm's package {_PACKAGE}.") from None
    if digest != _SHA256:
        raise QuantSegError(
            f"{archive.name} is not {_PACKAGE}, or damaged: its SHA-256 is {digest}, expected {_SHA256}; fetch it "
            "again."
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{folder.name}-", dir=folder.parent) as aside:
        with tarfile.open(archive) as package:
            for member in package:
                path = PurePosixPath(member.name)
                if member.isfile() and path.is_relative_to(_BUILT) and path.suffix != ".map":
                    member.name = str(path.relative_to(_BUILT))
                    package.extract(member, aside, filter="data")
        shutil.rmtree(folder, ignore_errors=True)
        built = Path(aside) / "built"
        built.mkdir()
        for one in Path(aside).iterdir():
            if one != built:
                one.rename(built / one.name)
        built.rename(folder)
