"""A case as plain values: the content of ``measurements.json``."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nibabel import orientations

from quantseg.measure.curves import FrameCurves
from quantseg.measure.segments import Code, Segment
from quantseg.measure.values import Measurement
from quantseg.results.case import CaseResult
from quantseg.results.label_maps import label_maps
from quantseg.results.layout import LABELS, RESEARCH_ONLY, phase_file
from quantseg.results.numbers import as_number, curve_texts, interval_texts, value_text
from quantseg.results.software import software_versions

SCHEMA = "quantseg-measurements/1"
SCHEMA_FILE = Path(__file__).with_name("measurements.schema.json")
"""JSON Schema of the document."""


def case_document(result: CaseResult, file_hashes: Mapping[str, str], absent: Mapping[str, str]) -> dict[str, Any]:
    """Describe a case as JSON values; equal results give equal documents.

    Args:
        result: the case.
        file_hashes: SHA-256 of each file with labels, by file name.
        absent: why a file that could be expected was not written, by file name.
    """
    return {
        "schema": SCHEMA,
        "statement": RESEARCH_ONLY,
        "case": result.name,
        "organ": result.task,
        "verdict": result.verdict.value,
        "checks": [{"key": c.key, "verdict": c.verdict.value, "reason": c.reason} for c in result.checks],
        "measurements": [_measurement(m) for m in result.measurements],
        "labels": _labels(result),
        "files": dict(file_hashes),
        "absent_files": dict(absent),
        "input": _input(result),
        "models": [
            {
                "name": model.name,
                "version": model.version,
                "licence": model.licence,
                "weights_sha256": dict(model.weight_hashes),
            }
            for model in result.models
        ],
        "made_by": result.made_by,
        "facts": {key: _finite(value) for key, value in result.facts.items()},
        "notes": list(result.scan.notes),
        "software": dict(software_versions()),
        **({} if result.curves is None else {"curves": _curves(result.curves)}),
        **({"doubtful_slices": _doubtful(result)} if result.doubtful_slices else {}),
        **({"edited_segments": list(result.edited_segments)} if result.edited_segments else {}),
    }


def document_bytes(document: Mapping[str, Any]) -> bytes:
    """Return a document as the text of a JSON file."""
    return (json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def orientation_letters(result: CaseResult) -> str:
    """Return the directions in which the input's voxel axes run, such as "RAS" or "LPS"."""
    return "".join(orientations.aff2axcodes(result.scan.grid.affine))


def _measurement(measurement: Measurement) -> dict[str, Any]:
    interval = None
    if measurement.interval is not None:
        interval = [as_number(text) for text in interval_texts(measurement, measurement.interval)]
    return {
        "key": measurement.key,
        "region": measurement.region,
        "value": as_number(value_text(measurement)),
        "unit": measurement.unit,
        "interval_95": interval,
        "protocol": measurement.protocol,
    }


def _labels(result: CaseResult) -> dict[str, Any]:
    """Name the file of the whole label map, where there is one, and those of the phases."""
    described = {
        "file": LABELS if LABELS in label_maps(result.label_map) else None,
        "segments": [_segment(segment) for segment in result.segments],
    }
    if not result.phases:
        return described
    numbers = result.label_map.frame_numbers
    phases = {
        phase: {"file": phase_file(phase, LABELS), "frame_number": numbers[frame]}
        for phase, frame in result.phases.items()
    }
    return described | {"phases": phases}


def _doubtful(result: CaseResult) -> list[dict[str, Any]]:
    return [
        {
            "region": one.region,
            "centre_ras_mm": [round(mm, 2) for mm in one.centre_ras_mm],
            "disagreement_mm3": round(one.disagreement_mm3, 2),
            **({} if one.frame_number is None else {"frame_number": one.frame_number}),
        }
        for one in result.doubtful_slices
    ]


def _curves(measured: FrameCurves) -> dict[str, Any]:
    return {
        "frame_numbers": list(measured.frame_numbers),
        "times_ms": None if measured.times_ms is None else [round(time, 3) for time in measured.times_ms],
        "left_out_frame_numbers": [measured.frame_numbers[frame] for frame in measured.left_out],
        "curves": [
            {
                "key": curve.key,
                "region": curve.region,
                "values": [as_number(text) for text in curve_texts(curve)],
                "unit": curve.unit,
                "protocol": curve.protocol,
            }
            for curve in measured.curves
        ],
    }


def _segment(segment: Segment) -> dict[str, Any]:
    terminology = segment.terminology
    codes = {
        "category": terminology.category,
        "type": terminology.type,
        "type_modifier": terminology.type_modifier,
        "region": terminology.region,
        "region_modifier": terminology.region_modifier,
    }
    return {
        "value": segment.value,
        "key": segment.key,
        "name": segment.name,
        "colour": list(segment.colour),
        "terminology": {slot: _code(code) for slot, code in codes.items() if code is not None},
    }


def _code(code: Code) -> dict[str, str]:
    return {"scheme": code.scheme, "value": code.value, "meaning": code.meaning}


def _input(result: CaseResult) -> dict[str, Any]:
    grid, spacing_mm, acquisition = result.scan.grid, result.scan.spacing_mm, result.scan.acquisition
    return {
        "format": result.scan.image_format.value,
        "shape": list(grid.shape),
        "spacing_mm": None if spacing_mm is None else [round(step, 6) for step in spacing_mm],
        "orientation": orientation_letters(result),
        "affine": [[float(number) for number in row] for row in grid.affine.round(6)],
        "modality": acquisition.modality,
        "series_number": acquisition.series_number,
        "series_hash": acquisition.series_hash,
    }


def _finite(value: str | float | int | bool | None) -> str | float | int | bool | None:
    """JSON has no word for infinity or "not a number"."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
