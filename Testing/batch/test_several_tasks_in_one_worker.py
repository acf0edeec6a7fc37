"""One process serves several tasks in turn, without loading a network twice."""

import dataclasses
from collections import Counter

import pytest
from heart_model import write_heart_model
from standin_pipeline import TASK, StandInOptions, StandInPipeline

from quantseg.batch import worker
from quantseg.inference import openvino_network
from quantseg.models import bundle
from quantseg.results.status import CaseStatus

_BUILT = Counter()


class PipelineWithModel(StandInPipeline):
    """Takes a model from the store for each case, as the pipelines of real tasks do."""

    def __init__(self, options, models, name):
        super().__init__(options)
        self._models, self._name = models, name
        _BUILT[name] += 1

    def run(self, name, scan, steps):
        self._models.ensemble(self._name, "cpu", steps)
        return super().run(name, scan, steps)


ONE = dataclasses.replace(TASK, pipeline=lambda options, models: PipelineWithModel(options, models, "heart"))
OTHER = dataclasses.replace(TASK, pipeline=lambda options, models: PipelineWithModel(options, models, "heart-lv-open"))


@pytest.fixture
def loads(monkeypatch, tmp_path):
    """Count how often each file of weights is loaded, in a process that has loaded none."""
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("QUANTSEG_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(bundle, "shipped_folder", lambda: tmp_path / "nothing ships")
    for name in ("heart", "heart-lv-open"):
        write_heart_model(tmp_path / "home", name)
    counted = Counter()
    load = openvino_network.load_openvino_network

    def counting(of, member, device):
        counted[of.name, member] += 1
        return load(of, member, device)

    monkeypatch.setattr(openvino_network, "load_openvino_network", counting)
    monkeypatch.setattr(worker, "_STATE", worker._ProcessState())
    _BUILT.clear()
    return counted


def test_tasks_that_take_turns_load_each_network_and_build_each_pipeline_once(job, scans, loads):
    jobs = [dataclasses.replace(job, task=f"{__name__}:{task}") for task in ("ONE", "OTHER")]
    for number, case in enumerate(scans(["a", "b", "c", "d"])):
        assert worker.process_case(jobs[number % 2], case).status is CaseStatus.DONE

    assert len(loads) == 4
    assert set(loads.values()) == {1}
    assert _BUILT == {"heart": 1, "heart-lv-open": 1}


def test_the_pipeline_that_was_not_used_for_longest_goes_and_its_networks_stay(job, scans, loads, monkeypatch):
    monkeypatch.setattr(worker, "_MOST_PIPELINES", 2)
    jobs = [
        dataclasses.replace(job, task=f"{__name__}:ONE", options=StandInOptions(threshold=threshold))
        for threshold in (100.0, 101.0, 102.0)
    ]
    first, second, third = jobs
    cases = scans([f"case{number}" for number in range(6)])
    for one, case in zip((first, second, first, third, first, second), cases, strict=True):
        assert worker.process_case(one, case).status is CaseStatus.DONE

    assert _BUILT["heart"] == 4, "the second one was built again, the first one was not"
    assert set(loads.values()) == {1}
