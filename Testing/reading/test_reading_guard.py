"""Every refusal that does not depend on the organ, through whole files."""

import gzip
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk
from made_volumes import GEOMETRIES, affine_of, noisy_array

from quantseg.errors import InputRefused
from quantseg.reading import InputLimits, find_cases, read_scan
from quantseg.reading.scan import Scan
from quantseg.volume import Volume
from quantseg.volume.resampling import as_sitk


def read(path: Path) -> Scan:
    (case,) = find_cases([path])
    return read_scan(case)


def refusal(path: Path) -> str:
    """Return why a file is refused: one sentence that begins with its name and gives no folder away."""
    before = sorted(path.parent.iterdir())
    with pytest.raises(InputRefused) as caught:
        read(path)
    message = str(caught.value)
    assert message.startswith(f"{path.name}: ")
    assert message.endswith(".")
    assert ". " not in message.removeprefix(f"{path.name}: ")
    assert not message.endswith("..")
    assert "\n" not in message
    assert str(path.parent) not in message
    assert caught.value.__cause__ is None
    assert sorted(path.parent.iterdir()) == before
    return message


def brain_like(shape=(40, 41, 42)) -> np.ndarray:
    """A noisy ball on dark ground, as float32."""
    i, j, k = np.indices(shape)
    ball = (i - 20) ** 2 + (j - 20) ** 2 + (k - 20) ** 2 < 15**2
    noise = np.random.default_rng(3).normal(0, 12, shape)
    return np.where(ball, 120 + noise, np.abs(noise) / 4).clip(0).astype(np.float32)


@pytest.mark.parametrize("name", ["scan.nii", "scan.nii.gz", "scan.nrrd", "scan.mha", "scan.mhd", "scan.nhdr"])
@pytest.mark.parametrize("content", [b"", b"not an image at all", bytes(range(256)) * 20])
def test_a_file_that_is_no_image_is_refused(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(gzip.compress(content) if name.endswith("gz") and content else content)
    assert refusal(path)


def test_a_link_to_nowhere_is_refused(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "scan.nii.gz").symlink_to(tmp_path / "absent")
    (case,) = find_cases([tmp_path / "in"])
    with pytest.raises(InputRefused, match=r"scan\.nii\.gz: the file does not exist"):
        read_scan(case)


@pytest.mark.parametrize("share", [0.02, 0.4, 0.9, 0.9999])
@pytest.mark.parametrize("name", ["scan.nii", "scan.nii.gz"])
def test_a_truncated_nifti_is_refused(nifti, name, share):
    path = nifti(name=name)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert "truncated" in refusal(path) or share == 0.02


def test_a_packed_file_cut_within_its_checksum_is_refused(nifti):
    path = nifti()
    path.write_bytes(path.read_bytes()[:-2])
    assert "truncated" in refusal(path)


def test_a_packed_file_with_wrong_checksum_is_refused(nifti):
    path = nifti()
    content = bytearray(path.read_bytes())
    content[-6] ^= 0xFF
    path.write_bytes(bytes(content))
    assert "damaged" in refusal(path)


def test_a_packed_file_that_holds_too_few_voxels_is_refused(nifti):
    path = nifti()
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())[:-100]))
    assert "6620 bytes of voxels found, 6720 expected" in refusal(path)


@pytest.mark.parametrize("size", [-37, 0])
def test_a_size_that_no_image_has_is_refused_by_its_cause(nifti, size):
    path = nifti(name="scan.nii")
    content = bytearray(path.read_bytes())
    content[42:44] = size.to_bytes(2, "little", signed=True)
    path.write_bytes(content)
    assert f"names a size of {size} voxels" in refusal(path)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", ["scan.nrrd", "scan.mha", "scan.mhd", "scan.nhdr"])
def test_truncated_voxels_of_other_formats_are_refused(tmp_path, name, packed):
    sitk.WriteImage(as_sitk(Volume(noisy_array(), np.eye(4))), str(tmp_path / name), packed)
    data = next((path for path in tmp_path.iterdir() if "raw" in path.name), tmp_path / name)
    data.write_bytes(data.read_bytes()[: int(data.stat().st_size * 0.7)])
    message = refusal(tmp_path / name)
    assert "truncated" in message or "damaged" in message


def test_damaged_packed_voxels_of_a_meta_image_are_refused(tmp_path):
    path = tmp_path / "scan.mha"
    sitk.WriteImage(as_sitk(Volume(noisy_array(), np.eye(4))), str(path), True)
    content = bytearray(path.read_bytes())
    content[-len(content) // 3] ^= 0xFF
    path.write_bytes(bytes(content))
    assert "damaged" in refusal(path)


@pytest.mark.parametrize("field", ["TransformMatrix", "ElementSpacing"])
def test_a_meta_image_without_affine_is_refused(tmp_path, field):
    path = tmp_path / "scan.mhd"
    sitk.WriteImage(as_sitk(Volume(noisy_array(), np.eye(4))), str(path))
    lines = path.read_text().splitlines()
    path.write_text("\n".join(line for line in lines if not line.startswith(field)) + "\n")
    assert "no affine" in refusal(path)


@pytest.mark.parametrize("space", [None, "space: scanner-xyz", "space: 3D-left-handed"])
def test_a_nrrd_without_patient_space_is_refused(tmp_path, space):
    path = tmp_path / "scan.nhdr"
    sitk.WriteImage(as_sitk(Volume(noisy_array(), np.eye(4))), str(path))
    lines = [line for line in path.read_text().splitlines() if not line.startswith("space")]
    extra = "spacings: 1 1 1" if space is None else f"{space}\nspace directions: (1,0,0) (0,1,0) (0,0,1)"
    path.write_text("\n".join([*lines[:3], *lines[3:-1], extra, lines[-1]]) + "\n")
    assert "no affine to the patient" in refusal(path)


@pytest.mark.parametrize("image_class", [nibabel.Nifti1Image, nibabel.Nifti2Image])
def test_four_axes_are_refused_and_a_fourth_of_length_one_is_not(nifti, image_class):
    array = noisy_array((14, 15, 16, 2))
    assert "4 axes (14×15×16×2)" in refusal(nifti(array, image_class=image_class))
    scan = read(nifti(array[..., :1], name="single.nii.gz", image_class=image_class))
    assert np.array_equal(scan.volume.array, array[..., 0])
    assert scan.header is not None
    assert scan.header.get_data_shape() == (14, 15, 16)


def test_four_axes_in_a_nrrd_are_refused(tmp_path):
    image = sitk.JoinSeries([as_sitk(Volume(noisy_array(seed=seed), np.eye(4))) for seed in (1, 2)])
    sitk.WriteImage(image, str(tmp_path / "scan.nrrd"))
    assert "4 axes" in refusal(tmp_path / "scan.nrrd") or "colours" in refusal(tmp_path / "scan.nrrd")


def test_colours_are_refused(tmp_path, nifti):
    red, green = (as_sitk(Volume(noisy_array(dtype=np.uint8, seed=seed), np.eye(4))) for seed in (1, 2))
    for name in ("scan.nrrd", "scan.mha"):
        sitk.WriteImage(sitk.Compose(red, green, red), str(tmp_path / name))
        assert "colours" in refusal(tmp_path / name)
    colour = np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")])
    assert "colours" in refusal(nifti(noisy_array(dtype=np.uint8).astype(colour), name="rgb.nii"))


def test_complex_values_are_refused(tmp_path, nifti):
    assert "complex" in refusal(nifti(noisy_array().astype(np.complex64)))
    image = sitk.Cast(as_sitk(Volume(noisy_array(), np.eye(4))), sitk.sitkFloat32)
    sitk.WriteImage(sitk.RealAndImaginaryToComplex(image, image), str(tmp_path / "scan.mha"))
    assert "complex" in refusal(tmp_path / "scan.mha") or "colours" in refusal(tmp_path / "scan.mha")


@pytest.mark.parametrize("shape", [(30, 30, 1), (1, 30, 30), (30, 30)])
def test_one_slice_is_refused(nifti, shape):
    assert "one slice" in refusal(nifti(noisy_array(shape)))


def test_one_slice_is_read_for_whom_a_slice_is_an_image(nifti):
    (case,) = find_cases([nifti(noisy_array((30, 30, 1)), affine_of(np.eye(3), (1, 1, 5)))])
    scan = read_scan(case, limits=InputLimits(max_spacing_mm=15, min_voxels=1))
    assert scan.volume.array.shape == (30, 30, 1)


def test_a_slab_is_refused(nifti):
    assert "slab of 30×7×30 voxels, expected at least 8" in refusal(nifti(noisy_array((30, 7, 30))))


def test_coarse_voxels_are_refused_and_three_millimetres_are_not(nifti):
    assert "1 × 1 × 3.2 mm, expected at most 3 mm" in refusal(nifti(affine=affine_of(np.eye(3), (1, 1, 3.2))))
    assert read(nifti(affine=affine_of(np.eye(3), (1, 1, 3)), name="three.nii"))


def test_absurdly_fine_voxels_are_refused(nifti):
    assert "finer than any scan" in refusal(nifti(affine=affine_of(np.eye(3), (0.001, 0.001, 0.001))))


def test_limits_are_the_organs(nifti):
    (case,) = find_cases([nifti(noisy_array((30, 30, 5)), affine_of(np.eye(3), (1.4, 1.4, 10)))])
    assert read_scan(case, limits=InputLimits(max_spacing_mm=15, min_voxels=3)).volume.spacing_mm[2] == 10


@pytest.mark.parametrize(("degrees", "refused"), [(0.3, False), (2.0, True), (30.0, True)])
def test_sheared_axes_are_refused(nifti, degrees, refused):
    affine = affine_of(np.eye(3))
    affine[0, 2] = np.tan(np.radians(degrees))

    def sheared(header):
        header.set_sform(affine, code=1)
        header["pixdim"][3] = np.linalg.norm(affine[:3, 2])
        header["qform_code"] = 0

    path = nifti(change=sheared)
    if refused:
        assert f"sheared by {degrees:.1f}°" in refusal(path)
    else:
        assert read(path)


def test_a_sheared_nrrd_is_refused(tmp_path):
    path = tmp_path / "scan.nhdr"
    sitk.WriteImage(as_sitk(Volume(noisy_array(), np.eye(4))), str(path))
    path.write_text(path.read_text().replace("(0,0,1)", "(0.3,0,1)"))
    assert "sheared" in refusal(path) or "damaged" in refusal(path)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_an_image_without_a_finite_value_is_refused(nifti, value):
    assert "no voxel has a finite value" in refusal(nifti(np.full((10, 10, 10), value, np.float32)))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_single_value_that_is_not_finite_asks_for_a_look(nifti, value):
    array = noisy_array(dtype=np.float32)
    array[1, 2, 3] = value
    (doubt,) = read(nifti(array)).doubts
    assert doubt.startswith("1 voxel has no finite value (NaN or infinite) and was taken for background")


def test_isolated_values_that_are_not_finite_become_the_lowest_and_are_counted(nifti):
    array = noisy_array(dtype=np.float32)
    array[1, 2, 3], array[4, 5, 6] = np.nan, -np.inf
    scan = read(nifti(array))
    assert scan.volume.array[1, 2, 3] == scan.volume.array[4, 5, 6] == 1
    assert scan.notes == ("2 of 3360 voxels were NaN or infinite and were set to the lowest finite value.",)
    (doubt,) = scan.doubts
    assert doubt.startswith("2 voxels have no finite value (NaN or infinite) and were taken for background")


def test_a_rim_without_values_asks_for_a_look(nifti):
    array = noisy_array(dtype=np.float32)
    array[0] = np.nan
    (doubt,) = read(nifti(array)).doubts
    assert doubt.startswith("7.1 % of the image has no value")


@pytest.mark.parametrize("array", [np.zeros((10, 10, 10), np.uint8), np.full((10, 10, 10), 7.5, np.float32)])
def test_a_constant_image_is_refused(nifti, array):
    assert "every voxel has the same value" in refusal(nifti(array))


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int32, np.float32, np.float64])
@pytest.mark.parametrize("count", [2, 4, 60])
def test_a_label_map_is_refused(nifti, count, dtype):
    blocks = np.random.default_rng(5).integers(0, count, (6, 6, 6))
    labels = np.kron(blocks, np.ones((6, 6, 6))).astype(dtype)
    assert "look like labels" in refusal(nifti(labels))


def test_an_image_of_few_grey_values_and_one_without_its_background_pass(nifti):
    image = brain_like()
    assert read(nifti(np.rint(image / 3).astype(np.uint8), name="dim.nii")).volume.array.max() < 70
    stripped = np.where(image > 60, np.rint(image), 0).astype(np.int16)
    assert read(nifti(stripped, name="stripped.nii"))


@pytest.mark.parametrize("padding", [-1024, -2000, -3024])
@pytest.mark.parametrize("dtype", [np.int16, np.float32])
def test_hounsfield_units_are_refused(nifti, dtype, padding):
    body = brain_like() > 60
    noise = np.random.default_rng(1).normal(0, 15, body.shape)
    values = np.where(body, 35 + noise, np.maximum(-1000 + noise, -1024))
    values[:, :4] = padding
    assert "Hounsfield" in refusal(nifti(np.rint(values).astype(dtype)))


def test_negative_values_alone_are_no_hounsfield_units(nifti):
    uniform = np.random.default_rng(1).integers(-2048, 2048, (20, 20, 20)).astype(np.int16)
    assert read(nifti(uniform, name="mp2rage.nii"))
    assert read(nifti((brain_like() - 60) * 50, name="shifted.nii"))
    background = np.where(brain_like() > 60, brain_like(), -2000).astype(np.float32)
    assert read(nifti(background, name="background.nii"))


INTEGERS = [np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64]
FLOATS = [np.float32, np.float64]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("dtype", [*INTEGERS, *FLOATS])
def test_any_type_in_any_byte_order_keeps_its_values(tmp_path, dtype, order):
    array = (noisy_array() % 120).astype(dtype)
    header = nibabel.Nifti1Header(endianness=order)
    header.set_data_dtype(dtype)
    path = tmp_path / "scan.nii"
    path.write_bytes(nibabel.Nifti1Image(array, np.eye(4), header, dtype=dtype).to_bytes())
    values = read(path).volume.array
    assert values.dtype.isnative
    assert values.dtype.kind == np.dtype(dtype).kind or values.dtype == np.int32
    assert values.dtype.itemsize <= 4
    assert np.array_equal(values, array)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6, 1e12])
def test_any_intensity_scale_passes(nifti, scale):
    array = noisy_array().astype(np.float64) * scale
    np.testing.assert_allclose(read(nifti(array)).volume.array, array, rtol=1e-6)


def test_large_integers_become_floats(nifti):
    array = noisy_array().astype(np.int64) * 10**10
    values = read(nifti(array)).volume.array
    assert values.dtype == np.float32
    np.testing.assert_allclose(values, array, rtol=1e-6)


def test_the_headers_scaling_is_applied(nifti):
    def scaled(header):
        header["scl_slope"], header["scl_inter"] = 0.5, 10

    np.testing.assert_allclose(read(nifti(change=scaled)).volume.array, noisy_array() * 0.5 + 10)


def test_reading_twice_gives_the_same(nifti):
    path = nifti(affine=GEOMETRIES["oblique"])
    first, second = read(path), read(path)
    assert first.volume.array.tobytes() == second.volume.array.tobytes()
    assert np.array_equal(first.volume.affine, second.volume.affine)
