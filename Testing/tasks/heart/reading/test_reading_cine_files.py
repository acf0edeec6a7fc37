"""Frames and cines in files: NIfTI, Slicer's sequences, and formats of single frames."""

import gzip
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk
from made_cines import PLACEHOLDER, SHORT_AXIS, SPACING_MM, frames_of, nifti_array, write_nifti

from quantseg.reading.scan import ImageFormat
from quantseg.tasks.heart.reading.cine import Cine, CineKind, SpacingOrigin
from quantseg.tasks.heart.reading.cine_cases import find_cine_cases
from quantseg.tasks.heart.reading.cine_reader import read_cine
from quantseg.volume import Volume
from quantseg.volume.resampling import as_sitk


def read(path: Path) -> Cine:
    (case,) = find_cine_cases([path])
    return read_cine(case)


def write_sequence(
    path: Path,
    frames: np.ndarray,
    affine=SHORT_AXIS,
    list_first=True,
    unit="ms",
    packed=False,
    values=None,
    kind="list",
) -> Path:
    """Write what Slicer's documentation describes, without Slicer."""
    stored = frames if list_first else np.moveaxis(frames, 0, 3)
    axis = 0 if list_first else 3

    def per_axis(listed: str, others: list[str]) -> str:
        return " ".join([listed, *others] if list_first else [*others, listed])

    blank = ['""'] * 3
    columns = [f"({x:.9g},{y:.9g},{z:.9g})" for x, y, z in affine[:3, :3].T]
    values = values or " ".join(str(200 * index) for index in range(len(frames)))
    lines = [
        "NRRD0005",
        "type: short",
        "dimension: 4",
        "space: right-anterior-superior",
        f"sizes: {' '.join(str(n) for n in stored.shape)}",
        f"space directions: {per_axis('none', columns)}",
        f"kinds: {per_axis(kind, ['domain'] * 3)}",
        "labels: " + per_axis('"time"', blank),
        *(["units: " + per_axis(f'"{unit}"', blank)] if unit else []),
        "endian: little",
        f"encoding: {'gzip' if packed else 'raw'}",
        f"space origin: ({','.join(f'{value:.9g}' for value in affine[:3, 3])})",
        "DataNodeClassName:=vtkMRMLScalarVolumeNode",
        f"axis {axis} index type:=numeric",
        f"axis {axis} index values:={values}",
    ]
    data = stored.astype("<i2").tobytes(order="F")
    path.write_bytes(("\n".join(lines) + "\n\n").encode() + (gzip.compress(data) if packed else data))
    return path


@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
def test_a_frame_in_a_nifti_file_is_a_cine_of_one_frame(tmp_path, ending):
    (frame,) = frames_of(1)
    cine = read(write_nifti(tmp_path / f"scan{ending}", frame, SHORT_AXIS))
    assert cine.kind is CineKind.SINGLE_FRAME
    assert np.array_equal(cine.frames, frame[None])
    assert cine.spacing_mm == pytest.approx(SPACING_MM)
    assert (cine.frame_numbers, cine.frame_times_ms, cine.ed_frame, cine.es_frame) == ((1,), None, None, None)
    assert cine.header.get_data_shape() == frame.shape
    assert cine.notes == ()


@pytest.mark.parametrize("image_class", [nibabel.Nifti1Image, nibabel.Nifti2Image])
def test_the_fourth_axis_of_a_nifti_file_is_time(tmp_path, image_class):
    frames = frames_of(6)
    nibabel.save(image_class(nifti_array(frames), SHORT_AXIS), tmp_path / "scan.nii.gz")
    cine = read(tmp_path / "scan.nii.gz")
    assert cine.kind is CineKind.CYCLE
    assert cine.image_format is ImageFormat.NIFTI
    assert np.array_equal(cine.frames, frames)
    assert cine.frame_numbers == (1, 2, 3, 4, 5, 6)
    assert cine.header.get_data_shape() == (*frames.shape[1:], 6)
    np.testing.assert_allclose(cine.frame(2).affine, SHORT_AXIS, atol=1e-5)
    assert np.array_equal(cine.frame(2).array, frames[2])


def test_frames_are_not_copied_and_each_is_whole_in_memory(tmp_path):
    cine = read(write_nifti(tmp_path / "scan.nii", nifti_array(frames_of(6))))
    assert all(frame.flags.f_contiguous for frame in cine.frames)
    assert np.shares_memory(cine.frame(3).array, cine.frames)
    assert cine.frames.dtype == np.int16


def test_trailing_axes_of_length_one_are_none(tmp_path):
    (frame,) = frames_of(1)
    cine = read(write_nifti(tmp_path / "scan.nii", frame[..., None, None]))
    assert cine.kind is CineKind.SINGLE_FRAME
    assert cine.header.get_data_shape() == frame.shape


@pytest.mark.parametrize(
    ("step", "unit", "expected_ms"),
    [
        (0.2, "sec", (0.0, 200.0, 400.0, 600.0)),
        (200.0, "msec", (0.0, 200.0, 400.0, 600.0)),
        (2.0e5, "usec", (0.0, 200.0, 400.0, 600.0)),
        (1.0, "sec", None),
        (0.0, "sec", None),
        (0.2, "unknown", None),
    ],
)
def test_frame_times_are_known_where_the_header_states_a_believable_step(tmp_path, step, unit, expected_ms):
    def stepped(header):
        header["pixdim"][4] = step
        header.set_xyzt_units("mm", unit)

    cine = read(write_nifti(tmp_path / "scan.nii", nifti_array(frames_of()), change=stepped))
    assert cine.frame_times_ms == (None if expected_ms is None else pytest.approx(expected_ms))


@pytest.mark.parametrize(
    ("affine", "trusted"), [(PLACEHOLDER, False), (SHORT_AXIS, True), (SHORT_AXIS @ np.diag([-1, 1, 1, 1]), True)]
)
def test_directions_along_the_bodys_axes_are_a_placeholder(tmp_path, affine, trusted):
    cine = read(write_nifti(tmp_path / "scan.nii", nifti_array(frames_of()), affine))
    assert cine.geometry.orientation_trusted is trusted


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_the_slice_axis_is_found_whatever_the_axis_order(tmp_path, order):
    frames = frames_of(3)
    permuted = np.transpose(frames, (0, *(axis + 1 for axis in order)))
    affine = SHORT_AXIS.copy()
    affine[:3, :3] = SHORT_AXIS[:3, order]
    cine = read(write_nifti(tmp_path / "scan.nii", nifti_array(permuted), affine))
    assert np.array_equal(cine.frames, permuted)
    assert cine.geometry.slice_axis == order.index(2)
    assert cine.spacing_mm == pytest.approx([SPACING_MM[axis] for axis in order])
    assert cine.geometry.orientation_trusted


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("list_first", [True, False])
def test_a_slicer_sequence_is_read_with_its_list_axis_first_or_last(tmp_path, list_first, packed):
    frames = frames_of(5)
    cine = read(write_sequence(tmp_path / "beat.seq.nrrd", frames, list_first=list_first, packed=packed))
    assert cine.kind is CineKind.CYCLE
    assert cine.image_format is ImageFormat.NRRD
    assert cine.frames.dtype == np.int16
    assert np.array_equal(cine.frames, frames)
    np.testing.assert_allclose(cine.grid.affine, SHORT_AXIS, atol=1e-5)
    assert cine.frame_times_ms == (0.0, 200.0, 400.0, 600.0, 800.0)
    assert cine.geometry.orientation_trusted
    assert cine.header is None


@pytest.mark.parametrize(
    ("unit", "values", "expected_ms"),
    [
        ("s", "0 0.2 0.4 0.6", (0.0, 200.0, 400.0, 600.0)),
        ("%R-R", "0 25 50 75", None),
        ("", "0 200 400 600", None),
        ("ms", "0 200 400", None),
        ("ms", "a b c d", None),
        ("ms", "0 400 200 600", None),
    ],
)
def test_the_index_of_a_sequence_is_a_time_only_in_a_unit_of_time(tmp_path, unit, values, expected_ms):
    cine = read(write_sequence(tmp_path / "beat.seq.nrrd", frames_of(), unit=unit, values=values))
    assert cine.frame_times_ms == (None if expected_ms is None else pytest.approx(expected_ms))


def test_a_sequence_of_one_frame_is_a_single_frame(tmp_path):
    cine = read(write_sequence(tmp_path / "beat.seq.nrrd", frames_of(1)))
    assert cine.kind is CineKind.SINGLE_FRAME
    assert cine.frames.shape[0] == 1


def test_what_slicer_saves_is_read_at_the_same_place(tmp_path):
    import slicer
    import slicer.util
    import vtk

    frames = frames_of(4)
    scene = slicer.vtkMRMLScene()
    sequence = scene.AddNewNodeByClass("vtkMRMLSequenceNode")
    sequence.SetIndexName("time")
    sequence.SetIndexUnit("ms")
    matrix = vtk.vtkMatrix4x4()
    for row, column in np.ndindex(4, 4):
        matrix.SetElement(row, column, SHORT_AXIS[row, column])
    for index, frame in enumerate(frames):
        volume = slicer.vtkMRMLScalarVolumeNode()
        slicer.util.updateVolumeFromArray(volume, np.ascontiguousarray(frame.T))
        volume.SetIJKToRASMatrix(matrix)
        sequence.SetDataNodeAtValue(volume, str(200 * index))
    storage = scene.AddNewNodeByClass("vtkMRMLVolumeSequenceStorageNode")
    storage.SetFileName(str(tmp_path / "saved.seq.nrrd"))
    assert storage.WriteData(sequence)
    cine = read(tmp_path / "saved.seq.nrrd")
    assert np.array_equal(cine.frames, frames)
    np.testing.assert_allclose(cine.grid.affine, SHORT_AXIS, atol=1e-4)
    assert cine.frame_times_ms == (0.0, 200.0, 400.0, 600.0)


@pytest.mark.parametrize("ending", [".nrrd", ".nhdr", ".mha", ".mhd"])
def test_a_frame_in_another_format_is_a_cine_of_one_frame(tmp_path, ending):
    (frame,) = frames_of(1)
    path = tmp_path / f"scan{ending}"
    sitk.WriteImage(as_sitk(Volume(frame, SHORT_AXIS)), str(path))
    cine = read(path)
    assert cine.kind is CineKind.SINGLE_FRAME
    assert cine.geometry.spacing_origin is SpacingOrigin.HEADER
    assert np.array_equal(cine.frames[0], frame)
    np.testing.assert_allclose(cine.grid.affine, SHORT_AXIS, atol=1e-4)


def test_one_value_that_is_not_finite_is_replaced_and_asks_for_a_look(tmp_path):
    frames = frames_of(dtype=np.float32)
    frames[1, 2, 3, 1] = np.nan
    cine = read(write_nifti(tmp_path / "scan.nii", nifti_array(frames)))
    assert cine.frames[1, 2, 3, 1] == 1
    assert "were NaN or infinite" in cine.notes[0]
    (doubt,) = cine.doubts
    assert doubt.startswith("1 voxel has no finite value")


def test_a_rim_without_values_asks_for_a_look(tmp_path):
    frames = frames_of(dtype=np.float32)
    frames[:, 0] = np.nan
    (doubt,) = read(write_nifti(tmp_path / "scan.nii", nifti_array(frames))).doubts
    assert "of the image has no value" in doubt


def test_a_frame_of_analyze_is_read_with_a_doubt_about_its_sides(tmp_path):
    frame = frames_of(count=1)[0]
    spacing_mm = np.linalg.norm(SHORT_AXIS[:3, :3], axis=0)
    nibabel.save(nibabel.AnalyzeImage(frame, np.diag([-spacing_mm[0], *spacing_mm[1:], 1.0])), tmp_path / "scan.img")
    cine = read(tmp_path / "scan.img")
    assert np.array_equal(cine.frames[0], frame)
    assert any("left and right" in doubt for doubt in cine.doubts)


@pytest.mark.parametrize("ending", [".mgz", ".nii.bz2"])
def test_a_frame_in_other_tools_formats_is_read(tmp_path, ending):
    frame = frames_of(count=1)[0].astype(np.float32)
    image_class = nibabel.MGHImage if ending == ".mgz" else nibabel.Nifti1Image
    nibabel.save(image_class(frame, SHORT_AXIS), tmp_path / f"scan{ending}")
    assert np.array_equal(read(tmp_path / f"scan{ending}").frames[0], frame)
