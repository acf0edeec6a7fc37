"""The same image through every format and every library: the same value at the same point of space."""

from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st
from made_volumes import GEOMETRIES, affine_of, assert_same_in_space, noisy_array, rotation

from quantseg.reading import find_cases, read_scan
from quantseg.reading.scan import ImageFormat
from quantseg.volume import Volume
from quantseg.volume.resampling import as_sitk, from_sitk

ENDINGS = {
    ".nii": ImageFormat.NIFTI,
    ".nii.gz": ImageFormat.NIFTI,
    ".nrrd": ImageFormat.NRRD,
    ".nhdr": ImageFormat.NRRD,
    ".mha": ImageFormat.META_IMAGE,
    ".mhd": ImageFormat.META_IMAGE,
}
NIFTI_CLASSES = [nibabel.Nifti1Image, nibabel.Nifti2Image]


def read(path: Path):
    (case,) = find_cases([path])
    return read_scan(case)


@pytest.fixture(params=GEOMETRIES)
def volume(request) -> Volume:
    return Volume(noisy_array(), GEOMETRIES[request.param])


@pytest.mark.parametrize("image_class", NIFTI_CLASSES)
def test_what_nibabel_writes_is_read_as_it_is(tmp_path, volume, image_class):
    path = tmp_path / "scan.nii.gz"
    nibabel.save(image_class(volume.array, volume.affine), path)
    scan = read(path)
    assert np.array_equal(scan.volume.array, volume.array)
    np.testing.assert_allclose(scan.volume.affine, volume.affine, atol=1e-5)
    assert isinstance(scan.header, image_class.header_class)


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_simpleitk_writes_is_read_at_the_same_place(tmp_path, volume, ending):
    path = tmp_path / f"scan{ending}"
    sitk.WriteImage(as_sitk(volume), str(path), ending != ".nii")
    scan = read(path)
    assert scan.image_format is ENDINGS[ending]
    assert scan.volume.array.dtype == volume.array.dtype
    assert np.array_equal(scan.volume.array, volume.array)
    np.testing.assert_allclose(scan.volume.affine, volume.affine, atol=1e-4)


@pytest.mark.parametrize("ending", ENDINGS)
def test_simpleitk_and_this_reader_agree(tmp_path, volume, ending):
    path = tmp_path / f"scan{ending}"
    sitk.WriteImage(as_sitk(volume), str(path))
    assert_same_in_space(read(path).volume, from_sitk(sitk.ReadImage(str(path))))


@pytest.mark.parametrize("ending", [".nii.gz", ".nrrd", ".mha"])
def test_slicer_and_this_reader_agree(tmp_path, volume, ending):
    path = tmp_path / f"scan{ending}"
    sitk.WriteImage(as_sitk(volume), str(path))
    assert_same_in_space(read(path).volume, _slicer_volume(path))


@pytest.mark.parametrize("ending", [".nii.gz", ".nrrd", ".mha"])
def test_what_slicer_writes_is_read_at_the_same_place(tmp_path, volume, ending):
    first, second = tmp_path / "scan.nrrd", tmp_path / f"written{ending}"
    sitk.WriteImage(as_sitk(volume), str(first))
    storage, node = _slicer_node(first)
    storage.SetFileName(str(second))
    assert storage.WriteData(node)
    assert_same_in_space(volume, read(second).volume)


@pytest.mark.parametrize("name", ["Kopf mit Leerzeichen.nii.gz", "頭部 Ümlaut é.nrrd", "голова.mha", "a'b;c.nii"])
def test_any_file_name_can_be_read(tmp_path, name):
    folder = tmp_path / "Müller, 患者 1"
    folder.mkdir()
    volume = Volume(noisy_array(), GEOMETRIES["oblique"])
    if ".nii" in name:
        nibabel.save(nibabel.Nifti1Image(volume.array, volume.affine), folder / name)
    else:
        sitk.WriteImage(as_sitk(volume), str(folder / name))
    assert_same_in_space(volume, read(folder / name).volume)


@settings(max_examples=40, deadline=None)
@given(
    order=st.permutations([0, 1, 2]),
    signs=st.tuples(*[st.sampled_from([-1.0, 1.0])] * 3),
    degrees=st.floats(-40, 40),
    spacing_mm=st.tuples(*[st.floats(0.4, 2.9)] * 3),
    origin_mm=st.tuples(*[st.floats(-200, 200)] * 3),
)
def test_any_rectangular_affine_comes_back_through_every_format(
    tmp_path_factory, order, signs, degrees, spacing_mm, origin_mm
):
    directions = rotation(degrees) @ (np.eye(3)[:, order] * np.array(signs))
    volume = Volume(noisy_array((8, 9, 10)), affine_of(directions, spacing_mm, origin_mm))
    folder = tmp_path_factory.mktemp("formats")
    nibabel.save(nibabel.Nifti1Image(volume.array, volume.affine), folder / "a.nii")
    for name in ("b.nii", "c.nrrd", "d.mha"):
        sitk.WriteImage(as_sitk(volume), str(folder / name))
    cases = find_cases([folder])
    assert len(cases) == 4
    for case in cases:
        scan = read_scan(case)
        assert np.array_equal(scan.volume.array, volume.array)
        np.testing.assert_allclose(scan.volume.affine, volume.affine, atol=2e-4)


def _slicer_node(path: Path):
    import slicer

    scene = slicer.vtkMRMLScene()
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    storage = scene.AddNewNodeByClass("vtkMRMLVolumeArchetypeStorageNode")
    storage.SetFileName(str(path))
    assert storage.ReadData(node)
    node.SetAttribute("scene keeper", "")
    _SCENES.append(scene)
    return storage, node


_SCENES: list = []
"""A node lives only as long as its scene."""


def _slicer_volume(path: Path) -> Volume:
    import slicer.util
    import vtk

    _, node = _slicer_node(path)
    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    affine = np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])
    return Volume(slicer.util.arrayFromVolume(node).T.copy(), affine)
