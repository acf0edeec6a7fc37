"""What was fitted for doubt: limits of the rules, and how wide the volume intervals are."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from quantseg.measure.error_model import ErrorModel
from quantseg.measure.limits import Limits
from quantseg.measure.values import Interval
from quantseg.tasks.hippocampus.expectation import DiceExpectation
from quantseg.tasks.hippocampus.features import HippocampusFeatures


class IntervalModel(ErrorModel):
    """A 95 % interval of a volume, fitted to the errors of members on cases that they had not seen.

    The error is the logarithm of true over predicted volume, the doubt the entropy per volume: the more uncertain
    voxels, the wider.
    """

    def interval(self, volume_mm3: float, entropy_per_volume: float) -> Interval:
        """Return the interval around a volume, in mm3."""
        reach = self.reach(entropy_per_volume)
        return Interval(volume_mm3 * math.exp(self.bias - reach), volume_mm3 * math.exp(self.bias + reach))


@dataclass(frozen=True)
class Judgement:
    """Everything fitted about doubt, as ``configs/verdict.json`` of the bundle holds it.

    Attributes:
        limits: by feature.
        expectation: estimates the Dice that an expert's labels would reach.
        intervals: by part: ``anterior``, ``posterior`` and ``whole``.
    """

    limits: Mapping[str, Limits]
    expectation: DiceExpectation
    intervals: Mapping[str, IntervalModel]

    def volume_intervals(self, volumes_mm3: Mapping[str, float], features: HippocampusFeatures) -> dict[str, Interval]:
        """Return the interval of each part's volume."""
        return {
            part: self.intervals[part].interval(volume, features.entropy_per_volume)
            for part, volume in volumes_mm3.items()
            if part in self.intervals
        }


def read_judgement(path: Path) -> Judgement:
    """Read ``verdict.json``."""
    fitted = json.loads(path.read_text(encoding="utf-8"))
    limits = {
        name: Limits((entry["look"][0], entry["look"][1]), (entry["fail"][0], entry["fail"][1]))
        for name, entry in fitted["limits"].items()
    }
    return Judgement(
        limits,
        DiceExpectation(**fitted["expectation"]),
        {part: IntervalModel(**entry) for part, entry in fitted["intervals"].items()},
    )
