"""The parts of ``measurements.json`` that are written otherwise than the engine holds them: rounded, by file, by name.

Whatever is written as it is held, such as a check or a segment, has no part here: the document takes it as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

import numpy as np
from nibabel import orientations
from pydantic import Field, SerializerFunctionWrapHandler, WrapSerializer

from quantseg.measure.curves import Curve, FrameCurves
from quantseg.measure.segments import Segment
from quantseg.measure.values import Interval, Measurement
from quantseg.models.reference import ModelReference
from quantseg.reading.scan import ImageFormat, InputImage
from quantseg.results.json_document import FrameNumber, JsonPart, Number, Sha256, is_empty
from quantseg.results.layout import LABELS, image_file, phase_file
from quantseg.results.numbers import as_number, curve_texts, stored_interval_texts, stored_text
from quantseg.results.outputs import ImageMap, LabelMap, Score

Triple = tuple[float, float, float]
Row = tuple[float, float, float, float]
Count = Annotated[int, Field(ge=1)]


def _is_missing(value: object) -> bool:
    return value is None


def _without_missing(values: Mapping[str, object]) -> dict[str, object]:
    return {
        key: _without_missing(value) if isinstance(value, Mapping) else value
        for key, value in values.items()
        if value is not None
    }


def _serialize_without_missing(value: object, plain: SerializerFunctionWrapHandler) -> dict[str, object]:
    return _without_missing(plain(value))


omit_missing = WrapSerializer(_serialize_without_missing)
"""Writes a value without those of its attributes that are None."""


class MeasurementEntry(JsonPart):
    """One number, with more digits than it is worth, so that rounding never adds to a difference.

    Attributes:
        key: what was measured.
        region: of what: a segment, or a union of segments.
        value: the number.
        unit: UCUM-like, "1" for a bare number.
        interval_95: lower and upper bound of the 95 % interval in the same unit, null where none is known.
        protocol: in words, how it was measured.
        decimals: with which the value is shown; absent where these are the usual ones of its unit.
        slice_index: of the one slice that it is of, counted from 0 as in the file; absent for the whole.
    """

    key: str
    region: str
    value: Number
    unit: str
    interval_95: tuple[Number, Number] | None
    protocol: Annotated[str, Field(min_length=1)]
    decimals: Annotated[int, Field(ge=0)] | None = Field(default=None, exclude_if=_is_missing)
    slice_index: Annotated[int, Field(ge=0)] | None = Field(default=None, exclude_if=_is_missing)

    @classmethod
    def of(cls, measurement: Measurement) -> Self:
        """Round a measurement to the digits that are stored."""
        interval = None
        if measurement.interval is not None:
            low, high = stored_interval_texts(measurement, measurement.interval)
            interval = as_number(low), as_number(high)
        return cls(
            key=measurement.key,
            region=measurement.region,
            value=as_number(stored_text(measurement)),
            unit=measurement.unit,
            interval_95=interval,
            protocol=measurement.protocol,
            decimals=measurement.decimals,
            slice_index=measurement.slice_index,
        )

    @property
    def measurement(self) -> Measurement:
        """The number as the engine holds it."""
        interval = None if self.interval_95 is None else Interval(*self.interval_95)
        return Measurement(
            self.key, self.region, self.value, self.unit, self.protocol, interval, self.decimals, self.slice_index
        )


class PhaseEntry(JsonPart):
    """The labels of a single frame of a cine.

    Attributes:
        file: name of the label map.
        frame_number: in the input, counted from 1.
    """

    file: str
    frame_number: FrameNumber


class LabelsEntry(JsonPart):
    """The labels, and what their values mean.

    Attributes:
        file: label map of the whole input; null where there are label maps of phases only.
        segments: meaning of each value.
        phases: label maps of single frames of a cine, by phase, in the order of the frames.
    """

    file: str | None
    segments: tuple[Annotated[Segment, omit_missing], ...]
    phases: dict[str, PhaseEntry] = Field(default_factory=dict, exclude_if=is_empty)

    @classmethod
    def of(cls, labels: LabelMap) -> Self:
        """Name the file of the whole label map, where there is one, and those of the phases."""
        # In the order of the frames, so that a pair without a file of the whole is read back frame by frame.
        phases = {
            phase: PhaseEntry(file=phase_file(phase, LABELS), frame_number=labels.frame_numbers[frame])
            for phase, frame in sorted(labels.phases.items(), key=lambda one: one[1])
        }
        return cls(file=LABELS if labels.all_frames_written else None, segments=labels.segments, phases=phases)

    def label_map(self, array: np.ndarray, frame_numbers: tuple[int, ...]) -> LabelMap:
        """Return the labels.

        Args:
            array: shape (I, J, K), or (T, I, J, K) where the input has frames.
            frame_numbers: number of each frame in the input, length T; empty where there are no frames.
        """
        numbered = self.phases if frame_numbers else {}
        phases = {phase: frame_numbers.index(one.frame_number) for phase, one in numbered.items()}
        return LabelMap(array, self.segments, phases, frame_numbers, self.file is not None)


class ImageEntry(JsonPart):
    """An image that was made.

    Attributes:
        name: of the image, such as standard_dose.
        title: shown to people.
        file: name of the file.
        unit: UCUM-like unit of its values, "1" for a bare number.
    """

    name: str
    title: str
    file: str
    unit: str

    @classmethod
    def of(cls, image: ImageMap) -> Self:
        """Describe an image."""
        return cls(name=image.name, title=image.title, file=image_file(image.name), unit=image.unit)


class ScoreEntry(JsonPart):
    """A number about the person, which stands among the measurements.

    Attributes:
        title: shown to people.
        key: of the measurement.
        region: of the measurement.
    """

    title: str
    key: str
    region: str

    @classmethod
    def of(cls, score: Score) -> Self:
        """Say which measurement it is."""
        return cls(title=score.title, key=score.measurement.key, region=score.measurement.region)


class InputEntry(JsonPart):
    """An image that the case was made from.

    Attributes:
        format: how it was stored.
        shape: of a volume, or of each frame of a cine.
        spacing_mm: null where it is unknown; the lengths of the affine's columns then mean nothing.
        orientation: directions in which the voxel axes run.
        affine: voxel indices to RAS in mm.
        modality: DICOM Modality (0008,0060); null where the image does not say it.
        series_number: DICOM Series Number (0020,0011); null where the image does not say it.
        series_hash: first 8 hexadecimal digits of the SHA-256 of the SeriesInstanceUID; null where there is none.
    """

    format: ImageFormat
    shape: tuple[Count, Count, Count]
    spacing_mm: Triple | None
    orientation: Annotated[str, Field(pattern=r"^[RLAPSI]{3}$")]
    affine: tuple[Row, Row, Row, Row]
    modality: str | None
    series_number: int | None
    series_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{8}$")] | None

    @classmethod
    def of(cls, scan: InputImage) -> Self:
        """Describe an image."""
        i_mm, j_mm, k_mm = scan.spacing_mm or (0.0, 0.0, 0.0)
        first, second, third, last = (
            (float(a), float(b), float(c), float(d)) for a, b, c, d in scan.grid.affine.round(6)
        )
        return cls(
            format=scan.image_format,
            shape=scan.grid.shape,
            spacing_mm=None if scan.spacing_mm is None else (round(i_mm, 6), round(j_mm, 6), round(k_mm, 6)),
            orientation=orientation_letters(scan),
            affine=(first, second, third, last),
            modality=scan.acquisition.modality,
            series_number=scan.acquisition.series_number,
            series_hash=scan.acquisition.series_hash,
        )


class ModelEntry(JsonPart):
    """A model that was used.

    Attributes:
        name: of the bundle.
        version: of the bundle.
        licence: SPDX identifier of the weights' licence.
        weights_sha256: SHA-256 of each weight file, by its path in the bundle.
    """

    name: str
    version: str
    licence: str
    weights_sha256: dict[str, Sha256]

    @classmethod
    def of(cls, model: ModelReference) -> Self:
        """Describe a model."""
        hashes = dict(model.weight_hashes)
        return cls(name=model.name, version=model.version, licence=model.licence, weights_sha256=hashes)

    @property
    def reference(self) -> ModelReference:
        """The model as the engine names it."""
        return ModelReference(self.name, self.version, self.licence, self.weights_sha256)


class CurveEntry(JsonPart):
    """One value in every frame.

    Attributes:
        key: what was measured.
        region: of what.
        values: by frame.
        unit: UCUM-like.
        protocol: in words, how it was measured.
    """

    key: str
    region: str
    values: tuple[Number, ...]
    unit: str
    protocol: Annotated[str, Field(min_length=1)]


class CurvesEntry(JsonPart):
    """Values over the frames of a cine, all in the order of frame_numbers.

    Attributes:
        frame_numbers: number of each frame in the input, counted from 1.
        times_ms: time of each frame; null where the input does not tell them.
        left_out_frame_numbers: frames that fit nowhere on the curve.
        curves: one a structure.
    """

    frame_numbers: tuple[FrameNumber, ...]
    times_ms: tuple[float, ...] | None
    left_out_frame_numbers: tuple[FrameNumber, ...]
    curves: tuple[CurveEntry, ...]

    @classmethod
    def of(cls, measured: FrameCurves) -> Self:
        """Round curves to the digits that are stored."""
        return cls(
            frame_numbers=measured.frame_numbers,
            times_ms=None if measured.times_ms is None else tuple(round(time, 3) for time in measured.times_ms),
            left_out_frame_numbers=tuple(measured.frame_numbers[frame] for frame in measured.left_out),
            curves=tuple(
                CurveEntry(
                    key=curve.key,
                    region=curve.region,
                    values=tuple(as_number(text) for text in curve_texts(curve)),
                    unit=curve.unit,
                    protocol=curve.protocol,
                )
                for curve in measured.curves
            ),
        )

    @property
    def frame_curves(self) -> FrameCurves:
        """The curves as the engine holds them."""
        left_out = tuple(self.frame_numbers.index(number) for number in self.left_out_frame_numbers)
        curves = tuple(Curve(one.key, one.region, one.values, one.unit, one.protocol) for one in self.curves)
        return FrameCurves(self.frame_numbers, self.times_ms, left_out, curves)


def orientation_letters(scan: InputImage) -> str:
    """Return the directions in which an image's voxel axes run, such as "RAS" or "LPS"."""
    return "".join(orientations.aff2axcodes(scan.grid.affine))
