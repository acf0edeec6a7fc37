import json

import pytest

from quantseg.hippocampus.anatomy import CROP_SEGMENTS, SIDED_SEGMENTS
from quantseg.mrml.scene import headless_scene
from quantseg.mrml.segmentation_file import terminology_entry


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
    for segment in (*CROP_SEGMENTS, *SIDED_SEGMENTS):
        context, *_, parts, _, _ = terminology_entry(segment.terminology).split("~")
        assert terminologies.IsTerminologyContextLoaded(context)
        names = []
        terminologies.GetLoadedRegionContextNames(names)
        assert parts in names


@pytest.mark.parametrize("segment", [*CROP_SEGMENTS, *SIDED_SEGMENTS], ids=lambda segment: segment.key)
def test_slicer_reads_back_every_code_of_a_segment(terminologies, segment):
    import slicer

    entry = slicer.vtkSlicerTerminologyEntry()
    text = terminology_entry(segment.terminology)
    assert terminologies.DeserializeTerminologyEntry(text, entry)
    assert terminologies.SerializeTerminologyEntry(entry) == text
    assert entry.GetTypeObject().GetCodeValue() == "5366008"
    expected_side = segment.terminology.type_modifier.meaning if segment.terminology.type_modifier else None
    assert entry.GetTypeModifierObject().GetCodeMeaning() == expected_side
    assert entry.GetRegionModifierObject().GetCodeMeaning() == segment.terminology.region_modifier.meaning


def test_every_code_of_a_segment_stands_in_the_shipped_files(repository):
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
