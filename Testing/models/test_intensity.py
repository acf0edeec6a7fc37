"""The normalisation in NumPy is MONAI's, for every transform that a bundle may name."""

import numpy as np
import pytest
import torch
from bundles import network_names

from quantseg.errors import ModelError
from quantseg.models.building import build
from quantseg.models.bundle import find_bundle
from quantseg.models.intensity import intensity_transform

_NORMALISE = {"_target_": "NormalizeIntensityd", "keys": "image"}
_CLIP = {"_target_": "ClipIntensityPercentilesd", "keys": "image", "lower": 2, "upper": 97.5}


def _by_monai(config, image):
    return torch.as_tensor(build(config)({"image": torch.from_numpy(image.copy())[None]})["image"])[0].numpy()


@pytest.mark.parametrize("image", ["skewed", "flat", "huge", "negative"])
@pytest.mark.parametrize("config", [_NORMALISE, _CLIP, {"_target_": "Compose", "transforms": [_CLIP, _NORMALISE]}])
def test_numpy_normalises_as_monai_does(config, image):
    draw = np.random.default_rng(5)
    array = {
        "skewed": draw.gamma(2.0, 100.0, (20, 24, 18)),
        "flat": np.full((8, 8, 8), 7.0),
        "huge": draw.normal(3e4, 2e3, (20, 24, 18)),
        "negative": draw.normal(-900, 50, (12, 14)),
    }[image].astype(np.float32)

    found = intensity_transform(config)(array)

    expected = _by_monai(config, array)
    assert found.dtype == np.float32
    assert np.allclose(found, expected, rtol=1e-4, atol=1e-4 * max(1.0, float(np.abs(expected).max()) * 0.01))


def test_the_array_that_is_normalised_stays_as_it_was():
    array = np.arange(64, dtype=np.float32).reshape(4, 4, 4)
    before = array.copy()

    intensity_transform({"_target_": "Compose", "transforms": [_CLIP, _NORMALISE]})(array)

    assert np.array_equal(array, before)


@pytest.mark.parametrize("name", network_names())
def test_every_shipped_bundle_can_be_normalised(name):
    assert callable(intensity_transform(find_bundle(name).inference["intensity"]))


@pytest.mark.parametrize(
    "config",
    [
        {"_target_": "ScaleIntensityd", "keys": "image"},
        {**_NORMALISE, "nonzero": True},
        {**_CLIP, "sharpness_factor": 10},
        {**_NORMALISE, "keys": "label"},
        {},
    ],
    ids=["unknown transform", "unknown option", "soft clipping", "another key", "nothing"],
)
def test_what_has_no_twin_is_refused(config):
    with pytest.raises(ModelError, match="expected Compose of"):
        intensity_transform(config)
