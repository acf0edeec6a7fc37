"""Rest and stress of one series, told apart by whatever is left of their times; refused as such where nothing is."""

from pathlib import Path

import numpy as np
import pytest
from made_cines import SHORT_AXIS, frames_of, write_dicom_cine

from quantseg.errors import InputRefused
from quantseg.tasks.heart.reading.cine_cases import find_cine_cases
from quantseg.tasks.heart.reading.cine_reader import read_cine

COUNT = 12
REST = frames_of(COUNT)
STRESS = REST + 1
TIMES_MS = tuple(60.0 * time for time in range(COUNT))
FASTER_MS = tuple(37.0 * time for time in range(COUNT))


@pytest.fixture
def both(dicom_series, tmp_path):
    """Factory of rest and stress, in one folder unless in two, which differ in what a function of them sets."""

    def write(change, folders=("a", "a"), stress_ms=TIMES_MS, times=True, stress=STRESS) -> Path:
        for number, (folder, frames) in enumerate(zip(folders, (REST, stress), strict=True)):

            def changed(dataset, time, k, number=number):
                del dataset.InstanceNumber
                change(dataset, number, time, k)

            times_ms = (TIMES_MS, stress_ms)[number] if times else None
            place = tmp_path / f"{number}"
            write_dicom_cine(dicom_series, place, frames, SHORT_AXIS, times_ms=times_ms, change=changed)
            for file in sorted(place.iterdir()):
                # Names in another order than any field.
                target = tmp_path / "study" / folder / f"{hash_of(file.name)}{number}"
                target.parent.mkdir(parents=True, exist_ok=True)
                file.rename(target)
        return tmp_path / "study"

    return write


def hash_of(name: str) -> str:
    return f"{sum(ord(letter) * 31**place for place, letter in enumerate(name)) % 100_003:06}{name}"


def of_day(seconds: float) -> str:
    return f"12{int(seconds // 60):02}{seconds % 60:09.6f}"


def acquired_slice_by_slice(dataset, number, _time, k):
    dataset.AcquisitionTime = of_day(600 * number + 12 * k)


def acquired_with_date(dataset, number, time, k):
    dataset.AcquisitionDateTime = "20200101" + of_day(600 * number + 12 * k + 0.03 * time)


def stored_later(dataset, number, time, k):
    dataset.ContentTime = of_day(600 * number + 12 * k + 0.1 * time)


def numbered_slice_by_slice(dataset, number, time, k):
    dataset.InstanceNumber = 1 + time + COUNT * (k + 5 * number)


def numbered_time_by_time(dataset, number, time, k):
    dataset.InstanceNumber = 1 + k + 5 * (time + COUNT * number)


def going_on(dataset, number, time, k):
    dataset.TemporalPositionIdentifier = 1 + time + COUNT * number
    acquired_slice_by_slice(dataset, number, time, k)


def nothing(*_):
    pass


def found(folder: Path) -> list[np.ndarray]:
    return [read_cine(case).frames for case in find_cine_cases([folder])]


def are_both(cines: list[np.ndarray]) -> bool:
    return len(cines) == 2 and all(any(np.array_equal(one, cine) for cine in cines) for one in (REST, STRESS))


@pytest.mark.parametrize("stress_ms", [TIMES_MS, FASTER_MS], ids=["same times", "faster"])
@pytest.mark.parametrize(
    "change",
    [acquired_slice_by_slice, acquired_with_date, stored_later, numbered_slice_by_slice, numbered_time_by_time],
    ids=lambda change: change.__name__,
)
def test_rest_and_stress_are_two_cines_by_what_is_left_of_their_times(both, change, stress_ms):
    assert are_both(found(both(change, stress_ms=stress_ms)))


@pytest.mark.parametrize("change", [going_on, numbered_slice_by_slice], ids=lambda change: change.__name__)
def test_rest_and_stress_without_trigger_times_are_no_cine_of_two_beats(both, change):
    assert are_both(found(both(change, times=False)))


def test_rest_and_stress_in_folders_of_their_own_are_two_cines(both):
    assert are_both(found(both(nothing, folders=("a", "b"))))


@pytest.mark.parametrize("change", [nothing, numbered_slice_by_slice], ids=lambda change: change.__name__)
def test_a_whole_copy_of_a_cine_is_no_second_one(both, change):
    (cine,) = found(both(change, folders=("a", "b"), stress=REST))
    assert np.array_equal(cine, REST)


@pytest.mark.parametrize(
    ("stress_ms", "cause"),
    [
        (TIMES_MS, r"holds 2 images for each slice and time .* nothing .* tells which of them belong together"),
        (FASTER_MS, "more than once|follow each other unevenly"),
        (tuple(5.0 + ms for ms in FASTER_MS), r"5 of 5 slices .* follow each other unevenly \(0, 5, 42 ms"),
    ],
)
def test_rest_and_stress_that_nothing_tells_apart_are_refused_as_that(both, stress_ms, cause):
    (case,) = find_cine_cases([both(nothing, stress_ms=stress_ms)])
    with pytest.raises(InputRefused, match=cause):
        read_cine(case)


def test_a_beat_that_begins_in_the_middle_of_the_numbers_is_one_cine(both):
    def from_the_middle(dataset, _number, time, k):
        dataset.InstanceNumber = 1 + (time + 5) % COUNT + COUNT * k

    (cine,) = found(both(from_the_middle, folders=("a", "b"), stress=REST))
    assert np.array_equal(cine, REST)


def test_a_slice_taken_again_in_another_beat_is_a_repeated_one(both):
    def again(dataset, number, time, k):
        numbered_slice_by_slice(dataset, number, time, k)
        if number and k != 2:
            dataset.SeriesInstanceUID, dataset.ImageOrientationPatient = "1.9.9", [0, 1, 0, 0, 0, -1]

    cine = found(both(again, stress_ms=FASTER_MS))[0]
    assert np.array_equal(cine[..., 2], STRESS[..., 2])
    assert np.array_equal(cine[..., :2], REST[..., :2])


def by_trigger(dataset, time, _k):
    dataset.TriggerTime = f"{900 * time:g}"


def by_time_of_day(dataset, time, k):
    dataset.TriggerTime, dataset.AcquisitionTime = "120", of_day(0.88 * time + 0.1 * k)
    dataset.TemporalPositionIdentifier = 1 + time


@pytest.mark.parametrize("change", [by_trigger, by_time_of_day], ids=lambda change: change.__name__)
def test_perfusion_is_refused_by_the_beats_that_it_was_taken_over(tmp_path, dicom_series, change):
    write_dicom_cine(dicom_series, tmp_path, REST, SHORT_AXIS, times_ms=TIMES_MS, change=change)
    (case,) = find_cine_cases([tmp_path])
    with pytest.raises(InputRefused, match=r"taken over 10 s, one each 0\.9 s, expected one heart beat; perfusion"):
        read_cine(case)


@pytest.mark.parametrize("step_s", [0.0, 0.06, 0.3])
def test_a_cine_whose_images_state_a_time_of_their_own_is_read(tmp_path, dicom_series, step_s):
    def stated(dataset, time, k):
        dataset.AcquisitionTime = of_day(20 * k + step_s * time)

    write_dicom_cine(dicom_series, tmp_path, REST, SHORT_AXIS, times_ms=TIMES_MS, change=stated)
    (cine,) = found(tmp_path)
    assert np.array_equal(cine, REST)
