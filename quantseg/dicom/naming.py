"""What every DICOM object of QuantSeg has in common: who made it, its series, and UIDs that the same work gives again.

The same series, segmented with the same options, models and version to the same labels, gives the same UIDs, so that a
repeated push changes nothing in an archive, and anything else gives others.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

import quantseg
from quantseg.measure.segments import Code
from quantseg.models.reference import ModelReference
from quantseg.results.case import CaseResult
from quantseg.results.layout import APPROVED, DRAFT
from quantseg.results.outputs import ImageMap, LabelMap

if TYPE_CHECKING:
    from highdicom.sr import CodedConcept

MANUFACTURER = "QuantSeg"
DEVICE_UID = "2.25.229411716170519143480713285046932817717"
"""Stands in every object of ours (DeviceUID, PS3.3 C.7.5.1), so that whoever follows an archive knows them again."""
CHARACTER_SET = "ISO_IR 192"
# The field must not be empty (PS3.3, C.7.5.2), and a program has none.
NO_SERIAL_NUMBER = "0"
_LONG_STRING_CHARACTERS = 64
_UUID_BYTES = 16


class ObjectSeries(Enum):
    """The series that a case's objects lie in, by SeriesNumber."""

    SEGMENTATION = 300
    STRUCTURED_REPORT = 301
    PRINTED_REPORT = 302
    KEY_IMAGES = 303
    DERIVED_IMAGE = 310
    PHASE_IMAGES = 320


_WORDS = {
    ObjectSeries.SEGMENTATION: "segmentation",
    ObjectSeries.STRUCTURED_REPORT: "measurements",
    ObjectSeries.PRINTED_REPORT: "report",
    ObjectSeries.KEY_IMAGES: "pictures",
    ObjectSeries.DERIVED_IMAGE: "image",
    ObjectSeries.PHASE_IMAGES: "images",
}


@dataclass(frozen=True)
class Signature:
    """Who stands for the objects of a case.

    Attributes:
        reviewer: as the person signs: a name, or a role and initials.
        time: of the approval, ISO 8601 with time zone.
        labels_sha256: hash of the labels that were approved.
    """

    reviewer: str
    time: str
    labels_sha256: str


@dataclass(frozen=True)
class ObjectNames:
    """Makes the UIDs of a case's objects.

    Attributes:
        seed: hash of all that decides the objects.
        signature: of who approved them; None while they are a draft.
    """

    seed: str
    signature: Signature | None = None

    @property
    def state(self) -> str:
        """Whether anybody has approved the objects, in the word that they carry."""
        return APPROVED if self.signature else DRAFT

    @classmethod
    def of(
        cls,
        result: CaseResult,
        series_uids: Iterable[str],
        instance_uids: Iterable[str],
        signature: Signature | None = None,
    ) -> ObjectNames:
        """Name the objects of a case after all that decides them.

        Args:
            result: its outputs, models and options (the fact ``options_hash``) are among it.
            series_uids: of the images that it was made from.
            instance_uids: SOPInstanceUIDs of these images, in any order.
            signature: of who approved them, if anybody has.
        """
        digest = hashlib.sha256()
        said = (
            *sorted(series_uids),
            *sorted(instance_uids),
            result.task,
            quantseg.__version__,
            str(result.facts.get("options_hash", "")),
            *(text for model in result.models for text in _weights(model)),
        )
        for text in said:
            digest.update(text.encode() + b"\0")
        for output in result.outputs:
            if isinstance(output, LabelMap | ImageMap):
                digest.update(str(output.array.shape).encode() + output.array.tobytes())
        for one in result.measurements:
            digest.update(f"{one.key} {one.region} {one.value!r} {one.unit}\0".encode())
        for check in result.checks:
            digest.update(f"{check.key} {check.verdict.value} {check.reason}\0".encode())
        if signature is not None:
            digest.update(f"{signature.reviewer}\0{signature.time}\0{signature.labels_sha256}\0".encode())
        return cls(digest.hexdigest(), signature)

    def uid(self, *parts: object) -> str:
        """Return the UID of an object or of a part of one (PS3.5, B.2: a UUID as a number below 2.25).

        Args:
            parts: what tells it from all others of the case.
        """
        text = "\0".join([self.seed, *(part.name if isinstance(part, Enum) else str(part) for part in parts)])
        digest = hashlib.sha256(text.encode()).digest()[:_UUID_BYTES]
        return f"2.25.{uuid.UUID(bytes=digest, version=5).int}"


def _weights(model: ModelReference) -> tuple[str, ...]:
    return (model.name, model.version, *(f"{name} {sha256}" for name, sha256 in sorted(model.weight_hashes.items())))


def series_description(task: str, series: ObjectSeries, phase: str = "", state: str = DRAFT) -> str:
    """Return what a list of series says of one, such as "DRAFT liver report, QuantSeg, research use only".

    What tells it from the others comes first, since lists cut the rest off.

    Args:
        task: name of the task.
        series: which of its series.
        phase: that the series shows alone; empty for all.
        state: whether anybody has approved it.
    """
    words = " ".join(word for word in (state, task, phase, _WORDS[series]) if word)
    return short_text(f"{words}, {MANUFACTURER}, research use only")


def equipment(task: str, series: ObjectSeries, names: ObjectNames) -> dict[str, Any]:
    """Return what highdicom's constructors take of an object's series and maker, by argument."""
    return {
        "series_instance_uid": names.uid(series),
        "series_number": series.value,
        "series_description": series_description(task, series, state=names.state),
        "manufacturer": MANUFACTURER,
        "manufacturer_model_name": MANUFACTURER,
        "software_versions": quantseg.__version__,
        "device_serial_number": NO_SERIAL_NUMBER,
    }


def coded(code: Code) -> CodedConcept:
    """Return a code as highdicom takes it."""
    from highdicom.sr import CodedConcept

    return CodedConcept(code.value, code.scheme, short_text(code.meaning))


def short_text(text: str) -> str:
    """Return what fits into a field of DICOM's type LO."""
    return text[:_LONG_STRING_CHARACTERS]


def person_name(name: str) -> str:
    """Return a name as DICOM writes it: family name first, then a caret, even where there is no given name."""
    given, _, family = name.partition(" ")
    return f"{family}^{given}" if family else f"{name}^"
