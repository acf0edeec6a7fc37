"""What makes numbers wrong without a muscle being outlined wrongly: tilt, scales, another's fat, a narrow picture."""

import json
from types import SimpleNamespace

import nibabel
import numpy as np
import pytest

from quantseg.cli.main import main
from quantseg.measure.values import Verdict
from quantseg.tasks.lumbar_muscle.agreement import agreement_of, check_pair
from quantseg.tasks.lumbar_muscle.axial_planes import planes_of
from quantseg.tasks.lumbar_muscle.checks import check_tilt, check_trunk
from quantseg.tasks.lumbar_muscle.scales import FatLevels, check_scales, fat_levels, same_top
from quantseg.tasks.lumbar_muscle.view import trunk_is_untold
from quantseg.volume import Volume

_PIXEL_MM = (1.25, 1.25)


def _turned(affine, degrees):
    """Turn the slices about the axis from left to right, as along a disc."""
    angle = np.deg2rad(degrees)
    turn = np.eye(4)
    turn[1:3, 1:3] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    return turn @ affine


def test_a_tilted_slice_is_named_by_the_command_with_its_angle_and_what_that_does_to_areas(dixon, tmp_path):
    for path in dixon:
        image = nibabel.load(path)
        nibabel.save(nibabel.Nifti1Image(image.dataobj, _turned(image.affine, 25)), path)
    water, fat = map(str, dixon)
    assert main(["run", "lumbar-muscle", "--fat", fat, water, "--slice", "1", "-o", str(tmp_path / "out")]) == 0
    written = json.loads((tmp_path / "out" / "water" / "measurements.json").read_text(encoding="utf-8"))
    reasons = {one["key"]: (one["verdict"], one["reason"]) for one in written["checks"]}
    verdict, said = reasons["tilt"]
    assert verdict == "look"
    assert "tilted by 25°" in said
    assert "larger by 10 % (1/cos)" in said
    assert reasons["scales"][0] == reasons["pair"][0] == "good"
    assert "trunk" not in reasons


@pytest.mark.parametrize(("degrees", "verdict"), [(0, Verdict.GOOD), (8, Verdict.GOOD), (12, Verdict.LOOK)])
def test_the_tilt_is_that_of_the_affine_in_any_order_of_axes(degrees, verdict):
    affine = _turned(np.diag([1.2, -1.2, 5.0, 1.0]), degrees)
    for order in ("RAS", "PIL"):
        image = nibabel.Nifti1Image(np.zeros((20, 22, 4), np.float32), affine)
        there = nibabel.orientations.axcodes2ornt(order)
        image = image.as_reoriented(
            nibabel.orientations.ornt_transform(nibabel.orientations.io_orientation(affine), there)
        )
        planes = planes_of(Volume(np.asarray(image.dataobj), image.affine))
        assert planes.tilt_degrees == pytest.approx(degrees, abs=1e-4)
    assert check_tilt(planes.tilt_degrees).verdict is verdict


def _levels(drawn, of_fat):
    return [
        fat_levels(one.images * np.array([1, of_fat], np.float32)[:, None, None], one.shares.argmax(axis=0), _PIXEL_MM)
        for one in drawn
    ]


@pytest.mark.parametrize(
    ("of_fat", "verdict", "said"),
    [
        (1.0, Verdict.GOOD, "nothing tells of different scales"),
        (0.2, Verdict.LOOK, "fat under the skin shows"),
        (20.0, Verdict.LOOK, "the leanest muscle shows"),
    ],
)
def test_water_and_fat_of_scales_far_apart_are_named(drawn, of_fat, verdict, said):
    found = check_scales(_levels(drawn, of_fat), None)
    assert found.verdict is verdict
    assert said in found.reason


@pytest.mark.parametrize(
    ("under_skin", "in_muscle", "verdict"),
    [
        pytest.param(98.5, 12, Verdict.LOOK, id="as of four times the fat in the one real scan"),
        pytest.param(98.5, 4, Verdict.GOOD, id="pure fat under the skin"),
        pytest.param(95, 15, Verdict.GOOD, id="fatty muscle"),
        pytest.param(np.nan, 15, Verdict.GOOD, id="no skin in the picture"),
        pytest.param(np.nan, np.nan, Verdict.GOOD, id="nothing to judge by"),
    ],
)
def test_much_fat_in_both_places_is_named(under_skin, in_muscle, verdict):
    assert check_scales([FatLevels(under_skin, in_muscle)] * 3, None).verdict is verdict


def test_one_highest_value_for_both_is_named_since_each_was_scaled_by_itself(drawn):
    def scan(most):
        return SimpleNamespace(volume=SimpleNamespace(array=np.array([0.0, most])))

    assert same_top({"water": scan(883.0), "fat": scan(1972.0)}) is None
    assert same_top({"water": scan(883.0)}) is None
    top = same_top({"water": scan(255.0), "fat": scan(255.0)})
    found = check_scales(_levels(drawn, 1.0), top)
    assert found.verdict is Verdict.LOOK
    assert "the highest value of both is 255" in found.reason


def test_a_picture_narrower_than_a_trunk_that_cuts_what_it_shows_is_named(drawn):
    picture = drawn[0].images.sum(axis=0)
    assert not trunk_is_untold(picture, _PIXEL_MM)
    assert not trunk_is_untold(picture[40:-40], _PIXEL_MM)
    assert trunk_is_untold(picture[70:-70], _PIXEL_MM)
    assert check_trunk([]) == ()
    (found,) = check_trunk([4, 5, 6, 9])
    assert found.verdict is Verdict.LOOK
    assert "slices 4 to 6, 9" in found.reason


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        pytest.param(lambda water, fat: (water, fat), Verdict.GOOD, id="of one scan"),
        pytest.param(lambda water, fat: (fat, 5 * water), Verdict.GOOD, id="exchanged, and of another scale"),
        pytest.param(lambda water, fat: (water, np.roll(fat, 8, 0)), Verdict.LOOK, id="moved by a centimetre"),
        pytest.param(lambda water, fat: (water, fat[::-1]), Verdict.LOOK, id="mirrored"),
        pytest.param(lambda water, _: (water, water), Verdict.LOOK, id="the same twice"),
        pytest.param(lambda water, fat: (water, np.ones_like(fat)), Verdict.LOOK, id="of nothing"),
    ],
)
def test_fat_that_does_not_fit_its_water_is_named(drawn, change, verdict):
    found = check_pair([agreement_of(np.stack(change(*one.images)), _PIXEL_MM) for one in drawn])
    assert found.verdict is verdict
    assert ("do not fit each other" in found.reason) is (verdict is Verdict.LOOK)
