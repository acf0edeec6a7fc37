"""How far tissue volumes may be off: fitted to errors, kept by the bundle, laid around measurements."""

import json

import numpy as np
import pytest

from quantseg.measure.values import Measurement
from quantseg.tasks.brain_tissue.intervals import BRAIN_SHOWN, HEAD_SHOWN, VERDICT_FILE, read_intervals
from quantseg.tasks.brain_tissue.training.calibrating import TissueErrors, half_widths, left_out_lines

_GREY = ("volume", "grey_matter")


def errors(sd: float, count: int, view: str, seed: int) -> list[TissueErrors]:
    drawn = np.random.default_rng(seed).normal(0, sd, count)
    return [TissueErrors(f"map {n % 4}", view, {_GREY: float(one)}) for n, one in enumerate(drawn)]


@pytest.fixture
def calibrated(tmp_path):
    widths = half_widths([*errors(0.02, 20, HEAD_SHOWN, 0), *errors(0.08, 20, BRAIN_SHOWN, 1)])
    (tmp_path / "configs").mkdir()
    (tmp_path / VERDICT_FILE).write_text(json.dumps({"half_widths": widths}), encoding="utf-8")
    return read_intervals(tmp_path)


def grey(value_ml: float, region: str = "grey_matter") -> Measurement:
    return Measurement("volume", region, value_ml, "ml", "made up")


def test_intervals_hold_nineteen_of_twenty_further_heads():
    further = np.abs([one.relative[_GREY] for one in errors(0.02, 400, HEAD_SHOWN, 1000)])
    fits = [half_widths(errors(0.02, 20, HEAD_SHOWN, seed)) for seed in range(60)]
    held = [np.mean(further <= fit[HEAD_SHOWN]["volume"]["grey_matter"]) for fit in fits]
    assert np.mean(held) == pytest.approx(0.95, abs=0.02)


def test_a_head_and_a_brain_without_its_skull_have_intervals_of_their_own(calibrated):
    head, brain = (calibrated.around(grey(600.0), shown).interval for shown in (True, False))
    assert head.low < 600 < head.high
    assert brain.high - brain.low > 2 * (head.high - head.low)


def test_what_was_not_fitted_has_no_interval(calibrated, tmp_path):
    assert calibrated.around(grey(600.0, "cerebellum"), True).interval is None
    assert read_intervals(tmp_path / "elsewhere").around(grey(600.0), True).interval is None


def test_what_is_told_of_intervals_was_fitted_without_the_map_that_judges_them():
    of_one_map = [*errors(0.02, 16, HEAD_SHOWN, 0), TissueErrors("map 9", HEAD_SHOWN, {_GREY: 0.9})]
    of_brains = errors(0.02, 16, BRAIN_SHOWN, 1)
    (of_heads, *_) = left_out_lines([*of_one_map, *of_brains])
    assert of_heads.startswith("head volume grey_matter: holds in ")
    assert float(of_heads.split("holds in ")[1].split(" %")[0]) < 100
