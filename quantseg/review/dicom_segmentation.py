"""A case as a DICOM Segmentation object that refers to the series it was made from."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from quantseg.errors import QuantSegError
from quantseg.measure.segments import Code, Segment
from quantseg.mrml.segments import AlgorithmType, made_by
from quantseg.results.case import CaseResult
from quantseg.review.approval import DRAFT

# Slicer's category for anatomy is retired in SNOMED CT; DICOM's context group 7150 has this one in its place.
_CATEGORIES = {"123037004": Code("SCT", "91723000", "Anatomical structure")}
_SERIES_NUMBER = 300


class DicomSegmentationExporter(Protocol):
    """Writes a DICOM SEG: Slicer's own plugin on the desktop, dcmqi's program elsewhere."""

    def export(self, result: CaseResult, source_files: Sequence[Path], path: Path, reviewer: str) -> None:
        """Write a file.

        Args:
            result: labels on the grid of the source series.
            source_files: the images that were segmented.
            path: of the file to write.
            reviewer: who approved the labels; empty for a draft.

        Raises:
            QuantSegError: it could not be written.
        """
        ...


class DcmqiExporter:
    """Exports through dcmqi's ``itkimage2segimage``.

    Args:
        program: path of the program.
    """

    def __init__(self, program: Path) -> None:
        self._program = program

    def export(self, result: CaseResult, source_files: Sequence[Path], path: Path, reviewer: str) -> None:
        """Write a file, binary, on the source series' own grid; see :class:`DicomSegmentationExporter`."""
        drawn = [segment for segment in result.segments if np.any(result.labels == segment.value)]
        if not drawn:
            raise QuantSegError(f"{result.name} has no labelled voxel; a DICOM segmentation must have one.")
        with tempfile.TemporaryDirectory(prefix="quantseg-") as folder:
            images = [_write_mask(result, segment, Path(folder)) for segment in drawn]
            described = Path(folder) / "segments.json"
            described.write_text(json.dumps(_described(result, drawn, reviewer)), encoding="utf-8")
            command = [str(self._program), "--inputDICOMList", ",".join(str(file) for file in source_files)]
            command += ["--inputImageList", ",".join(images), "--inputMetadata", str(described)]
            command += ["--outputDICOM", str(path)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0 or not path.is_file():
            path.unlink(missing_ok=True)
            said = (done.stderr or done.stdout).strip().splitlines()
            raise QuantSegError(
                f"The DICOM segmentation was not written: {said[-1] if said else 'dcmqi gave no reason'}"
            )


def _write_mask(result: CaseResult, segment: Segment, folder: Path) -> str:
    import SimpleITK as sitk

    from quantseg.volume.resampling import as_sitk

    path = folder / f"{segment.key}.nrrd"
    mask = (result.labels == segment.value).astype(np.uint8)
    sitk.WriteImage(as_sitk(result.volume.with_array(mask)), str(path))
    return str(path)


def _described(result: CaseResult, segments: Sequence[Segment], reviewer: str) -> dict[str, Any]:
    """Return what dcmqi asks to be told."""
    draft = "" if reviewer else f"{DRAFT}, "
    return {
        "SeriesDescription": f"QuantSeg {result.organ} ({draft}research use only)"[:64],
        "SeriesNumber": str(_SERIES_NUMBER),
        "InstanceNumber": "1",
        "BodyPartExamined": "",
        "ContentLabel": "SEGMENTATION",
        "ContentDescription": f"{draft}segmentation by {result.algorithm}"[:64],
        "ContentCreatorName": "^".join(reversed(reviewer.split(maxsplit=1))) if reviewer else "QuantSeg",
        # One list a segment: each has an image of its own.
        "segmentAttributes": [[_attributes(segment, result)] for segment in segments],
    }


def _attributes(segment: Segment, result: CaseResult) -> dict[str, Any]:
    terminology = segment.terminology
    kind = made_by(result.algorithm, segment.key in result.edited_segments)
    codes = {
        "SegmentedPropertyCategoryCodeSequence": _CATEGORIES.get(terminology.category.value, terminology.category),
        "SegmentedPropertyTypeCodeSequence": terminology.type,
        "SegmentedPropertyTypeModifierCodeSequence": terminology.type_modifier,
        "AnatomicRegionSequence": terminology.region,
        "AnatomicRegionModifierSequence": terminology.region_modifier,
    }
    described: dict[str, Any] = {
        "labelID": 1,
        "SegmentLabel": segment.name,
        "SegmentDescription": segment.name,
        "SegmentAlgorithmType": kind.value,
        "recommendedDisplayRGBValue": list(segment.colour),
    }
    if kind is not AlgorithmType.MANUAL:
        described["SegmentAlgorithmName"] = result.algorithm
    return described | {
        slot: {"CodeValue": code.value, "CodingSchemeDesignator": code.scheme, "CodeMeaning": code.meaning}
        for slot, code in codes.items()
        if code is not None
    }
