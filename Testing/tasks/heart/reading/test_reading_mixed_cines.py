"""Several acquisitions under one SeriesInstanceUID: the cine among them is read, rest and stress are two."""

from pathlib import Path

import numpy as np
import pytest
from made_cines import LONG_AXIS, SHORT_AXIS, SPACING_MM, directions_of, frames_of, write_dicom_cine
from made_volumes import affine_of

from quantseg.errors import InputRefused
from quantseg.tasks.heart.reading.cine_cases import find_cine_cases
from quantseg.tasks.heart.reading.cine_reader import read_cine

FRAMES = frames_of(8)
TIMES_MS = tuple(100.0 * time for time in range(8))
FOUR_CHAMBERS = affine_of(directions_of([0.3, -0.4, -0.85]), SPACING_MM)


@pytest.fixture
def acquired(dicom_series):
    """Factory of acquisitions of one series, in folders of their own."""

    def write(folder: Path, frames=FRAMES, affine=SHORT_AXIS, times_ms=TIMES_MS, **options) -> None:
        write_dicom_cine(dicom_series, folder, frames, affine, times_ms=times_ms, **options)

    return write


def cines(folder: Path, series=None) -> list[np.ndarray]:
    """Return the frames of what is read; what is refused counts as nothing."""
    found = []
    for case in find_cine_cases([folder], series):
        try:
            found.append(read_cine(case).frames)
        except InputRefused:
            continue
    return found


def between_slices(affine: np.ndarray, slices: float) -> np.ndarray:
    moved = affine.copy()
    moved[:3, 3] += slices * affine[:3, 2]
    return moved


def test_short_axis_long_axis_and_perfusion_of_one_series_give_the_short_axis(tmp_path, acquired):
    acquired(tmp_path / "short")
    acquired(tmp_path / "two", FRAMES[..., :1], LONG_AXIS)
    acquired(tmp_path / "four", FRAMES[..., :1], FOUR_CHAMBERS)
    perfusion = frames_of(30, (32, 32, 3), seed=2)
    spread_ms = tuple(900.0 * time for time in range(30))
    acquired(tmp_path / "perfusion", perfusion, SHORT_AXIS @ np.diag([1.2, 1.2, 1.5, 1]), times_ms=spread_ms)
    (found,) = cines(tmp_path)
    assert np.array_equal(found, FRAMES)


@pytest.mark.parametrize("slices_mm", [0.5, 0.0])
def test_perfusion_on_the_same_grid_is_told_by_its_frames(tmp_path, acquired, slices_mm):
    acquired(tmp_path / "short")
    spread_ms = tuple(900.0 * time for time in range(30))
    perfusion = frames_of(30, (36, 40, 3), seed=2)
    later = between_slices(SHORT_AXIS, slices_mm)

    def numbered(dataset, time, k):
        dataset.InstanceNumber = 500 + 30 * k + time

    acquired(tmp_path / "perfusion", perfusion, later, times_ms=spread_ms, change=numbered)
    (found,) = cines(tmp_path)
    assert np.array_equal(found, FRAMES)


@pytest.mark.parametrize(
    "change",
    [
        lambda ds: setattr(ds, "AcquisitionNumber", 2),
        lambda ds: setattr(ds, "AcquisitionTime", "121500.0"),
        lambda ds: setattr(ds, "InstanceNumber", int(ds.InstanceNumber) + 500),
    ],
)
def test_rest_and_stress_of_one_series_are_two_cines(tmp_path, acquired, change):
    def rest(dataset, _time, _k):
        dataset.AcquisitionNumber, dataset.AcquisitionTime = 1, "120000.0"

    def stress(dataset, time, k):
        rest(dataset, time, k)
        change(dataset)

    acquired(tmp_path / "rest", change=rest)
    acquired(tmp_path / "stress", FRAMES + 1, change=stress)
    found = cines(tmp_path)
    assert len(found) == 2
    assert np.array_equal(found[0], FRAMES)
    assert np.array_equal(found[1], FRAMES + 1)


@pytest.mark.parametrize("count", [1, 3])
def test_a_map_beside_a_cine_of_one_series_is_left_out(tmp_path, acquired, count):
    def inverted(dataset, time, _k):
        dataset.InversionTime = 100.0 + 80 * time

    acquired(tmp_path / "cine")
    molli = frames_of(6, (36, 40, count), seed=3)
    acquired(tmp_path / "map", molli, between_slices(SHORT_AXIS, 1), times_ms=TIMES_MS[:6], change=inverted)
    (found,) = cines(tmp_path)
    assert np.array_equal(found, FRAMES)


def test_a_slice_repeated_within_its_series_is_no_second_cine(tmp_path, acquired):
    acquired(tmp_path / "cine")

    def again(dataset, _time, k):
        dataset.AcquisitionNumber = 2
        return k == 2

    acquired(tmp_path / "again", FRAMES + 1, change=again)
    (found,) = cines(tmp_path)
    assert np.array_equal(found[..., 2], FRAMES[..., 2] + 1)
    assert np.array_equal(found[..., :2], FRAMES[..., :2])
