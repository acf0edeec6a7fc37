"""Doubt about hearts is fitted to patients that a member had not seen, and keeps what it promises on them."""

import dataclasses
import json
import math
import shutil

import numpy as np
import pytest
from heart_model import write_heart_model
from made_hearts import write_acdc, write_sunnybrook

from quantseg.cli.main import main
from quantseg.errors import UsageError
from quantseg.measure.values import Verdict
from quantseg.models.bundle import find_bundle
from quantseg.models.trust import SHIPPED_LIST, record_trusted
from quantseg.tasks.heart.coverage import LengthwiseAreas, StackEnd
from quantseg.tasks.heart.doubt import provisional_reach
from quantseg.tasks.heart.evaluation.corruption import CineCorruption
from quantseg.tasks.heart.expectation import HeartEvidence
from quantseg.tasks.heart.features import HeartFeatures
from quantseg.tasks.heart.fraction_error import fraction_reach, read_fraction_error
from quantseg.tasks.heart.function import LEFT_VENTRICLE, RIGHT_VENTRICLE
from quantseg.tasks.heart.judgement import VERDICT_FILE, heart_judgement, read_heart_judgement
from quantseg.tasks.heart.plausibility import BOUNDS
from quantseg.tasks.heart.segmenting import CycleSegmentation
from quantseg.tasks.heart.training import doubt as module
from quantseg.tasks.heart.training.doubt import HeartExample, heart_doubt_table
from quantseg.tasks.heart.training.fitting import fit_heart_judgement
from quantseg.tasks.heart.training.fraction_fitting import fit_fraction_error

_PLAUSIBLE = HeartFeatures(
    base_growth=0.95,
    apex_share=0.2,
    length_per_width=1.1,
    broken_slices=0,
    open_wall_share=0.0,
    scattered_share=0.0,
    border_pixels=0,
    muscle_change=1.14,
    stroke_difference=0.1,
    ejection_fraction=55.0,
    has_right_ventricle=True,
)


def tapering_areas(random) -> LengthwiseAreas:
    """A heart of ten slices or so, whose structures taper to the apex each in its own way."""
    along = np.linspace(0, 1, int(random.integers(9, 12)))
    left = np.sqrt(np.clip(1 - (0.95 * along) ** 2, 0, None)) * random.uniform(0.95, 1.05, len(along))
    right = np.clip(1 - along / random.uniform(0.8, 0.95), 0, None)
    diastole = np.stack([0 * left, 1500 * right, 900 * left, 1500 * left**2])
    systole = np.stack([0 * left, 900 * right, 1100 * left, 700 * left**2])
    doubt = random.uniform(20, 60, (2, len(along)))
    return LengthwiseAreas(np.stack([diastole, systole], axis=1), 2.25, 90 / len(along), doubt)


def an_example(random, dice, corruption=CineCorruption.CLEAN, **labels) -> HeartExample:
    """A segmentation whose members disagree the more, the worse it is."""
    agreement = float(np.clip(dice + random.normal(0.01, 0.012), 0.05, 0.99))
    evidence = HeartEvidence(
        labels=dataclasses.replace(_PLAUSIBLE, **labels),
        areas=tapering_areas(random),
        structure_dice=agreement,
        lowest_structure_dice=agreement - 0.05,
        uncertain_share=0.05 + (1 - agreement) / 2,
        stray_share=0.0,
        contrast=0.4,
        sharpness=0.05,
        noise=0.03,
        phase_correlation=0.99,
    )
    spread = float(random.uniform(0.5, 3))
    errors = {LEFT_VENTRICLE: float(random.normal(1, 1 + spread / 2)), RIGHT_VENTRICLE: float(random.normal(0, 5))}
    spreads = dict.fromkeys(errors, spread)
    patient = f"patient{random.integers(70)}"
    return HeartExample(patient, corruption, evidence, False, dice, errors, spreads, 0, False, False)


@pytest.fixture(scope="module")
def examples() -> list[HeartExample]:
    random = np.random.default_rng(0)
    clean = [an_example(random, float(random.uniform(0.86, 0.95))) for _ in range(200)]
    spoiled = [an_example(random, float(random.uniform(0.2, 0.94)), CineCorruption.MOTION) for _ in range(400)]
    return [*clean, *spoiled]


@pytest.fixture(scope="module")
def fitted(examples) -> dict:
    return json.loads(json.dumps(fit_heart_judgement(examples)))


def test_the_fit_flags_bad_results_and_spares_good_ones(examples, fitted):
    overall = heart_doubt_table(examples, heart_judgement(fitted))[0]
    assert overall["false_flags"] <= 0.05
    assert overall["recall"] >= 0.9


def test_intervals_of_the_ejection_fraction_hold_the_share_they_promise(examples, fitted):
    assert set(fitted["intervals"]) == {LEFT_VENTRICLE, RIGHT_VENTRICLE}
    for region, model in heart_judgement(fitted).intervals.items():
        clean = [e for e in examples if e.corruption is CineCorruption.CLEAN]
        reaches = np.array([fraction_reach(model, e.spread[region], e.evidence) for e in clean])
        errors = np.array([abs(e.ejection_fraction_error[region] - model.bias) for e in clean])
        assert 0.92 <= np.mean(errors <= reaches) <= 0.98
    left = heart_judgement(fitted).intervals[LEFT_VENTRICLE]
    # Made errors grow with the members' spread on the left, and with nothing on the right.
    wide, narrow = (fraction_reach(left, spread, clean[0].evidence) for spread in (3.0, 0.5))
    assert wide > 1.2 * narrow


def test_intervals_are_wider_where_the_image_is_poorer_and_errors_larger_there():
    random = np.random.default_rng(3)

    def noisy(example):
        evidence = dataclasses.replace(example.evidence, noise=0.12)
        errors = {LEFT_VENTRICLE: float(random.normal(0, 12))}
        return dataclasses.replace(example, evidence=evidence, ejection_fraction_error=errors)

    clean = [an_example(random, 0.92) for _ in range(150)]
    model = fit_fraction_error([*clean, *(noisy(an_example(random, 0.85)) for _ in range(150))], LEFT_VENTRICLE)
    of_clean = fraction_reach(model, 1.5, clean[0].evidence)
    assert fraction_reach(model, 1.5, noisy(clean[0]).evidence) > 2 * of_clean


def test_stacks_that_lack_slices_tell_the_error_only_where_the_true_fraction_is_that_of_what_they_show():
    random = np.random.default_rng(5)
    short = [dataclasses.replace(an_example(random, 0.92), missing_slices=2) for _ in range(20)]
    assert fit_fraction_error(short, LEFT_VENTRICLE) is None
    elsewhere = [dataclasses.replace(one, source="Sunnybrook_LV") for one in short]
    assert fit_fraction_error(elsewhere, LEFT_VENTRICLE) is not None


def test_an_interval_that_an_older_bundle_brought_is_still_read():
    old = {"bias": 0.5, "half_width": 4.0, "slope": 1.5}
    evidence = an_example(np.random.default_rng(0), 0.9).evidence
    assert fraction_reach(read_fraction_error(old), 2.0, evidence) == pytest.approx(7.0)


def test_a_bound_moves_out_only_where_it_would_flag_more_than_a_few_good_results(examples, fitted):
    random = np.random.default_rng(1)
    # Spoiled images whose labels end bluntly at the apex although the result is good.
    blunt = [an_example(random, 0.92, CineCorruption.NOISE, apex_share=0.65) for _ in range(20)]
    widened = fit_heart_judgement([*examples, *blunt])["limits"]
    # Half as much again beyond the bound of 0.55 as they lie.
    assert widened["apex_share"]["look"][1] == pytest.approx(0.70)
    assert "apex_share" not in fitted["limits"]


def test_rules_that_the_expectations_weigh_speak_only_of_what_cannot_be_right(fitted):
    assert fitted["limits"]["broken_slices"]["look"] == [None, 3]
    assert "ejection_fraction" not in fitted["limits"]


@pytest.mark.parametrize(
    ("changes", "bad"),
    [
        ({}, False),
        ({"dice": 0.79}, True),
        ({"ejection_fraction_error": {LEFT_VENTRICLE: -10.5}}, True),
        ({"ejection_fraction_error": {}}, True),
        ({"missing_slices": 1}, False),
        ({"missing_slices": 2}, True),
        ({"cut": True}, True),
        ({"wrong_organ": True}, True),
        ({"corruption": CineCorruption.MIXED}, True),
    ],
)
def test_what_counts_as_bad(changes, bad):
    fine = dataclasses.replace(
        an_example(np.random.default_rng(2), 0.9), ejection_fraction_error={LEFT_VENTRICLE: 3.0, RIGHT_VENTRICLE: 20.0}
    )
    assert dataclasses.replace(fine, **changes).bad is bad


def test_a_refusal_and_a_heart_that_was_not_found_count_as_flagged(examples, fitted):
    judgement = heart_judgement(fitted)
    good = next(e for e in examples if not e.bad and not e.flagged(judgement))
    assert dataclasses.replace(good, evidence=None).flagged(judgement)
    assert dataclasses.replace(good, not_found=True).flagged(judgement)


def test_a_low_expected_dice_names_its_cause(fitted):
    judgement = heart_judgement(fitted)
    good, poor = (an_example(np.random.default_rng(3), dice).evidence for dice in (0.93, 0.6))
    assert judgement.check(good)[0].verdict is Verdict.GOOD
    doubted = judgement.check(poor)[0]
    assert doubted.verdict is not Verdict.GOOD
    assert "the models" in doubted.reason


def test_frames_that_look_unlike_outside_the_heart_cannot_be_one_patient(fitted):
    judgement = heart_judgement(fitted)
    evidence = an_example(np.random.default_rng(6), 0.93).evidence
    verdicts = {
        alike: {c.key: c.verdict for c in judgement.check(dataclasses.replace(evidence, phase_correlation=alike))}
        for alike in (0.98, 0.7, 0.63, 0.3, None)
    }
    assert verdicts[0.98]["phases_alike"] is Verdict.GOOD
    # On another scanner one patient's phases reached 0.69 at least, and those of two patients 0.63 at most.
    assert verdicts[0.7]["phases_alike"] is Verdict.GOOD
    assert verdicts[0.63]["phases_alike"] is Verdict.LOOK
    assert verdicts[0.3]["phases_alike"] is Verdict.FAIL
    assert "phases_alike" not in verdicts[None]


@pytest.mark.parametrize("end", StackEnd)
def test_missing_slices_are_noticed_at_the_end_where_they_are_missing(fitted, end):
    judgement = heart_judgement(fitted)
    random, flagged = np.random.default_rng(5), []
    for count in (0, 3):
        whole = [an_example(random, 0.93).evidence for _ in range(40)]
        shortened = [dataclasses.replace(one, areas=one.areas.without(end, count)) for one in whole]
        keys = [{c.key for c in judgement.check(one) if c.verdict is not Verdict.GOOD} for one in shortened]
        flagged.append(sum(f"missing_{end.value}" in found for found in keys))
    assert flagged[0] <= 3
    assert flagged[1] >= 36


@pytest.mark.parametrize(("missing", "told"), [(2.46, "2.5"), (64.7, "more than 3")])
def test_no_more_missing_slices_are_counted_than_the_fit_was_shown(fitted, missing, told):
    expectation, look = {"intercept": -missing, "weights": {}, "typical": {}}, [None, 1.9]
    base = {"expectation": expectation, "missing": {"look": look, "fail": look}}
    judgement = heart_judgement({**fitted, "coverage": {"base": base}})
    said = {c.key: c.reason for c in judgement.check(an_example(np.random.default_rng(5), 0.93).evidence)}
    assert f"that {told} slices are missing at the base (expected at most 1.9)" in said["missing_base"]


def test_a_model_without_good_results_cannot_be_calibrated():
    random = np.random.default_rng(4)
    with pytest.raises(UsageError, match="no unspoiled one is good"):
        fit_heart_judgement([an_example(random, 0.5) for _ in range(5)])


_BRIGHTNESS = np.array([120.0, 300.0, 40.0, 320.0])


def _by_brightness(brightness, asked):
    """Label by the nearest brightness, in place of what the untrained networks of a bundle would say."""

    def segment(frames, _pixel_mm, ensemble, _inference, scout, witness, _end_diastole):
        asked.append((witness, scout.members, len(ensemble.members)))
        labels = np.abs(frames[..., None] - brightness).argmin(axis=-1).astype(np.uint8)
        counts = np.stack([[np.bincount(frame.ravel(), minlength=4) for frame in labels]] * 2)
        counts[1, 1, 3] += 5
        agreement = np.full(2, 0.9), np.full((2, 3), 0.9)
        return CycleSegmentation(labels, counts, *agreement, np.full(2, 0.1), np.zeros(2), True, witness)

    return segment


@pytest.fixture
def bundle_of_two_folds(tmp_path, monkeypatch):
    """A trusted bundle whose two members each left out three of six patients, and those patients."""
    monkeypatch.setenv("QUANTSEG_HOME", str(tmp_path / "home"))
    made = write_heart_model(tmp_path / "home")
    # No bundle that ships bears this name, which would be found first.
    folder = tmp_path / "home" / "models" / "heart-again"
    folder.parent.mkdir()
    made.rename(folder)
    data = write_acdc(tmp_path / "data", patients=6)
    names = [path.name for path in sorted(data.iterdir())]
    metadata_file = folder / "configs" / "metadata.json"
    metadata = json.loads(metadata_file.read_text(encoding="utf-8"))
    metadata["training_split"] = {"held_out": [], "folds": [names[:3], names[3:]]}
    metadata["members"] = {f"member_{index}.safetensors": {"fold": index} for index in range(2)}
    metadata_file.write_text(json.dumps(metadata), encoding="utf-8")
    record_trusted(folder, tmp_path / "home" / "trusted.json")
    return folder, data


def test_a_bundle_elsewhere_is_the_one_that_is_calibrated_whatever_its_name(bundle_of_two_folds, tmp_path, monkeypatch):
    made, data = bundle_of_two_folds
    folder = shutil.copytree(made, tmp_path / "elsewhere" / "heart")
    lists = SHIPPED_LIST.read_bytes(), (tmp_path / "home" / "trusted.json").read_bytes()
    given = []

    def calibrate(bundle, _examples):
        given.append(bundle)
        (bundle.folder / VERDICT_FILE).write_text("{}", encoding="utf-8")

    monkeypatch.setattr("quantseg.tasks.heart.training.calibrating.calibrate_heart", calibrate)
    monkeypatch.setattr("quantseg.tasks.heart.training.calibrating.heart_training_examples", lambda *_: iter(()))
    assert main(["models", "calibrate", str(folder), "--data", str(data)]) == 0
    assert [bundle.folder for bundle in given] == [folder]
    assert (SHIPPED_LIST.read_bytes(), (tmp_path / "home" / "trusted.json").read_bytes()) == lists
    assert not (made / VERDICT_FILE).exists()


def test_a_folder_that_is_no_bundle_is_not_calibrated(tmp_path, capsys):
    assert main(["models", "calibrate", str(tmp_path / "heart"), "--data", str(tmp_path)]) != 0
    assert "is no MONAI bundle" in capsys.readouterr().err


def test_the_command_judges_each_patient_by_the_member_that_had_not_seen_it(bundle_of_two_folds, monkeypatch):
    folder, data = bundle_of_two_folds
    asked = []

    monkeypatch.setattr(module, "segment_cycle", _by_brightness(_BRIGHTNESS, asked))
    assert main(["models", "calibrate", str(folder), "--data", str(data), "--draws", "1", "--task", "heart"]) == 0
    by_member = {index: [call for call in asked if call[0] == index] for index in (0, 1)}
    assert [len(calls) >= 3 for calls in by_member.values()] == [True, True]
    assert all(call[1:] == ((f"member_{call[0]}.safetensors",), 2) for call in asked)
    # Trusted as it lies there now, and read as it was written.
    assert VERDICT_FILE in find_bundle("heart-again").hashes
    judgement = read_heart_judgement(folder / VERDICT_FILE)
    assert set(judgement.intervals) == {LEFT_VENTRICLE, RIGHT_VENTRICLE}
    assert all(math.isfinite(model.quantile) for model in judgement.intervals.values())


def test_slices_of_sunnybrook_alone_yield_the_intervals_of_the_left_ventricle_and_nothing_else(
    bundle_of_two_folds, tmp_path, monkeypatch
):
    folder, _ = bundle_of_two_folds
    data = write_sunnybrook(tmp_path / "slices")
    metadata_file = folder / "configs" / "metadata.json"
    metadata = json.loads(metadata_file.read_text(encoding="utf-8"))
    names = [f"SC-HF-I-{number:02d}" for number in range(1, 5)]
    metadata["training_split"]["folds"] = [names[:2], names[2:]]
    metadata_file.write_text(json.dumps(metadata), encoding="utf-8")
    record_trusted(folder, tmp_path / "home" / "trusted.json")
    asked = []
    # No right ventricle is drawn, and the pictures are darker.
    monkeypatch.setattr(
        module, "segment_cycle", _by_brightness(np.where(np.arange(4) == 1, 1e6, 0.7 * _BRIGHTNESS), asked)
    )
    assert main(["models", "calibrate", str(folder), "--data", str(data), "--task", "heart"]) == 0
    assert [witness for witness, _, _ in asked] == [0, 0, 1, 1]
    fitted = json.loads((folder / VERDICT_FILE).read_text(encoding="utf-8"))
    assert (set(fitted), set(fitted["intervals"])) == ({"fitted_on", "intervals"}, {LEFT_VENTRICLE})
    judgement = read_heart_judgement(folder / VERDICT_FILE)
    assert judgement.bounds == BOUNDS
    assert judgement.expectation is None


def test_intervals_are_not_fitted_to_outlines_of_which_none_is_good():
    random = np.random.default_rng(6)
    poor = [dataclasses.replace(an_example(random, 0.5), source="Sunnybrook_LV") for _ in range(5)]
    with pytest.raises(UsageError, match=r"none shows a ventricle with a mean Dice of 0\.8"):
        fit_heart_judgement(poor)


def test_the_open_model_ships_intervals_that_are_wider_than_the_provisional_ones_and_know_the_case():
    error = read_heart_judgement(find_bundle("heart-lv-open").folder / VERDICT_FILE).intervals[LEFT_VENTRICLE]
    evidence = an_example(np.random.default_rng(0), 0.92).evidence
    usual, poor = (fraction_reach(error, 1.5, dataclasses.replace(evidence, contrast=c)) for c in (0.4, 0.1))
    assert poor > usual > provisional_reach(1.5)
