import itertools

import nibabel
import numpy as np
import pytest
from nibabel import orientations

from quantseg.measure.values import Interval, Measurement
from quantseg.reading.scan import ImageFormat, Scan
from quantseg.tasks.hippocampus.anatomy import CROP_SEGMENTS, SIDED_SEGMENTS
from quantseg.tasks.hippocampus.measuring import measure_hippocampus
from quantseg.volume import Volume

_AFFINE = np.array([[0.7, 0.0, 0.1, -30.0], [0.0, 0.9, 0.0, -40.0], [-0.1, 0.0, 0.8, -20.0], [0.0, 0.0, 0.0, 1.0]])


def scan_of(array, affine=_AFFINE):
    return Scan(Volume(array, affine), ImageFormat.NIFTI)


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(0, 2000, (60, 70, 40)).astype(np.int16)


@pytest.fixture
def two_sides():
    """Left larger than right; left lies at smaller R, that is at smaller i here."""
    labels = np.zeros((60, 70, 40), np.uint8)
    labels[5:15, 40:52, 10:20], labels[5:15, 20:40, 12:22] = 1, 2
    labels[40:50, 40:50, 10:20], labels[40:50, 22:40, 12:22] = 3, 4
    return labels


def by_key(measurements):
    return {(m.key, m.region): m for m in measurements}


def test_parts_sum_to_their_side(image, two_sides):
    values = by_key(measure_hippocampus(scan_of(image).volume, two_sides, SIDED_SEGMENTS, None, {}))
    for side in ("left", "right"):
        parts = values["volume", f"{side}_anterior"].value + values["volume", f"{side}_posterior"].value
        assert values["volume", side].value == pytest.approx(parts)
    voxel_mm3 = abs(np.linalg.det(_AFFINE[:3, :3]))
    assert values["volume", "left_anterior"].value == pytest.approx(1200 * voxel_mm3)
    assert {m.unit for m in values.values() if m.key == "volume"} == {"mm3"}


def test_asymmetry_is_positive_where_the_left_is_larger(image, two_sides):
    values = by_key(measure_hippocampus(scan_of(image).volume, two_sides, SIDED_SEGMENTS, None, {}))
    assert values["asymmetry_index", "anterior"].value == pytest.approx(100 * (1200 - 1000) / 1100)
    assert values["asymmetry_index", "whole"].value == pytest.approx(100 * (3200 - 2800) / 3000)
    assert values["asymmetry_index", "whole"].unit == "%"


def test_percentage_of_the_intracranial_volume_is_given_for_each_volume(image, two_sides):
    head = Measurement("intracranial_volume", "intracranial", 1.4e6, "mm3", "test", Interval(1.3e6, 1.5e6))
    values = by_key(measure_hippocampus(scan_of(image).volume, two_sides, SIDED_SEGMENTS, head, {}))
    assert values["intracranial_volume", "intracranial"] == head
    share = values["volume_per_intracranial", "left"]
    assert share.value == pytest.approx(100 * values["volume", "left"].value / 1.4e6)


def test_crop_of_unknown_side_has_no_asymmetry_and_no_intracranial_percentage(image, two_sides):
    labels = np.where(two_sides > 2, 0, two_sides)
    values = by_key(
        measure_hippocampus(scan_of(image).volume, labels, CROP_SEGMENTS, None, {"whole": Interval(1.0, 2.0)})
    )
    assert {region for _, region in values} == {"anterior", "posterior", "whole"}
    assert {key for key, _ in values} == {"volume", "surface", "length", "mean_intensity", "sd_intensity"}
    assert values["volume", "whole"].interval == Interval(1.0, 2.0)
    assert values["volume", "anterior"].interval is None


def test_side_that_is_not_in_the_picture_is_left_out_rather_than_zero(image, two_sides):
    labels = np.where(two_sides > 2, 0, two_sides)
    values = by_key(measure_hippocampus(scan_of(image).volume, labels, SIDED_SEGMENTS, None, {}))
    assert {region for _, region in values} == {"left_anterior", "left_posterior", "left"}


def test_empty_result_has_volumes_of_zero_only(image):
    values = measure_hippocampus(scan_of(image).volume, np.zeros(image.shape, np.uint8), CROP_SEGMENTS, None, {})
    assert [(m.key, m.region, m.value) for m in values] == [
        ("volume", "anterior", 0.0),
        ("volume", "posterior", 0.0),
        ("volume", "whole", 0.0),
    ]


def test_missing_part_has_a_volume_of_zero_and_no_surface(image, two_sides):
    labels = np.where(two_sides == 1, 1, 0).astype(np.uint8)
    values = by_key(measure_hippocampus(scan_of(image).volume, labels, CROP_SEGMENTS, None, {}))
    assert values["volume", "posterior"].value == 0.0
    assert ("surface", "posterior") not in values


def test_all_48_axis_orders_give_the_same_numbers_to_the_last_digit(image, two_sides):
    expected = measure_hippocampus(scan_of(image).volume, two_sides, SIDED_SEGMENTS, None, {})
    for permutation in itertools.permutations(range(3)):
        for flips in itertools.product((1, -1), repeat=3):
            order = np.column_stack([permutation, flips])
            affine = _AFFINE @ orientations.inv_ornt_aff(order, image.shape)
            stored = scan_of(np.ascontiguousarray(orientations.apply_orientation(image, order)), affine)
            labels = np.ascontiguousarray(orientations.apply_orientation(two_sides, order))
            found = measure_hippocampus(stored.volume, labels, SIDED_SEGMENTS, None, {})
            for one, other in zip(expected, found, strict=True):
                assert (one.key, one.region) == (other.key, other.region)
                assert one.value == pytest.approx(other.value, rel=1e-6)


def test_mirrored_head_exchanges_the_sides(image, two_sides):
    expected = by_key(measure_hippocampus(scan_of(image).volume, two_sides, SIDED_SEGMENTS, None, {}))
    mirrored_affine = np.diag([-1.0, 1.0, 1.0, 1.0]) @ _AFFINE
    exchanged = np.array([0, 3, 4, 1, 2], np.uint8)[two_sides]
    found = by_key(measure_hippocampus(scan_of(image, mirrored_affine).volume, exchanged, SIDED_SEGMENTS, None, {}))
    for part in ("", "_anterior", "_posterior"):
        assert found["volume", "left" + part].value == expected["volume", "right" + part].value
        assert found["length", "right" + part].value == pytest.approx(expected["length", "left" + part].value)
    assert found["asymmetry_index", "whole"].value == -expected["asymmetry_index", "whole"].value


def test_decathlon_labels_have_the_known_mean_volumes(data_folder):
    if data_folder is None:
        pytest.skip("QUANTSEG_DATA names no data sets")
    paths = sorted((data_folder / "Task04_Hippocampus" / "labelsTr").glob("hippocampus_*.nii.gz"))[::10]
    volumes = []
    for path in paths:
        stored = nibabel.load(path)
        labels = np.rint(np.asarray(stored.dataobj)).astype(np.uint8)
        measured = by_key(
            measure_hippocampus(scan_of(labels, np.array(stored.affine)).volume, labels, CROP_SEGMENTS, None, {})
        )
        assert 20 < measured["length", "whole"].value < 60
        volumes.append([measured["volume", part].value for part in ("anterior", "posterior")])
    assert np.allclose(np.mean(volumes, axis=0), (1715, 1580), rtol=0.15)


def test_colours_and_values_differ_between_all_segments():
    assert len({s.colour for s in SIDED_SEGMENTS}) == 4
    assert [s.value for s in SIDED_SEGMENTS] == [1, 2, 3, 4]
    assert [s.key for s in SIDED_SEGMENTS] == ["left_anterior", "left_posterior", "right_anterior", "right_posterior"]
    assert SIDED_SEGMENTS[3].name == "Right posterior hippocampus"
