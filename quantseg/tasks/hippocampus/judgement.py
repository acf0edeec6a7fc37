"""What was fitted for doubt: limits of the rules, and how wide the volume intervals are."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quantseg.measure.error_model import ErrorModel
from quantseg.measure.limits import Limits
from quantseg.measure.scaled_error import ScaledErrorModel, read_scaled_error
from quantseg.measure.values import Interval
from quantseg.tasks.hippocampus.expectation import DiceExpectation, read_expectation
from quantseg.tasks.hippocampus.features import HippocampusFeatures
from quantseg.tasks.hippocampus.volume_correction import VolumeCorrection, read_volume_correction


class IntervalModel(ErrorModel):
    """A 95 % interval of a volume, as older models have it: the more uncertain voxels, the wider.

    The error is the logarithm of true over predicted volume, the doubt the entropy per volume.
    """

    def interval(self, volume_mm3: float, features: HippocampusFeatures) -> Interval:
        """Return the interval around a volume, in mm3."""
        return _around(volume_mm3, self.bias, self.reach(features.entropy_per_volume))


@dataclass(frozen=True)
class ScaledIntervalModel:
    """A 95 % interval of a volume, as wide as errors are in cases like this one.

    Attributes:
        error: of the logarithm of true over predicted volume, foreseen from :func:`interval_terms`.
    """

    error: ScaledErrorModel

    def interval(self, volume_mm3: float, features: HippocampusFeatures) -> Interval:
        """Return the interval around a volume, in mm3."""
        return _around(volume_mm3, self.error.bias, self.error.reach(interval_terms(features)))


def interval_terms(features: HippocampusFeatures) -> dict[str, float]:
    """Return what the size of a volume's error is foreseen from."""
    return {
        "size": math.log(max(features.volume_mm3, 100.0)),
        "unsure": math.log(max(1 - features.promised_dice, 1e-3)),
        "noise": math.log(max(features.noise, 1e-3)),
    }


@dataclass(frozen=True)
class Judgement:
    """Everything fitted about doubt, as ``configs/verdict.json`` of the bundle holds it.

    Attributes:
        limits: by feature.
        expectation: estimates the Dice that an expert's labels would reach.
        intervals: by part: ``anterior``, ``posterior`` and ``whole``.
        correction: how large the labels shall be; None where the model has none.
    """

    limits: Mapping[str, Limits]
    expectation: DiceExpectation
    intervals: Mapping[str, IntervalModel | ScaledIntervalModel]
    correction: VolumeCorrection | None = None

    def volume_intervals(self, volumes_mm3: Mapping[str, float], features: HippocampusFeatures) -> dict[str, Interval]:
        """Return the interval of each part's volume."""
        return {
            part: self.intervals[part].interval(volume, features)
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
        read_expectation(fitted["expectation"]),
        {part: _interval_model(entry) for part, entry in fitted["intervals"].items()},
        read_volume_correction(fitted["volumes"]) if "volumes" in fitted else None,
    )


def _interval_model(values: Mapping[str, Any]) -> IntervalModel | ScaledIntervalModel:
    return ScaledIntervalModel(read_scaled_error(values)) if "scale" in values else IntervalModel(**values)


def _around(volume_mm3: float, bias: float, reach: float) -> Interval:
    return Interval(volume_mm3 * math.exp(bias - reach), volume_mm3 * math.exp(bias + reach))
