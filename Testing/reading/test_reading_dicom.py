"""DICOM series: order by position, rescaling, and every way in which a series is no regular stack."""

import gc
import logging

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from dicom_reading import read, refusal
from made_volumes import GEOMETRIES, assert_same_in_space, noisy_array
from pydicom.uid import generate_uid

from quantseg.errors import InputRefused
from quantseg.reading import find_cases, read_scan
from quantseg.reading.scan import Acquisition, ImageFormat
from quantseg.reading.spacing import SpacingChoice, SpacingSource
from quantseg.volume import Volume
from quantseg.volume.resampling import from_sitk

RIGHT_HANDED = [name for name, affine in GEOMETRIES.items() if np.linalg.det(affine) > 0]
STRAIGHT = Volume(noisy_array(), GEOMETRIES["straight"])
OBLIQUE = Volume(noisy_array(), GEOMETRIES["oblique"])


@pytest.mark.parametrize("name", RIGHT_HANDED)
def test_slices_are_ordered_by_position_whatever_their_names_and_numbers(tmp_path, dicom_series, name):
    volume = Volume(noisy_array(), GEOMETRIES[name])
    dicom_series(tmp_path, volume)
    scan = read(tmp_path)
    assert scan.image_format is ImageFormat.DICOM
    assert np.array_equal(scan.volume.array, volume.array)
    np.testing.assert_allclose(scan.volume.affine, volume.affine, atol=1e-4)


def test_a_stack_of_reversed_slices_is_turned_and_stays_in_place(tmp_path, dicom_series):
    left_handed = Volume(noisy_array(), GEOMETRIES["left-handed oblique"])
    dicom_series(tmp_path, left_handed)
    assert_same_in_space(left_handed, read(tmp_path).volume)


@pytest.mark.parametrize("name", RIGHT_HANDED)
def test_simpleitk_given_the_sorted_files_agrees(tmp_path, dicom_series, name):
    dicom_series(tmp_path, Volume(noisy_array(), GEOMETRIES[name]))
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(tmp_path)))
    assert_same_in_space(read(tmp_path).volume, from_sitk(reader.Execute()))


def test_slicer_given_the_sorted_files_agrees(tmp_path, dicom_series):
    import slicer
    import slicer.util
    import vtk

    dicom_series(tmp_path, OBLIQUE)
    names = sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(tmp_path))
    scene = slicer.vtkMRMLScene()
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    storage = scene.AddNewNodeByClass("vtkMRMLVolumeArchetypeStorageNode")
    storage.SetFileName(names[0])
    for name in names:
        storage.AddFileName(name)
    storage.SetSingleFile(0)
    assert storage.ReadData(node)
    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    affine = np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])
    assert_same_in_space(read(tmp_path).volume, Volume(slicer.util.arrayFromVolume(node).T.copy(), affine))


def test_the_acquisition_is_kept_and_nothing_of_the_patient(tmp_path, dicom_series):
    dicom_series(tmp_path / "Doe^Jane", InversionTime=900)
    (case,) = find_cases([tmp_path])
    scan = read_scan(case)
    assert scan.acquisition == Acquisition("MR", 3.5, 2300.0, 900.0, 7, case.name.split("_")[1])
    assert scan.notes == ()
    everything = f"{case.name} {scan.acquisition} {scan.notes}"
    assert not any(secret in everything for secret in ("Doe", "Jane", "4711", "19660101"))


def test_nothing_is_logged_or_printed_even_for_odd_values(tmp_path, dicom_series, caplog, capfd, recwarn):
    def odd(dataset, _k):
        dataset.add_new(0x00100020, "LO", "4711" + "x" * 80)
        dataset.add_new(0x00100030, "DA", "not-a-date-Doe")

    with caplog.at_level(logging.DEBUG):
        with pydicom.config.disable_value_validation():
            dicom_series(tmp_path, change=odd)
        # What earlier tests left open warns when it is collected, which may be at any time.
        gc.collect()
        caplog.clear()
        recwarn.clear()
        read(tmp_path)
    gc.collect()
    output = capfd.readouterr()
    assert caplog.text + output.out + output.err == ""
    assert len(recwarn) == 0


def test_a_given_spacing_replaces_the_headers(tmp_path, dicom_series):
    dicom_series(tmp_path, STRAIGHT)
    (case,) = find_cases([tmp_path])
    scan = read_scan(case, SpacingChoice(SpacingSource.GIVEN, (1.0, 1.0, 2.0)))
    assert scan.volume.spacing_mm == pytest.approx((1.0, 1.0, 2.0))
    assert len(scan.notes) == 1


@pytest.mark.parametrize("dtype", [np.int16, np.uint16])
def test_stored_types_are_kept(tmp_path, dicom_series, dtype):
    array = noisy_array(dtype=dtype) if dtype is np.int16 else (noisy_array().astype(np.uint16) * 80)
    dicom_series(tmp_path, Volume(array, GEOMETRIES["straight"]))
    values = read(tmp_path).volume.array
    assert values.dtype == dtype
    assert np.array_equal(values, array)


def test_each_slice_is_rescaled_by_its_own_slope(tmp_path, dicom_series):
    def scale(dataset, k):
        dataset.RescaleSlope, dataset.RescaleIntercept = f"{1 + k / 8}", "-3"

    dicom_series(tmp_path, STRAIGHT, change=scale)
    expected = STRAIGHT.array * (1 + np.arange(16) / 8) - 3
    values = read(tmp_path).volume.array
    assert values.dtype == np.float32
    np.testing.assert_allclose(values, expected, rtol=1e-6)


def test_a_multi_frame_file_without_positions_is_refused(tmp_path, enhanced_file):
    def without(dataset):
        del dataset.PerFrameFunctionalGroupsSequence

    enhanced_file(tmp_path / "file.dcm", OBLIQUE, change=without)
    assert "does not say where" in refusal(tmp_path)


@pytest.mark.parametrize(("dropped", "words"), [({5}, "1 slice is missing"), ({3, 4, 9}, "3 slices are missing")])
def test_missing_slices_are_counted(tmp_path, dicom_series, dropped, words):
    dicom_series(tmp_path, change=lambda _dataset, k: k not in dropped)
    assert words in refusal(tmp_path)


def test_uneven_distances_are_refused_and_rounded_positions_are_not(tmp_path, dicom_series):
    def moved(by_mm):
        def change(dataset, k):
            x, y, z = dataset.ImagePositionPatient
            dataset.ImagePositionPatient = [x, y, z + by_mm * (k % 2)]

        return change

    dicom_series(tmp_path / "uneven", change=moved(0.3))
    assert "uneven (0.7 to 1.3 mm)" in refusal(tmp_path / "uneven")
    dicom_series(tmp_path / "rounded", change=moved(0.01))
    assert read(tmp_path / "rounded")


def test_a_position_held_twice_is_refused(tmp_path, dicom_series):
    def change(dataset, k):
        if k == 4:
            dataset.ImagePositionPatient[2] -= 1

    dicom_series(tmp_path, change=change)
    assert "more than one image at 1 of 15 positions" in refusal(tmp_path)


def test_a_series_over_time_is_refused(tmp_path, dicom_series):
    def numbered(dataset, _k):
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()

    for time in range(3):
        volume = Volume(noisy_array(seed=time), GEOMETRIES["straight"])
        dicom_series(tmp_path, volume, change=numbered, prefix=f"T{time}_")
    assert "3 images at each of 16 positions" in refusal(tmp_path)


def test_different_orientations_are_refused(tmp_path, dicom_series):
    def change(dataset, k):
        if k > 10:
            dataset.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]

    dicom_series(tmp_path, change=change)
    assert "different orientations" in refusal(tmp_path)


def test_mixed_sizes_and_spacings_are_refused(tmp_path, dicom_series):
    def size(dataset, k):
        if k == 3:
            dataset.Rows, dataset.Columns = 14, 15

    def spacing(dataset, k):
        if k == 3:
            dataset.PixelSpacing = [1.1, 1.1]

    dicom_series(tmp_path / "size", change=size)
    assert "2 sizes (14×15, 15×14)" in refusal(tmp_path / "size")
    dicom_series(tmp_path / "spacing", change=spacing)
    assert "several pixel spacings" in refusal(tmp_path / "spacing")


def test_colours_are_refused(tmp_path, dicom_series):
    dicom_series(tmp_path, SamplesPerPixel=3)
    assert "in colour" in refusal(tmp_path)


def test_one_file_of_a_series_is_refused_as_one_slice(tmp_path, dicom_series):
    first = dicom_series(tmp_path, ending=".dcm")[0]
    single = tmp_path / "alone"
    single.mkdir()
    first.rename(single / first.name)
    dicom_series(tmp_path, SeriesInstanceUID="1.77", StudyInstanceUID="1.78", prefix="B")
    cases = {case.series_uid: case for case in find_cases([tmp_path], series=["1.2.3.4.5", "1.77"])}
    assert read_scan(cases["1.77"])
    (alone,) = find_cases([single], series=["7"])
    with pytest.raises(InputRefused, match="one slice"):
        read_scan(alone)


def test_an_empty_dicom_file_is_refused(tmp_path, dicom_series):
    dicom_series(tmp_path)
    (tmp_path / "IM99.dcm").touch()
    assert "1 DICOM file is damaged" in refusal(tmp_path)


def test_other_series_in_the_same_folder_do_not_mix(tmp_path, dicom_series):
    dicom_series(tmp_path, OBLIQUE, SeriesInstanceUID="1.1")
    dicom_series(tmp_path, STRAIGHT, SeriesInstanceUID="1.2", prefix="B")
    first, second = (read_scan(case) for case in find_cases([tmp_path]))
    found = {scan.volume.affine[0, 0]: scan for scan in (first, second)}
    assert len(found) == 2
    assert np.array_equal(found[1.0].volume.array, STRAIGHT.array)


def test_reading_twice_gives_the_same(tmp_path, dicom_series):
    dicom_series(tmp_path, OBLIQUE)
    first, second = read(tmp_path), read(tmp_path)
    assert first.volume.array.tobytes() == second.volume.array.tobytes()
    assert np.array_equal(first.volume.affine, second.volume.affine)
