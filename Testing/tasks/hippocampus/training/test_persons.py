"""The Decathlon's cases 2k−1 and 2k are two sides of one person, who never stands on two sides of a split."""

import json

import numpy as np
import pytest
from made_nifti import save_nifti

from quantseg.evaluation.pairing import pair_cases
from quantseg.resources import shipped_configurations
from quantseg.tasks.hippocampus.learning import TRAINABLE
from quantseg.tasks.hippocampus.persons import SAMPLE_CROPS, decathlon_person
from quantseg.tasks.hippocampus.training.volume import load_hippocampi
from quantseg.training.audit import audit_dataset
from quantseg.training.cohort import cases_of, divide, load_cohort, shared_persons
from quantseg.training.decathlon import own_person
from quantseg.training.splits import SharedPersons, persons_on_both_sides

_NUMBERS = (*range(1, 27), 199, 200, 241, 242, 337)


@pytest.fixture
def two_sides(tmp_path):
    """Small crops named as the Decathlon's, whose volumes differ between persons, hardly between sides."""
    draw, folder, entries = np.random.default_rng(5), tmp_path / "Task04", []
    size_of_person = {number: int(draw.integers(4, 14)) for number in range(200)}
    for number in _NUMBERS:
        name = f"hippocampus_{number:03d}.nii.gz"
        labels = np.zeros((16, 8, 6), np.uint8)
        labels[: size_of_person[(number + 1) // 2], 1:4, 1:4] = 1
        labels[: size_of_person[(number + 1) // 2], 4:7, 1:4] = 2
        save_nifti(draw.normal(100, 10, labels.shape).astype(np.float32) + 100 * labels, folder / "imagesTr" / name)
        save_nifti(labels, folder / "labelsTr" / name)
        entries.append({"image": f"./imagesTr/{name}", "label": f"./labelsTr/{name}"})
    (folder / "dataset.json").write_text(json.dumps({"name": "Hippocampus", "training": entries}))
    return folder


@pytest.mark.parametrize(
    ("case", "person"),
    [
        ("hippocampus_001", "hippocampus_001+002"),
        ("hippocampus_002", "hippocampus_001+002"),
        ("hippocampus_003", "hippocampus_003+004"),
        ("hippocampus_242", "hippocampus_241+242"),
        ("hippocampus_241+242", "hippocampus_241+242"),
        ("sub-01__T1_left", "sub-01__T1_left"),
        ("hippocampus_1", "hippocampus_1"),
    ],
)
def test_numbers_tell_persons(case, person):
    assert decathlon_person(case) == person


@pytest.mark.parametrize("model", ["volume", "slices"])
@pytest.mark.parametrize("seed", [1, 2, 2026])
def test_nobody_stands_on_two_sides_and_the_samples_persons_are_set_aside(two_sides, tmp_path, model, seed):
    _, recipe = next(one for one in TRAINABLE if one.name == model).configurations()
    cohort = load_hippocampi(two_sides)
    split = divide(cohort, recipe | {"held_out_cases": 5, "folds": 3, "seed": seed}, tmp_path / "run")
    assert len(split.held_out) == 5
    assert {decathlon_person(crop) for crop in SAMPLE_CROPS} <= set(split.held_out)
    held_out = {case.case.name for case in cases_of(cohort, split.held_out)}
    assert {"hippocampus_199", "hippocampus_200", "hippocampus_241", "hippocampus_242", "hippocampus_337"} <= held_out
    for found in (persons_on_both_sides(split, decathlon_person), shared_persons(split, cohort)):
        assert found == SharedPersons((), ())
    for fold in range(3):
        trained, unseen = (
            {decathlon_person(case.case.name) for case in cases_of(cohort, persons)}
            for persons in (split.training(fold), [*split.held_out, *split.folds[fold]])
        )
        assert not trained & unseen


def test_a_split_by_file_is_told_and_still_names_its_cases(two_sides, tmp_path):
    """Runs and bundles of version 0.1.0 are split so."""
    by_file = divide(load_cohort(two_sides), {"held_out_cases": 5, "folds": 3, "seed": 1}, tmp_path)
    cohort = load_hippocampi(two_sides)
    assert divide(cohort, {"held_out_cases": 5, "folds": 3, "seed": 1}, tmp_path) == by_file
    assert [case.case.name for case in cases_of(cohort, by_file.held_out)] == list(by_file.held_out)
    shared = shared_persons(by_file, cohort)
    assert shared == persons_on_both_sides(by_file, decathlon_person)
    assert shared.held_out
    assert shared.validation


def test_the_shipped_split_keeps_both_sides_of_each_person_together_as_its_card_says(repository):
    split = json.loads((repository / "Resources/Models/hippocampus/configs/metadata.json").read_text())[
        "training_split"
    ]
    groups = [split["held_out"], *split["folds"]]
    persons = [person for group in groups for person in group]
    assert len(set(persons)) == len(persons) == 158
    # Each name tells both of a person's crops, so that no crop can stand in two groups.
    assert all(decathlon_person(f"hippocampus_{person[-7:-4]}") == person for person in persons)
    assert {"hippocampus_199+200", "hippocampus_241+242", "hippocampus_337+338"} <= set(split["held_out"])
    card = (repository / "Resources/Models/hippocampus/docs/README.md").read_text(encoding="utf-8")
    for text in (card, (repository / "README.md").read_text(encoding="utf-8")):
        said = " ".join(text.split())
        assert "split by person" in said or "split is by person" in said
        assert "44 crops" in said


def test_the_audit_finds_two_sides_of_one_person_that_are_called_two(two_sides):
    values = shipped_configurations("hippocampus", "train")["label_values"].values()
    told, untold = (audit_dataset(two_sides, values, (1.0, 1.0, 1.0), rule) for rule in (decathlon_person, own_person))
    (finding,) = [found for found in untold if found not in told]
    assert "two images of one person" in finding.message
    assert not [found for found in told if "person" in found.message]


@pytest.mark.slow
def test_the_real_decathlon_is_split_by_person(data_folder, tmp_path):
    if data_folder is None:
        pytest.skip("QUANTSEG_DATA names no folder of data sets; crops made above stand in for it")
    _, recipe = TRAINABLE[0].configurations()
    cohort = load_hippocampi(data_folder / "Task04_Hippocampus")
    split = divide(cohort, recipe, tmp_path)
    assert (len(cohort), len(split.held_out), len(split.folds)) == (158, 30, 5)
    assert {decathlon_person(crop) for crop in SAMPLE_CROPS} <= set(split.held_out)
    assert shared_persons(split, cohort).held_out == shared_persons(split, cohort).validation == ()
    values = recipe["label_values"].values()
    untold = audit_dataset(data_folder / "Task04_Hippocampus", values, (1.0, 1.0, 1.0))
    assert [found.message for found in untold if "r = 0.92" in found.message]


def test_cases_of_a_split_by_person_and_by_file_are_scored_by_person(two_sides):
    labels = two_sides / "labelsTr"
    patients = {f"hippocampus_{n:03d}": decathlon_person(f"hippocampus_{n:03d}") for n in _NUMBERS}
    by_person = pair_cases([labels], labels, patients, {"hippocampus_001+002"})
    assert [pair.case for pair in by_person.pairs] == ["hippocampus_001", "hippocampus_002"]
    by_file = pair_cases([labels], labels, patients, {"hippocampus_002"})
    assert [(pair.case, pair.patient) for pair in by_file.pairs] == [("hippocampus_002", "hippocampus_001+002")]
