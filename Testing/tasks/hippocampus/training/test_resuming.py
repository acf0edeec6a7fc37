"""An interrupted training of a hippocampus model goes on with the cases that were still to come."""

import json

import pytest
from interrupted_training import Interruptible, checkpoint_of, weights_of

from quantseg.tasks.hippocampus.training import coronal_slices
from quantseg.tasks.hippocampus.training.coronal_slices import NETWORK_DEFINITION, SLICES_APPROACH
from quantseg.tasks.hippocampus.training.coronal_slices import RECIPE as SLICES_RECIPE
from quantseg.tasks.hippocampus.training.volume import VOLUME_APPROACH
from quantseg.training.cohort import load_cohort

_NARROW = {"channels": [4, 4, 8, 8, 8]}


@pytest.fixture(params=["volume", "slices"])
def training(request, decathlon_folder, repository, monkeypatch):
    configs = repository / "Resources" / "Models" / "hippocampus" / "configs"
    inference, recipe = (json.loads((configs / f"{name}.json").read_text()) for name in ("inference", "train"))
    cases = [case for cases in load_cohort(decathlon_folder).values() for case in cases]
    if request.param == "volume":
        inference |= {"network_def": inference["network_def"] | _NARROW, "minimum_patch": [24, 32, 24]}
        recipe["optimisation"] |= {"batch_size": 2}
        return Interruptible(VOLUME_APPROACH, cases[:5], cases[5:6], inference, recipe, monkeypatch)
    # This network drops connections at random in training.
    inference |= {"network_def": NETWORK_DEFINITION | {"decoder_channels": [32, 16, 8, 8, 8]}}
    monkeypatch.setattr(coronal_slices, "_STATISTICS_BATCHES", 2)
    recipe = {**SLICES_RECIPE, "optimisation": SLICES_RECIPE["optimisation"] | {"batch_size": 3}}
    return Interruptible(SLICES_APPROACH, cases[:1], cases[1:2], inference, recipe, monkeypatch)


def test_an_interrupted_training_ends_with_the_weights_of_an_uninterrupted_one(training, tmp_path):
    training.train(tmp_path / "whole")
    training.train_until_interrupted(tmp_path / "interrupted")
    assert checkpoint_of(tmp_path / "interrupted")["waiting"], (
        "no case is waiting at the checkpoint; none could be lost"
    )
    training.train(tmp_path / "interrupted")
    assert weights_of(tmp_path / "interrupted") == weights_of(tmp_path / "whole")
