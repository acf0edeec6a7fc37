"""The pages of the tasks name the measurements that the code makes, with their units, and no others."""

import re

import numpy as np
import pytest
from finished_cases import build_crop, build_head
from finished_hearts import build_heart
from heart_phantom import frame_times_ms, phantom_labels
from stacked_labels import short_axis_stack

from quantseg.brain.regions import Region
from quantseg.brain.tissue_prediction import TissuePrediction
from quantseg.models.bundle import find_bundle
from quantseg.reading.scan import ImageFormat, Scan
from quantseg.tasks.brain_age.measuring import measure_age
from quantseg.tasks.brain_age.model import AgeEstimate, read_age_model
from quantseg.tasks.brain_tissue.anatomy import TISSUES_AND_PARTS
from quantseg.tasks.brain_tissue.measuring import measure_tissue
from quantseg.tasks.dementia.features import BRAIN_PERCENT, LEFT_HIPPOCAMPUS, NETWORK_LOG_ODDS
from quantseg.tasks.dementia.measuring import measure_brain, measure_networks, measure_pet, measure_score
from quantseg.tasks.dementia.model import read_dementia_model
from quantseg.tasks.dementia.uptake import Reference, StandardUptake
from quantseg.tasks.heart.function import Patient, measure_function
from quantseg.tasks.heart.phases import Phases
from quantseg.tasks.heart.reading.cine import CineKind
from quantseg.tasks.heart.volumes import volume_curves
from quantseg.tasks.low_dose_pet.dose import DoseFromNoise
from quantseg.tasks.low_dose_pet.estimating import Estimate
from quantseg.tasks.low_dose_pet.level import Level
from quantseg.tasks.low_dose_pet.measuring import measure
from quantseg.tasks.low_dose_pet.pet_image import PetImage
from quantseg.tasks.low_dose_pet.regions import region_values
from quantseg.tasks.low_dose_pet.uptake_value import UptakeScale
from quantseg.tasks.lumbar_muscle.channels import LABELS
from quantseg.tasks.lumbar_muscle.fat import FatSource
from quantseg.tasks.lumbar_muscle.measuring import MeasuredPlane, measure_muscles
from quantseg.tasks.registry import TASKS
from quantseg.volume import Volume


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
    return measure_age(read_age_model(find_bundle("brain-age")), AgeEstimate(40.0, 12.0), 42.0, {"frontal": 1.0})


def _of_dementia():
    bundle = read_dementia_model(find_bundle("dementia"))
    values = {name: norm.mean for name, norm in bundle.norms.items()}
    regions = {f"{side}_frontal": 1.0 for side in ("left", "right")}
    nothing = np.zeros((1, 1, 1), np.float32)
    uptake = StandardUptake(nothing, nothing, regions, regions, regions, Reference.PONS)
    brain = {LEFT_HIPPOCAMPUS: 3000.0, BRAIN_PERCENT: 80.0}
    said = measure_networks({NETWORK_LOG_ODDS: 0.5})
    return (measure_score(bundle, values), *measure_brain(brain), *said, *measure_pet(uptake, "some"))


def _of_tissues():
    channels = tuple((region,) for region in Region)
    shares = np.full((len(Region), 4, 4, 4), 1 / len(Region), np.float32)
    image = Volume(np.ones((4, 4, 4), np.float32), np.eye(4))
    prediction = TissuePrediction(image, shares, np.ones((4, 4, 4), bool), channels)
    labels = np.zeros((4, 4, 4), np.uint8)
    found = (measure_tissue(prediction, labels, 1.0, TISSUES_AND_PARTS, known) for known in (True, False))
    return (one for measurements in found for one in measurements)


def _of_muscles():
    labels = np.arange(len(LABELS), dtype=np.uint8)[None].repeat(4, axis=0)
    plane = MeasuredPlane(0, labels, np.full(labels.shape, 20, np.float32))
    return measure_muscles([plane], 1.0, FatSource.DIXON, 1.75)


def _of_pet():
    low = np.ones((12, 12, 12), np.float32)
    made = Estimate(Volume(low, np.eye(4)), low, low, Level(low > 0, 1.0, 0.1, 0.1), 0.1, False, 1.0)
    scan = Scan(made.low, ImageFormat.NIFTI)
    images = (PetImage.of(scan, None), PetImage.of(scan, UptakeScale("Bq/ml", 1e-4)))
    regions = region_values(made.level.region, low, low)
    return (one for image in images for one in measure(image, made, regions, (), DoseFromNoise(0, 0, 0, 1), True))


_MEASURED = {
    "hippocampus": _of_hippocampi,
    "heart": _of_hearts,
    "brain-tissue": _of_tissues,
    "brain-age": _of_brains,
    "dementia": _of_dementia,
    "lumbar-muscle": _of_muscles,
    "low-dose-pet": _of_pet,
}


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
