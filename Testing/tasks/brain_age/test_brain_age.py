"""From a brain to an age by the command, with the model that ships; the brain is the atlas's own."""

import json
from dataclasses import replace

import nibabel
import numpy as np
import pytest

from quantseg.brain.atlas import read_atlas
from quantseg.brain.standard_space import CENTRE_FACTS
from quantseg.brain.tissue_features import areas_of
from quantseg.brain.tissue_volume import volume_places
from quantseg.cli.main import main
from quantseg.inference.device import choose_device
from quantseg.inference.ensemble import Ensemble
from quantseg.measure.values import Verdict
from quantseg.models.bundle import find_bundle
from quantseg.tasks.brain_age.areas import average_brain, contributions
from quantseg.tasks.brain_age.measuring import measure_age
from quantseg.tasks.brain_age.model import AgeEstimate, SeenBrain, read_age_model
from quantseg.tasks.brain_age.pipeline import check_agreement
from quantseg.tasks.brain_age.training.fitting import UnseenErrors, bias, half_width, scores_of


@pytest.fixture(scope="module")
def model():
    return read_age_model(find_bundle("brain-age"))


@pytest.fixture(scope="module")
def networks(model):
    return Ensemble(find_bundle(model.networks.bundle), choose_device("cpu"))


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
    narrowest, widest = model.networks.interval.half_width(np.array([0.0, 1000.0]))
    assert narrowest - 0.1 <= (high - low) / 2 <= widest + 0.1
    assert gap["value"] == pytest.approx(age["value"] - 40, abs=0.11)
    report = (tmp_path / "out" / "brain" / "report.html").read_text(encoding="utf-8")
    for said in ("A gap within the interval means nothing", "Among people of that age", "not the person"):
        assert said in report
    assert "brain age" in capsys.readouterr().err
    # An age is no label that anybody edits or approves.
    assert "Approved by" not in report
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


def test_an_area_carries_what_the_estimate_loses_without_it(model, networks):
    atlas, average = read_atlas(), average_brain(model.regression.sd_mm)
    assert contributions(model, networks, average, atlas) == pytest.approx(
        dict.fromkeys(contributions(model, networks, average, atlas), 0)
    )

    # Grey matter of the frontal area alone is less: no other area carries anything.
    frontal = areas_of(atlas)[volume_places(atlas)] == "frontal"
    volume = average.volume.copy()
    volume[0][frontal] //= 2
    thinner = SeenBrain(average.features, volume)
    years = contributions(model, networks, thinner, atlas)
    assert next(iter(years)) == "frontal"
    assert years["frontal"] == pytest.approx(
        model.estimate(thinner, networks).years - model.estimate(average, networks).years, abs=1e-3
    )
    assert years["frontal"] != 0
    assert all(years[area] == pytest.approx(0, abs=1e-6) for area in years if area != "frontal")


def test_regression_and_networks_both_have_their_share(model, networks):
    average = average_brain(model.regression.sd_mm)
    by_line, (said, _) = model.regression.estimate(average.features), model.networks.say(networks, average.volume)
    assert model.estimate(average, networks).years == pytest.approx((by_line + said) / 2)
    # A model of before 0.3.0, which somebody may have fitted to his own people, has no networks.
    without = replace(model, networks=None)
    assert without.estimate(average, None) == AgeEstimate(by_line, model.half_width_years)
    (age,) = measure_age(without, without.estimate(average, None), None, {})
    assert "networks" not in age.protocol


def test_a_brain_of_which_regression_and_networks_disagree_needs_a_look(model):
    limit = model.networks.usually_apart_years
    (good,) = check_agreement(model, AgeEstimate(40.0, 10.0, limit))
    (look,) = check_agreement(model, AgeEstimate(40.0, 10.0, limit + 0.1))
    assert (good.verdict, look.verdict) == (Verdict.GOOD, Verdict.LOOK)
    assert "unlike" in look.reason
    assert check_agreement(model, AgeEstimate(40.0, 10.0)) == ()


def test_percentiles_rise_with_age_and_order(model):
    assert np.all(np.diff(model.percentiles, axis=1) > 0)
    assert np.all(np.diff(model.percentiles[:, 2]) > 0)
    assert model.percentile_of(-50, 40) == "below the 5th"
    assert model.percentile_of(200, 40) == "above the 95th"


def test_interval_and_bias_are_judged_on_people_whom_they_were_not_fitted_to():
    draw = np.random.default_rng(1)
    ages = draw.uniform(18, 96, 400)
    # Errors are foreseen: some people's are three times those of others.
    scales = draw.choice([2.0, 6.0], 400)
    estimates = 50 + 0.9 * (ages - 50) + scales * draw.normal(0, 1, 400)
    unseen = UnseenErrors(ages, estimates, scales, np.arange(400) % 10, np.array([1.0, 2.0]))

    scores = scores_of(unseen)

    assert bias(unseen)[1] == pytest.approx(-0.1, abs=0.03)
    assert abs(scores["less_bias_error_change_a_year"]) < 0.02
    assert 92 <= scores["interval_holds_percent"] <= 98
    assert scores["one_half_width_years"] == pytest.approx(half_width(estimates - ages), abs=0.01)
    assert scores["interval_score_years"] < 0.9 * scores["one_width_interval_score_years"]
    assert scores["rescan_difference_largest_years"] == 2.0
