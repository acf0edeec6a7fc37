"""The shipped samples keep their volumes, whatever the machine, until a model is changed on purpose."""

import json

import pytest
from golden_cases import GOLDEN_FILE, SAMPLE_FILES, volumes_mm3

from quantseg.inference.model_store import ModelStore
from quantseg.tasks.hippocampus.options import HippocampusOptions
from quantseg.tasks.hippocampus.pipeline import HippocampusPipeline


@pytest.fixture(scope="module")
def a_pipeline():
    return HippocampusPipeline(HippocampusOptions(), ModelStore())


@pytest.mark.slow
@pytest.mark.parametrize("file", SAMPLE_FILES, ids=lambda file: file.name)
def test_a_sample_keeps_its_volumes(a_pipeline, file):
    golden = json.loads(GOLDEN_FILE.read_text(encoding="utf-8"))[file.name]

    # Half a per cent is what bfloat16 may change against float32.
    assert volumes_mm3(file, a_pipeline) == pytest.approx(golden, rel=0.005)
