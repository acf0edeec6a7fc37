"""Which weights and configurations are the ones that were meant, by SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from quantseg.errors import ModelError
from quantseg.models.home import read_record, user_folder, write_record

SHIPPED_LIST = Path(__file__).with_name("trusted.json")

Hashes = Mapping[str, str]


def user_list() -> Path:
    """Return the file that records the bundles a user added."""
    return user_folder() / "trusted.json"


def replacement_list() -> Path:
    """Return the file that records the bundles which have taken the place of shipped ones."""
    return user_folder() / "replacements.json"


def hash_bundle(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file that decides what a bundle computes, by its path in the bundle."""
    files = [*folder.glob("configs/*"), *folder.glob("models/*")]
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes())
        for path in sorted(files)
        # Dot files: a placeholder in git, a thumbnail list of a desktop.
        if path.is_file() and not path.name.startswith(".")
    }


def sha256(data: bytes) -> str:
    """Return the SHA-256 of some bytes in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def trusted_hashes(name: str, trust_list: Path) -> Hashes:
    """Return the hashes that a list holds for a bundle.

    Raises:
        ModelError: the list does not name the bundle.
    """
    trusted = read_record(trust_list).get(name)
    if trusted is None:
        raise ModelError(f"Model {name!r} is not on the list of trusted models; add it with `quantseg models add DIR`.")
    return dict(trusted)


def read_trusted(folder: Path, path: str, hashes: Hashes) -> bytes:
    """Read a file of a bundle, and refuse it unless it is the one that was trusted.

    The bytes that were hashed are the bytes returned: nobody can exchange the file between check and use.

    Args:
        folder: the bundle.
        path: the file's path in the bundle.
        hashes: of the bundle's files.

    Raises:
        ModelError: the file is missing, not listed, or differs.
    """
    if path not in hashes:
        raise ModelError(f"{folder / path} is not on the list of trusted files of this model; remove it.")
    try:
        data = (folder / path).read_bytes()
    except OSError as error:
        raise ModelError(f"{folder / path} cannot be read ({error.strerror}); install the model again.") from error
    found = sha256(data)
    if found != hashes[path]:
        raise ModelError(
            f"{folder / path} is damaged or was changed: its SHA-256 is {found[:12]}… instead of "
            f"{hashes[path][:12]}…; install the model again."
        )
    return data


def record_trusted(folder: Path, trust_list: Path) -> dict[str, str]:
    """Trust a bundle as it lies there from now on, and return the hashes recorded.

    With the list that ships with the code this is a maintainer's step, after every change of a config or of weights.

    Args:
        folder: of the bundle; the list knows it by the name alone.
        trust_list: that speaks of bundles in this place, see :func:`quantseg.models.bundle.trust_list_of`.
    """
    record = read_record(trust_list)
    record[folder.name] = hash_bundle(folder)
    write_record(trust_list, record)
    return dict(record[folder.name])


def forget(name: str, trust_list: Path) -> None:
    """Take a bundle off a list."""
    record = read_record(trust_list)
    record.pop(name, None)
    write_record(trust_list, record)
