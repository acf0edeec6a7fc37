"""Files that are no short-axis cine of the heart: each refused in one sentence."""

from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk
from made_cines import (
    LONG_AXIS,
    PLACEHOLDER,
    SHORT_AXIS,
    SPACING_MM,
    directions_of,
    frames_of,
    nifti_array,
    write_nifti,
)
from made_volumes import affine_of, rotation

from quantseg.errors import InputRefused
from quantseg.reading.spacing import HEADER_SPACING, UNKNOWN_SPACING
from quantseg.tasks.heart.reading.cine_cases import find_cine_cases
from quantseg.tasks.heart.reading.cine_reader import read_cine
from quantseg.tasks.heart.reading.short_axis import stands_short_axis
from quantseg.volume import Volume
from quantseg.volume.resampling import as_sitk


def refusal(path: Path, spacing=HEADER_SPACING) -> str:
    """Return why a file is refused: one sentence that begins with its name and gives no folder away."""
    before = sorted(path.parent.iterdir())
    (case,) = find_cine_cases([path])
    with pytest.raises(InputRefused) as caught:
        read_cine(case, spacing)
    message = str(caught.value)
    assert message.startswith(f"{path.name}: ")
    assert message.endswith(".")
    assert ". " not in message.removeprefix(f"{path.name}: ")
    assert "\n" not in message
    assert str(path.parent) not in message
    assert caught.value.__cause__ is None
    assert sorted(path.parent.iterdir()) == before
    return message


@pytest.mark.parametrize("shape", [(60, 60), (60, 60, 1), (60, 60, 2), (60, 60, 2, 5), (2, 60, 60)])
def test_fewer_than_three_slices_are_refused(tmp_path, shape):
    affine = affine_of(np.eye(3), SPACING_MM) if shape[0] > 2 else affine_of(np.eye(3), SPACING_MM[::-1])
    array = frames_of(1, (60, 60, 10)).ravel()[: np.prod(shape)].reshape(shape)
    assert "expected a short-axis stack of at least 3" in refusal(write_nifti(tmp_path / "scan.nii", array, affine))


def test_three_slices_are_read(tmp_path):
    path = write_nifti(tmp_path / "scan.nii", nifti_array(frames_of(3, (40, 40, 3))))
    assert read_cine(*find_cine_cases([path])).frames.shape == (3, 40, 40, 3)


def test_a_head_is_refused_whatever_is_said_of_its_spacing(tmp_path):
    path = write_nifti(tmp_path / "head.nii", frames_of(1, (50, 60, 55))[0], np.eye(4))
    assert "the spacing is 1 × 1 × 1 mm (50×60×55 voxels), expected that of a short-axis stack" in refusal(path)
    assert "the image has 50 slices" in refusal(path, UNKNOWN_SPACING)


@pytest.mark.parametrize("normal", [[0.65, 0.75, 0.2], [-0.1, 0.5, 0.85], [0.7, -0.1, -0.7], [0.0, 0.3, 1.0]])
def test_views_that_stand_wrong_in_the_patient_are_refused(tmp_path, normal):
    affine = affine_of(directions_of(normal), SPACING_MM)
    message = refusal(write_nifti(tmp_path / "scan.nii", nifti_array(frames_of()), affine))
    assert "long axis of a normally placed heart" in message


@pytest.mark.parametrize("degrees", [0, 90, 200])
@pytest.mark.parametrize("azimuth", [25, 45, 65])
@pytest.mark.parametrize("elevation", [5, 30, 60])
def test_lying_and_upright_hearts_pass_whatever_the_turn_in_plane(azimuth, elevation, degrees):
    across, down = np.cos(np.radians(elevation)), np.sin(np.radians(elevation))
    normal = np.array([-across * np.sin(np.radians(azimuth)), across * np.cos(np.radians(azimuth)), -down])
    turned = rotation(degrees, tuple(normal)) @ directions_of(normal)
    assert stands_short_axis(np.cross(turned[:, 0], turned[:, 1]))
    assert stands_short_axis(-normal)


def test_a_long_axis_view_is_told_only_where_the_directions_are_the_patients(tmp_path):
    frames = nifti_array(frames_of())
    assert "as a long-axis view would" in refusal(write_nifti(tmp_path / "known.nii", frames, LONG_AXIS))
    unknown = write_nifti(tmp_path / "unknown.nii", frames, PLACEHOLDER)
    assert not read_cine(*find_cine_cases([unknown])).geometry.orientation_trusted


@pytest.mark.parametrize(
    ("shape", "words"), [((30, 60, 6), "slices are too small"), ((33, 60, 6), "slices measure 79 × 144 mm")]
)
def test_slices_too_small_for_a_heart_are_refused(tmp_path, shape, words):
    assert words in refusal(write_nifti(tmp_path / "scan.nii", frames_of(1, shape)[0]))


def test_a_label_map_is_refused(tmp_path):
    labels = np.kron(np.random.default_rng(1).integers(0, 4, (6, 6, 5)), np.ones((8, 8, 1))).astype(np.uint8)
    assert "look like labels" in refusal(write_nifti(tmp_path / "labels.nii", labels))
    over_time = np.stack([labels] * 3, axis=3)
    assert "look like labels" in refusal(write_nifti(tmp_path / "over_time.nii", over_time))


def test_ct_is_refused(tmp_path):
    noise = np.random.default_rng(1).normal(0, 15, (60, 60, 5))
    values = np.where(np.indices(noise.shape)[0] > 25, 40 + noise, -1000 + noise)
    assert "Hounsfield" in refusal(write_nifti(tmp_path / "scan.nii", np.rint(values).astype(np.int16)))


@pytest.mark.parametrize("index", [0, 2])
def test_a_frame_without_picture_is_named(tmp_path, index):
    frames = frames_of().astype(np.float32)
    frames[index] = 7
    path = write_nifti(tmp_path / "scan.nii", nifti_array(frames))
    assert f"frame {index + 1} has the same value everywhere (7)" in refusal(path)
    frames[index] = np.nan
    path = write_nifti(tmp_path / "holes.nii", nifti_array(frames))
    assert f"frame {index + 1} has no two finite values that differ" in refusal(path)


@pytest.mark.parametrize(("value", "words"), [(np.nan, "no voxel has a finite value"), (5.0, "the same value")])
def test_images_of_nothing_are_refused(tmp_path, value, words):
    array = np.full((40, 40, 5, 2), value, np.float32)
    assert words in refusal(write_nifti(tmp_path / "scan.nii", array))


@pytest.mark.parametrize("name", ["scan.nii", "scan.nii.gz"])
def test_a_truncated_cine_is_refused(tmp_path, name):
    path = write_nifti(tmp_path / name, nifti_array(frames_of()))
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    assert "truncated" in refusal(path)


@pytest.mark.parametrize("name", ["scan.nii", "scan.seq.nrrd", "scan.mha"])
@pytest.mark.parametrize("content", [b"", b"no image at all"])
def test_a_file_that_is_no_image_is_refused(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    assert refusal(tmp_path / name)


def test_colours_are_refused(tmp_path):
    colour = np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")])
    array = frames_of(1, dtype=np.uint8)[0].astype(colour)
    nibabel.save(nibabel.Nifti1Image(array, PLACEHOLDER), tmp_path / "rgb.nii")
    assert "colours" in refusal(tmp_path / "rgb.nii")
    one = as_sitk(Volume(frames_of(1, dtype=np.uint8)[0], SHORT_AXIS))
    for name in ("rgb.nrrd", "rgb.mha"):
        sitk.WriteImage(sitk.Compose(one, one, one), str(tmp_path / name))
        assert "colours" in refusal(tmp_path / name)


def test_five_axes_are_refused(tmp_path):
    array = frames_of(4).reshape(*frames_of(1)[0].shape, 2, 2)
    assert "the image has 5 axes (36×40×5×2×2)" in refusal(write_nifti(tmp_path / "scan.nii", array))
