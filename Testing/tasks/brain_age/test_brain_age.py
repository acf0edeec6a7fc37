"""From a brain to an age by the command, with the model that ships; the brain is the atlas's own."""

import json

import nibabel
import numpy as np
import pytest

from quantseg.brain.atlas import read_atlas
from quantseg.brain.standard_space import CENTRE_FACTS
from quantseg.cli.main import main
from quantseg.models.bundle import find_bundle
from quantseg.tasks.brain_age.model import read_age_model
from quantseg.tasks.brain_age.pipeline import average_features, contributions
from quantseg.tasks.brain_age.training.fitting import UnseenErrors, bias, half_width, scores_of


@pytest.fixture(scope="module")
def model():
    return read_age_model(find_bundle("brain-age"))


@pytest.fixture
def brain(tmp_path):
    atlas = read_atlas()
    nibabel.save(nibabel.Nifti1Image(atlas.brain.array, atlas.grid.affine), tmp_path / "brain.nii.gz")
    return tmp_path / "brain.nii.gz"


def measured(folder):
    document = json.loads((folder / "brain" / "measurements.json").read_text(encoding="utf-8"))
    return {(one["key"], one["region"]): one for one in document["measurements"]}


def test_a_brain_gets_an_age_with_an_interval_a_gap_and_a_report(brain, tmp_path, model, capsys):
    assert main(["run", "brain-age", str(brain), "-o", str(tmp_path / "out"), "--age", "40"]) == 0

    found = measured(tmp_path / "out")
    age, gap = found["brain_age", "brain"], found["brain_age_gap", "brain"]
    assert age["unit"] == "year"
    # The atlas is the average of young adults.
    assert 15 < age["value"] < 60
    low, high = age["interval_95"]
    assert (high - low) / 2 == pytest.approx(model.half_width_years, abs=0.1)
    assert gap["value"] == pytest.approx(age["value"] - 40, abs=0.11)
    report = (tmp_path / "out" / "brain" / "report.html").read_text(encoding="utf-8")
    for said in ("A gap within the interval means nothing", "Among people of that age", "not the person"):
        assert said in report
    assert "brain age" in capsys.readouterr().err
    facts = json.loads((tmp_path / "out" / "brain" / "measurements.json").read_text(encoding="utf-8"))["facts"]
    # The brain lies in standard space already, where the middle of the thalami is known.
    assert [facts[name] for name in CENTRE_FACTS] == pytest.approx([4, -18, 12], abs=2)


def test_without_an_age_there_is_no_gap_and_it_is_said_why(brain, tmp_path):
    assert main(["run", "brain-age", str(brain), "-o", str(tmp_path / "out")]) == 0

    assert {key for key, _ in measured(tmp_path / "out")} == {"brain_age", "brain_age_contribution"}
    assert "age is unknown" in (tmp_path / "out" / "brain" / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("years", ["12", "99"])
def test_people_whom_the_model_does_not_know_are_refused(brain, tmp_path, years, capsys):
    assert main(["run", "brain-age", str(brain), "-o", str(tmp_path / "out"), "--age", years]) == 1
    assert "18 to 96 years" in capsys.readouterr().err


def test_another_contrast_is_refused(brain, tmp_path, capsys):
    image = nibabel.load(brain)
    array = np.asarray(image.dataobj)
    nibabel.save(nibabel.Nifti1Image(np.where(array > 0, 150 - array, 0), image.affine), brain)
    assert main(["run", "brain-age", str(brain), "-o", str(tmp_path / "out")]) == 1
    assert "brain" in capsys.readouterr().err


def test_contributions_of_areas_sum_to_what_sets_a_brain_apart_from_the_atlas(model):
    atlas, average = read_atlas(), average_features(model.regression.sd_mm)
    features = average + np.random.default_rng(0).normal(0, 0.05, len(average)).astype(np.float32)
    years = contributions(model, features - average, atlas)
    apart = model.regression.estimate(features) - model.regression.estimate(average)
    assert sum(years.values()) == pytest.approx(apart, abs=1e-3)


def test_percentiles_rise_with_age_and_order(model):
    assert np.all(np.diff(model.percentiles, axis=1) > 0)
    assert np.all(np.diff(model.percentiles[:, 2]) > 0)
    assert model.percentile_of(-50, 40) == "below the 5th"
    assert model.percentile_of(200, 40) == "above the 95th"


def test_interval_and_bias_are_judged_on_people_whom_they_were_not_fitted_to():
    draw = np.random.default_rng(1)
    ages = draw.uniform(18, 96, 400)
    estimates = 50 + 0.8 * (ages - 50) + draw.normal(0, 5, 400)
    unseen = UnseenErrors(ages, estimates, np.arange(400) % 10, np.array([1.0, 2.0]))

    scores = scores_of(unseen)

    assert bias(unseen)[1] == pytest.approx(-0.2, abs=0.03)
    assert abs(scores["less_bias_error_change_a_year"]) < 0.02
    assert 92 <= scores["interval_holds_percent"] <= 98
    assert scores["half_width_years"] == pytest.approx(half_width(estimates - ages), abs=0.01)
    assert scores["rescan_difference_largest_years"] == 2.0
