"""The volumes of the shipped samples, to be recorded again after a model has changed on purpose.

python Testing/tasks/hippocampus/golden_cases.py
"""

import json
from pathlib import Path

from quantseg.inference.model_store import ModelStore
from quantseg.measure.steps import Steps
from quantseg.reading import find_cases, read_scan
from quantseg.tasks.hippocampus.options import HippocampusOptions
from quantseg.tasks.hippocampus.pipeline import HippocampusPipeline

GOLDEN_FILE = Path(__file__).with_name("golden_volumes.json")
_SAMPLES = Path(__file__).parents[3] / "Resources" / "SampleData"
SAMPLE_FILES = (*sorted(_SAMPLES.glob("hippocampus_*.nii.gz")), _SAMPLES / "head_t1.nii.gz")


def volumes_mm3(file: Path, pipeline: HippocampusPipeline) -> dict[str, float]:
    """Return every volume of a sample, by region."""
    (case,) = find_cases([file])
    measurements = pipeline.run(case.name, read_scan(case), Steps()).measurements
    return {m.region: round(m.value, 1) for m in measurements if m.unit == "mm3"}


if __name__ == "__main__":
    the_pipeline = HippocampusPipeline(HippocampusOptions(), ModelStore())
    golden = {file.name: volumes_mm3(file, the_pipeline) for file in SAMPLE_FILES}
    GOLDEN_FILE.write_text(json.dumps(golden, indent=1) + "\n", encoding="utf-8")
