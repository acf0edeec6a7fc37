"""The ensembles of one process, kept for whichever tasks and cases need them next."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence

from quantseg.inference.device import choose_device
from quantseg.inference.ensemble import Ensemble
from quantseg.measure.steps import Steps
from quantseg.models.bundle import Bundle, find_bundle

# All models of two tasks of today, and a finder of one member besides; the largest ensemble takes 60 MB in float32.
_MOST_ENSEMBLES = 8


class ModelStore:
    """Loads an ensemble when it is first asked for, and keeps the most recently used ones.

    Args:
        most: how many ensembles are kept; the least recently used goes first.
        instead: bundles to be taken in the place of those of these names, such as one that is on trial.
    """

    def __init__(self, most: int = _MOST_ENSEMBLES, instead: Mapping[str, Bundle] | None = None) -> None:
        self._most = most
        self._instead = dict(instead or {})
        self._kept: OrderedDict[tuple[object, ...], Ensemble] = OrderedDict()
        self._loading = threading.Lock()

    def ensemble(
        self, name: str, device: str, steps: Steps | None = None, members: Sequence[str] | None = None
    ) -> Ensemble:
        """Return the ensemble of a bundle.

        Args:
            name: of the bundle.
            device: as :func:`quantseg.inference.device.choose_device` takes it.
            steps: of the case that waits for it, whose step ``load model`` it is if it must be loaded.
            members: file names under ``models/``; all of the bundle's by default.

        Raises:
            ModelError: the bundle is missing, damaged or untrusted.
            UsageError: this machine has no such device.
        """
        with self._loading:
            bundle = self._instead.get(name) or find_bundle(name)
            key = (name, tuple(sorted(bundle.hashes.items())), device, None if members is None else tuple(members))
            if key not in self._kept:
                with (steps or Steps()).step("load model"):
                    self._kept[key] = _load(bundle, device, members)
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
            return self._kept[key]


def _load(bundle: Bundle, device: str, members: Sequence[str] | None) -> Ensemble:
    return Ensemble(bundle, choose_device(device), members)
