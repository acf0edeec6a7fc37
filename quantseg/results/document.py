"""A case as plain values: the content of ``measurements.json``, written and read back by one model."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from quantseg.measure.doubt import DoubtfulSlice
from quantseg.measure.segments import Segment
from quantseg.measure.values import Check, Measurement, Verdict
from quantseg.models.reference import ModelReference, algorithm_name
from quantseg.reading.scan import InputImage
from quantseg.results.case import CaseResult
from quantseg.results.document_parts import (
    CurvesEntry,
    ImageEntry,
    InputEntry,
    LabelsEntry,
    MeasurementEntry,
    ModelEntry,
    ScoreEntry,
    omit_missing,
)
from quantseg.results.json_document import Fact, JsonDocument, Sha256, is_empty
from quantseg.results.layout import RESEARCH_ONLY
from quantseg.results.outputs import ImageMap, LabelMap, Output, Score
from quantseg.results.software import software_versions

SCHEMA: Final = "quantseg-measurements/2"
_OLDER_SCHEMA = "quantseg-measurements/1"
# The first schema did not say which values are shown with other decimals than their unit's.
_DECIMALS_OF_OLDER = {
    "intracranial_volume": 0,
    "volume_per_intracranial": 4,
    "ejection_fraction": 1,
    "wall_thickening": 0,
}


class CaseDocument(JsonDocument):
    """Measurements of one case by QuantSeg, with all that a reader needs to trust them.

    Attributes:
        schema_name: kind and version of the document.
        statement: what the results are for.
        case: name of the case.
        task: name of the task that made it.
        verdict: whether the result can be used as it is; the most severe of the checks.
        checks: every rule applied, passed ones too.
        measurements: all numbers.
        labels: null where the task yields none.
        images: images that were made; absent where there are none.
        scores: numbers about the person; absent where there are none.
        files: SHA-256 of each file with labels or an image, by file name.
        absent_files: why a file was not written, by file name.
        input: image of the task's first role.
        inputs: images of the task's further roles, by the name of the role; absent where there are none.
        models: the models used.
        made_by: name of the model that made the outputs; empty where none did.
        facts: further provenance, such as input_kind, device and memory_rung.
        notes: sentences about the input and the measurements.
        software: version by package.
        curves: absent where the input has no frames.
        doubtful_slices: where the members of the ensemble disagree most, the worst slice first, in a cine end-diastole,
            end-systole and frames that fit nowhere before all others; absent where nothing is known.
        edited_segments: keys of the segments that a person has changed since; absent where nobody has.
    """

    schema_name: Literal["quantseg-measurements/2"] = Field(alias="schema")
    statement: str
    case: Annotated[str, Field(min_length=1)]
    task: Annotated[str, Field(min_length=1)]
    verdict: Verdict
    checks: tuple[Check, ...]
    measurements: tuple[MeasurementEntry, ...]
    labels: LabelsEntry | None
    images: tuple[ImageEntry, ...] = Field(default=(), exclude_if=is_empty)
    scores: tuple[ScoreEntry, ...] = Field(default=(), exclude_if=is_empty)
    files: dict[str, Sha256]
    absent_files: dict[str, str]
    input: InputEntry
    inputs: dict[str, InputEntry] = Field(default_factory=dict, exclude_if=is_empty)
    models: tuple[ModelEntry, ...]
    made_by: str
    facts: dict[str, Fact]
    notes: tuple[str, ...]
    software: dict[str, str]
    curves: CurvesEntry | None = Field(default=None, exclude_if=is_empty)
    doubtful_slices: tuple[Annotated[DoubtfulSlice, omit_missing], ...] = Field(default=(), exclude_if=is_empty)
    edited_segments: tuple[str, ...] = Field(default=(), exclude_if=is_empty)

    @classmethod
    def of(
        cls, result: CaseResult, file_hashes: Mapping[str, str] | None = None, absent: Mapping[str, str] | None = None
    ) -> CaseDocument:
        """Describe a case; equal results give equal documents.

        Args:
            result: the case.
            file_hashes: SHA-256 of each file with labels or an image, by file name; None where nothing is written.
            absent: why a file that could be expected was not written, by file name.
        """
        return cls(
            schema=SCHEMA,
            statement=RESEARCH_ONLY,
            case=result.name,
            task=result.task,
            verdict=result.verdict,
            checks=result.checks,
            measurements=tuple(MeasurementEntry.of(one) for one in result.measurements),
            labels=LabelsEntry.of(result.label_map) if result.has_labels else None,
            images=tuple(ImageEntry.of(one) for one in result.outputs if isinstance(one, ImageMap)),
            scores=tuple(ScoreEntry.of(one) for one in result.outputs if isinstance(one, Score)),
            files=dict(file_hashes or {}),
            absent_files=dict(absent or {}),
            input=InputEntry.of(result.scan),
            inputs={role: InputEntry.of(scan) for role, scan in result.further_scans.items()},
            models=tuple(ModelEntry.of(model) for model in result.models),
            made_by=result.made_by,
            facts=dict(result.facts),
            notes=(*result.scan.notes, *result.notes),
            software=software_versions(),
            curves=None if result.curves is None else CurvesEntry.of(result.curves),
            doubtful_slices=tuple(_rounded(one) for one in result.doubtful_slices),
            edited_segments=result.edited_segments,
        )

    @model_validator(mode="before")
    @classmethod
    def _take_older(cls, values: Any) -> Any:  # Whatever is to be validated.
        """Let a document of the first schema say the same in today's words."""
        if not isinstance(values, dict) or values.get("schema") != _OLDER_SCHEMA:
            return values
        kept = {key: value for key, value in values.items() if key != "organ"}
        task = values.get("organ")
        names = [ModelEntry.model_validate(one, extra="ignore").name for one in values.get("models", ())]
        # The oldest ones do not say which model made the labels: that of the task, or the last where it has another.
        made_by = task if task in names else (names or [""])[-1]
        measurements = [_with_decimals(one) for one in values.get("measurements", ())]
        return {"made_by": made_by, **kept, "measurements": measurements, "task": task, "schema": SCHEMA}

    @model_validator(mode="after")
    def _check_scores(self) -> Self:
        measured = {(one.key, one.region) for one in self.measurements}
        for score in self.scores:
            if (score.key, score.region) not in measured:
                raise ValueError(f"The score {score.title} is not among the measurements of {self.case}.")
        return self

    @property
    def segments(self) -> tuple[Segment, ...]:
        """What the label values mean; nothing where there are no labels."""
        return () if self.labels is None else self.labels.segments

    @property
    def measured(self) -> tuple[Measurement, ...]:
        """All numbers as the engine holds them."""
        return tuple(one.measurement for one in self.measurements)

    @property
    def model_references(self) -> tuple[ModelReference, ...]:
        """The models used, as the engine names them."""
        return tuple(model.reference for model in self.models)

    @property
    def algorithm(self) -> str:
        """What made the outputs; see ``CaseResult.algorithm``."""
        return algorithm_name(self.task, self.model_references, self.made_by)

    def case_result(
        self,
        scan: InputImage,
        labels: np.ndarray | None = None,
        name: str | None = None,
        images: Mapping[str, np.ndarray] | None = None,
        further_scans: Mapping[str, InputImage] | None = None,
    ) -> CaseResult:
        """Build the case that this is about.

        Args:
            scan: the image of the task's first role.
            labels: label map on the scan's grid, where there are labels.
            name: instead of the one in the document.
            images: the images that were made, by name, where there are any.
            further_scans: images of the task's further roles, by the name of the role.
        """
        measured = {(one.key, one.region): one for one in self.measured}
        outputs: list[Output] = [] if labels is None else [self._label_map(labels, scan)]
        outputs += [ImageMap(one.name, one.title, (images or {})[one.name], one.unit) for one in self.images]
        outputs += [Score(one.title, measured[one.key, one.region]) for one in self.scores]
        return CaseResult(
            name=name or self.case,
            task=self.task,
            scan=scan,
            outputs=tuple(outputs),
            measurements=self.measured,
            checks=self.checks,
            models=self.model_references,
            made_by=self.made_by,
            facts=self.facts,
            curves=None if self.curves is None else self.curves.frame_curves,
            doubtful_slices=self.doubtful_slices,
            edited_segments=self.edited_segments,
            further_scans=further_scans or {},
            # The image was read again, with what is to be said of it.
            notes=tuple(note for note in self.notes if note not in scan.notes),
        )

    def _label_map(self, labels: np.ndarray, scan: InputImage) -> LabelMap:
        if self.labels is None:
            raise ValueError(f"The document of {self.case} describes no labels, got a label map.")
        return self.labels.label_map(labels, scan.frame_numbers)


def _rounded(one: DoubtfulSlice) -> DoubtfulSlice:
    x_mm, y_mm, z_mm = (round(mm, 2) for mm in one.centre_ras_mm)
    effect, voxels = one.effect, one.voxels
    return dataclasses.replace(
        one,
        centre_ras_mm=(x_mm, y_mm, z_mm),
        disagreement_mm3=round(one.disagreement_mm3, 2),
        effect=effect and dataclasses.replace(effect, change=round(effect.change, 3)),
        voxels=voxels and dataclasses.replace(voxels, affine=tuple(round(mm, 5) for mm in voxels.affine)),
    )


def _with_decimals(entry: Any) -> Any:  # An entry of a document that is still to be validated.
    decimals = _DECIMALS_OF_OLDER.get(entry.get("key", "")) if isinstance(entry, dict) else None
    return entry if decimals is None else {**entry, "decimals": decimals}
