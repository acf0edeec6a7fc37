"""What one case yields: the value that panel, command line, browser and PACS all present."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from quantseg.measure.curves import FrameCurves
from quantseg.measure.doubt import DoubtfulSlice
from quantseg.measure.segments import Segment
from quantseg.measure.values import Check, Measurement, Verdict, worst
from quantseg.models.reference import ModelReference
from quantseg.reading.scan import Scan
from quantseg.tasks.heart.reading.cine import Cine
from quantseg.volume import Volume

__all__ = ["CaseResult", "ModelReference"]


@dataclass(frozen=True)
class CaseResult:
    """A finished case, before anything is written.

    Attributes:
        name: case name.
        organ: "hippocampus" or "heart".
        scan: the input, as read.
        labels: label map on the input's grid and axis order, uint8, shape (I, J, K), or (T, I, J, K) for a cine.
        segments: meaning of each label value that can occur.
        measurements: all numbers, with units.
        checks: every rule applied, passed ones too.
        models: the models used.
        facts: further provenance as plain values (``input_kind`` "head" or "crop", ``device``, ``memory_rung``,
            ``side``, ...), repeated in ``measurements.json`` and ``run.json``.
        voxel_entropy: uncertainty from the ensemble on the input's grid, 0 certain to 1, float32; None if unknown.
        step_seconds: wall time of each step, in order.
        phases: frames of ``labels``, counted from 0, that get label files of their own, by the name of the phase.
        curves: values over the frames of a cine.
        doubtful_slices: where the ensemble disagrees most, the worst first.
        edited_segments: keys of the segments that a person has changed since.
    """

    name: str
    organ: str
    scan: Scan | Cine
    labels: np.ndarray
    segments: tuple[Segment, ...]
    measurements: tuple[Measurement, ...]
    checks: tuple[Check, ...]
    models: tuple[ModelReference, ...]
    facts: Mapping[str, str | float | int | bool | None] = field(default_factory=dict)
    voxel_entropy: np.ndarray | None = None
    step_seconds: Mapping[str, float] = field(default_factory=dict)
    phases: Mapping[str, int] = field(default_factory=dict)
    curves: FrameCurves | None = None
    doubtful_slices: tuple[DoubtfulSlice, ...] = ()
    edited_segments: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The most severe verdict of all checks."""
        return worst(check.verdict for check in self.checks)

    @property
    def algorithm(self) -> str:
        """What made the labels, as DICOM's Segment Algorithm Name says it, such as "QuantSeg hippocampus 1.0.0".

        Empty where no model did.
        """
        # Of several models of an organ, such as one without licence conditions, each has the organ's name first.
        model = next((model for model in self.models if model.name.startswith(self.organ)), None)
        if model is None:
            return f"QuantSeg {self.organ}" if self.models else ""
        return f"QuantSeg {model.name} {model.version}"

    @property
    def volume(self) -> Volume:
        """The image of an organ whose cases are single volumes.

        Raises:
            TypeError: the case is a cine.
        """
        if isinstance(self.scan, Cine):
            raise TypeError(f"{self.name} is a cine of {len(self.scan.frames)} frames, expected a single volume.")
        return self.scan.volume

    @property
    def cine(self) -> Cine:
        """The frames of a heart.

        Raises:
            TypeError: the case is a single volume.
        """
        if not isinstance(self.scan, Cine):
            raise TypeError(f"{self.name} is a single volume, expected a cine.")
        return self.scan
