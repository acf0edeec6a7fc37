"""``measurements.json`` and its schema: one model writes, describes and reads back, and reads the first schema, too."""

import dataclasses
import json

import jsonschema
import nibabel
import numpy as np
import pytest
from finished_cases import build_crop, build_head
from finished_hearts import build_heart
from heart_phantom import END_SYSTOLE, phantom_labels
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from quantseg.measure.curves import Curve, FrameCurves
from quantseg.measure.doubt import DoubtfulSlice, DoubtfulVoxels, Effect
from quantseg.measure.segments import Code, Segment, Terminology
from quantseg.measure.values import Check, Interval, Measurement, Verdict
from quantseg.models.reference import ModelReference
from quantseg.reading.scan import Acquisition, ImageFormat, Scan
from quantseg.results.case import CaseResult
from quantseg.results.document import CaseDocument
from quantseg.results.outputs import ImageMap, LabelMap, Score
from quantseg.results.reading_back import read_written, read_written_cine
from quantseg.results.schema import SCHEMA_FILE, schema_bytes
from quantseg.results.writing import write_case
from quantseg.tasks.heart.reading.cine import CineKind
from quantseg.tasks.heart.task import TASK as HEART_TASK
from quantseg.tasks.hippocampus.task import TASK
from quantseg.volume import Volume

_SHAPE = (2, 3, 4)
_SCAN = Scan(Volume(np.zeros(_SHAPE, np.float32), np.eye(4)), ImageFormat.NIFTI, nibabel.Nifti1Header())
_AGE = Measurement("age", "person", 71.2, "a", "regression", Interval(66.1, 76.3))


def of_text(document):
    return json.loads(document.to_bytes())


def as_first_schema(document):
    """What the first schema had for the same case, before it said which model made the labels."""
    values = of_text(document)
    values["organ"] = values.pop("task")
    del values["made_by"]
    return values | {"schema": "quantseg-measurements/1"}


def build_estimate():
    """A case of a task without labels: two images in, a score and an image out."""
    pet = Scan(Volume(np.ones(_SHAPE, np.float32), np.diag([2.0, 2, 2, 1])), ImageFormat.DICOM, None, Acquisition("PT"))
    image = ImageMap("standard_dose", "Standard-dose PET", np.arange(24, dtype=np.float32).reshape(_SHAPE), "Bq/ml")
    return CaseResult(
        name="a",
        task="brightness",
        scan=_SCAN,
        outputs=(image, Score("Brain age", _AGE)),
        measurements=(_AGE,),
        checks=(),
        models=(),
        further_scans={"pet": pet},
    )


def test_schema_is_the_one_that_the_models_make():
    assert SCHEMA_FILE.read_bytes() == schema_bytes(), "run: python -m quantseg.results.schema"


def test_every_field_of_the_schema_is_described():
    schema = json.loads(schema_bytes())
    parts = [schema, *schema["$defs"].values()]
    fields = [(part["title"], name, field) for part in parts for name, field in part.get("properties", {}).items()]
    assert len(fields) > 60
    # Slicer's slots for codes; their names are all that is to be said.
    assert {part for part, _, field in fields if "description" not in field} == {"Terminology"}


@pytest.mark.parametrize("case", [build_head(), build_crop(), build_estimate()], ids=["head", "crop", "estimate"])
def test_document_follows_the_schema_and_has_no_key_more(case):
    document = of_text(CaseDocument.of(case))
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema)
    with pytest.raises(jsonschema.ValidationError, match="remark"):
        jsonschema.validate(document | {"remark": ""}, schema)


def test_result_without_labels_says_what_it_has():
    document = of_text(CaseDocument.of(build_estimate()))
    assert document["labels"] is None
    assert document["images"] == [
        {"name": "standard_dose", "title": "Standard-dose PET", "file": "standard_dose.nii.gz", "unit": "Bq/ml"}
    ]
    assert document["scores"] == [{"title": "Brain age", "key": "age", "region": "person"}]
    assert document["inputs"]["pet"]["modality"] == "PT"
    assert document["input"]["format"] == "NIfTI"


def test_case_without_images_scores_frames_and_further_inputs_has_no_key_for_them(crop):
    document = of_text(CaseDocument.of(crop))
    assert {"images", "scores", "inputs", "curves", "doubtful_slices", "edited_segments"}.isdisjoint(document)
    terminology = document["labels"]["segments"][0]["terminology"]
    assert list(terminology) == ["category", "type", "region", "region_modifier"]


def test_result_without_labels_comes_back_whole():
    before = build_estimate()
    image = before.outputs[0].array
    document = CaseDocument.from_json(CaseDocument.of(before).to_bytes())
    after = document.case_result(before.scan, images={"standard_dose": image}, further_scans=before.further_scans)
    assert not after.has_labels
    assert [dataclasses.replace(one, array=None) for one in after.outputs[:1]] == [
        dataclasses.replace(before.outputs[0], array=None)
    ]
    assert after.outputs[0].array is image
    assert after.outputs[1:] == before.outputs[1:]
    assert (after.measurements, after.further_scans) == (before.measurements, before.further_scans)


def test_score_must_be_among_the_measurements():
    with pytest.raises(ValidationError, match="Brain age is not among the measurements"):
        CaseDocument.of(dataclasses.replace(build_estimate(), measurements=()))


def test_unknown_key_is_a_mistake_when_written_and_left_out_when_read(head):
    document = CaseDocument.of(head)
    later = of_text(document)
    later["remark"] = later["checks"][0]["remark"] = later["labels"]["remark"] = "new"
    with pytest.raises(ValidationError, match="remark"):
        CaseDocument.model_validate(later)
    assert CaseDocument.from_json(json.dumps(later)) == document


@pytest.mark.parametrize(
    "change", [{"schema": "quantseg-measurements/3"}, {"verdict": "fine"}, {"files": {"labels.nii.gz": "none"}}]
)
def test_what_is_no_such_document_is_not_read(head, change):
    with pytest.raises(ValueError, match=next(iter(change))):
        CaseDocument.from_json(json.dumps(of_text(CaseDocument.of(head)) | change))


def test_first_schema_is_read(head):
    document = CaseDocument.of(head)
    assert CaseDocument.from_json(json.dumps(as_first_schema(document))) == document


@pytest.mark.parametrize(
    ("models", "made_by"), [(["localiser", "heart"], "heart"), (["localiser", "other"], "other"), ([], "")]
)
def test_first_schema_was_made_by_the_model_named_as_the_task_or_the_last_one(head, models, made_by):
    references = tuple(ModelReference(name, "1", "CC0-1.0", {}) for name in models)
    case = dataclasses.replace(head, task="heart", models=references)
    read = CaseDocument.from_json(json.dumps(as_first_schema(CaseDocument.of(case))))
    assert (read.task, read.made_by) == ("heart", made_by)


def test_written_head_is_read_back_as_it_was(head, tmp_path):
    head = dataclasses.replace(head, notes=("The end of a structure is in doubt.",))
    folder = write_case(head, tmp_path, TASK.presenter, report=False).folder
    written = read_written(folder)
    after = written.document.case_result(head.scan, written.labels.array)
    assert after.notes == head.notes
    assert np.array_equal(after.labels, head.labels)
    assert (after.segments, after.checks, after.models) == (head.segments, head.checks, head.models)
    assert (after.algorithm, after.verdict) == (head.algorithm, head.verdict)
    again = CaseDocument.of(after, written.document.files, written.document.absent_files)
    assert again.to_bytes() == written.document.to_bytes()


@pytest.mark.parametrize("phases", [{"ED": 0, "ES": 1}, {"ED": 1, "ES": 0}])
def test_pair_is_read_back_frame_by_frame_whichever_phase_is_first(phases, tmp_path):
    pair = build_heart(phantom_labels()[[0, END_SYSTOLE]], CineKind.ED_AND_ES).with_label_map(phases=phases)
    written = read_written_cine(write_case(pair, tmp_path, HEART_TASK.presenter, report=False).folder)
    after = written.document.case_result(pair.scan, written.labels)
    assert np.array_equal(after.labels, pair.labels)
    assert after.phases == phases


_TEXT = st.text(min_size=1, max_size=8)
_NUMBER = st.floats(-1e7, 1e7, allow_subnormal=False)
_CODE = st.builds(Code, _TEXT, _TEXT, _TEXT)
_TERMINOLOGY = st.builds(Terminology, _CODE, _CODE, st.none() | _CODE, st.none() | _CODE, st.none() | _CODE)
_BYTE = st.integers(0, 255)
_SEGMENT = st.builds(Segment, st.integers(1, 255), _TEXT, _TEXT, st.tuples(_BYTE, _BYTE, _BYTE), _TERMINOLOGY)
_UNIT = st.sampled_from(["mm3", "ml", "%", "1", "ml/s", "Bq/ml"])
_INTERVAL = st.none() | st.builds(Interval, _NUMBER, _NUMBER)
_DECIMALS = st.none() | st.integers(0, 6)
_MEASUREMENT = st.builds(Measurement, _TEXT, _TEXT, _NUMBER, _UNIT, _TEXT, _INTERVAL, _DECIMALS)
_MODEL = st.builds(ModelReference, _TEXT, _TEXT, _TEXT, st.dictionaries(_TEXT, st.just("ab" * 32), max_size=2))
_FACT = _TEXT | st.integers() | st.booleans() | st.none() | _NUMBER
_CURVE = st.builds(Curve, _TEXT, _TEXT, st.tuples(_NUMBER, _NUMBER), _UNIT, _TEXT)
_CURVES = st.builds(
    FrameCurves,
    st.just((3, 7)),
    st.none() | st.tuples(_NUMBER, _NUMBER),
    st.sampled_from([(), (0,), (1, 0)]),
    st.lists(_CURVE, max_size=2).map(tuple),
)
_DOUBTFUL = st.builds(
    DoubtfulSlice,
    _TEXT,
    st.tuples(_NUMBER, _NUMBER, _NUMBER),
    _NUMBER,
    st.none() | st.integers(1, 30),
    st.none() | _TEXT,
    st.none() | st.builds(Effect, _TEXT, _TEXT, _NUMBER, _UNIT),
    st.none() | st.just(DoubtfulVoxels((1, 2, 1), (1.0, 0, 0, 0.5) * 3, "1 1")),
)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_case_comes_back_from_its_text(data):
    def some(one, **limits):
        return tuple(data.draw(st.lists(one, max_size=3, **limits)))

    labels = np.zeros(_SHAPE, np.uint8)
    case = CaseResult(
        name=data.draw(_TEXT),
        task=data.draw(_TEXT),
        scan=_SCAN,
        outputs=(LabelMap(labels, some(_SEGMENT)),),
        measurements=some(_MEASUREMENT),
        checks=some(st.builds(Check, _TEXT, st.sampled_from(Verdict), _TEXT)),
        models=some(_MODEL),
        made_by=data.draw(st.text(max_size=4)),
        facts=data.draw(st.dictionaries(_TEXT, _FACT, max_size=3)),
        curves=data.draw(st.none() | _CURVES),
        doubtful_slices=some(_DOUBTFUL),
        edited_segments=some(_TEXT),
    )
    document = CaseDocument.of(case)
    read = CaseDocument.from_json(document.to_json())
    assert read == document
    assert read.to_bytes() == document.to_bytes()
    after = read.case_result(case.scan, labels)
    # What is written as it is held comes back the same; numbers come back as they were shown.
    for same in ("name", "task", "segments", "checks", "models", "made_by", "facts", "edited_segments", "verdict"):
        assert getattr(after, same) == getattr(case, same), same
    assert {key: type(value) for key, value in after.facts.items()} == {k: type(v) for k, v in case.facts.items()}
    assert CaseDocument.of(after) == document
