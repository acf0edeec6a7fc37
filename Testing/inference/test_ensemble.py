import nibabel
import numpy as np
import pytest
import torch
from bundles import copy_bundle

from quantseg.errors import ModelError
from quantseg.inference.device import Precision, choose_device
from quantseg.inference.ensemble import Ensemble
from quantseg.inference.memory import MemoryRung
from quantseg.models.bundle import find_bundle, load_network, open_bundle
from quantseg.models.trust import hash_bundle
from quantseg.tasks.hippocampus.training.volume import crop_predictor

_FLOAT32 = choose_device("cpu", Precision.FLOAT32)
_BFLOAT16 = choose_device("cpu", Precision.BFLOAT16)
_NEEDS_BFLOAT16 = pytest.mark.skipif(
    choose_device("cpu").precision is not Precision.BFLOAT16,
    reason="this processor has no bfloat16, QuantSeg never chooses it here, and emulating it takes minutes",
)


@pytest.fixture(scope="module")
def a_bundle(repository, tmp_path_factory):
    source = repository / "Resources" / "Models" / "hippocampus"
    folder = copy_bundle(source, tmp_path_factory.mktemp("bundle") / "copy")
    return open_bundle(folder, hash_bundle(folder))


@pytest.fixture(scope="module")
def a_crop(repository):
    image = nibabel.load(repository / "Resources" / "SampleData" / "hippocampus_199.nii.gz")
    return np.asarray(nibabel.as_closest_canonical(image).dataobj, np.float32)


@pytest.fixture(scope="module")
def an_ensemble(a_bundle):
    return Ensemble(a_bundle, _FLOAT32)


@pytest.fixture(scope="module")
def a_prediction(an_ensemble, a_crop):
    return an_ensemble.predict(a_crop)


def test_prediction_is_a_probability_for_every_member_class_and_voxel(a_bundle, a_crop):
    ensemble = Ensemble(a_bundle, choose_device("cpu"))

    probabilities = ensemble.predict(a_crop)

    assert probabilities.shape == (len(a_bundle.members), 3, *a_crop.shape)
    assert probabilities.dtype == np.float32
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert not np.array_equal(probabilities[0], probabilities[1])
    assert ensemble.rung is MemoryRung.WHOLE


@pytest.mark.parametrize("device", [_FLOAT32, pytest.param(_BFLOAT16, marks=_NEEDS_BFLOAT16)], ids=str)
def test_same_image_gives_the_same_bytes_whatever_the_number_of_threads(a_bundle, a_crop, device):
    threads = torch.get_num_threads()
    try:
        predictions = []
        for count in (1, 2, 1):
            torch.set_num_threads(count)
            predictions.append(Ensemble(a_bundle, device, ["member_0.safetensors"]).predict(a_crop))
    finally:
        torch.set_num_threads(threads)

    assert predictions[0].tobytes() == predictions[2].tobytes()
    assert np.array_equal(predictions[0].argmax(axis=1), predictions[1].argmax(axis=1))
    assert np.allclose(predictions[0], predictions[1], atol=1e-5)


def test_prediction_does_not_depend_on_the_images_before(an_ensemble, a_crop, a_prediction):
    an_ensemble.predict(np.random.default_rng(0).normal(size=(20, 70, 41)).astype(np.float32))

    assert np.array_equal(an_ensemble.predict(a_crop), a_prediction)


@pytest.mark.parametrize(("scale", "offset"), [(1e-4, 0), (3e4, 500)])
def test_prediction_does_not_depend_on_the_intensity_scale(an_ensemble, a_crop, a_prediction, scale, offset):
    assert np.allclose(an_ensemble.predict(a_crop * scale + offset), a_prediction, atol=0.02)


def test_chosen_members_predict_alone(a_bundle, a_crop, a_prediction):
    second = Ensemble(a_bundle, _FLOAT32, ["member_1.safetensors"])

    assert second.members == ("member_1.safetensors",)
    assert np.array_equal(second.predict(a_crop)[0], a_prediction[1])


def test_validation_in_training_gives_the_labels_of_the_shipped_ensemble(a_bundle, a_crop):
    device = choose_device("cpu")
    member = load_network(a_bundle, "member_0.safetensors", device.torch_device)

    labels = crop_predictor(member, a_bundle.inference, device.torch_device)(a_crop)

    ensemble = Ensemble(a_bundle, device, ["member_0.safetensors"])
    assert np.array_equal(labels, ensemble.predict(a_crop)[0].argmax(axis=0))


def test_bundle_without_members_is_refused(a_bundle):
    with pytest.raises(ModelError, match="no weights"):
        Ensemble(a_bundle, _FLOAT32, [])


def test_image_larger_than_the_training_crops_is_taken_whole(an_ensemble):
    image = np.random.default_rng(0).normal(size=(61, 50, 33)).astype(np.float32)

    assert an_ensemble.predict(image).shape[1:] == (3, 61, 50, 33)


@_NEEDS_BFLOAT16
def test_bfloat16_stays_close_to_float32(a_bundle, a_crop, a_prediction):
    difference = np.abs(Ensemble(a_bundle, _BFLOAT16).predict(a_crop) - a_prediction)

    assert 0 < difference.mean() < 0.01
    assert difference.max() < 0.2


@_NEEDS_BFLOAT16
def test_bfloat16_gives_the_labels_of_float32_with_the_shipped_weights(a_crop):
    bundle = find_bundle("hippocampus")
    labels = [Ensemble(bundle, device).predict(a_crop).mean(axis=0).argmax(axis=0) for device in (_FLOAT32, _BFLOAT16)]

    for part in (1, 2):
        a, b = (found == part for found in labels)
        assert 2 * (a & b).sum() / (a.sum() + b.sum()) > 0.99
