"""What could name a patient, encrypted apart from the database: a copy of that alone tells nobody anything."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from quantseg.errors import QuantSegError

KEY_VARIABLE = "QUANTSEG_WEB_KEY"
_KEY_FILE = "identity.key"
_OPEN_TO_OTHERS = 0o077
_WORD, _DIGIT = re.compile(r"\w+"), re.compile(r"\d")


@dataclass(frozen=True)
class Identity:
    """Who a patient is, as far as anybody said it.

    Attributes:
        name: as DICOM writes it or a person typed it.
        identifier: number of the patient in the hospital.
        birth_date: as it was written.
    """

    name: str = ""
    identifier: str = ""
    birth_date: str = ""

    @property
    def is_known(self) -> bool:
        """Whether anything was said."""
        return any(asdict(self).values())

    @property
    def born(self) -> str:
        """Date of birth as people write it, DICOM's "19500101", too."""
        digits = self.birth_date
        return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}" if len(digits) == 8 and digits.isdecimal() else digits

    def may_be(self, other: Identity) -> bool:
        """Tell whether name and date of birth allow it to be the same person; what nobody said contradicts nothing."""
        names = [sorted(_WORD.findall(one.name.casefold())) for one in (self, other)]
        births = ["".join(_DIGIT.findall(one.birth_date)) for one in (self, other)]
        return all(not first or not second or first == second for first, second in (names, births))


class Sealer:
    """Encrypts with the first of several keys and opens with any of them, so that keys can be changed.

    Args:
        keys: of Fernet (AES-128-CBC and HMAC-SHA-256), the one in use first.

    Raises:
        QuantSegError: one is no key.
    """

    def __init__(self, keys: list[str]) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
            secret = base64.urlsafe_b64decode(keys[-1])
        except (ValueError, IndexError):
            raise QuantSegError(
                f"The key for the patients' identities is damaged; restore {_KEY_FILE}, or {KEY_VARIABLE}."
            ) from None
        # The oldest key: names that were looked up once must be found again.
        self._lookup_key = hashlib.sha256(b"lookup" + secret).digest()
        self.form_key = hashlib.sha256(b"forms" + secret).digest()

    @classmethod
    def open(cls, data: Path, may_make: bool = True) -> Sealer:
        """Open the key of an installation: that of the environment, or a file for its owner alone.

        Args:
            data: folder of the installation.
            may_make: whether a key that is missing is made, since nothing was sealed yet.

        Raises:
            QuantSegError: it cannot be read, others may read it, or it is damaged.
        """
        given = os.environ.get(KEY_VARIABLE)
        if given:
            return cls(given.split(","))
        path = data / _KEY_FILE
        if not may_make and not path.exists():
            raise QuantSegError(f"{path} is missing, by which patients' identities are read; restore it.")
        try:
            handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            pass
        except OSError as error:
            raise QuantSegError(f"{path} cannot be made ({error.strerror}); see to the folder.") from None
        else:
            with os.fdopen(handle, "wb") as stream:
                stream.write(Fernet.generate_key())
                stream.flush()
                os.fsync(stream.fileno())
        try:
            if path.stat().st_mode & _OPEN_TO_OTHERS:
                raise QuantSegError(f"{path} may be read by others than its owner; run: chmod 600 {path}.")
            return cls(path.read_text(encoding="ascii").split())
        except OSError as error:
            raise QuantSegError(f"{path} cannot be read ({error.strerror}); restore it.") from None

    def seal(self, text: str) -> bytes:
        """Encrypt a text."""
        return self._fernet.encrypt(text.encode())

    def open_text(self, sealed: bytes) -> str:
        """Return the text that was encrypted.

        Raises:
            QuantSegError: it was damaged, or encrypted with another key.
        """
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise QuantSegError(
                "An identity cannot be opened with this key; restore the key it was made with."
            ) from None

    def seal_identity(self, identity: Identity) -> bytes:
        """Encrypt who a patient is."""
        return self.seal(json.dumps(asdict(identity)))

    def open_identity(self, sealed: bytes) -> Identity:
        """Return who a patient is.

        Raises:
            QuantSegError: as for :meth:`open_text`.
        """
        return Identity(**json.loads(self.open_text(sealed)))

    def lookup(self, group: str, identifier: str) -> str:
        """Return what finds a patient of a group again by the hospital's number; empty where that is."""
        known = "".join(identifier.split()).casefold()
        return hmac.new(self._lookup_key, f"{group}:{known}".encode(), hashlib.sha256).hexdigest() if known else ""
