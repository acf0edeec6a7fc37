"""How far volumes of tissue may be off: 95 % intervals as ``configs/verdict.json`` of the bundle holds them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from quantseg.measure.values import Interval, Measurement

VERDICT_FILE = "configs/verdict.json"
HEAD_SHOWN, BRAIN_SHOWN = "head", "brain"
"""What an image shows: a head, or a brain without its skull. Errors of the two are told apart."""


@dataclass(frozen=True)
class TissueIntervals:
    """Half widths of 95 % intervals as shares of the value.

    Attributes:
        half_widths: by what the image shows, by measurement, by region.
    """

    half_widths: Mapping[str, Mapping[str, Mapping[str, float]]]

    def around(self, measurement: Measurement, skull_shown: bool) -> Measurement:
        """Return a measurement with its interval; as it is where none was fitted."""
        of_view = self.half_widths.get(HEAD_SHOWN if skull_shown else BRAIN_SHOWN, {})
        share = of_view.get(measurement.key, {}).get(measurement.region)
        if share is None:
            return measurement
        value = measurement.value
        return replace(measurement, interval=Interval(max(0.0, value * (1 - share)), value * (1 + share)))


def read_intervals(folder: Path) -> TissueIntervals:
    """Return the intervals of the bundle in a folder; none where it was not calibrated."""
    path = folder / VERDICT_FILE
    if not path.is_file():
        return TissueIntervals({})
    return TissueIntervals(json.loads(path.read_text(encoding="utf-8"))["half_widths"])
