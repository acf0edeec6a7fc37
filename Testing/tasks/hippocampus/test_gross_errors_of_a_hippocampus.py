"""A gross error by hand never makes the verdict of a hippocampus better; what is judged again, and what is not."""

import dataclasses
import re

import numpy as np
import pytest
from finished_cases import build_crop, build_head

from quantseg.measure.corrected_checks import Standing, is_grey, standing
from quantseg.measure.values import Check, Verdict, worst
from quantseg.results.outputs import LabelMap
from quantseg.tasks.hippocampus.anatomy import CROP_SEGMENTS, SIDED_SEGMENTS
from quantseg.tasks.hippocampus.correcting import corrected
from quantseg.tasks.hippocampus.label_checks import check_labels
from quantseg.volume import Volume

_AGREEMENT = tuple(
    Check("expected_dice", Verdict.GOOD, f"{side} hippocampus: an expert's outline is expected to agree.")
    for side in ("Left", "Right")
)
_ALL = ("left_anterior", "left_posterior", "right_anterior", "right_posterior")


@pytest.fixture(scope="module")
def head():
    return dataclasses.replace(build_head(), checks=_AGREEMENT)


def _painted_over_the_other_side(labels):
    labels[labels > 2] = 1
    return ("left_anterior", "right_anterior", "right_posterior")


def _sides_exchanged(labels):
    labels[:] = np.select([labels > 2, labels > 0], [labels - 2, labels + 2])
    return _ALL


def _parts_exchanged(labels):
    labels[:] = np.array([0, 2, 1, 3, 4], np.uint8)[labels]
    return ("left_anterior", "left_posterior")


def _grown_into_a_block(labels):
    labels[10:40, 10:40, 20:45] = 2
    return ("left_posterior",)


def _a_second_piece(labels):
    labels[5:13, 60:68, 60:68] = 1
    return ("left_anterior",)


def _drawn_to_the_edge(labels):
    labels[18:24, 0:40, 30:36] = 2
    return ("left_posterior",)


def _all_erased(labels):
    labels[labels < 3] = 0
    return ("left_anterior", "left_posterior")


def _a_part_erased(labels):
    labels[labels == 1] = 0
    return ("left_anterior",)


@pytest.mark.parametrize(
    ("error", "key"),
    [
        (_painted_over_the_other_side, "pieces"),
        (_sides_exchanged, "sides"),
        (_parts_exchanged, "anterior_in_front_mm"),
        (_grown_into_a_block, "volume_mm3"),
        (_a_second_piece, "pieces"),
        (_drawn_to_the_edge, "border_share"),
        (_all_erased, "volume_mm3"),
        (_a_part_erased, "anterior_share"),
    ],
)
@pytest.mark.parametrize("flipped", [False, True])
def test_a_gross_error_is_named_however_the_image_is_stored(head, error, key, flipped):
    labels = head.labels.copy()
    edited = error(labels)
    if flipped:
        turn = np.diag([-1.0, 1.0, 1.0, 1.0])
        turn[0, 3] = labels.shape[0] - 1
        volume = head.volume
        scan = dataclasses.replace(
            head.scan, volume=dataclasses.replace(volume, array=volume.array[::-1], affine=volume.affine @ turn)
        )
        head, labels = dataclasses.replace(head, scan=scan), labels[::-1].copy()
    found = corrected(head, labels, edited)
    assert found.verdict is not Verdict.GOOD
    assert key in {check.key for check in found.checks if check.verdict is not Verdict.GOOD}


def test_a_stray_piece_just_too_large_does_not_read_like_its_limit():
    labels = np.zeros((30, 40, 30), np.uint8)
    labels[5:15, 5:15, 5:25] = 1
    labels[25, 10:31, 5] = 2
    image = Volume(np.random.default_rng(0).normal(100, 10, labels.shape).astype(np.float32), np.eye(4))
    (found,) = [
        check for check in check_labels(image, labels, CROP_SEGMENTS, {"whole"}, {})["whole"] if check.key == "pieces"
    ]
    apart, most = re.findall(r"\d+\.\d+", found.reason)
    assert found.verdict is Verdict.LOOK
    assert float(apart) > float(most)


def test_of_a_missing_part_no_place_is_told():
    crop = dataclasses.replace(build_crop(), checks=())
    labels = np.where(crop.labels > 0, 1, 0).astype(np.uint8)
    found = corrected(crop, labels, ("anterior", "posterior"))
    by_key = {check.key: check.verdict for check in found.checks}
    assert by_key["anterior_share"] is Verdict.FAIL
    assert not {"anterior_in_front_mm", "anterior_below_mm"} & set(by_key)


def test_a_crop_that_grew_far_beyond_a_hippocampus_is_not_good():
    crop = dataclasses.replace(build_crop(), checks=())
    labels = crop.labels.copy()
    labels[4:30, 5:25, 5:28] = 2
    found = corrected(crop, labels, ("posterior",))
    assert found.verdict is Verdict.FAIL
    assert "expected 2011 to 4750" in " ".join(check.reason for check in found.checks)


def test_labels_of_the_other_side_in_a_crop_of_one_side_fail():
    crop = dataclasses.replace(build_crop(), facts={"input_kind": "crop", "side": "right"})
    sided = np.where(crop.labels > 0, crop.labels + 2, 0).astype(np.uint8)
    right = dataclasses.replace(crop, outputs=(LabelMap(sided, SIDED_SEGMENTS),))
    wrong = sided.copy()
    wrong[wrong == 3] = 1
    found = corrected(right, wrong, ("left_anterior", "right_anterior"))
    assert "Left hippocampus: labelled in a crop of the other side" in " ".join(check.reason for check in found.checks)
    assert found.verdict is Verdict.FAIL


def test_what_cannot_be_judged_again_says_so_and_is_never_better_than_it_was(head):
    doubted = dataclasses.replace(
        head, checks=(dataclasses.replace(_AGREEMENT[0], verdict=Verdict.LOOK), *_AGREEMENT[1:])
    )
    labels = head.labels.copy()
    labels[np.nonzero(labels == 1)[0][:1], np.nonzero(labels == 1)[1][:1], np.nonzero(labels == 1)[2][:1]] = 0
    found = corrected(doubted, labels, ("left_anterior",))
    dice = [check for check in found.checks if check.key == "expected_dice"]
    assert dice[0].reason.startswith("Before the correction by hand: Left hippocampus")
    assert dice[0].verdict is Verdict.LOOK
    # The right one is as the models made it, and so is what was judged of it.
    assert dice[1] == _AGREEMENT[1]
    assert worst(check.verdict for check in found.checks) is not Verdict.GOOD


def test_a_side_that_was_not_found_and_then_drawn_is_judged_by_its_labels(head):
    missing = Check("found", Verdict.FAIL, "Left hippocampus: not found; the picture may be cut off there.")
    found = corrected(dataclasses.replace(head, checks=(missing,)), head.labels, ("left_anterior", "left_posterior"))
    assert "found" not in {check.key for check in found.checks}
    assert "volume_mm3" in {check.key for check in found.checks}


def test_judged_twice_is_judged_once(head):
    once = corrected(head, head.labels, ("left_anterior",))
    assert corrected(once, head.labels, ("left_anterior",)).checks == once.checks


def test_good_after_a_correction_is_grey():
    old = dataclasses.replace(_AGREEMENT[0], reason="Before the correction by hand: fine.")
    assert standing((old, _AGREEMENT[1])) is Standing.IN_PART
    assert standing((old,)) is Standing.BEFORE
    assert is_grey((old,))
    assert not is_grey(_AGREEMENT)
    assert not is_grey((old, dataclasses.replace(_AGREEMENT[1], verdict=Verdict.LOOK)))
