"""What one case yields: the value that panel, command line, browser and PACS all present."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from quantseg.measure.curves import FrameCurves
from quantseg.measure.doubt import DoubtfulSlice
from quantseg.measure.segments import Segment
from quantseg.measure.values import Check, Measurement, Verdict, worst
from quantseg.models.reference import ModelReference, algorithm_name
from quantseg.reading.scan import InputImage, Scan
from quantseg.results.outputs import LabelMap, Output
from quantseg.volume import Volume

__all__ = ["CaseResult", "ModelReference"]


@dataclass(frozen=True)
class CaseResult:
    """A finished case, before anything is written.

    Attributes:
        name: case name.
        task: name of the task that made it.
        scan: the image of the task's first role, as read; outputs lie on its grid.
        outputs: what was made: labels, images, scores.
        measurements: all numbers, with units.
        checks: every rule applied, passed ones too.
        models: the models used.
        made_by: name of the one among them that made the outputs; empty where no model did.
        facts: further provenance as plain values (``input_kind``, ``device``, ``memory_rung``, ...), repeated in
            ``measurements.json`` and ``run.json``.
        voxel_entropy: uncertainty from the ensemble on the input's grid, 0 certain to 1, float32; None if unknown.
        step_seconds: wall time of each step, in order.
        curves: values over the frames of an input that has any.
        doubtful_slices: where the ensemble disagrees most, the worst first.
        edited_segments: keys of the segments that a person has changed since.
        further_scans: images of the task's other roles, as read, by the name of the role.
        notes: sentences about the measurements, beside those on the image that ``scan`` holds.
    """

    name: str
    task: str
    scan: InputImage
    outputs: tuple[Output, ...]
    measurements: tuple[Measurement, ...]
    checks: tuple[Check, ...]
    models: tuple[ModelReference, ...]
    made_by: str = ""
    facts: Mapping[str, str | float | int | bool | None] = field(default_factory=dict)
    voxel_entropy: np.ndarray | None = None
    step_seconds: Mapping[str, float] = field(default_factory=dict)
    curves: FrameCurves | None = None
    doubtful_slices: tuple[DoubtfulSlice, ...] = ()
    edited_segments: tuple[str, ...] = ()
    further_scans: Mapping[str, InputImage] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The most severe verdict of all checks."""
        return worst(check.verdict for check in self.checks)

    @property
    def algorithm(self) -> str:
        """What made the outputs, in words; see :func:`quantseg.models.reference.algorithm_name`."""
        return algorithm_name(self.task, self.models, self.made_by)

    @property
    def has_labels(self) -> bool:
        """Whether the task yields labels at all."""
        return any(isinstance(output, LabelMap) for output in self.outputs)

    @property
    def label_map(self) -> LabelMap:
        """The labels of a task that yields any.

        Raises:
            TypeError: it yields none.
        """
        found = next((output for output in self.outputs if isinstance(output, LabelMap)), None)
        if found is None:
            raise TypeError(f"The task {self.task} yields no labels; {self.name} has none.")
        return found

    @property
    def labels(self) -> np.ndarray:
        """Label map, uint8, shape (I, J, K), or (T, I, J, K) where the input has frames."""
        return self.label_map.array

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Meaning of each label value that can occur; none where there are no labels."""
        return self.label_map.segments if self.has_labels else ()

    @property
    def phases(self) -> Mapping[str, int]:
        """Frames, counted from 0, that get label files of their own, by the name of the phase."""
        return self.label_map.phases if self.has_labels else {}

    def with_label_map(self, **changes: Any) -> CaseResult:
        """Return the case with other labels.

        Args:
            changes: attributes of :class:`LabelMap` by name, whatever their types are.
        """
        changed = dataclasses.replace(self.label_map, **changes)
        outputs = tuple(changed if isinstance(output, LabelMap) else output for output in self.outputs)
        return dataclasses.replace(self, outputs=outputs)

    @property
    def volume(self) -> Volume:
        """The image of a case that is a single volume.

        Raises:
            TypeError: the case has frames.
        """
        if not isinstance(self.scan, Scan):
            raise TypeError(f"{self.name} has {self.scan.frame_count} frames, expected a single volume.")
        return self.scan.volume
