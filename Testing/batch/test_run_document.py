"""``run.json``: what a run is said to be, and what an earlier one said."""

import dataclasses
import json
from enum import Enum

import pytest
from standin_pipeline import StandInOptions

from quantseg.batch.job import CaseOutcome
from quantseg.batch.record import RunRecord
from quantseg.batch.run_document import CaseEntry, RunDocument
from quantseg.errors import QuantSegError
from quantseg.measure.values import Verdict
from quantseg.models.reference import ModelReference
from quantseg.reading.spacing import SpacingChoice, SpacingSource
from quantseg.results.status import CaseStatus

_MODEL = ModelReference("m", "1", "CC0-1.0", {"models/w": "0" * 64})
_DONE = CaseOutcome(
    "a",
    CaseStatus.DONE,
    verdict=Verdict.LOOK,
    summary_row={"case": "a"},
    label_hashes={"labels.nii.gz": "ab" * 32},
    step_seconds={"read": 0.123456},
    facts={"device": "CPU", "uncertainty": float("nan"), "frames": 3, "known": True},
    models=(_MODEL,),
)


class Kind(Enum):
    HEAD = "head"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options(StandInOptions):
    kind: Kind = Kind.HEAD


def written(job, *outcomes):
    with RunRecord(job, [one.name for one in outcomes], ["segment", "x"]) as record:
        for one in outcomes:
            record.add(one)
    return json.loads((job.output / "run.json").read_text(encoding="utf-8"))


def test_run_is_described_in_plain_values(job):
    spacing = SpacingChoice(SpacingSource.GIVEN, (1.0, 1.0, 2.0))
    run = written(dataclasses.replace(job, options=Options(), spacing=spacing), _DONE)
    assert list(run)[:2] == ["statement", "schema"]
    assert (run["schema"], run["task"], run["command"]) == ("quantseg-run/2", "hippocampus", ["segment", "x"])
    assert run["statement"].startswith("For research use only")
    assert run["options"] == {"device": "auto", "threshold": 100.0, "kind": "head"}
    assert run["spacing"] == {"source": SpacingSource.GIVEN.value, "given_mm": [1.0, 1.0, 2.0]}
    assert run["devices"] == ["CPU"]
    assert run["models"] == [
        {"name": "m", "version": "1", "licence": "CC0-1.0", "weight_hashes": {"models/w": "0" * 64}}
    ]
    assert run["cases"]["a"] == {
        "status": "done",
        "reason": "",
        "verdict": "look",
        "label_hashes": {"labels.nii.gz": "ab" * 32},
        "models": ["m"],
        "facts": {"device": "CPU", "uncertainty": None, "frames": 3, "known": True},
        "step_seconds": {"read": 0.1235},
    }


def test_run_comes_back_from_its_text(job):
    written(job, _DONE)
    read = RunDocument.from_json((job.output / "run.json").read_bytes())
    assert read.cases == {"a": CaseEntry.of(_DONE)}
    assert read.to_bytes() == (job.output / "run.json").read_bytes()


@pytest.mark.parametrize("first_schema", [False, True])
def test_resumed_run_keeps_what_an_earlier_one_said_of_other_cases(job, first_schema):
    earlier = written(job, _DONE)
    (job.output / "a").mkdir()
    if first_schema:
        earlier["organ"] = earlier.pop("task")
        (job.output / "run.json").write_text(json.dumps(earlier | {"schema": "quantseg-run/1"}), encoding="utf-8")
    refused = CaseOutcome("b", CaseStatus.REFUSED, "no brain")
    run = written(dataclasses.replace(job, resume=True), refused)
    assert set(run["cases"]) == {"a", "b"}
    assert run["cases"]["a"] == earlier["cases"]["a"]
    assert (run["cases"]["b"]["reason"], run["cases"]["b"]["verdict"]) == ("no brain", None)


def test_a_case_whose_results_were_taken_away_is_no_longer_listed(job):
    written(job, _DONE)
    assert set(written(job, CaseOutcome("b", CaseStatus.REFUSED, "no brain"))["cases"]) == {"b"}
    assert "a" not in (job.output / "summary.csv").read_text(encoding="utf-8").split()[1:]


def test_damaged_earlier_run_says_nothing(job):
    (job.output / "run.json").write_text("{ damaged", encoding="utf-8")
    assert set(written(dataclasses.replace(job, resume=True), _DONE)["cases"]) == {"a"}


def test_full_disk_is_said_at_the_end_of_a_run(job, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("quantseg.batch.record.write_file", full)
    with pytest.raises(QuantSegError, match="No space left on device"):
        written(job, _DONE)
