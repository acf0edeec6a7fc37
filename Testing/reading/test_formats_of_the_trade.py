"""Formats of neuroimaging beside NIfTI, and packed files told by their content."""

import bz2
import gzip

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk
from made_volumes import GEOMETRIES, affine_of, assert_same_in_space, noisy_array

from quantseg.errors import InputRefused
from quantseg.reading import find_cases, packed, read_scan
from quantseg.reading.content_hash import files_of
from quantseg.reading.scan import ImageFormat
from quantseg.reading.spacing import SpacingChoice, SpacingSource
from quantseg.volume import Volume


def read(path, **more):
    (case,) = find_cases([path])
    return read_scan(case, **more)


@pytest.fixture(params=GEOMETRIES)
def volume(request) -> Volume:
    return Volume(noisy_array(), GEOMETRIES[request.param])


@pytest.mark.parametrize("ending", [".mgz", ".mgh"])
def test_freesurfers_images_lie_where_nibabel_writes_them(tmp_path, volume, ending):
    path = tmp_path / f"orig{ending}"
    nibabel.save(nibabel.MGHImage(volume.array, volume.affine), path)
    scan = read(path)
    assert scan.image_format is ImageFormat.MGH
    assert scan.doubts == ()
    assert_same_in_space(scan.volume, volume)


@pytest.mark.parametrize("ending", [".img", ".hdr"])
@pytest.mark.parametrize("packing", ["", ".gz"])
def test_a_nifti_pair_is_one_case_whichever_file_is_named(tmp_path, volume, ending, packing):
    image = nibabel.Nifti1Pair(volume.array, volume.affine)
    nibabel.save(image, tmp_path / f"scan.img{packing}")
    scan = read(tmp_path / f"scan{ending}{packing}")
    assert scan.image_format is ImageFormat.NIFTI
    assert scan.doubts == ()
    assert_same_in_space(scan.volume, volume)
    assert nibabel.Nifti1Image(scan.volume.array, None, scan.header).to_bytes()
    (case,) = find_cases([tmp_path])
    assert case.name == "scan"
    assert len(files_of(case)) == 2


@pytest.fixture
def analyze(tmp_path):
    nibabel.save(nibabel.AnalyzeImage(noisy_array(), np.diag([-1.0, 1.0, 1.5, 1.0])), tmp_path / "scan.img")
    return tmp_path / "scan.img"


def test_analyze_is_read_with_a_doubt_about_its_sides(analyze):
    scan = read(analyze)
    assert scan.image_format is ImageFormat.ANALYZE
    assert np.array_equal(scan.volume.array, noisy_array())
    assert scan.spacing_mm == (1.0, 1.0, 1.5)
    assert scan.volume.affine[0, 0] < 0
    (doubt,) = scan.doubts
    assert "left and right" in doubt


@pytest.mark.parametrize("content", [b"", b"no matrix at all"])
def test_a_matrix_beside_an_analyze_header_is_said_not_to_be_read_be_it_damaged_or_not(analyze, content):
    before = read_scan(find_cases([analyze])[0])
    analyze.with_suffix(".mat").write_bytes(content)
    scan = read_scan(find_cases([analyze])[0])
    assert np.array_equal(scan.volume.affine, before.volume.affine)
    assert len(scan.doubts) == 2
    assert "A file .mat lies beside the Analyze header" in scan.doubts[1]
    assert scan.doubts[1].endswith("it was not read.")


def test_an_analyze_header_of_another_orientation_is_refused(analyze):
    header = analyze.with_suffix(".hdr")
    content = bytearray(header.read_bytes())
    content[252] = 3
    header.write_bytes(content)
    with pytest.raises(InputRefused, match="orientation 3"):
        read(header)


@pytest.mark.parametrize(
    ("name", "change", "reason"),
    [
        ("scan.img", lambda content: content[:-1], "truncated"),
        ("scan.img", None, r"\.img with its voxels is not beside it"),
        ("scan.hdr", lambda content: content[:200], "damaged"),
    ],
)
def test_a_damaged_analyze_pair_is_refused(analyze, name, change, reason):
    header, path = analyze.with_suffix(".hdr"), analyze.with_name(name)
    path.unlink() if change is None else path.write_bytes(change(path.read_bytes()))
    with pytest.raises(InputRefused, match=reason):
        read(header)


def test_an_mgh_header_without_directions_is_refused(tmp_path):
    path = tmp_path / "orig.mgh"
    nibabel.save(nibabel.MGHImage(noisy_array(), np.eye(4)), path)
    content = bytearray(path.read_bytes())
    content[28:30] = b"\0\0"
    path.write_bytes(content)
    with pytest.raises(InputRefused, match="left and right cannot be told apart"):
        read(path)


@pytest.mark.parametrize("cut", [100, -5000])
def test_a_truncated_mgh_file_is_refused(tmp_path, cut):
    path = tmp_path / "orig.mgh"
    nibabel.save(nibabel.MGHImage(noisy_array(), np.eye(4)), path)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(InputRefused, match=r"truncated|damaged"):
        read(path)


def minc_1(path, array, starts_mm, steps_mm):
    """Write a MINC 1 file: netCDF of three axes, z first (MINC's own order)."""
    from scipy.io import netcdf_file

    axes = ("zspace", "yspace", "xspace")
    with netcdf_file(path, "w") as file:
        for name, length, start, step in zip(
            ("zspace", "yspace", "xspace"), array.shape, starts_mm, steps_mm, strict=True
        ):
            file.createDimension(name, length)
            axis = file.createVariable(name, "i", ())
            axis.spacing, axis.start, axis.step = b"regular__", start, step
        image = file.createVariable("image", "h", axes)
        image.signtype, image.valid_range = b"signed__", np.array([-32768.0, 32767.0])
        image[:] = array
        for name, value in (("image-min", -32768.0), ("image-max", 32767.0)):
            file.createVariable(name, "d", ())[...] = value


def test_minc_1_is_read_where_its_steps_and_starts_put_it(tmp_path):
    array = noisy_array()
    minc_1(tmp_path / "scan.mnc", array, (-20.0, -10.0, 5.0), (2.0, 1.5, 1.0))
    scan = read(tmp_path / "scan.mnc")
    assert scan.image_format is ImageFormat.MINC
    assert np.allclose(scan.volume.array, array)
    expected = np.array([[0, 0, 1.0, 5], [0, 1.5, 0, -10], [2.0, 0, 0, -20], [0, 0, 0, 1]])
    np.testing.assert_allclose(scan.volume.affine, expected)


def test_minc_2_without_its_package_names_the_package(tmp_path):
    (tmp_path / "scan.mnc").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    with pytest.raises(InputRefused, match=r"h5py|damaged"):
        read(tmp_path / "scan.mnc")


@pytest.mark.parametrize("make", ["mgh", "analyze", "minc"])
def test_a_given_spacing_replaces_the_headers(tmp_path, make):
    path = {"mgh": tmp_path / "a.mgz", "analyze": tmp_path / "a.img", "minc": tmp_path / "a.mnc"}[make]
    if make == "minc":
        minc_1(path, noisy_array(), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    else:
        image_class = nibabel.MGHImage if make == "mgh" else nibabel.AnalyzeImage
        nibabel.save(image_class(noisy_array(), np.diag([-1.0, 1.0, 1.0, 1.0])), path)
    scan = read(path, spacing=SpacingChoice(SpacingSource.GIVEN, (1.2, 1.1, 1.3)))
    np.testing.assert_allclose(scan.spacing_mm, (1.2, 1.1, 1.3))
    assert "given by the user" in scan.notes[0]


_AFFINE = affine_of(np.eye(3))


@pytest.mark.parametrize("name", ["scan.nii", "scan.nii.gz", "scan.nii.bz2"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress])
def test_a_nifti_file_is_unpacked_by_its_content_whatever_its_name(tmp_path, name, pack):
    path = tmp_path / name
    path.write_bytes(pack(nibabel.Nifti1Image(noisy_array(), _AFFINE).to_bytes()))
    assert_same_in_space(read(path).volume, Volume(noisy_array(), _AFFINE))


@pytest.mark.parametrize("name", ["scan.nii.gz", "scan.nii.bz2", "scan.mgz"])
@pytest.mark.parametrize(
    "damage", [lambda content: content[:-20], lambda content: content[:60] + b"x" * 40 + content[100:]]
)
def test_a_damaged_packed_file_is_refused(tmp_path, name, damage):
    path = tmp_path / name
    image_class = nibabel.MGHImage if name.endswith("mgz") else nibabel.Nifti1Image
    nibabel.save(image_class(noisy_array(), _AFFINE), path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(InputRefused, match=r"truncated|damaged"):
        read(path)


@pytest.mark.parametrize(
    ("name", "pack"), [("a.nii.gz", gzip.compress), ("a.nii.bz2", bz2.compress), ("a.mgz", gzip.compress)]
)
def test_a_file_that_unpacks_to_what_no_image_is_is_refused(tmp_path, monkeypatch, name, pack):
    monkeypatch.setattr(packed, "_ALWAYS_UNPACKED_BYTES", 1024**2)
    monkeypatch.setattr(packed, "_CHUNK_BYTES", 64 * 1024)
    path = tmp_path / name
    path.write_bytes(pack(bytes(50 * 1024**2)))
    with pytest.raises(InputRefused, match=r"unpacks to more than .* as no image does"):
        read(path)


@pytest.mark.parametrize("ending", [".nii", ".nrrd", ".mha"])
def test_an_image_larger_than_any_is_refused_before_it_is_loaded(tmp_path, monkeypatch, ending):
    for module in ("packed", "image_file"):
        monkeypatch.setattr(f"quantseg.reading.{module}.refuse_large", packed.refuse_large)
    monkeypatch.setattr(packed, "MOST_BYTES", 1000)
    path = tmp_path / f"scan{ending}"
    sitk.WriteImage(sitk.GetImageFromArray(noisy_array()), str(path))
    with pytest.raises(InputRefused, match=r"takes .* GiB, expected at most"):
        read(path)


def test_voxels_of_a_meta_image_are_unpacked_piece_by_piece(tmp_path, monkeypatch):
    monkeypatch.setattr("quantseg.reading.image_file._CHUNK_BYTES", 64)
    path = tmp_path / "scan.mha"
    sitk.WriteImage(sitk.GetImageFromArray(noisy_array()), str(path), True)
    assert np.array_equal(read(path).volume.array, noisy_array().T)
    content = path.read_bytes()
    path.write_bytes(content[:-3])
    with pytest.raises(InputRefused, match="truncated"):
        read(path)
