"""What pydicom says of a header's values, kept from terminal and logs: it quotes them, and they may name a patient."""

from __future__ import annotations

import logging
import warnings

_EVERYTHING = r"pydicom(\..*)?$"
_ABOVE_ALL_LEVELS = logging.CRITICAL + 1


def silence_pydicom() -> None:
    """Let pydicom neither warn nor log in this process from now on.

    It does so when a value is looked at first, long after the file was read, so that no ``with`` around the reading
    would do; nor is ``warnings.catch_warnings`` safe where several threads read.
    """
    warnings.filterwarnings("ignore", module=_EVERYTHING)
    logging.getLogger("pydicom").setLevel(_ABOVE_ALL_LEVELS)
