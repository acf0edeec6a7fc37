"""From a cine to a case: function of the phantom, phases, what is refused, and the same result however it is stored."""

import dataclasses
import json

import numpy as np
import pytest
from heart_model import write_heart_model
from heart_phantom import END_SYSTOLE, LV_EDV_ML, LV_ESV_ML, MASS_G, RV_EDV_ML, frame_times_ms, phantom_affine
from nibabel import orientations
from storage_orders import ALL_48_ORDERS

from quantseg.errors import InputRefused
from quantseg.inference.model_store import ModelStore
from quantseg.measure.steps import Steps
from quantseg.measure.values import Verdict
from quantseg.models.trust import record_trusted
from quantseg.reading.scan import ImageFormat
from quantseg.tasks.heart import pipeline as module
from quantseg.tasks.heart.judgement import VERDICT_FILE
from quantseg.tasks.heart.options import HeartOptions
from quantseg.tasks.heart.pipeline import HeartPipeline
from quantseg.tasks.heart.reading.cine import Body, Cine, CineGeometry, CineKind, SpacingOrigin
from quantseg.tasks.heart.segmenting import CycleSegmentation

_PER_LABEL = 100


def _cine(frames, affine=None, kind=CineKind.CYCLE, **changes):
    """A cine whose intensities are labels times 100, unless other frames are given."""
    affine = phantom_affine() if affine is None else affine
    slice_axis = int(np.argmax(np.linalg.norm(affine[:3, :3], axis=0)))
    geometry = CineGeometry(affine, affine, SpacingOrigin.HEADER, slice_axis, orientation_trusted=True)
    numbers = changes.pop("frame_numbers", tuple(range(1, len(frames) + 1)))
    return Cine(frames, changes.pop("geometry", geometry), ImageFormat.NIFTI, kind, numbers, **changes)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A user's folder; the models that ship, which would come first, are not seen."""
    monkeypatch.setattr("quantseg.models.bundle.shipped_folder", lambda: tmp_path / "nothing shipped")
    monkeypatch.setenv("QUANTSEG_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def run(home, monkeypatch):
    """Run the pipeline with labels taken from the intensities, in place of what networks would say."""

    def labelled(frames, _pixel_mm, _ensemble, inference, _scout, **_more):
        labels = np.rint(frames / _PER_LABEL).astype(np.uint8)
        labels[~np.isin(labels, inference["label_values"])] = 0
        counts = np.stack([[np.bincount(frame.ravel(), minlength=4) for frame in labels]] * 2)
        counts[1, :, 3] += counts[1, :, 3] // 50
        none = np.zeros(len(labels))
        agreement = np.full(len(labels), 0.95), np.full((len(labels), 3), 0.92)
        doubt = np.full((len(labels), labels.shape[-1]), 20.0)
        return CycleSegmentation(labels, counts, *agreement, none + 0.05, none, heart_found=True, slice_doubt=doubt)

    monkeypatch.setattr(module, "segment_cycle", labelled)

    models = ModelStore()

    def run(cine, **options):
        name = options.get("model", "heart")
        if not (home / "models" / name).exists():
            write_heart_model(home, name)
        return HeartPipeline(HeartOptions(device="cpu", **options), models).run("a", cine, Steps())

    return run


@pytest.fixture
def frames(phantom):
    return phantom.astype(np.int16) * _PER_LABEL


def _values(result):
    return {(m.key, m.region): m for m in result.measurements}


def test_the_phantoms_function_is_right_within_two_per_cent(run, frames):
    result = run(_cine(frames, frame_times_ms=tuple(frame_times_ms())), height_cm=180, weight_kg=80, heart_rate_bpm=60)
    found = _values(result)
    assert found["end_diastolic_volume", "left_ventricle"].value == pytest.approx(LV_EDV_ML, rel=0.02)
    assert found["end_systolic_volume", "left_ventricle"].value == pytest.approx(LV_ESV_ML, rel=0.02)
    assert found["end_diastolic_volume", "right_ventricle"].value == pytest.approx(RV_EDV_ML, rel=0.02)
    assert found["mass", "left_ventricle"].value == pytest.approx(MASS_G, rel=0.02)
    fraction = found["ejection_fraction", "left_ventricle"]
    assert fraction.value == pytest.approx(100 * (1 - LV_ESV_ML / LV_EDV_ML), abs=1)
    assert fraction.interval.low < fraction.value < fraction.interval.high
    assert any("provisional" in note for note in result.notes)
    assert ("cardiac_output_index", "left_ventricle") in found
    assert ("peak_filling_rate", "left_ventricle") in found
    assert ("wall_thickness_end_diastole", "aha_01_basal_anterior") in found
    assert result.verdict is Verdict.GOOD, result.checks


def test_what_was_fitted_to_unseen_patients_takes_the_place_of_what_is_provisional(run, home, frames):
    folder = write_heart_model(home)
    zero = {"intercept": 0.0, "weights": {}, "typical": {}}
    unflagged = {"look": [None, 0.5], "fail": [None, 2.0]}
    fitted = {
        "limits": {
            "expected_dice": {"look": [0.8, None], "fail": [0.7, None]},
            "ejection_fraction": {"look": [90.0, 100.0], "fail": [None, None]},
        },
        "expectation": {"intercept": 0.75, "weights": {"noise": 0.0}, "typical": {"noise": 0.0}},
        "coverage": {end: {"expectation": zero, "missing": unflagged} for end in ("base", "apex")},
        "intervals": {"left_ventricle": {"bias": 2.0, "half_width": 5.0, "slope": 0.0}},
    }
    (folder / VERDICT_FILE).write_text(json.dumps(fitted), encoding="utf-8")
    record_trusted(folder, home / "trusted.json")
    result = run(_cine(frames))
    left, right = (_values(result)["ejection_fraction", f"{side}_ventricle"] for side in ("left", "right"))
    assert (left.interval.low, left.interval.high) == pytest.approx((left.value - 3, left.value + 7))
    assert right.interval is None
    assert not any("provisional" in note for note in result.notes)
    checks = {check.key: check for check in result.checks}
    assert "agreement" not in checks
    assert checks["expected_dice"].verdict is checks["ejection_fraction"].verdict is Verdict.LOOK
    assert checks["missing_base"].verdict is checks["missing_apex"].verdict is Verdict.GOOD
    # The labels' own brightness is all that these frames show.
    assert "phases_alike" not in checks


def test_a_bundle_of_which_only_intervals_were_fitted_is_judged_as_one_without_them(run, home, frames):
    before = run(_cine(frames), model="heart-lv-open")
    folder = home / "models" / "heart-lv-open"
    # In points: e to the logarithm of the noise's size, within what the fit has seen.
    scale = {"intercept": 0.0, "weights": {"noise": 0.0}, "typical": {"noise": 0.0}}
    error = {"bias": -1.0, "scale": scale, "lowest": 0.0, "highest": 0.0, "quantile": 9.0}
    (folder / VERDICT_FILE).write_text(json.dumps({"intervals": {"left_ventricle": error}}), encoding="utf-8")
    record_trusted(folder, home / "trusted.json")
    result = HeartPipeline(HeartOptions(model="heart-lv-open", device="cpu"), ModelStore()).run(
        "a", _cine(frames), Steps()
    )
    left = _values(result)["ejection_fraction", "left_ventricle"]
    assert (left.interval.low, left.interval.high) == pytest.approx((left.value - 10, left.value + 8))
    assert result.checks == before.checks
    assert "agreement" in {check.key for check in result.checks}
    assert [note for note in before.notes if "provisional" in note]
    assert not any("provisional" in note or "spoiled images and" in note for note in result.notes)
    assert any("unspoiled images of the slices that were outlined" in note for note in result.notes)


def test_labels_lie_on_the_input_and_phases_name_their_frames(run, frames, phantom):
    result = run(_cine(frames))
    assert np.array_equal(result.labels, phantom)
    assert result.phases == {"ED": 0, "ES": END_SYSTOLE}
    assert result.facts["end_systole_frame"] == END_SYSTOLE + 1
    assert result.facts["phases_from"] == "volume curve"
    (left, *_) = result.curves.curves
    assert (left.region, left.unit, len(left.values)) == ("lv_cavity", "ml", len(frames))


def test_the_user_names_frames_as_the_input_counts_them(run, frames):
    result = run(_cine(frames), ed_frame_number=3, es_frame_number=9)
    assert result.phases == {"ED": 2, "ES": 8}
    assert result.facts["phases_from"] == "user"
    with pytest.raises(InputRefused, match="frames 1 to 20"):
        run(_cine(frames), ed_frame_number=21)


def test_two_frames_keep_the_phases_that_their_folder_names(run, frames):
    pair = frames[[END_SYSTOLE, 0]]
    result = run(_cine(pair, kind=CineKind.ED_AND_ES, frame_numbers=(1, 12), ed_frame=1, es_frame=0))
    assert result.phases == {"ED": 1, "ES": 0}
    assert (result.facts["phases_from"], result.curves) == ("input", None)
    with pytest.raises(InputRefused, match="frames 1 and 12"):
        run(_cine(pair, kind=CineKind.ED_AND_ES, frame_numbers=(1, 12), ed_frame=1, es_frame=0), es_frame_number=5)


def test_a_single_frame_has_volumes_and_no_function(run, frames):
    result = run(_cine(frames[:1], kind=CineKind.SINGLE_FRAME))
    assert {key for key, _ in _values(result)} == {"volume"}
    assert _values(result)["volume", "lv_cavity"].value == pytest.approx(LV_EDV_ML, rel=0.02)
    assert (dict(result.phases), result.curves) == ({}, None)


def test_unknown_spacing_leaves_ratios(run, frames):
    cine = _cine(frames)
    unknown = dataclasses.replace(cine.geometry, spacing_origin=SpacingOrigin.UNKNOWN)
    result = run(dataclasses.replace(cine, geometry=unknown))
    assert {key for key, _ in _values(result)} == {"ejection_fraction"}
    known = run(cine)
    key = "ejection_fraction", "left_ventricle"
    assert _values(result)[key].value == _values(known)[key].value
    assert {curve.unit for curve in result.curves.curves} == {"%"}
    assert result.curves.curves[0].values[0] == 100


def test_a_spacing_against_the_affine_wants_a_look(run, frames):
    cine = _cine(frames)
    doubted = dataclasses.replace(cine.geometry, spacing_origin=SpacingOrigin.PIXDIM_AGAINST_AFFINE)
    result = run(dataclasses.replace(cine, geometry=doubted))
    assert result.verdict is Verdict.LOOK
    assert any("pixdim" in check.reason for check in result.checks)


def test_doubts_of_reading_want_a_look_and_are_said_in_full(run, frames):
    cine = _cine(frames, reading_doubts=("One slice was resampled.", "Another was left out."))
    result = run(dataclasses.replace(cine, geometry=dataclasses.replace(cine.geometry, doubts=("Slices lie apart.",))))
    assert result.verdict is Verdict.LOOK
    (check,) = (check for check in result.checks if check.key == "reading")
    assert check.reason == "Slices lie apart. One slice was resampled. Another was left out."


def test_walls_are_named_only_where_the_orientation_is_trusted(run, frames):
    cine = _cine(frames)
    placeholder = dataclasses.replace(cine.geometry, orientation_trusted=False)
    result = run(dataclasses.replace(cine, geometry=placeholder))
    regions = {region for key, region in _values(result) if key.startswith("wall")}
    assert regions
    assert not any("anterior" in region for region in regions)
    assert result.facts["orientation"] == "unknown"


def test_the_model_of_the_left_ventricle_alone_misses_no_right_one(run, frames):
    result = run(_cine(frames), model="heart-lv-open")
    assert {segment.key for segment in result.segments} == {"lv_myocardium", "lv_cavity"}
    assert not any(region == "right_ventricle" for _, region in _values(result))
    assert "right_ventricle" not in {check.key for check in result.checks}
    assert [model.name for model in result.models] == ["heart-lv-open"]


def test_what_the_user_says_of_the_patient_beats_what_the_input_says(run, frames):
    cine = _cine(frames, body=Body(180.0, 80.0), heart_rate_bpm=60.0)
    key = "body_surface_area", "patient"
    assert _values(run(cine))[key].value == pytest.approx(2.0)
    assert _values(run(cine, weight_kg=45))[key].value == pytest.approx(1.5)
    output = "cardiac_output", "left_ventricle"
    slow, fast = run(cine), run(cine, heart_rate_bpm=120)
    assert _values(fast)[output].value == pytest.approx(2 * _values(slow)[output].value)


def test_no_left_ventricle_is_refused_in_words(run, frames):
    with pytest.raises(InputRefused, match="No left ventricle was found"):
        run(_cine(np.where(frames == 3 * _PER_LABEL, 0, frames)))


@pytest.fixture(scope="module")
def short_cine(phantom):
    """Five frames of the phantom with texture, which a real, untrained network labels one way or another."""
    kept = phantom[[0, 3, 5, END_SYSTOLE, 14]]
    noise = np.random.default_rng(2).normal(0, 12, kept.shape)
    return (np.array([30, 160, 60, 170])[kept] + noise).clip(0).astype(np.int16)


@pytest.fixture
def untrained(home):
    write_heart_model(home)
    return HeartPipeline(HeartOptions(device="cpu"), ModelStore())


def _fractions(result):
    return [m.value for m in result.measurements if m.key == "ejection_fraction"]


def _stored(frames, order):
    """Return frames, or labels, in another axis order, and their affine."""
    stored = np.stack([orientations.apply_orientation(frame, order) for frame in frames])
    return stored, phantom_affine() @ orientations.inv_ornt_aff(order, frames.shape[1:])


def test_every_order_of_storage_gives_the_same_labels_and_function(run, frames):
    few = frames[[0, 3, 5, END_SYSTOLE, 14]]
    expected = run(_cine(few))
    for order in ALL_48_ORDERS:
        result = run(_cine(*_stored(few, order)))
        assert np.array_equal(result.labels, _stored(expected.labels, order)[0]), order
        assert dict(result.phases) == dict(expected.phases)
        assert _values(result).keys() == _values(expected).keys()
        for key, measured in _values(expected).items():
            assert _values(result)[key].value == pytest.approx(measured.value, rel=1e-6), (key, order)
        assert [check.verdict for check in result.checks] == [check.verdict for check in expected.checks]


@pytest.mark.slow
def test_the_order_of_storage_changes_nothing_of_what_a_network_labels(untrained, short_cine):
    expected = untrained.run("a", _cine(short_cine), Steps())
    assert len(np.unique(expected.labels)) > 2
    for order in ALL_48_ORDERS[7::19]:
        result = untrained.run("a", _cine(*_stored(short_cine, order)), Steps())
        assert np.array_equal(result.labels, _stored(expected.labels, order)[0])
        assert _fractions(result) == _fractions(expected)
        volumes = [[m.value for m in one.measurements if m.unit == "ml"] for one in (result, expected)]
        assert volumes[0] == pytest.approx(volumes[1], rel=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("order", [[4, 3, 2, 1, 0], [2, 0, 4, 1, 3]], ids=["reversed", "shuffled"])
def test_the_order_of_frames_changes_nothing(untrained, short_cine, order):
    expected, mixed = (untrained.run("a", _cine(frames), Steps()) for frames in (short_cine, short_cine[order]))
    assert np.array_equal(mixed.labels, expected.labels[order])
    assert _fractions(mixed) == _fractions(expected)


@pytest.mark.slow
def test_a_stack_from_apex_to_base_gets_the_same_ejection_fraction_untold(untrained, short_cine):
    expected, reversed_stack = (
        untrained.run("a", _cine(frames), Steps()) for frames in (short_cine, short_cine[..., ::-1])
    )
    assert _fractions(reversed_stack) == _fractions(expected)
