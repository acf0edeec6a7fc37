"""A case from its files, or from its document alone: the way back of ``document`` and ``writing``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from quantseg.errors import QuantSegError
from quantseg.measure.curves import Curve, FrameCurves
from quantseg.measure.doubt import DoubtfulSlice
from quantseg.measure.segments import Code, Segment, Terminology
from quantseg.measure.values import Check, Interval, Measurement, Verdict
from quantseg.models.reference import ModelReference
from quantseg.reading.scan import InputImage
from quantseg.results.case import CaseResult
from quantseg.results.edited import read_document
from quantseg.results.layout import LABELS, MEASUREMENTS, PHASES, phase_file
from quantseg.results.outputs import LabelMap
from quantseg.volume import Volume


@dataclass(frozen=True)
class WrittenLabels:
    """What a run left of a case.

    Attributes:
        labels: the label map, uint8.
        document: content of ``measurements.json``.
    """

    labels: Volume
    document: dict[str, Any]


@dataclass(frozen=True)
class WrittenCine:
    """What a run left of a heart.

    Attributes:
        labels: the label map of every frame that the document is about, uint8, shape (T, I, J, K).
        document: content of ``measurements.json``.
    """

    labels: np.ndarray
    document: dict[str, Any]


def read_written(folder: Path) -> WrittenLabels:
    """Read labels and document of a case of single volume.

    Raises:
        QuantSegError: the folder holds no whole case.
    """
    document = _whole_document(folder, [LABELS])
    affine, labels = _read_labels(folder / LABELS)
    return WrittenLabels(Volume(labels, affine), document)


def read_written_cine(folder: Path) -> WrittenCine:
    """Read labels and document of a heart: of a cycle all frames, of a pair end-diastole and end-systole.

    Raises:
        QuantSegError: the folder holds no whole case.
    """
    document = _whole_document(folder, [])
    if document["labels"]["file"] is None:
        pair = [phase_file(phase, LABELS) for phase in PHASES]
        document = _whole_document(folder, pair)
        return WrittenCine(np.stack([_read_labels(folder / name)[1] for name in pair]), document)
    document = _whole_document(folder, [LABELS])
    _, labels = _read_labels(folder / LABELS)
    return WrittenCine(labels[None] if labels.ndim == 3 else np.moveaxis(labels, 3, 0), document)


def _whole_document(folder: Path, names: Sequence[str]) -> dict[str, Any]:
    """Return the document of a case that has these files."""
    document = read_document(folder)
    if document is None or not all((folder / name).is_file() for name in names):
        expected = " and ".join([*names, MEASUREMENTS])
        raise QuantSegError(f"{folder} holds no finished case; expected {expected}, run it again.")
    return document


def _read_labels(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return affine and values of a label file."""
    import nibabel

    image = nibabel.nifti1.load(path)
    return image.affine, np.asarray(image.dataobj).astype(np.uint8)


def case_of_document(
    document: Mapping[str, Any], scan: InputImage, labels: np.ndarray, name: str | None = None
) -> CaseResult:
    """Build a case from its document.

    Args:
        document: content of ``measurements.json``.
        scan: the image that it describes.
        labels: label map on the scan's grid.
        name: instead of the one in the document.
    """
    return CaseResult(
        name=name or document["case"],
        task=document["organ"],
        scan=scan,
        outputs=(_label_map_of(document, scan, labels),),
        measurements=measurements_of(document),
        checks=tuple(Check(c["key"], Verdict(c["verdict"]), c["reason"]) for c in document["checks"]),
        models=tuple(
            ModelReference(m["name"], m["version"], m["licence"], m["weights_sha256"]) for m in document["models"]
        ),
        made_by=_maker_of(document),
        facts=document["facts"],
        curves=_curves_of(document),
        doubtful_slices=doubtful_slices_of(document),
        edited_segments=tuple(document.get("edited_segments", ())),
    )


def segments_of(document: Mapping[str, Any]) -> tuple[Segment, ...]:
    """Return what the label values mean."""
    return tuple(_segment(described) for described in document["labels"]["segments"])


def measurements_of(document: Mapping[str, Any]) -> tuple[Measurement, ...]:
    """Return all numbers."""
    return tuple(
        Measurement(
            m["key"],
            m["region"],
            m["value"],
            m["unit"],
            m["protocol"],
            None if m["interval_95"] is None else Interval(*m["interval_95"]),
        )
        for m in document["measurements"]
    )


def doubtful_slices_of(document: Mapping[str, Any]) -> tuple[DoubtfulSlice, ...]:
    """Return where the ensemble disagrees, the worst first; nothing where the document does not say."""
    return tuple(
        DoubtfulSlice(one["region"], tuple(one["centre_ras_mm"]), one["disagreement_mm3"], one.get("frame_number"))
        for one in document.get("doubtful_slices", ())
    )


def _label_map_of(document: Mapping[str, Any], scan: InputImage, labels: np.ndarray) -> LabelMap:
    numbers: tuple[int, ...] = getattr(scan, "frame_numbers", ())
    numbered = document["labels"].get("phases", {}) if numbers else {}
    phases = {phase: numbers.index(one["frame_number"]) for phase, one in numbered.items()}
    return LabelMap(labels, segments_of(document), phases, numbers, document["labels"]["file"] is not None)


def _maker_of(document: Mapping[str, Any]) -> str:
    """Return the name of the model that made the outputs; documents of older versions do not say it."""
    names = [model["name"] for model in document["models"]]
    if "made_by" in document:
        return str(document["made_by"])
    return document["organ"] if document["organ"] in names else (names or [""])[-1]


def _curves_of(document: Mapping[str, Any]) -> FrameCurves | None:
    described = document.get("curves")
    if described is None:
        return None
    numbers = tuple(described["frame_numbers"])
    times_ms = described["times_ms"]
    return FrameCurves(
        numbers,
        None if times_ms is None else tuple(times_ms),
        tuple(numbers.index(number) for number in described["left_out_frame_numbers"]),
        tuple(
            Curve(one["key"], one["region"], tuple(one["values"]), one["unit"], one["protocol"])
            for one in described["curves"]
        ),
    )


def _segment(described: Mapping[str, Any]) -> Segment:
    codes = {slot: Code(**code) for slot, code in described["terminology"].items()}
    red, green, blue = described["colour"]
    return Segment(described["value"], described["key"], described["name"], (red, green, blue), Terminology(**codes))
