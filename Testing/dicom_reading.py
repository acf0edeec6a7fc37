"""Reading the one DICOM series of a folder, as it should be or as it should be refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from quantseg.errors import InputRefused
from quantseg.reading import find_cases, read_scan
from quantseg.reading.scan import Scan


def read(folder: Path) -> Scan:
    (case,) = find_cases([folder])
    return read_scan(case)


def refusal(folder: Path) -> str:
    """Return why a series is refused, having checked that the message holds no path and nothing of the patient."""
    (case,) = find_cases([folder])
    with pytest.raises(InputRefused) as caught:
        read_scan(case)
    message = str(caught.value)
    assert message.startswith(f"{case.name}: ")
    assert str(folder) not in message
    assert not any(secret in message for secret in ("Doe", "Jane", "4711", "19660101"))
    assert caught.value.__cause__ is None
    return message
