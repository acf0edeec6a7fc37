"""DICOM cines whose slices differ: what is used all the same and said, what is left out and named, what is refused."""

from pathlib import Path

import numpy as np
import pytest
from made_cines import SHAPE, SHORT_AXIS, SPACING_MM, TIMES_MS, frames_of
from made_volumes import rotation

from quantseg.errors import InputRefused
from quantseg.reading.spacing import HEADER_SPACING, SpacingChoice, SpacingSource
from quantseg.tasks.heart.reading.cine import Cine
from quantseg.tasks.heart.reading.cine_cases import find_cine_cases
from quantseg.tasks.heart.reading.cine_reader import read_cine

FRAMES = frames_of()
LPS = np.array([-1.0, -1.0, 1.0])
NORMAL = SHORT_AXIS[:3, 2] / SPACING_MM[2] * LPS


def smooth_frames(count: int) -> np.ndarray:
    """Ramps in plane whose brightness follows the beat, as real images change slowly, shape (count, I, J, K)."""
    i, j, k = np.indices(SHAPE)
    beat = 1 + 0.3 * np.cos(2 * np.pi * np.arange(count) / count)
    return np.rint(beat[:, None, None, None] * (400 + 8 * i + 5 * j + 20 * k)).astype(np.int16)


def read(folder: Path, series=None, spacing=HEADER_SPACING) -> Cine:
    (case,) = find_cine_cases([folder], series)
    return read_cine(case, spacing)


def refusal(folder: Path) -> str:
    (case,) = find_cine_cases([folder])
    with pytest.raises(InputRefused) as caught:
        read_cine(case)
    assert str(folder) not in str(caught.value)
    return str(caught.value)


def moved(dataset, offset_mm) -> None:
    position = np.array([float(value) for value in dataset.ImagePositionPatient]) + offset_mm
    dataset.ImagePositionPatient = [f"{value:.8g}" for value in position]


def more_rows(dataset) -> None:
    plane = np.frombuffer(dataset.PixelData, np.int16).reshape(dataset.Rows, dataset.Columns)
    dataset.PixelData = np.pad(plane, ((0, 8), (0, 0))).tobytes()
    dataset.Rows += 8


def larger_pixels(dataset) -> None:
    dataset.PixelSpacing = [f"{float(value) * 1.1:.8g}" for value in dataset.PixelSpacing]


def tilted(degrees):
    def change(dataset) -> None:
        """Turn about the middle of the image, as a scanner does."""
        directions = np.array([float(value) for value in dataset.ImageOrientationPatient]).reshape(2, 3)
        spacing_mm = np.array([float(value) for value in dataset.PixelSpacing])
        half_mm = np.array([dataset.Columns - 1, dataset.Rows - 1]) * spacing_mm[::-1] / 2
        turned = directions @ rotation(degrees, tuple(directions[0] + directions[1])).T
        moved(dataset, half_mm @ directions - half_mm @ turned)
        dataset.ImageOrientationPatient = [f"{value:.8g}" for value in turned.ravel()]

    return change


def beside(dataset) -> None:
    """A field of view two pixels further along the rows: the plane's content moves the other way."""
    directions = np.array([float(value) for value in dataset.ImageOrientationPatient]).reshape(2, 3)
    plane = np.frombuffer(dataset.PixelData, np.int16).reshape(dataset.Rows, dataset.Columns)
    dataset.PixelData = np.ascontiguousarray(np.roll(plane, -2, axis=1)).tobytes()
    moved(dataset, 2 * float(dataset.PixelSpacing[1]) * directions[0])


def another_echo(dataset) -> None:
    dataset.EchoTime = float(dataset.EchoTime) + 0.3


@pytest.mark.parametrize("slice_series", [False, True])
@pytest.mark.parametrize("odd", [0, 2])
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (another_echo, None),
        (more_rows, "48×36 instead of 40×36 pixels"),
        (tilted(0.3), "a tilt of 0.3°"),
        (beside, "another place in the plane"),
    ],
)
def test_a_slice_that_differs_slightly_is_used_and_named(tmp_path, cine_series, change, said, odd, slice_series):
    frames = smooth_frames(4)
    cine_series(tmp_path, frames, slice_series=slice_series, change=lambda ds, _t, k: change(ds) if k == odd else None)
    cine = read(tmp_path)
    assert cine.frames.shape == frames.shape
    np.testing.assert_allclose(cine.grid.affine, SHORT_AXIS, atol=2e-3)
    inside = (slice(None), slice(3, -3), slice(3, -3))
    np.testing.assert_allclose(cine.frames[inside], frames[inside], atol=1)
    if said is None:
        assert cine.doubts == ()
    else:
        (doubt,) = cine.doubts
        assert "1 of 5 slices was resampled" in doubt
        assert said in doubt


def test_a_slice_of_larger_pixels_is_resampled_to_where_it_lies(tmp_path, cine_series):
    frames = smooth_frames(3)

    def change(dataset, _time, k):
        if k == 1:
            larger_pixels(dataset)

    cine = read(cine_series(tmp_path, frames, slice_series=True, times_ms=(0, 250, 500), change=change))
    i, j = np.indices(SHAPE[:2]) / 1.1
    np.testing.assert_allclose(cine.frames[0, ..., 1], 1.3 * (400 + 8 * i + 5 * j + 20), atol=1.5)
    assert "pixels of 2.64 instead of 2.4 mm" in cine.doubts[0]


@pytest.mark.parametrize("frames", [1, 2])
def test_an_aborted_take_gives_way_to_the_whole_one(tmp_path, cine_series, frames):
    def aborted(dataset, time, k):
        dataset.SeriesInstanceUID, dataset.SeriesNumber = "1.2.3.99", 99
        return k == 2 and time < frames

    cine_series(tmp_path, slice_series=True)
    cine_series(tmp_path / "again", FRAMES + 1, change=aborted)
    cine = read(tmp_path)
    assert np.array_equal(cine.frames, FRAMES)
    if frames > 1:
        assert "Slice 3 of 5 was taken 2 times" in cine.doubts[0]


def test_a_slice_repeated_half_a_millimetre_beside_is_one_slice(tmp_path, cine_series):
    def again(dataset, _time, k):
        dataset.SeriesInstanceUID, dataset.SeriesNumber = "1.2.3.99", 99
        moved(dataset, 0.5 * NORMAL)
        return k == 2

    cine_series(tmp_path, slice_series=True)
    cine_series(tmp_path / "again", FRAMES + 1, change=again)
    cine = read(tmp_path)
    assert np.array_equal(cine.frames[..., 2], FRAMES[..., 2] + 1)
    assert "Slice 3 of 5 was taken 2 times" in cine.doubts[0]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda ds: setattr(ds, "EchoTime", 6.0), "its echo time is 6 ms, the others' 3.5 ms"),
        (lambda ds: setattr(ds, "PixelSpacing", ["1.2", "1.2"]), "its pixels of 1.2×1.2 mm are too unlike"),
        (tilted(3), "it is tilted by 3°"),
    ],
)
def test_a_slice_too_unlike_is_left_out_by_name_and_picking_it_brings_back_what_can_be(
    tmp_path, cine_series, change, reason
):
    cine_series(tmp_path, slice_series=True, change=lambda ds, _t, k: change(ds) if k == 4 else None)
    cine = read(tmp_path)
    assert np.array_equal(cine.frames, FRAMES[..., :4])
    (doubt,) = cine.doubts
    assert doubt.startswith("series23_")
    assert not any("series23_" in note for note in cine.notes)
    assert reason in doubt
    if "echo" in reason:
        picked = read(tmp_path, ["20", "21", "22", "23", "24"])
        assert np.array_equal(picked.frames, FRAMES)


def test_rest_and_stress_of_one_series_a_slice_are_two_cines(tmp_path, cine_series):
    def under_stress(dataset, _time, k):
        dataset.SeriesInstanceUID, dataset.SeriesNumber = f"1.2.3.9.{k}", 50 + k

    cine_series(tmp_path / "rest", slice_series=True)
    cine_series(tmp_path / "stress", FRAMES + 1, change=under_stress)
    found = [read_cine(case).frames for case in find_cine_cases([tmp_path])]
    assert len(found) == 2
    assert np.array_equal(found[0], FRAMES)
    assert np.array_equal(found[1], FRAMES + 1)


@pytest.mark.parametrize(
    "change",
    [
        lambda ds, time: setattr(ds, "InversionTime", 120.0 + 80 * time),
        lambda ds, time: setattr(ds, "TriggerTime", f"{1100 * time}"),
    ],
)
def test_what_is_spread_over_many_beats_is_passed_over_beside_a_cine(tmp_path, cine_series, change):
    def other(dataset, time, _k):
        dataset.SeriesInstanceUID, dataset.SeriesNumber = "1.2.3.77", 5
        change(dataset, time)

    cine_series(tmp_path / "map", change=other)
    cine_series(tmp_path / "cine")
    (case,) = find_cine_cases([tmp_path])
    assert case.name.startswith("series7_")


def counted(counts, trigger_times=True):
    """A change that leaves each slice the frames of its own count, evenly over a beat of its own."""

    def change(dataset, time, k):
        if time >= counts[k]:
            return False
        if trigger_times:
            dataset.TriggerTime = f"{800 * time / counts[k]:g}"
        else:
            dataset.InstanceNumber = 100 * k + time + 1
        return None

    return change


@pytest.mark.parametrize("trigger_times", [True, False])
@pytest.mark.parametrize("odd", [0, 2])
def test_a_slice_with_fewer_frames_is_interpolated_over_its_beat(tmp_path, cine_series, odd, trigger_times):
    counts = [20] * 5
    counts[odd] = 18
    mixed = smooth_frames(20)
    mixed[:18, ..., odd] = smooth_frames(18)[..., odd]
    folder = cine_series(tmp_path, mixed, times_ms=None, change=counted(counts, trigger_times))
    cine = read(folder)
    assert cine.frames.shape == (20, *SHAPE)
    np.testing.assert_allclose(cine.frames, smooth_frames(20), rtol=0.01)
    assert any("1 of 5 slices has another count of frames (18) than the 20 of the rest" in one for one in cine.doubts)
    assert (cine.frame_times_ms is not None) is trigger_times


def test_one_missing_frame_of_many_is_interpolated(tmp_path, cine_series):
    times_ms = tuple(40.0 * time for time in range(20))
    folder = cine_series(
        tmp_path, smooth_frames(20), times_ms=times_ms, change=lambda _ds, time, k: (time, k) != (7, 3)
    )
    cine = read(folder)
    np.testing.assert_allclose(cine.frames, smooth_frames(20), rtol=0.02)
    assert "interpolated" in cine.doubts[0]


@pytest.mark.parametrize("lost", [range(8, 20), range(5, 9)])
def test_too_many_missing_frames_leave_a_slice_out_at_an_end_and_refuse_in_the_middle(tmp_path, cine_series, lost):
    times_ms = tuple(40.0 * time for time in range(20))
    frames = smooth_frames(20)

    def without(slice_number):
        return lambda _ds, time, k: not (k == slice_number and time in lost)

    cine = read(cine_series(tmp_path / "end", frames, times_ms=times_ms, change=without(0)))
    assert np.array_equal(cine.frames, frames[..., 1:])
    assert "Slice 1 of 5 was left out: it has" in cine.doubts[0]
    assert "slice 3: it has" in refusal(cine_series(tmp_path / "middle", frames, times_ms=times_ms, change=without(2)))


def test_instance_numbers_give_the_order_where_nothing_else_does(tmp_path, cine_series):
    def numbered(dataset, time, k):
        dataset.InstanceNumber = 100 * (5 - k) + time

    cine = read(cine_series(tmp_path, times_ms=None, change=numbered))
    assert np.array_equal(cine.frames, FRAMES)
    assert cine.frame_times_ms is None
    (doubt,) = cine.doubts
    assert "instance numbers" in doubt


def test_instance_numbers_give_no_order_to_images_of_different_echoes(tmp_path, cine_series):
    def numbered(dataset, time, k):
        dataset.InstanceNumber, dataset.EchoTime = 100 * k + time, 2.0 + 3 * time

    cine_series(tmp_path, times_ms=None, change=numbered)
    assert "not all say their time" in refusal(tmp_path)


def stretched(offsets_mm):
    return lambda dataset, _time, k: moved(dataset, offsets_mm[k] * NORMAL)


@pytest.mark.parametrize("offsets_mm", [(0, 0, 1, 1, 2), (0, 0, 0, 0, 1)])
def test_distances_of_8_and_9_mm_are_read_at_their_mean_with_a_doubt(tmp_path, cine_series, offsets_mm):
    cine = read(cine_series(tmp_path, change=stretched(offsets_mm)))
    assert np.array_equal(cine.frames, FRAMES)
    assert cine.spacing_mm[2] == pytest.approx(8 + offsets_mm[-1] / 4)
    (doubt,) = cine.doubts
    assert "Slices lie 8, 9 mm apart" in doubt


def test_distances_too_uneven_are_refused_unless_one_is_given(tmp_path, cine_series):
    cine_series(tmp_path, change=stretched((0, 0, 3, 3, 3)))
    message = refusal(tmp_path)
    assert "the slices lie 8, 11 mm apart" in message
    assert "--spacing X,Y,Z" in message
    cine = read(tmp_path, spacing=SpacingChoice(SpacingSource.GIVEN, (2.4, 2.4, 8.0)))
    assert cine.spacing_mm == pytest.approx((2.4, 2.4, 8.0))
    assert np.array_equal(cine.frames, FRAMES)
    assert cine.doubts == ()


def test_slices_17_7_mm_apart_are_read_with_a_doubt(tmp_path, cine_series):
    cine = read(cine_series(tmp_path, affine=SHORT_AXIS @ np.diag([1, 1, 17.7 / SPACING_MM[2], 1])))
    assert cine.spacing_mm[2] == pytest.approx(17.7)
    assert "17.7 mm apart" in cine.doubts[0]


def test_times_of_the_beat_are_kept_where_slices_are_alike(tmp_path, cine_series):
    cine = read(cine_series(tmp_path))
    assert (cine.frame_times_ms, cine.doubts) == (TIMES_MS, ())


def test_slices_twice_as_far_apart_as_they_are_thick_ask_for_a_look(tmp_path, cine_series):
    thick = cine_series(tmp_path / "thick", SliceThickness=8)
    assert read(thick).reading_doubts == ()
    (doubt,) = read(cine_series(tmp_path / "thin", SliceThickness=4)).reading_doubts
    assert doubt.startswith("Slices lie 8 mm apart while each is 4 mm thick, so slices may be missing")
