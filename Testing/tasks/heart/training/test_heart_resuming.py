"""An interrupted training of a heart model goes on with the slices that were still to come."""

import pytest
from interrupted_training import Interruptible, checkpoint_of, weights_of
from made_hearts import TINY_NETWORK, write_acdc

from quantseg.tasks.heart.training.acdc import load_acdc
from quantseg.tasks.heart.training.approaches import ACDC_APPROACH
from quantseg.tasks.heart.training.recipe import INFERENCE, RECIPE


@pytest.fixture
def training(tmp_path, monkeypatch):
    shown, validation = load_acdc(write_acdc(tmp_path / "acdc", patients=2)).values()
    inference = INFERENCE | {"network_def": INFERENCE["network_def"] | TINY_NETWORK}
    return Interruptible(ACDC_APPROACH, shown, validation, inference, RECIPE, monkeypatch)


def test_an_interrupted_training_ends_with_the_weights_of_an_uninterrupted_one(training, tmp_path):
    training.train(tmp_path / "whole")
    training.train_until_interrupted(tmp_path / "interrupted")
    assert checkpoint_of(tmp_path / "interrupted")["waiting"], (
        "no slice is waiting at the checkpoint; none could be lost"
    )
    training.train(tmp_path / "interrupted")
    assert weights_of(tmp_path / "interrupted") == weights_of(tmp_path / "whole")
