"""Labels of any axis order, or of a part of the images, come to the frames that show the same places."""

import numpy as np
import pydicom
import pytest
from made_dicom import study_fields, write_series
from made_image_files import enhanced_file
from scene_nodes import turned
from storage_orders import ALL_48_ORDERS, stored_in_order

from quantseg.dicom.source import read_source_images
from quantseg.errors import QuantSegError
from quantseg.volume import Volume

__all__ = ["enhanced_file"]


def an_oblique_volume():
    affine = np.eye(4)
    affine[:3, :3] = turned(20, 10) @ np.diag([-1.5, -1.0, 3.0])
    affine[:3, 3] = (40.0, 30.0, -20.0)
    return Volume(np.arange(7 * 6 * 5, dtype=np.int16).reshape(7, 6, 5), affine)


@pytest.fixture(scope="module")
def a_series(tmp_path_factory):
    """An image whose voxels all differ, and its files, shuffled."""
    volume = an_oblique_volume()
    return volume, write_series(tmp_path_factory.mktemp("dicom") / "series", volume, **study_fields(3))


@pytest.mark.parametrize("order", ALL_48_ORDERS, ids=str)
def test_each_frame_gets_the_labels_of_its_places_however_they_are_stored(a_series, order):
    volume, files = a_series
    source = read_source_images(files)
    planes = source.planes(stored_in_order(volume, order))
    images = {image.SOPInstanceUID: image.pixel_array for image in map(pydicom.dcmread, files)}
    for header, plane in zip(source.headers, planes, strict=True):
        assert np.array_equal(plane, images[header.SOPInstanceUID])


def test_frames_of_one_file_keep_the_order_of_the_file(tmp_path, enhanced_file):
    path = enhanced_file(tmp_path / "file", an_oblique_volume())
    planes = read_source_images([path]).planes(an_oblique_volume())
    assert np.array_equal(planes, pydicom.dcmread(path).pixel_array)


def test_labels_of_a_part_of_the_images_are_placed_in_the_whole(a_series):
    volume, files = a_series
    part = Volume(volume.array[2:6, 1:4, 1:3], volume.grid.window((2, 1, 1), (4, 3, 2)).affine)
    planes = read_source_images(files).planes(part)
    expected = np.zeros_like(volume.array)
    expected[2:6, 1:4, 1:3] = part.array
    whole = read_source_images(files).planes(Volume(expected, volume.affine))
    assert np.count_nonzero(planes) == part.array.size
    assert np.array_equal(planes, whole)


@pytest.mark.parametrize(
    ("moved_mm", "enlarged"), [((0.5, 0, 0), 1), ((0, 0, 30.0), 1), ((0, 0, 0), 2)], ids=["aside", "beyond", "coarser"]
)
def test_labels_of_another_grid_are_refused_and_both_grids_named(a_series, moved_mm, enlarged):
    volume, files = a_series
    affine = volume.affine.copy()
    affine[:3, :3] *= enlarged
    affine[:3, 3] += moved_mm
    with pytest.raises(QuantSegError, match=r"do not lie on the voxels .*1\.5 × 1 × 3 mm, 7 × 6 × 5"):
        read_source_images(files).planes(Volume(volume.array, affine))


def test_two_times_in_one_series_are_refused(tmp_path, a_series):
    volume, files = a_series
    again = write_series(tmp_path / "again", volume, **study_fields(3))
    with pytest.raises(QuantSegError, match="2 images at each of 5 positions"):
        read_source_images([*files, *again])


def test_unreadable_file_is_counted_and_not_named(tmp_path, a_series):
    _, files = a_series
    torn = tmp_path / "Doe_Jane"
    torn.write_bytes(b"no DICOM")
    with pytest.raises(QuantSegError, match="image 6 of 6 cannot be read") as refused:
        read_source_images([*files, torn])
    assert "Doe" not in str(refused.value)


def test_fields_that_a_file_may_lack_are_filled_in(tmp_path):
    def stripped(dataset, k):
        del dataset.PatientBirthDate, dataset.StudyID, dataset.SliceThickness
        dataset.ImageOrientationPatient[0] += 1e-7 * k  # As some scanners round.

    files = write_series(tmp_path / "series", an_oblique_volume(), stripped, **study_fields(3))
    headers = read_source_images(files).headers
    assert {header.PatientBirthDate for header in headers} == {""}
    assert {header.SliceThickness for header in headers} == {3.0}
    assert len({tuple(header.ImageOrientationPatient) for header in headers}) == 1


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda header: setattr(header, "PixelSpacing", [1.05, 1.5]), "several pixel spacings"),
        (
            lambda header: setattr(header, "ImagePositionPatient", [-40.0, -30.0, -19.5]),
            "uneven|beside|sheared|missing",
        ),
    ],
    ids=["another pixel size", "another place"],
)
def test_unlike_slices_of_which_a_task_made_one_stack_are_named_with_where_their_labels_are(tmp_path, change, named):
    files = write_series(tmp_path / "series", an_oblique_volume(), **study_fields(3))
    header = pydicom.dcmread(files[2])
    change(header)
    header.save_as(files[2])
    with pytest.raises(QuantSegError, match=rf"no regular stack \(.*({named}).*\.seg\.nrrd hold the labels") as caught:
        read_source_images(files)
    assert "export it again" not in str(caught.value)
