"""Real MRML nodes on slicer-core, as fixtures, and the directions in which test volumes are stored."""

import numpy as np
import pytest
from finished_cases import build_crop, build_head

from quantseg.mrml.images import vtk_matrix
from quantseg.mrml.scene import headless_scene
from quantseg.volume import Volume


def turned(degrees_z, degrees_x):
    z, x = np.radians([degrees_z, degrees_x])
    about_z = np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]])
    return about_z @ about_x


DIRECTIONS = {
    "RAS": np.eye(3),
    "LAS": np.diag([-1.0, 1.0, 1.0]),
    "LPS": np.diag([-1.0, -1.0, 1.0]),
    "RAI": np.diag([1.0, 1.0, -1.0]),
    "permuted": np.eye(3)[[2, 0, 1]],
    "permuted left-handed": np.eye(3)[[1, 0, 2]],
    "oblique": turned(23, 17),
    "oblique left-handed": turned(23, 17) @ np.diag([1.0, -1.0, 1.0]),
}


def loaded_bundle(path):
    """A scene of its own with what a ``.mrb`` file holds; Slicer unpacks such files in its cache."""
    import slicer

    loaded = headless_scene()
    cache, manager = slicer.vtkCacheManager(), slicer.vtkDataIOManager()
    cache.SetRemoteCacheDirectory(str(path.parent))
    manager.SetCacheManager(cache)
    loaded.scene.SetDataIOManager(manager)
    assert loaded.scene.ReadFromMRB(str(path))
    return loaded


@pytest.fixture
def a_scene():
    """A scene with its logics, alive as long as the test."""
    return headless_scene()


@pytest.fixture
def labels_on():
    def build(direction):
        array = np.zeros((30, 40, 20), np.uint8)
        array[3:9, 5:20, 2:7], array[3:9, 20:30, 2:8] = 1, 2
        array[20:25, 5:20, 2:7], array[20:26, 20:30, 3:7] = 3, 4
        affine = np.eye(4)
        affine[:3, :3] = direction @ np.diag([0.7, 0.9, 1.5])
        affine[:3, 3] = (-20.0, 13.0, 7.0)
        return Volume(array, affine)

    return build


@pytest.fixture
def a_volume_node(a_scene):
    """Adds a volume to the scene as a node."""

    def build(volume, name="T1"):
        from slicer.util import updateVolumeFromArray

        node = a_scene.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
        updateVolumeFromArray(node, volume.array.transpose(2, 1, 0))
        node.SetIJKToRASMatrix(vtk_matrix(volume.affine))
        return node

    return build


@pytest.fixture
def a_segmentation_node(a_scene):
    return a_scene.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Segmentation")


@pytest.fixture
def segment_editor(a_scene):
    """Slicer's segment editor without its widget, as slicer-core has it."""
    import slicer

    logic = slicer.vtkSlicerSegmentEditorLogic()
    logic.SetMRMLScene(a_scene.scene)
    logic.SetSegmentEditorNode(a_scene.scene.AddNewNodeByClass("vtkMRMLSegmentEditorNode"))
    return logic


@pytest.fixture
def a_head_result():
    return build_head(name="head")


@pytest.fixture
def a_crop_result():
    return build_crop(name="crop")
