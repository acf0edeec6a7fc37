import json

import pytest

from quantseg.mrml.scene import headless_scene
from quantseg.mrml.segments import terminology_entry
from quantseg.tasks.heart.anatomy import HEART_SEGMENTS
from quantseg.tasks.hippocampus.anatomy import CROP_SEGMENTS, SIDED_SEGMENTS


@pytest.fixture(scope="module")
def terminologies(repository):
    """Slicer's terminologies logic with the shipped contexts; Slicer's own files are not part of slicer-core."""
    import slicer

    headless = headless_scene()
    logic = slicer.vtkSlicerTerminologiesModuleLogic()
    logic.SetMRMLScene(headless.scene)
    for path in sorted((repository / "Resources" / "Terminologies").glob("*.term.json")):
        assert logic.LoadContextFromFile(str(path)), path.name
    yield logic
    logic.SetMRMLScene(None)


def test_shipped_contexts_are_known_to_slicer_by_the_names_that_segments_use(terminologies):
    for segment in (*CROP_SEGMENTS, *SIDED_SEGMENTS, *HEART_SEGMENTS):
        context, *_, parts, _, _ = terminology_entry(segment.terminology).split("~")
        assert terminologies.IsTerminologyContextLoaded(context)
        names = []
        terminologies.GetLoadedRegionContextNames(names)
        assert parts in names


@pytest.mark.parametrize("segment", [*CROP_SEGMENTS, *SIDED_SEGMENTS, *HEART_SEGMENTS], ids=lambda segment: segment.key)
def test_slicer_reads_back_every_code_of_a_segment(terminologies, segment):
    import slicer

    entry = slicer.vtkSlicerTerminologyEntry()
    text = terminology_entry(segment.terminology)
    assert terminologies.DeserializeTerminologyEntry(text, entry)
    assert terminologies.SerializeTerminologyEntry(entry) == text
    described = segment.terminology
    assert entry.GetTypeObject().GetCodeValue() == described.type.value
    assert entry.GetRegionObject().GetCodeValue() == described.region.value
    for modifier, read in (
        (described.type_modifier, entry.GetTypeModifierObject()),
        (described.region_modifier, entry.GetRegionModifierObject()),
    ):
        assert read.GetCodeMeaning() == (modifier.meaning if modifier else None)


def test_every_code_of_a_hippocampus_segment_stands_in_the_shipped_files(repository):
    folder = repository / "Resources" / "Terminologies"
    contexts = json.loads((folder / "QuantSeg-Hippocampus.term.json").read_text(encoding="utf-8"))
    regions = json.loads((folder / "QuantSeg-HippocampusParts.term.json").read_text(encoding="utf-8"))
    (category,) = contexts["SegmentationCodes"]["Category"]
    (kind,) = category["Type"]
    (region,) = regions["AnatomicCodes"]["AnatomicRegion"]

    def code(entry):
        return entry["CodingSchemeDesignator"], entry["CodeValue"], entry["CodeMeaning"]

    def triple(found):
        return found.scheme, found.value, found.meaning

    for segment in SIDED_SEGMENTS:
        terminology = segment.terminology
        assert triple(terminology.category) == code(category)
        assert triple(terminology.type) == code(kind)
        assert triple(terminology.type_modifier) in [code(modifier) for modifier in kind["Modifier"]]
        assert triple(terminology.region) == code(region)
        assert triple(terminology.region_modifier) in [code(modifier) for modifier in region["Modifier"]]


def test_every_code_of_a_heart_segment_stands_in_the_shipped_files(repository):
    folder = repository / "Resources" / "Terminologies"
    contexts = json.loads((folder / "QuantSeg-Heart.term.json").read_text(encoding="utf-8"))
    parts = json.loads((folder / "QuantSeg-HeartParts.term.json").read_text(encoding="utf-8"))
    (category,) = contexts["SegmentationCodes"]["Category"]
    (kind,) = category["Type"]
    regions = {
        (r["CodingSchemeDesignator"], r["CodeValue"], r["CodeMeaning"])
        for r in parts["AnatomicCodes"]["AnatomicRegion"]
    }
    described = [segment.terminology for segment in HEART_SEGMENTS]
    assert {(t.region.scheme, t.region.value, t.region.meaning) for t in described} == regions
    assert {t.type.value for t in described} == {kind["CodeValue"]}
    assert {t.category.value for t in described} == {category["CodeValue"]}
