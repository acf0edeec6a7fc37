"""What a network takes from a wide place of a scan is given back, its noise is not; a lesion sets no level."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from made_pet import CORTEX, VOXEL_MM, made_brain, with_noise

from quantseg.errors import ModelError
from quantseg.tasks.low_dose_pet.estimating import estimate_full_counts, with_means_of_scan
from quantseg.tasks.low_dose_pet.level import level_of
from quantseg.tasks.low_dose_pet.training.loss import MeanAndVariance
from quantseg.volume import Volume


@pytest.mark.parametrize("factor", [pytest.param(0.9, id="darkened"), pytest.param(1.1, id="brightened")])
def test_a_wide_place_that_the_network_changed_keeps_the_mean_of_the_scan(low, factor):
    truth = made_brain()
    place = (slice(20, 64), slice(60, 96), slice(4, 36))
    estimate = truth.copy()
    estimate[place] *= factor
    kept = with_means_of_scan(estimate, low, level_of(low).noise)
    assert kept[place].mean() == pytest.approx(low[place].mean(), rel=0.02)
    brain = truth > 1
    assert np.abs(kept - truth)[brain].mean() < 0.3 * np.abs(low - truth)[brain].mean()
    assert kept.min() >= 0


def test_a_hot_lesion_in_a_slab_of_the_brain_does_not_set_its_level():
    slab = with_noise(made_brain(), 0.1)[:, 60:, 14:26]
    i, j, k = np.indices(slab.shape) - np.array([30, 20, 6]).reshape(3, 1, 1, 1)
    hot = np.where(i**2 + j**2 + k**2 <= 6**2, 3 * CORTEX, slab).astype(np.float32)
    plain, with_lesion = level_of(slab), level_of(hot)
    # The lesion counts in the mean, as it is there; it must not be taken for all that is active.
    assert with_lesion.mean < 1.4 * plain.mean
    assert np.count_nonzero(with_lesion.region) > 0.8 * np.count_nonzero(plain.region)


def test_a_model_trained_on_other_channels_is_named(low):
    stand_in = SimpleNamespace(bundle=SimpleNamespace(name="older", inference={"network_def": {"in_channels": 9}}))
    volume = Volume(low, np.diag([VOXEL_MM, VOXEL_MM, VOXEL_MM, 1.0]))
    with pytest.raises(ModelError, match="trained on 9 channels, and this version shows it 14"):
        estimate_full_counts(volume, stand_in, None, 0.1, lambda _done, _count: None)


def test_an_error_that_neighbours_share_weighs_more_than_one_that_alternates():
    loss = MeanAndVariance(0.5, 4, 4.0)
    answer = torch.zeros(1, 2, 16, 16)
    alternating = torch.ones(16, 16)
    alternating[::2] = -1
    assert loss(answer, torch.ones(1, 1, 16, 16)) > 2 * loss(answer, alternating[None, None])


def test_the_mean_is_learned_as_fast_where_the_variance_is_high():
    answer = torch.zeros(1, 2, 16, 16)
    answer[0, 1, :8] = 2.0
    answer.requires_grad_()
    MeanAndVariance(0.5, 4, 4.0)(answer, torch.ones(1, 1, 16, 16)).backward()
    noisy, quiet = answer.grad[0, 0, :8], answer.grad[0, 0, 8:]
    assert noisy.mean().item() == pytest.approx(quiet.mean().item(), rel=1e-3)
