"""Which network tells the mixture of a bundle what to expect, and what its classes are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from quantseg.models.configuration import MIXTURE

if TYPE_CHECKING:
    from quantseg.models.bundle import Bundle


@dataclass(frozen=True)
class ExpectingNetwork:
    """A network by its bundle.

    Attributes:
        bundle: name of the bundle.
        channel_of: channel of :func:`quantseg.brain.regions.regions_of_channel` by the name of each class; None where
            the classes bear these names themselves.
    """

    bundle: str
    channel_of: Mapping[str, str] | None


def network_of(bundle: Bundle) -> ExpectingNetwork:
    """Return a bundle's own network, or that of the other bundle that it names."""
    if bundle.is_network:
        return ExpectingNetwork(bundle.name, None)
    told = bundle.inference[MIXTURE]
    return ExpectingNetwork(told["network"], told["channels"])
