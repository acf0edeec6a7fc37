import nibabel
import numpy as np
import pytest
from scene_nodes import DIRECTIONS

from quantseg.errors import InputRefused
from quantseg.mrml.volume_node import bounds_of_region, volume_of_node, within_bounds
from quantseg.volume import Volume


def value_at(volume, ras_mm):
    i, j, k = np.round(volume.grid.to_voxel(ras_mm)).astype(int)
    return volume.array[i, j, k]


@pytest.mark.parametrize("name", DIRECTIONS)
def test_every_voxel_of_a_node_is_found_at_its_place(a_volume_node, labels_on, name):
    labels = labels_on(DIRECTIONS[name])
    found = volume_of_node(a_volume_node(labels))
    assert np.array_equal(found.array, labels.array)
    assert np.allclose(found.affine, labels.affine)


@pytest.mark.parametrize("name", DIRECTIONS)
def test_file_that_slicer_loads_keeps_every_voxel_at_its_place(a_scene, labels_on, tmp_path, name):
    """Slicer flips left-handed images on loading: the order of voxels differs, the places do not."""
    rng = np.random.default_rng(3)
    volume = labels_on(DIRECTIONS[name])
    volume = volume.with_array(rng.integers(0, 30000, volume.array.shape).astype(np.int16))
    path = tmp_path / "image.nii.gz"
    nibabel.save(nibabel.Nifti1Image(volume.array, volume.affine), path)
    node = a_scene.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    storage = a_scene.scene.AddNewNodeByClass("vtkMRMLVolumeArchetypeStorageNode")
    storage.SetFileName(str(path))
    assert storage.ReadData(node)
    loaded = volume_of_node(node)
    for voxel in rng.integers(0, volume.array.shape, (50, 3)):
        assert value_at(loaded, volume.grid.to_world(voxel)) == volume.array[tuple(voxel)]


def test_node_without_image_is_refused(a_scene):
    node = a_scene.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "Empty")
    with pytest.raises(InputRefused, match="Empty holds no image"):
        volume_of_node(node)


def test_node_under_a_transform_is_refused_by_name(a_scene, a_volume_node, labels_on):
    node = a_volume_node(labels_on(np.eye(3)))
    transform = a_scene.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "Registration")
    node.SetAndObserveTransformNodeID(transform.GetID())
    with pytest.raises(InputRefused, match="under the transform Registration"):
        volume_of_node(node)


@pytest.mark.parametrize("name", ["RAS", "LAS", "oblique"])
def test_region_of_interest_cuts_out_its_voxels_at_their_place(a_scene, labels_on, name):
    volume = labels_on(DIRECTIONS[name])
    volume = volume.with_array(np.arange(volume.array.size).reshape(volume.array.shape))
    middle = volume.grid.centre_mm
    roi = a_scene.scene.AddNewNodeByClass("vtkMRMLMarkupsROINode")
    roi.SetXYZ(*middle)
    roi.SetRadiusXYZ(5.0, 6.0, 4.0)
    part = within_bounds(volume, bounds_of_region(roi))
    assert part.array.size < volume.array.size
    for voxel in (np.array([0, 0, 0]), np.array(part.array.shape) - 1):
        place = part.grid.to_world(voxel)
        assert value_at(part, place) == value_at(volume, place)
    inside = volume.grid.to_voxel(middle + np.array([4.0, -5.0, 3.0]))
    assert np.all(part.grid.to_voxel(volume.grid.to_world(inside)) > -0.6)


def test_region_outside_the_volume_is_refused():
    with pytest.raises(InputRefused, match="outside the volume"):
        within_bounds(Volume(np.zeros((4, 4, 4)), np.eye(4)), (50, 60, 50, 60, 50, 60))
