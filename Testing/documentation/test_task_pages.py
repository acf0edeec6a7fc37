"""The pages of the tasks name the measurements that the code makes, with their units, and no others."""

import re

import pytest
from finished_cases import build_crop, build_head
from finished_hearts import build_heart
from heart_phantom import frame_times_ms, phantom_labels
from stacked_labels import short_axis_stack

from quantseg.models.bundle import find_bundle
from quantseg.tasks.brain_age.measuring import measure_age
from quantseg.tasks.brain_age.model import read_age_model
from quantseg.tasks.heart.function import Patient, measure_function
from quantseg.tasks.heart.phases import Phases
from quantseg.tasks.heart.reading.cine import CineKind
from quantseg.tasks.heart.volumes import volume_curves
from quantseg.tasks.registry import TASKS


def _of_hippocampi():
    return (*build_head().measurements, *build_crop().measurements)


def _of_hearts():
    labels = phantom_labels()
    cycle = build_heart(labels)
    curves = volume_curves(short_axis_stack(labels, cycle.scan.geometry.affine, True))
    with_rates = measure_function(curves, Phases(0, 7), Patient(), frame_times_ms())
    single = build_heart(labels[:1], CineKind.SINGLE_FRAME)
    return (*cycle.measurements, *with_rates, *single.measurements)


def _of_brains():
    return measure_age(read_age_model(find_bundle("brain-age")), 40.0, 42.0, {"frontal": 1.0})


_MEASURED = {"hippocampus": _of_hippocampi, "heart": _of_hearts, "brain-age": _of_brains}


def _measurements_on_page(text):
    table = text.partition("## Measurements")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.+?`) \| (\S+) \|", table, re.MULTILINE)
    return {(key, unit) for keys, unit in rows for key in re.findall(r"`(\w+)`", keys)}


@pytest.mark.parametrize("task", TASKS)
def test_a_page_names_every_measurement_of_its_task_with_its_unit(repository, task):
    text = (repository / "docs" / "tasks" / f"{task}.md").read_text(encoding="utf-8")
    assert {(one.key, one.unit) for one in _MEASURED[task]()} == _measurements_on_page(text)


@pytest.mark.parametrize("task", TASKS)
def test_a_page_says_what_a_task_page_says(repository, task):
    text = (repository / "docs" / "tasks" / f"{task}.md").read_text(encoding="utf-8")
    headings = ["What goes in", "What comes out", "Measurements", "Options", "How good it is", "Limits"]
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == headings
    assert "**For research use only. Not for clinical diagnosis.**" in text
    assert f"<!-- help: quantseg segment {task} -->" in text or f"<!-- help: quantseg run {task} -->" in text
