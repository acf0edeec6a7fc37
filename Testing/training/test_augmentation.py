"""Random variation of a training case: image and labels move together, and the draw can be repeated."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from quantseg.training.augmentation import Augmenter, gaussian_blur
from quantseg.training.recipe import Augmentation

_PATCH = (40, 56, 40)
_NONE = Augmentation(
    mirror_probability=0.0,
    rotation_deg=0.0,
    scale=0.0,
    shift_mm=0.0,
    shift_probability=0.0,
    elastic_probability=0.0,
    elastic_sd_mm=0.0,
    elastic_knots=6,
    bias_field_probability=0.0,
    bias_field_sd=0.0,
    gamma_probability=0.0,
    gamma_log_sd=0.0,
    noise_probability=0.0,
    noise_sd=0.0,
    blur_probability=0.0,
    blur_sd_mm=0.0,
    low_resolution_probability=0.0,
    low_resolution_factor=1.0,
    cut_probability=0.0,
)
_SPACE = replace(
    _NONE,
    mirror_probability=0.5,
    rotation_deg=15.0,
    scale=0.15,
    shift_mm=8.0,
    shift_probability=1.0,
    elastic_probability=1.0,
    elastic_sd_mm=1.5,
)
_INTENSITY = replace(
    _NONE,
    bias_field_probability=1.0,
    bias_field_sd=0.3,
    gamma_probability=1.0,
    gamma_log_sd=0.25,
    noise_probability=1.0,
    noise_sd=0.15,
    blur_probability=1.0,
    blur_sd_mm=1.0,
    low_resolution_probability=1.0,
    low_resolution_factor=2.0,
)


def _blob_case():
    """Two bright blobs on air, each labelled, off centre so that a wrong axis or flip shows."""
    labels = torch.zeros(36, 50, 34, dtype=torch.uint8)
    labels[8:16, 28:40, 8:16] = 1
    labels[18:26, 10:22, 18:26] = 2
    image = torch.zeros(labels.shape)
    image[labels == 1], image[labels == 2] = 300.0, 600.0
    return image + 40, labels


def _augmenter(recipe, seed=0, patch=_PATCH):
    return Augmenter(recipe, patch, 3, torch.Generator().manual_seed(seed))


def test_without_variation_a_case_is_centred_and_unchanged():
    image, labels = _blob_case()
    varied, varied_labels = _augmenter(_NONE, patch=tuple(image.shape))(image, labels)
    assert torch.allclose(varied, image - image.min(), atol=1e-2)
    assert torch.equal(varied_labels, labels.long())


def test_what_lies_outside_the_image_is_air_and_background():
    image, labels = _blob_case()
    varied, varied_labels = _augmenter(_NONE, patch=(48, 64, 48))(image, labels)
    assert varied.shape == varied_labels.shape == (48, 64, 48)
    assert varied[:5].abs().max() == 0
    assert varied_labels[:5].max() == 0
    for value in (1, 2):
        assert (varied_labels == value).sum() == (labels == value).sum()


@pytest.mark.parametrize("seed", range(8))
def test_a_bright_blob_stays_under_its_label_however_space_is_varied(seed):
    image, labels = _blob_case()
    varied, varied_labels = _augmenter(_SPACE, seed)(image, labels)
    for value, brightness in ((1, 300.0), (2, 600.0)):
        inside = varied[varied_labels == value]
        if len(inside) < 50:
            continue  # shifted out of the patch, almost whole
        assert inside.median() == pytest.approx(brightness, rel=0.05)
        assert inside.mean() > 0.75 * brightness
    assert varied[varied_labels == 0].median() < 20
    assert (varied_labels > 0).sum() > 300


@pytest.mark.parametrize("seed", range(4))
def test_varied_intensity_leaves_labels_in_place(seed):
    image, labels = _blob_case()
    varied, varied_labels = _augmenter(_INTENSITY, seed, tuple(image.shape))(image, labels)
    assert torch.equal(varied_labels, labels.long())
    assert varied.isfinite().all()
    assert varied[labels == 2].mean() > varied[labels == 1].mean() > varied[labels == 0].mean()


def test_mirroring_exchanges_left_and_right_alone():
    image, labels = _blob_case()
    recipe = replace(_NONE, mirror_probability=1.0)
    varied, varied_labels = _augmenter(recipe, patch=tuple(image.shape))(image, labels)
    assert torch.equal(varied_labels, labels.flip(0).long())
    assert torch.allclose(varied, image.flip(0) - image.min(), atol=1e-2)


def test_scale_stays_within_its_bounds():
    image, labels = _blob_case()
    recipe = replace(_NONE, scale=0.1)
    counts = [int((_augmenter(recipe, seed)(image, labels)[1] > 0).sum()) for seed in range(12)]
    original = int((labels > 0).sum())
    assert 0.65 * original < min(counts) < max(counts) < 1.5 * original
    assert max(counts) > 1.03 * min(counts)


def test_equal_seeds_give_equal_variations_and_later_draws_differ():
    image, labels = _blob_case()
    first, second = _augmenter(_SPACE, 5), _augmenter(_SPACE, 5)
    one, other = first(image, labels), second(image, labels)
    assert torch.equal(one[0], other[0])
    assert torch.equal(one[1], other[1])
    assert not torch.equal(first(image, labels)[0], one[0])


def test_a_cut_field_of_view_blanks_a_slab_at_one_face_and_nothing_else():
    image, labels = torch.full((40, 50, 30), 7.0), torch.zeros(40, 50, 30, dtype=torch.uint8)
    image[0, 0, 0] = 0
    depths = []
    for seed in range(12):
        varied, _ = _augmenter(replace(_NONE, cut_probability=1.0), seed, tuple(image.shape))(image, labels)
        blank = varied == 0
        blank[0, 0, 0] = False
        slabs = [blank.movedim(axis, 0).float().mean((1, 2)) > 0.99 for axis in range(3)]
        depth = max(int(slab.sum()) for slab in slabs if not slab.all())
        share = max(float(slab.float().mean()) for slab in slabs if not slab.all())
        assert share <= 0.2
        assert float(blank.float().mean()) == pytest.approx(share, abs=1e-3)
        depths.append(depth)
    assert max(depths) >= 3


def test_blur_keeps_the_sum_and_widens_as_told():
    image = torch.zeros(31, 31, 31)
    image[15, 15, 15] = 1
    blurred = gaussian_blur(image, 1.5)
    assert float(blurred.sum()) == pytest.approx(1, abs=1e-4)
    profile = blurred.sum((1, 2)).numpy()
    variance = float((profile * (np.arange(31) - 15) ** 2).sum())
    assert variance == pytest.approx(1.5**2, rel=0.05)
    assert gaussian_blur(image, 0.0) is image
