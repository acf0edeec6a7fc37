"""The members of a bundle, ready to predict."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from quantseg.errors import ModelError
from quantseg.inference.device import Device
from quantseg.inference.loading import device_for, load_networks
from quantseg.inference.memory import MemoryLadder, MemoryRung
from quantseg.inference.network import Network
from quantseg.inference.preparing import prepare
from quantseg.models.bundle import Bundle
from quantseg.models.intensity import intensity_transform


class Ensemble:
    """Networks that were trained alike on different parts of the data; their disagreement measures doubt.

    Args:
        bundle: from :func:`quantseg.models.bundle.find_bundle`.
        device: where to run as long as its memory suffices.
        members: file names under ``models/``; all of the bundle's by default.

    Raises:
        ModelError: a weight file is damaged or not the one that was trusted, or the bundle lacks such a member.
    """

    def __init__(self, bundle: Bundle, device: Device, members: Sequence[str] | None = None) -> None:
        self.bundle = bundle
        self.members = tuple(bundle.members if members is None else members)
        if not self.members:
            raise ModelError(f"Model {bundle.name!r} holds no weights; install it again or train it.")
        device = device_for(bundle, device)
        self._networks = load_networks(bundle, self.members, device)
        self._intensity = intensity_transform(bundle.inference["intensity"])
        self._ladder = MemoryLadder(device, tuple(bundle.inference["minimum_patch"]))

    @property
    def rung(self) -> MemoryRung:
        """How the last image was brought through the networks; later ones start there."""
        return self._ladder.rung

    @property
    def device(self) -> Device:
        """The device that served the last image."""
        return self._ladder.device

    def alone(self, member: str) -> Ensemble:
        """Return one of the members as an ensemble of its own.

        Args:
            member: file name under ``models/``.

        Raises:
            ModelError: as for the ensemble.
        """
        return Ensemble(self.bundle, self.device, [member])

    def predict(self, image: np.ndarray) -> np.ndarray:
        """Return what every member makes of an image.

        Args:
            image: raw intensities at the bundle's spacing, RAS order, shape (I, J, K).

        Returns:
            softmax probabilities, float32, shape (M, C, I, J, K); the same image gives the same bytes.
        """
        batch, padding = prepare(image, self._intensity, self.bundle.inference)
        return padding.remove(self._ladder.run(self._networks, batch)[:, 0])

    def predict_samples(self, samples: np.ndarray) -> np.ndarray:
        """Return what every member makes of normalised samples.

        Args:
            samples: float32, shape (N, channels, ...), of sizes that the networks take.

        Returns:
            softmax probabilities, or values where the bundle says so, float32, shape (M, N, C, ...).
        """
        return self._ladder.run(self._networks, samples)


class PlainNetworks:
    """Networks in hand, as training has them: no bundle, no way down from "out of memory".

    Args:
        networks: ready to predict.
        device: where to run.
    """

    def __init__(self, networks: Sequence[Network], device: Device) -> None:
        self._networks, self._device = networks, device

    def predict_samples(self, samples: np.ndarray) -> np.ndarray:
        """Do as :meth:`Ensemble.predict_samples` does."""
        return np.stack([network(samples, self._device) for network in self._networks])
