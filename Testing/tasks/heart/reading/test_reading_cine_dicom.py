"""DICOM cines: order by position and time, slices stored as series of their own, and what is no whole cine."""

from pathlib import Path

import numpy as np
import pytest
from made_cines import LONG_AXIS, PLACEHOLDER, SHORT_AXIS, SPACING_MM, TIMES_MS, frames_of
from made_volumes import affine_of
from pydicom.dataset import Dataset

from quantseg.errors import InputRefused, UsageError
from quantseg.reading.scan import ImageFormat
from quantseg.reading.spacing import SpacingChoice, SpacingSource
from quantseg.tasks.heart.reading.cine import Body, Cine, CineKind
from quantseg.tasks.heart.reading.cine_cases import find_cine_cases
from quantseg.tasks.heart.reading.cine_reader import read_cine
from quantseg.volume import Volume

FRAMES = frames_of()
SECRETS = ("Doe", "Jane", "4711", "19660101")


def read(folder: Path, series=None) -> Cine:
    (case,) = find_cine_cases([folder], series)
    return read_cine(case)


def refusal(folder: Path, series=None) -> str:
    """Return why a cine is refused, having checked that the message names the case and nothing of the patient."""
    (case,) = find_cine_cases([folder], series)
    with pytest.raises(InputRefused) as caught:
        read_cine(case)
    message = str(caught.value)
    assert message.startswith(f"{case.name}: ")
    assert message.endswith(".")
    assert str(folder) not in message
    assert not any(secret in message for secret in SECRETS)
    assert caught.value.__cause__ is None
    return message


@pytest.mark.parametrize("slice_series", [False, True])
def test_images_are_ordered_by_position_and_time_in_one_series_or_one_a_slice(tmp_path, cine_series, slice_series):
    cine = read(cine_series(tmp_path / "Doe^Jane", slice_series=slice_series))
    assert cine.kind is CineKind.CYCLE
    assert cine.image_format is ImageFormat.DICOM
    assert np.array_equal(cine.frames, FRAMES)
    np.testing.assert_allclose(cine.grid.affine, SHORT_AXIS, atol=1e-4)
    assert cine.spacing_mm == pytest.approx(SPACING_MM)
    assert cine.frame_times_ms == TIMES_MS
    assert cine.geometry.slice_axis == 2
    assert cine.geometry.orientation_trusted
    assert all(frame.flags.f_contiguous for frame in cine.frames)
    assert not any(secret in f"{cine.acquisition} {cine.notes}" for secret in SECRETS)


def test_slices_in_series_of_their_own_are_one_case_named_after_the_first(tmp_path, cine_series):
    (case,) = find_cine_cases([cine_series(tmp_path, slice_series=True)])
    assert case.name.startswith("series20_")
    assert len(case.further_series) == 4


def test_slices_of_beats_of_different_lengths_are_matched_by_rank(tmp_path, cine_series):
    def longer(dataset, time, k):
        dataset.TriggerTime = f"{TIMES_MS[time] * (1 + k / 50):g}"

    cine = read(cine_series(tmp_path, change=longer))
    assert np.array_equal(cine.frames, FRAMES)
    assert cine.frame_times_ms == pytest.approx(np.array(TIMES_MS) * 1.04)


def test_beats_too_different_give_no_times(tmp_path, cine_series):
    def much_longer(dataset, time, k):
        dataset.TriggerTime = f"{TIMES_MS[time] * (1 + k / 5):g}"

    assert read(cine_series(tmp_path, change=much_longer)).frame_times_ms is None


def test_the_temporal_position_gives_the_order_where_there_is_no_trigger_time(tmp_path, cine_series):
    def numbered(dataset, time, _k):
        dataset.TriggerTime = "0"
        dataset.TemporalPositionIdentifier = time + 1

    cine = read(cine_series(tmp_path, change=numbered))
    assert np.array_equal(cine.frames, FRAMES)
    assert cine.frame_times_ms is None


def test_heart_rate_and_body_are_kept(tmp_path, cine_series):
    cine = read(cine_series(tmp_path, HeartRate=72, PatientSize=1.8, PatientWeight=81))
    assert cine.heart_rate_bpm == 72
    assert cine.body == Body(pytest.approx(180), 81)
    assert (cine.acquisition.modality, cine.acquisition.series_number) == ("MR", 7)


@pytest.mark.parametrize(("fields", "rate"), [({"NominalInterval": 750}, 80), ({"HeartRate": 0}, None), ({}, None)])
def test_a_beats_length_is_a_rate_and_zero_is_none(tmp_path, cine_series, fields, rate):
    cine = read(cine_series(tmp_path, PatientSize=0, PatientWeight=0, **fields))
    assert cine.heart_rate_bpm == (None if rate is None else pytest.approx(rate))
    assert cine.body == Body()


def test_a_stack_without_times_is_a_single_frame(tmp_path, cine_series):
    cine = read(cine_series(tmp_path, FRAMES[:1], times_ms=None))
    assert cine.kind is CineKind.SINGLE_FRAME
    assert np.array_equal(cine.frames, FRAMES[:1])


def test_an_enhanced_file_holds_positions_and_times(tmp_path, enhanced_file):
    stacked = np.concatenate(list(FRAMES), axis=2)
    slices = FRAMES.shape[3]

    def timed(dataset):
        for group in dataset.PerFrameFunctionalGroupsSequence:
            lps = np.array([float(value) for value in group.PlanePositionSequence[0].ImagePositionPatient])
            along_mm = (lps * [-1, -1, 1] - SHORT_AXIS[:3, 3]) @ SHORT_AXIS[:3, 2] / SPACING_MM[2]
            time, k = divmod(round(along_mm / SPACING_MM[2]), slices)
            ras = SHORT_AXIS[:3, 3] + k * SHORT_AXIS[:3, 2]
            group.PlanePositionSequence[0].ImagePositionPatient = [f"{value:.8g}" for value in ras * [-1, -1, 1]]
            beat = Dataset()
            beat.NominalCardiacTriggerDelayTime = TIMES_MS[time]
            beat.RRIntervalTimeNominal = 800.0
            group.CardiacSynchronizationSequence = [beat]

    enhanced_file(tmp_path / "in" / "file", Volume(stacked, SHORT_AXIS), change=timed)
    cine = read(tmp_path / "in")
    assert np.array_equal(cine.frames, FRAMES)
    np.testing.assert_allclose(cine.grid.affine, SHORT_AXIS, atol=1e-4)
    assert cine.frame_times_ms == TIMES_MS
    assert cine.heart_rate_bpm == 75


def test_a_missing_frame_is_named(tmp_path, cine_series):
    message = refusal(cine_series(tmp_path, change=lambda _dataset, time, k: (time, k) != (2, 3)))
    assert "1 of 5 slices" in message
    assert "slice 4: it has 3 frames (missing the one at 400 ms) beside 4 of the rest" in message


def test_a_missing_frame_in_a_series_of_its_own_is_named(tmp_path, cine_series):
    folder = cine_series(tmp_path, slice_series=True, change=lambda _dataset, time, k: (time, k) != (0, 1))
    assert "slice 2: it has 3 frames (missing the one at 0 ms)" in refusal(folder)


def test_a_doubled_frame_is_named(tmp_path, cine_series):
    cine_series(tmp_path)
    cine_series(tmp_path / "again", frames_of(seed=1), change=lambda _dataset, time, k: (time, k) == (1, 2))
    assert "1 of 5 slices hold frames more than once (slice 3 the one at 200 ms)" in refusal(tmp_path)


def test_a_copy_of_a_frame_under_another_identifier_counts_once(tmp_path, cine_series):
    def copied(dataset, time, k):
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"1.9.{time}.{k}"
        return time == 1

    cine_series(tmp_path)
    cine = read(cine_series(tmp_path / "again", change=copied).parent)
    assert np.array_equal(cine.frames, FRAMES)
    assert cine.notes == ("5 images of the DICOM series are copies of another, in place and values, and counted once.",)


def test_a_heart_that_looks_alike_at_two_times_keeps_both(tmp_path, cine_series):
    still = np.repeat(FRAMES[:1], 4, axis=0)
    assert np.array_equal(read(cine_series(tmp_path, still)).frames, still)


def test_the_later_of_two_whole_takes_counts_and_the_earlier_can_be_picked(tmp_path, cine_series):
    cine_series(tmp_path, slice_series=True)

    def repeated(dataset, _time, k):
        dataset.SeriesInstanceUID, dataset.SeriesNumber = "1.2.3.99", 99
        return k == 2

    later = FRAMES + 1
    cine_series(tmp_path / "again", later, change=repeated)
    cine = read(tmp_path)
    assert np.array_equal(cine.frames[..., 2], later[..., 2])
    assert np.array_equal(cine.frames[..., [0, 1, 3, 4]], FRAMES[..., [0, 1, 3, 4]])
    (doubt,) = cine.doubts
    assert "Slice 3 of 5 was taken 2 times" in doubt
    picked = read(tmp_path, ["20", "21", "22", "23", "24"])
    assert np.array_equal(picked.frames, FRAMES)
    assert picked.doubts == ()


def test_a_missing_slice_is_counted(tmp_path, cine_series):
    assert "1 slice is missing" in refusal(cine_series(tmp_path, change=lambda _dataset, _time, k: k != 2))


def test_images_without_time_are_refused(tmp_path, cine_series):
    assert "not all say their time" in refusal(cine_series(tmp_path, times_ms=None))


def test_a_long_axis_view_is_refused_as_such(tmp_path, cine_series):
    assert "as a long-axis view would" in refusal(cine_series(tmp_path, FRAMES, LONG_AXIS))


def test_slices_along_the_bodys_axes_are_refused_as_such(tmp_path, cine_series):
    axial = affine_of(np.eye(3), SPACING_MM)
    assert "as axial, sagittal or coronal slices would" in refusal(cine_series(tmp_path, FRAMES, axial))
    assert np.linalg.det(PLACEHOLDER) > 0


def test_a_single_slice_over_time_is_refused_as_no_stack(tmp_path, cine_series):
    assert "the image has 1 slice, expected a short-axis stack" in refusal(cine_series(tmp_path, FRAMES[..., :1]))


def test_ct_is_refused(tmp_path, cine_series):
    assert "the DICOM modality is CT, expected MR" in refusal(cine_series(tmp_path, Modality="CT"))


def test_a_truncated_image_is_refused(tmp_path, cine_series):
    path = sorted(cine_series(tmp_path).iterdir())[7]
    path.write_bytes(path.read_bytes()[:1500])
    assert "damaged" in refusal(tmp_path)


def test_thin_slices_are_refused_unless_a_spacing_is_given(tmp_path, cine_series):
    thin = SHORT_AXIS @ np.diag([1, 1, 0.25, 1])
    cine_series(tmp_path, FRAMES, thin)
    assert "expected that of a short-axis stack" in refusal(tmp_path)
    (case,) = find_cine_cases([tmp_path])
    cine = read_cine(case, SpacingChoice(SpacingSource.GIVEN, SPACING_MM))
    assert cine.spacing_mm == pytest.approx(SPACING_MM)
    np.testing.assert_allclose(cine.geometry.header_affine, thin, atol=1e-4)


def test_of_a_whole_study_only_the_short_axis_cine_is_a_case(tmp_path, cine_series):
    def series(number):
        return {"SeriesInstanceUID": f"1.9.{number}", "SeriesNumber": number}

    scout = {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}
    cine_series(tmp_path / "sa", **series(5))
    cine_series(tmp_path / "two-chamber", FRAMES[..., :1], LONG_AXIS, **series(6))
    cine_series(tmp_path / "scout", FRAMES[:1], affine_of(np.eye(3), SPACING_MM), **series(1), **scout)
    cine_series(tmp_path / "axial", affine=affine_of(np.eye(3), SPACING_MM), **series(7))
    cine_series(tmp_path / "late", FRAMES[:1], **series(8))
    (case,) = find_cine_cases([tmp_path])
    assert case.name.startswith("series5_")
    (note,) = read_cine(case).notes
    assert note.startswith("Of the same study were passed over: series1_")
    assert all(f" series{number}_" in note for number in (1, 6, 7, 8))
    assert note.endswith("; --series picks them.")
    (picked,) = find_cine_cases([tmp_path], ["8"])
    assert picked.name.startswith("series8_")
    assert picked.notes == ()
    with pytest.raises(UsageError, match="No series 77"):
        find_cine_cases([tmp_path], ["77"])


def test_one_picked_slice_stands_for_its_cine(tmp_path, cine_series):
    assert np.array_equal(read(cine_series(tmp_path, slice_series=True), ["22"]).frames, FRAMES)
