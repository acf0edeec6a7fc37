"""What reading the heart yields: frames of a short-axis stack, where they lie, and what is known of the heart beat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import nibabel
import numpy as np

from quantseg.measure.segments import Segment
from quantseg.reading.scan import Acquisition, ImageFormat
from quantseg.results.outputs import LabelMap
from quantseg.volume import Grid, Volume, voxel_spacing_mm


class CineKind(Enum):
    """Which part of the heart beat the frames show."""

    SINGLE_FRAME = "single frame"
    ED_AND_ES = "end-diastole and end-systole"
    CYCLE = "cycle"


class SpacingOrigin(Enum):
    """Where the spacing that holds comes from.

    PIXDIM_AGAINST_AFFINE: ``pixdim`` was believed although the affine says 1 mm, which calls for a look at the result.
    """

    HEADER = "header"
    PIXDIM_AGAINST_AFFINE = "pixdim against affine"
    USER = "user"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class CineGeometry:
    """Where the frames of a cine lie, and how far that can be trusted.

    Attributes:
        affine: 4x4 matrix from (i, j, k) to RAS in mm with the spacing that holds; where the spacing is unknown, the
            lengths of its columns mean nothing.
        header_affine: the affine as the file states it, for labels that must lie on the input in other programs.
        spacing_origin: where the spacing comes from.
        slice_axis: axis of the array, 0 to 2, along which the short-axis slices are stacked.
        orientation_trusted: directions are those of the patient, so that walls of the heart can be named.
        doubts: why the result needs a look, a sentence each.
    """

    affine: np.ndarray
    header_affine: np.ndarray
    spacing_origin: SpacingOrigin
    slice_axis: int
    orientation_trusted: bool
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Body:
    """The patient's size, for indexed values; None where the input is silent.

    Attributes:
        height_cm: body height.
        weight_kg: body weight.
    """

    height_cm: float | None = None
    weight_kg: float | None = None


@dataclass(frozen=True)
class Cine:
    """A readable short-axis stack at one or more times of the heart beat.

    Attributes:
        frames: intensities as stored (float32 or the stored integer type), shape (T, I, J, K), in the file's own axis
            order; each frame is whole in memory, so that going through frames copies nothing.
        geometry: of every frame.
        image_format: how it was stored.
        kind: which part of the heart beat it shows.
        frame_numbers: number of each frame in the input, counted from 1, length T; ascending for a cycle.
        frame_times_ms: time of each frame after the R wave (or after the first frame), length T, ascending; None
            where the input does not tell it.
        heart_rate_bpm: beats per minute, where the input tells it.
        body: the patient's size, where the input tells it.
        ed_frame: index into ``frames`` of end-diastole, where the input says so.
        es_frame: index into ``frames`` of end-systole, where the input says so.
        header: the NIfTI header that label files take over, with four axes where the input has four; None where the
            input was no NIfTI.
        acquisition: what DICOM says about it.
        notes: sentences that report and ``run.json`` repeat.
        reading_doubts: why what was done to read it calls for a look at the result, a sentence each.
    """

    frames: np.ndarray
    geometry: CineGeometry
    image_format: ImageFormat
    kind: CineKind
    frame_numbers: tuple[int, ...]
    frame_times_ms: tuple[float, ...] | None = None
    heart_rate_bpm: float | None = None
    body: Body = field(default_factory=Body)
    ed_frame: int | None = None
    es_frame: int | None = None
    header: nibabel.Nifti1Header | None = None
    acquisition: Acquisition = field(default_factory=Acquisition)
    notes: tuple[str, ...] = ()
    reading_doubts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.frames.ndim != 4:
            raise ValueError(f"A cine has four axes (T, I, J, K); this array has the shape {self.frames.shape}.")
        for values in (self.frame_numbers, self.frame_times_ms):
            if values is not None and len(values) != len(self.frames):
                raise ValueError(f"Expected one value for each of {len(self.frames)} frames, got {len(values)}.")

    @classmethod
    def of_all_frames(cls, frames: np.ndarray, geometry: CineGeometry, image_format: ImageFormat, **known: Any) -> Cine:
        """Return the cine of an input that holds one frame, or all frames of the heart beat one after another.

        Args:
            frames: shape (T, I, J, K).
            geometry: of every frame.
            image_format: how it was stored.
            known: further attributes, by name.
        """
        kind = CineKind.CYCLE if len(frames) > 1 else CineKind.SINGLE_FRAME
        return cls(frames, geometry, image_format, kind, tuple(range(1, len(frames) + 1)), **known)

    @property
    def grid(self) -> Grid:
        """Where the voxels of every frame lie."""
        _, i, j, k = self.frames.shape
        return Grid((i, j, k), self.geometry.affine)

    @property
    def spacing_mm(self) -> tuple[float, float, float] | None:
        """Distance between neighbouring voxel centres along i, j and k; None where it is unknown.

        Along the slice axis this is the distance between slices, their thickness and the gap together.
        """
        if self.geometry.spacing_origin is SpacingOrigin.UNKNOWN:
            return None
        return voxel_spacing_mm(self.geometry.affine)

    @property
    def label_affine(self) -> np.ndarray | None:
        """Affine that label files state, whatever spacing was used; None where they take over the input's header."""
        return self.geometry.header_affine if self.header is None else None

    @property
    def scene_affine(self) -> np.ndarray:
        """Affine of labels that are to lie on the image in Slicer.

        ITK takes directions from a NIfTI header's affine but the spacing from ``pixdim``.
        """
        return self.geometry.affine if self.spacing_needs_look else self.geometry.header_affine

    @property
    def spacing_needs_look(self) -> bool:
        """Whether the spacing was decided against the affine, so that the verdict is "look" at best."""
        return self.geometry.spacing_origin is SpacingOrigin.PIXDIM_AGAINST_AFFINE

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why the verdict is "look" at best, whatever the labels are like: a sentence each."""
        return (*self.geometry.doubts, *self.reading_doubts)

    @property
    def frame_count(self) -> int:
        """Number of frames."""
        return len(self.frames)

    def frame(self, index: int) -> Volume:
        """Return one frame on its grid, without a copy."""
        return Volume(self.frames[index], self.geometry.affine)

    def label_map(
        self, labels: np.ndarray, segments: tuple[Segment, ...], phases: Mapping[str, int] | None = None
    ) -> LabelMap:
        """Return labels of the frames as a result holds them.

        Args:
            labels: uint8, shape (T, I, J, K).
            segments: meaning of their values.
            phases: frames of end-diastole and end-systole, counted from 0, by name.
        """
        together = self.kind is not CineKind.ED_AND_ES
        return LabelMap(labels, segments, phases or {}, self.frame_numbers, all_frames_written=together)
