"""What other scanners do to a slice in training: each variation does what it is called, and nothing to labels."""

import pytest
import torch
from made_hearts import heart_labels

from quantseg.tasks.heart.training.recipe import TWO_SOURCES_RECIPE
from quantseg.tasks.heart.training.scanner_variation import ScannerVariation, ScannerVarier, TissueParts

_PIXEL_MM = 1.5
_NONE = {key: 0.0 if key.endswith("probability") else value for key, value in TWO_SOURCES_RECIPE["scanner"].items()}
_MUSCLE, _BLOOD, _AROUND = 40.0, 320.0, 120.0


def _parts():
    labels = torch.from_numpy(heart_labels((112, 112, 1), 12.0, (56.0, 50.0), empty_slices=()))[..., 0]
    return torch.stack([labels == number for number in (1, 2, 3)]).float()


def _images(count=3):
    right, wall, left = _parts()
    image = _AROUND + (_BLOOD - _AROUND) * (right + left) + (_MUSCLE - _AROUND) * wall
    return image.expand(count, -1, -1).clone()


def _varier(seed=0, **changes):
    recipe = ScannerVariation(**_NONE | {f"{key}_probability": 1.0 for key in changes} | _strengths(changes))
    return ScannerVarier(recipe, TissueParts(1, (0, 2), 2, 3), torch.Generator().manual_seed(seed))


def _strengths(changes):
    return {key: value for given in changes.values() for key, value in given.items()}


def test_without_chance_nothing_changes():
    varier = _varier()
    images = varier.vary_tissues(_images(4), _parts(), _PIXEL_MM)
    assert torch.equal(images, _images(4))
    assert torch.equal(varier.vary_acquisition(images, _PIXEL_MM), images)
    assert torch.equal(varier.crop(images, _parts(), _PIXEL_MM), images)


def test_shading_reaches_the_factor_of_its_share_of_a_field_of_view_and_goes_any_way():
    spans, corners = [], set()
    for seed in range(60):
        field = _varier(seed, shading={"shading_factor": 10.0}).vary_acquisition(torch.ones(3, 112, 112), _PIXEL_MM)
        spans.append(float(field.max() / field.min()))
        corners.add(int(field[0, ::111, ::111].argmax()))
    # The diagonal of 168 mm is 0.7 of 340 mm: 10 ** 0.7, and the curvature adds to it.
    assert 3 < max(spans) < 10
    assert corners == {0, 1, 2, 3}


def test_blood_loses_contrast_and_muscle_none():
    found = _varier(2, blood={"blood_unrest": 0.0}).vary_tissues(_images(), _parts(), _PIXEL_MM)
    right, wall, left = (mask > 0 for mask in _parts())
    assert _MUSCLE + 0.5 * (_BLOOD - _MUSCLE) <= float(found[0][left].mean()) < _BLOOD
    assert found[0][left].mean() == pytest.approx(found[0][right].mean())
    assert torch.equal(found[0][wall], _images()[0][wall])


def test_papillary_muscles_become_bright_or_are_added_in_the_cavity_alone():
    parts, seen = _parts(), set()
    papillary = torch.zeros(112, 112, dtype=torch.bool)
    papillary[54:58, 48:52] = True
    images = _images()
    images[:, papillary] = _MUSCLE
    for seed in range(20):
        found = _varier(seed, papillary={}).vary_tissues(images, parts, _PIXEL_MM)
        outside = parts[2] == 0
        assert torch.equal(found[:, outside], images[:, outside])
        change = (found[0] - images[0])[~outside]
        seen.add("brighter" if change.max() > 1 else "darker" if change.min() < -1 else "same")
    assert {"brighter", "darker"} <= seen


def test_end_diastole_keeps_its_tissues():
    changes = {"blood": {}, "papillary": {}, "thick": {}}
    found = _varier(1, **changes).vary_tissues(_images(4), _parts(), _PIXEL_MM)
    assert not torch.equal(found[0], _images(4)[0])
    assert torch.equal(found[3], _images(4)[3])


def test_a_thick_slice_shows_some_of_its_neighbours():
    images = torch.stack([torch.full((112, 112), value) for value in (1.0, 2.0, 4.0)])
    found = _varier(0, thick={"thick_share": 0.5}).vary_tissues(images, _parts(), _PIXEL_MM)
    assert 1 < float(found[0, 0, 0]) <= 2
    assert torch.equal(found[1:], images[1:])


@pytest.mark.parametrize("kind", ["motion", "ghost"])
@pytest.mark.parametrize("seed", range(4))
def test_motion_and_ghosts_blur_the_image_but_keep_its_brightness(kind, seed):
    images = _images()
    found = _varier(seed, **{kind: {}}).vary_acquisition(images, _PIXEL_MM)
    assert found.isfinite().all()
    assert not torch.allclose(found, images, atol=0.1)
    assert float(found.mean()) == pytest.approx(float(images.mean()), rel=0.25)


def test_a_field_of_view_ends_near_the_heart_but_never_in_it():
    heart, dark = _parts().sum(0) > 0, []
    for seed in range(20):
        found = _varier(seed, crop={"crop_margin_mm": (8.0, 60.0)}).crop(_images(), _parts(), _PIXEL_MM)
        assert torch.equal(found[:, heart], _images()[:, heart])
        dark.append(float((found == 0).float().mean()))
    assert max(dark) > 0.3 > min(dark)


def test_without_a_heart_in_view_tissues_and_field_stay():
    nothing = torch.zeros_like(_parts())
    varier = _varier(0, blood={}, papillary={}, crop={})
    assert torch.equal(varier.vary_tissues(_images(), nothing, _PIXEL_MM), _images())
    assert torch.equal(varier.crop(_images(), nothing, _PIXEL_MM), _images())
