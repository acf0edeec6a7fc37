"""Which model made a result, as every result repeats it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ModelReference:
    """Which model made a result.

    Attributes:
        name: bundle name.
        version: bundle version.
        licence: SPDX identifier of the weights' licence.
        weight_hashes: SHA-256 of each weight file, by its path in the bundle.
    """

    name: str
    version: str
    licence: str
    weight_hashes: Mapping[str, str]
