"""From a brain to a score by the command, with the model that ships, and when none is given."""

import csv
import json

import nibabel
import numpy as np
import pytest

from quantseg.brain.atlas import read_atlas
from quantseg.cli.main import main
from quantseg.measure.values import Check, Verdict
from quantseg.models.bundle import find_bundle
from quantseg.tasks.dementia.features import AGE
from quantseg.tasks.dementia.hippocampi import StandardHippocampus
from quantseg.tasks.dementia.model import read_dementia_model
from quantseg.tasks.dementia.seeing import check_hippocampi
from quantseg.tasks.dementia.withholding import reasons_against_score


@pytest.fixture(scope="module")
def model():
    return read_dementia_model(find_bundle("dementia"))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The same brain three times by a table: of 72 years, of 45, and of an age that nobody says."""
    folder = tmp_path_factory.mktemp("dementia")
    atlas = read_atlas()
    nibabel.save(nibabel.Nifti1Image(atlas.brain.array, atlas.grid.affine), folder / "brain.nii.gz")
    with (folder / "cases.csv").open("w", newline="") as file:
        rows = [("old", "brain.nii.gz", "", "72", "F"), ("young", "brain.nii.gz", "", "45", ""), ("unknown",)]
        csv.writer(file).writerows(
            [("case", "mri", "pet", "age", "sex"), *rows[:2], ("unknown", "brain.nii.gz", *("",) * 3)]
        )
    assert main(["run", "dementia", "--cases", str(folder / "cases.csv"), "-o", str(folder / "out")]) == 0
    return folder / "out"


def document(run, case):
    return json.loads((run / case / "measurements.json").read_text(encoding="utf-8"))


def test_an_old_person_gets_a_score_with_an_interval_that_is_said_to_be_no_diagnosis(run, model):
    found = {(one["key"], one["region"]): one for one in document(run, "old")["measurements"]}
    score = found["dementia_probability", "brain"]
    assert score["unit"] == "1"
    low, high = score["interval_95"]
    assert 0 <= low <= score["value"] <= high <= 1
    # The atlas is the average of young adults.
    assert score["value"] < model.prevalence
    assert found["image_network_log_odds", "brain"]["value"] < model.norms["network_log_odds"].mean
    assert {one["name"] for one in document(run, "old")["models"]} == {"dementia", "dementia-network", "hippocampus"}
    report = (run / "old" / "report.html").read_text(encoding="utf-8")
    for said in ("not a diagnosis", "OASIS-1", "of 100 have it", "What it would need", "among other people"):
        assert said in report


@pytest.mark.parametrize(("case", "reason"), [("young", "60 years and over"), ("unknown", "age is unknown")])
def test_without_a_score_the_reason_is_told_and_what_was_measured_is_the_same(run, case, reason):
    measured, of_old = (
        {(one["key"], one["region"]): one["value"] for one in document(run, name)["measurements"]}
        for name in (case, "old")
    )
    assert ("dementia_probability", "brain") not in measured
    assert measured == {key: value for key, value in of_old.items() if key[0] != "dementia_probability"}
    assert document(run, case)["facts"]["score_given"] is False
    assert reason in (run / case / "report.html").read_text(encoding="utf-8")


def of_average_brain(model):
    return {name: model.norms[name].mean for name in model.features}


@pytest.mark.parametrize(
    ("age_years", "checks", "left_out", "reason"),
    [
        (59.9, (), "", "60 years and over"),
        (99.0, (), "", "60 to 94 years"),
        (None, (), "", "age is unknown"),
        (72.0, (Check("hippocampus", Verdict.FAIL, "It was not found."),), "", "failed verdict: It was not found."),
        (72.0, (), "left_hippocampus_mm3", "Hippocampus, left"),
        (72.0, (Check("likeness", Verdict.LOOK, "Look."),), "", ""),
    ],
)
def test_every_reason_against_a_score_is_named(model, age_years, checks, left_out, reason):
    values = {name: value for name, value in of_average_brain(model).items() if name != left_out}
    found = reasons_against_score(model, age_years, checks, values)
    assert (reason in " ".join(found)) if reason else not found


def test_pet_alone_gets_no_score_and_is_told_why(model):
    (reason,) = reasons_against_score(model, 72.0, (), {"uptake_left_frontal": 1.2})
    assert "Hippocampus, left" in reason
    assert "no weights for PET ship" in reason


def test_smaller_hippocampi_raise_the_score_and_fewer_ill_people_lower_it(model):
    values = of_average_brain(model)
    score, interval = model.probability(values)
    assert interval.low < score < interval.high
    smaller = {name: value - (500 if "hippocampus" in name else 0) for name, value in values.items()}
    assert model.probability(smaller)[0] > score
    assert model.at_prevalence(score, model.prevalence) == pytest.approx(score)
    assert model.at_prevalence(score, 0.1) < score
    parts = model.contributions(smaller)
    odds = np.log(model.probability(smaller)[0] / (1 - model.probability(smaller)[0]))
    assert sum(parts.values()) + model.fit[0] == pytest.approx(odds)
    assert AGE in parts


@pytest.mark.parametrize(("volume_mm3", "disagreement"), [(300.0, 0.02), (3500.0, 0.4)])
def test_hippocampi_that_were_not_found_fail_the_verdict(volume_mm3, disagreement):
    good, bad = StandardHippocampus(3500.0, 0.02), StandardHippocampus(volume_mm3, disagreement)
    assert check_hippocampi((good, good)).verdict is Verdict.GOOD
    assert check_hippocampi((good, bad)).verdict is Verdict.FAIL


def test_the_bundle_holds_no_row_of_a_person(model):
    """As many refits as people would be a row each; names of scans and ages of single people would be theirs."""
    text = (find_bundle("dementia").folder / "configs" / "inference.json").read_text(encoding="utf-8")
    assert "OAS1_" not in text
    assert len(model.draws) != model.people
