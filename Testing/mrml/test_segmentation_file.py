import hashlib
import os

import numpy as np
import pytest
import SimpleITK as sitk
from scene_nodes import DIRECTIONS, turned

from quantseg.mrml.scene import headless_scene, slicer_is_available
from quantseg.mrml.segmentation_file import write_segmentation_file
from quantseg.tasks.hippocampus.anatomy import CROP_SEGMENTS, SIDED_SEGMENTS
from quantseg.volume import Volume
from quantseg.volume.resampling import from_sitk

_ALGORITHM = "QuantSeg hippocampus 1.2.0"


@pytest.fixture
def write(tmp_path):
    def to_file(labels, segments=SIDED_SEGMENTS, name="case.seg.nrrd"):
        path = tmp_path / name
        write_segmentation_file(labels, segments, _ALGORITHM, path, headless_scene().scene)
        return path

    return to_file


@pytest.fixture
def read_in_slicer():
    """Read a file as Slicer does; the scene is kept alive as long as the test."""
    scenes = []

    def read(path):
        headless = headless_scene()
        scenes.append(headless)
        node = headless.scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
        storage = headless.scene.AddNewNodeByClass("vtkMRMLSegmentationStorageNode")
        storage.SetFileName(str(path))
        assert storage.ReadData(node)
        return node.GetSegmentation()

    return read


def positions(volume, value):
    """Places in space of the voxels of a label, sorted."""
    found = np.round(volume.grid.to_world(np.argwhere(volume.array == value)), 3) + 0.0
    return found[np.lexsort(found.T)]


@pytest.mark.parametrize("name", DIRECTIONS)
def test_simpleitk_finds_every_voxel_at_its_place(labels_on, write, name):
    labels = labels_on(DIRECTIONS[name])
    read = from_sitk(sitk.ReadImage(str(write(labels))))
    assert read.array.shape == labels.array.shape
    assert np.array_equal(read.array, labels.array)
    assert np.allclose(read.affine, labels.affine, atol=1e-6)


@pytest.mark.parametrize("name", DIRECTIONS)
def test_slicer_finds_every_voxel_of_every_segment_at_its_place(labels_on, write, read_in_slicer, name):
    import slicer
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    labels = labels_on(DIRECTIONS[name])
    segmentation = read_in_slicer(write(labels))
    representation = slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName()
    for described in SIDED_SEGMENTS:
        segment = segmentation.GetSegment(described.key)
        image = segment.GetRepresentation(representation)
        low_i, high_i, low_j, high_j, low_k, high_k = image.GetExtent()
        shape = (high_i - low_i + 1, high_j - low_j + 1, high_k - low_k + 1)
        array = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(shape, order="F")
        matrix = vtkMatrix4x4()
        image.GetImageToWorldMatrix(matrix)
        affine = np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])
        affine[:3, 3] += affine[:3, :3] @ (low_i, low_j, low_k)
        found = positions(Volume(array, affine), segment.GetLabelValue())
        assert np.allclose(found, positions(labels, described.value), atol=2e-3)


def test_names_colours_and_values_survive(labels_on, write, read_in_slicer):
    segmentation = read_in_slicer(write(labels_on(np.eye(3))))
    assert segmentation.GetNumberOfSegments() == 4
    for described in SIDED_SEGMENTS:
        segment = segmentation.GetSegment(described.key)
        assert segment.GetName() == described.name
        assert segment.GetLabelValue() == described.value
        assert tuple(round(255 * channel) for channel in segment.GetColor()) == described.colour


def test_tags_say_that_an_algorithm_made_the_segments(labels_on, write, read_in_slicer):
    import slicer
    from vtkmodules.vtkCommonCore import mutable

    segmentation = read_in_slicer(write(labels_on(np.eye(3))))
    tags = {
        "DICOM.SegmentAlgorithmType": "AUTOMATIC",
        "DICOM.SegmentAlgorithmName": _ALGORITHM,
        slicer.vtkSegment.GetTerminologyEntryTagName(): (
            "QuantSeg hippocampus~SCT^123037004^Anatomical Structure~SCT^5366008^Hippocampus~SCT^24028007^Right~"
            "QuantSeg hippocampus parts~SCT^5366008^Hippocampus~SCT^255551008^Posterior"
        ),
    }
    for name, expected in tags.items():
        found = mutable("")
        assert segmentation.GetSegment("right_posterior").GetTag(name, found)
        assert str(found) == expected


def test_all_segments_share_one_layer(labels_on, write, read_in_slicer):
    segmentation = read_in_slicer(write(labels_on(np.eye(3))))
    assert segmentation.GetNumberOfLayers() == 1


def test_segment_without_a_voxel_is_there_to_be_drawn_into(labels_on, write, read_in_slicer):
    labels = labels_on(np.eye(3))
    one_sided = labels.with_array(np.where(labels.array > 2, 0, labels.array).astype(np.uint8))
    segmentation = read_in_slicer(write(one_sided))
    assert segmentation.GetSegment("right_anterior").GetName() == "Right anterior hippocampus"


def test_crop_without_any_label_can_be_written(write, read_in_slicer):
    empty = Volume(np.zeros((10, 12, 14), np.uint8), np.eye(4))
    segmentation = read_in_slicer(write(empty, CROP_SEGMENTS))
    assert segmentation.GetNumberOfSegments() == 2


def test_same_labels_give_the_same_bytes(labels_on, write):
    labels = labels_on(turned(10, 20))
    first, second = (write(labels, name=name).read_bytes() for name in ("a.seg.nrrd", "b.seg.nrrd"))
    assert hashlib.sha256(first).digest() == hashlib.sha256(second).digest()


def test_scene_is_left_as_it_was(labels_on, tmp_path):
    scene = headless_scene().scene
    before = scene.GetNumberOfNodes()
    write_segmentation_file(labels_on(np.eye(3)), SIDED_SEGMENTS, _ALGORITHM, tmp_path / "case.seg.nrrd", scene)
    assert scene.GetNumberOfNodes() == before


def test_path_with_spaces_and_accents(labels_on, write):
    assert write(labels_on(np.eye(3)), name="Zoë 1.seg.nrrd").stat().st_size > 0


def test_folder_that_is_missing_is_an_error(labels_on, tmp_path):
    target = tmp_path / "missing" / "case.seg.nrrd"
    with pytest.raises(OSError, match=r"case\.seg\.nrrd"):
        write_segmentation_file(labels_on(np.eye(3)), SIDED_SEGMENTS, _ALGORITHM, target, headless_scene().scene)
    assert not os.path.lexists(target)


@pytest.mark.parametrize("missing_bytes", [1, 100, 1000])
def test_a_file_that_the_disk_cuts_off_is_an_error(labels_on, write, tmp_path, missing_bytes):
    resource = pytest.importorskip("resource", reason="the size of files is limited as POSIX knows it")
    labels = labels_on(np.eye(3))
    whole = write(labels, name="whole.seg.nrrd").stat().st_size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (whole - missing_bytes, before[1]))
    try:
        with pytest.raises(OSError, match=r"could not write cut\.seg\.nrrd"):
            write_segmentation_file(
                labels, SIDED_SEGMENTS, _ALGORITHM, tmp_path / "cut.seg.nrrd", headless_scene().scene
            )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_slicer_core_is_part_of_the_test_environment():
    assert slicer_is_available()
