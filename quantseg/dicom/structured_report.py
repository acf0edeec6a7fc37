"""A case's numbers, verdict and reasons as a structured report (DICOM SR, template TID 1500)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import quantseg
from quantseg.dicom.naming import (
    CHARACTER_SET,
    MANUFACTURER,
    ObjectNames,
    ObjectSeries,
    Signature,
    coded,
    equipment,
    person_name,
)
from quantseg.measure.segments import Code
from quantseg.measure.values import Interval, Measurement, Verdict
from quantseg.results.case import CaseResult
from quantseg.results.coding import OWN_SCHEME, Place, Quantity, ReportCodes
from quantseg.results.document_parts import MeasurementEntry
from quantseg.results.layout import APPROVED, RESEARCH_ONLY

if TYPE_CHECKING:
    from highdicom.sr import (
        AlgorithmIdentification,
        Comprehensive3DSR,
        FindingSite,
        MeasurementReport,
        MeasurementsAndQualitativeEvaluations,
        SourceImageForMeasurementGroup,
        TrackingIdentifier,
        VolumetricROIMeasurementsAndQualitativeEvaluations,
    )
    from highdicom.sr import Measurement as CodedMeasurement
    from pydicom import Dataset

    Group = MeasurementsAndQualitativeEvaluations | VolumetricROIMeasurementsAndQualitativeEvaluations

# OHIF shows a report of this title as text, and a black viewport for the template's own (DCM 126000; OHIF issue 3390).
_TITLE = Code("LN", "59776-5", "Procedure Findings")
_DERIVED_MEASUREMENTS = Code("DCM", "126011", "Derived Imaging Measurements")
_EVALUATIONS = Code("UMLS", "C0034375", "Qualitative Evaluations")
_FINDING = Code("DCM", "121071", "Finding")
_COMMENT = Code("DCM", "121106", "Comment")
_VERDICT = Code(OWN_SCHEME, "verdict", "Verdict on the result")
_VERDICTS = {
    Verdict.GOOD: Code(OWN_SCHEME, "good", "Good: no check raised a doubt"),
    Verdict.LOOK: Code(OWN_SCHEME, "look", "Needs a look before it is used"),
    Verdict.FAIL: Code(OWN_SCHEME, "fail", "Failed: the result must not be used"),
}
_ENDS = (("low95", "lower"), ("high95", "upper"))
_UNKNOWN_ORGANIZATION = "not stated"
_NO_UNIT = Code("UCUM", "1", "no units")


@dataclass(frozen=True)
class SegmentPlace:
    """Where a segment stands among the segmentation objects of a case.

    Attributes:
        object: the segmentation.
        number: of the segment in it.
    """

    object: Dataset
    number: int


@dataclass(frozen=True)
class ReportSources:
    """What a structured report refers to.

    Attributes:
        image: header of one image of the source series, which stands for all.
        series_uid: of the source.
        segments: by key of the segment and name of the phase, empty where there are no phases.
        predecessors: headers of earlier reports that this one supersedes.
    """

    image: Dataset
    series_uid: str
    segments: Mapping[tuple[str, str], SegmentPlace]
    predecessors: tuple[Dataset, ...] = ()


def build_structured_report(
    result: CaseResult, codes: ReportCodes, sources: ReportSources, names: ObjectNames
) -> Comprehensive3DSR:
    """Return the structured report of a case, not yet written.

    A failed case has its verdict and the reasons in it, and no number.

    Args:
        result: the case.
        codes: of its task's numbers.
        sources: what it was measured on.
        names: makes the UIDs.
    """
    from highdicom.sr import Comprehensive3DSR

    report = _Report(result, codes, sources, names).content()
    segmentations = {id(place.object): place.object for place in sources.segments.values()}
    failed = result.verdict is Verdict.FAIL
    return Comprehensive3DSR(
        evidence=[sources.image, *(() if failed else segmentations.values())],
        content=report[0],
        sop_instance_uid=names.uid("structured report"),
        instance_number=1,
        is_complete=True,
        **_verification(names.signature),
        previous_versions=list(sources.predecessors) or None,
        specific_character_set=CHARACTER_SET,
        **equipment(result.task, ObjectSeries.STRUCTURED_REPORT, names),
    )


def _verification(signature: Signature | None) -> dict[str, Any]:
    """Return whether a report is final and who verified it, by argument of highdicom's constructor."""
    if signature is None:
        return {"is_final": False, "is_verified": False}
    return {
        "is_final": True,
        "is_verified": True,
        "verifying_observer_name": person_name(signature.reviewer),
        # Which is not known, and may not be empty (PS3.3, C.17.2).
        "verifying_organization": _UNKNOWN_ORGANIZATION,
    }


class _Report:
    """Puts the content of one report together."""

    def __init__(self, result: CaseResult, codes: ReportCodes, sources: ReportSources, names: ObjectNames) -> None:
        self._result = result
        self._codes = codes
        self._sources = sources
        self._names = names

    def content(self) -> MeasurementReport:
        """Return the whole tree."""
        from highdicom.sr import (
            DeviceObserverIdentifyingAttributes,
            MeasurementReport,
            ObservationContext,
            ObserverContext,
            PersonObserverIdentifyingAttributes,
        )
        from pydicom.sr.codedict import codes

        signature = self._names.signature
        person = PersonObserverIdentifyingAttributes(name=person_name(signature.reviewer)) if signature else None
        device = DeviceObserverIdentifyingAttributes(
            uid=self._names.uid("device"),
            name=MANUFACTURER,
            manufacturer_name=MANUFACTURER,
            model_name=f"{MANUFACTURER} {quantseg.__version__}",
        )
        # Slicer takes the first group's numbers for the columns of a table and each group for a segment, and breaks off
        # where there are more groups than segments: other groups stand where it does not look for segments.
        of_segments, of_all = list(self._groups_of_segments()), [self._verdict(), *self._groups_of_places()]
        report = MeasurementReport(
            observation_context=ObservationContext(
                observer_person_context=ObserverContext(codes.DCM.Person, person) if person else None,
                observer_device_context=ObserverContext(codes.DCM.Device, device),
            ),
            procedure_reported=coded(self._codes.procedure),
            imaging_measurements=of_segments or of_all,
            title=coded(_TITLE),
        )
        if of_segments:
            report[0].ContentSequence.append(_further(of_all))
        report[0].ContentSequence.append(self._sentences())
        return report

    def _verdict(self) -> Group:
        """Return the verdict, coded: the one group that every report has."""
        from highdicom.sr import MeasurementsAndQualitativeEvaluations, QualitativeEvaluation

        return MeasurementsAndQualitativeEvaluations(
            tracking_identifier=self._tracking("Whole result", "verdict"),
            algorithm_id=self._algorithm(),
            qualitative_evaluations=[QualitativeEvaluation(coded(_VERDICT), coded(_VERDICTS[self._result.verdict]))],
            source_images=[self._source_image()],
        )

    def _sentences(self) -> Dataset:
        """Return verdict and reasons in words, the container that the template has for them (TID 1500, row 12)."""
        from highdicom.sr import ContainerContentItem, ContentSequence, RelationshipTypeValues, TextContentItem

        severity = list(Verdict)
        doubts = [check for check in self._result.checks if check.verdict is not Verdict.GOOD]
        doubts.sort(key=lambda check: severity.index(check.verdict), reverse=True)
        said = [
            (_VERDICT, _VERDICTS[self._result.verdict].meaning),
            *((_FINDING, check.reason) for check in doubts),
            *self._approval(),
            (_COMMENT, RESEARCH_ONLY),
        ]
        container = ContainerContentItem(coded(_EVALUATIONS), relationship_type=RelationshipTypeValues.CONTAINS)
        container.ContentSequence = ContentSequence(
            [TextContentItem(coded(name), text, RelationshipTypeValues.CONTAINS) for name, text in said]
        )
        return container

    def _approval(self) -> list[tuple[Code, str]]:
        found = self._names.signature
        if found is None:
            return []
        hashed = f"SHA-256 of the labels {found.labels_sha256[:16]}…"
        return [(_COMMENT, f"{APPROVED} by {found.reviewer} at {found.time}; {hashed}")]

    def _groups_of_segments(self) -> Iterator[Group]:
        """Return the numbers of single segments."""
        found: dict[tuple[str, str], list[tuple[Measurement, Quantity]]] = {}
        for one, quantity in self._numbers_of_case():
            key = quantity.segment, quantity.phase
            if key in self._sources.segments:
                found.setdefault(key, []).append((one, quantity))
        for (segment, phase), numbers in found.items():
            yield self._of_segment(segment, phase, numbers)

    def _groups_of_places(self) -> Iterator[Group]:
        """Return the numbers of other places in the body."""
        found: dict[str, list[tuple[Measurement, Quantity]]] = {}
        for one, quantity in self._numbers_of_case():
            if (quantity.segment, quantity.phase) not in self._sources.segments:
                found.setdefault(one.region, []).append((one, quantity))
        for region, numbers in found.items():
            yield self._of_place(region, numbers)

    def _numbers_of_case(self) -> Iterator[tuple[Measurement, Quantity]]:
        """Return all numbers but those of single slices; a failed case has none."""
        if self._result.verdict is not Verdict.FAIL:
            of_whole = (one for one in self._result.measurements if one.slice_index is None)
            yield from ((one, self._codes.quantity(one)) for one in of_whole)

    def _of_segment(self, key: str, phase: str, numbers: Sequence[tuple[Measurement, Quantity]]) -> Group:
        from highdicom.sr import (
            ReferencedSegment,
            SourceSeriesForSegmentation,
            VolumetricROIMeasurementsAndQualitativeEvaluations,
        )

        found = self._sources.segments[key, phase]
        segment = next(one for one in self._result.segments if one.key == key)
        place = self._codes.place(numbers[0][0].region)
        return VolumetricROIMeasurementsAndQualitativeEvaluations(
            tracking_identifier=self._tracking(f"{segment.name} {phase}".strip(), "segment", key, phase),
            referenced_segment=ReferencedSegment(
                found.object.SOPClassUID,
                found.object.SOPInstanceUID,
                found.number,
                source_series=SourceSeriesForSegmentation(self._sources.series_uid),
            ),
            finding_type=coded(segment.terminology.type),
            algorithm_id=self._algorithm(),
            finding_sites=[_site(place)],
            measurements=self._coded(numbers),
        )

    def _of_place(self, region: str, numbers: Sequence[tuple[Measurement, Quantity]]) -> Group:
        from highdicom.sr import MeasurementsAndQualitativeEvaluations

        place = self._codes.place(region)
        return MeasurementsAndQualitativeEvaluations(
            tracking_identifier=self._tracking(place.name, "place", region),
            finding_type=coded(place.site),
            algorithm_id=self._algorithm(),
            finding_sites=[_site(place)],
            measurements=self._coded(numbers),
            source_images=[self._source_image()],
        )

    def _coded(self, numbers: Sequence[tuple[Measurement, Quantity]]) -> list[CodedMeasurement]:
        """Return numbers, and after all of them the ends of intervals, which not all segments have.

        Slicer's table puts them into columns by their place in the group.
        """
        found = [list(self._numbers(one, quantity)) for one, quantity in numbers]
        return [one[0] for one in found] + [end for one in found for end in one[1:]]

    def _numbers(self, measurement: Measurement, quantity: Quantity) -> Iterator[CodedMeasurement]:
        """Return a number and the ends of its interval, with the digits of ``measurements.json``."""
        from highdicom.sr import Measurement as CodedMeasurement

        stored = MeasurementEntry.of(measurement).measurement
        unit = coded(_unit(stored.unit))
        yield CodedMeasurement(coded(quantity.concept), stored.value, unit)
        for (suffix, which), end in zip(_ENDS, _ends(stored.interval), strict=False):
            concept = quantity.concept
            code = Code(OWN_SCHEME, f"{concept.value}_{suffix}", f"{concept.meaning}, {which} 95 % limit")
            yield CodedMeasurement(coded(code), end, unit)

    def _tracking(self, name: str, *parts: str) -> TrackingIdentifier:
        from highdicom.sr import TrackingIdentifier

        return TrackingIdentifier(uid=self._names.uid("tracking", *parts), identifier=name)

    def _algorithm(self) -> AlgorithmIdentification:
        from highdicom.sr import AlgorithmIdentification

        models = ", ".join(f"{model.name} {model.version}" for model in self._result.models)
        name = self._result.algorithm or f"{MANUFACTURER} {self._result.task}"
        return AlgorithmIdentification(name=name, version=models or quantseg.__version__)

    def _source_image(self) -> SourceImageForMeasurementGroup:
        from highdicom.sr import SourceImageForMeasurementGroup

        image = self._sources.image
        return SourceImageForMeasurementGroup(image.SOPClassUID, image.SOPInstanceUID)


def _further(groups: Sequence[Group]) -> Dataset:
    """Return groups that are of no segment, in the container for what is derived from several (TID 1500, row 8)."""
    from highdicom.sr import ContainerContentItem, ContentSequence, RelationshipTypeValues

    container = ContainerContentItem(coded(_DERIVED_MEASUREMENTS), relationship_type=RelationshipTypeValues.CONTAINS)
    items: list[Any] = [group[0] for group in groups]
    container.ContentSequence = ContentSequence(items)
    return container


def _site(place: Place) -> FindingSite:
    from highdicom.sr import FindingSite

    return FindingSite(
        coded(place.site),
        laterality=coded(place.laterality) if place.laterality else None,
        topographical_modifier=coded(place.part) if place.part else None,
    )


def _ends(interval: Interval | None) -> tuple[float, ...]:
    return () if interval is None else (interval.low, interval.high)


def _unit(unit: str) -> Code:
    if unit == "year":
        # UCUM's own letter for it is one that people would not read as a year.
        return Code("UCUM", "a", "year")
    return _NO_UNIT if unit == "1" else Code("UCUM", unit, unit)
