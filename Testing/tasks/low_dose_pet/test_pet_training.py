"""Training by the command on pairs of scans in a folder, and what is wrong with pairs."""

import csv
import json

import numpy as np
import pytest
from made_head_maps import a_head_map, save_head_map
from made_pet import made_brain, save, with_noise

from quantseg.cli.main import main
from quantseg.tasks.low_dose_pet.training.pairs import COLUMNS, TABLE
from quantseg.tasks.low_dose_pet.training.simulate import simulate
from quantseg.tasks.low_dose_pet.training.starting_point import RECIPE

_FEW = {"patch": [32, 32], "optimisation": {"samples": 6, "batch_size": 2}}


def _write_pairs(folder, person, simulated="no", fraction="0.1", low=None, full=None):
    folder.mkdir(parents=True)
    brain = made_brain()[:, :, 10:26]
    save(with_noise(brain, 0.05, 1) if full is None else full, folder / "full.nii.gz")
    save(with_noise(brain, 0.3, 2) if low is None else low, folder / "low.nii.gz")
    with (folder / TABLE).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([COLUMNS, (person, "full.nii.gz", "low.nii.gz", fraction, simulated)])


def _train(data, output, tmp_path):
    path = tmp_path / "few.json"
    path.write_text(json.dumps(_FEW), encoding="utf-8")
    return main(["train", "low-dose-pet", "--data", str(data), "-o", str(output), "--recipe", str(path)])


def test_three_steps_on_pairs_leave_weights_and_scores_of_a_person_not_trained_on(tmp_path):
    for person in ("anna", "bert"):
        _write_pairs(tmp_path / "pairs" / person, person)
    output = tmp_path / "run"
    assert _train(tmp_path / "pairs", output, tmp_path) == 0
    scores = json.loads((output / "validation.json").read_text(encoding="utf-8"))
    assert scores["maps"] == ["anna"]
    assert scores["validation_persons"] == ["bert"]
    assert scores["scored_on"] == "pairs"
    assert {"gain_db", "covered"} <= scores.keys()
    assert 0 < (output / "weights.safetensors").stat().st_size < 1_000_000


_BRAIN = made_brain()[:, :, 10:26]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"fraction": "10"}, "dose fraction is 10, expected one between 0 and 1", id="per cent"),
        pytest.param({"low": _BRAIN[:-2]}, "different grids", id="another grid"),
        pytest.param({"low": 3 * _BRAIN}, "bring both to one unit", id="another unit"),
        pytest.param({"low": _BRAIN}, "not noisier than the full one", id="exchanged"),
        pytest.param({"low": 0 * _BRAIN}, "shows no activity", id="nothing in it"),
        pytest.param({"low": np.where(_BRAIN > 7, np.nan, _BRAIN)}, "without a finite value", id="not a number"),
        pytest.param({"low": _BRAIN[..., 5]}, "84 × 100 voxels, expected three axes", id="one slice"),
        pytest.param({"fraction": ""}, "a row without 'dose_fraction'", id="no fraction"),
        pytest.param({"simulated": ""}, "a row without 'simulated'", id="nothing said of who made it"),
        pytest.param({"low": np.roll(with_noise(_BRAIN, 0.3), 2, 0)}, "register them", id="moved"),
    ],
)
def test_pairs_that_are_none_are_named_before_training(tmp_path, capsys, changes, said):
    _write_pairs(tmp_path / "pairs" / "a", "anna", **changes)
    assert _train(tmp_path / "pairs", tmp_path / "run", tmp_path) != 0
    assert said in capsys.readouterr().err
    assert not (tmp_path / "run" / "weights.safetensors").exists()


def test_a_cut_scan_of_a_pair_is_named_in_one_sentence(tmp_path, capsys):
    _write_pairs(tmp_path / "pairs" / "a", "anna")
    cut = tmp_path / "pairs" / "a" / "low.nii.gz"
    cut.write_bytes(cut.read_bytes()[:-2000])
    assert _train(tmp_path / "pairs", tmp_path / "run", tmp_path) == 2
    assert "low.nii.gz of pairs.csv is damaged" in capsys.readouterr().err


def test_simulated_pairs_are_such_a_folder_and_are_gone_on_with(tmp_path):
    save_head_map(a_head_map(), tmp_path / "maps" / "training_seg_01.nii.gz")
    save_head_map(a_head_map(), tmp_path / "maps" / "training_seg_17.nii.gz")
    told = RECIPE["simulation"] | {"slab": 6, "scans_per_map": 1, "doses_per_scan": 1}
    told["scanner"] = told["scanner"] | {"angles": 16, "iterations": 1}
    recipe = RECIPE | {"simulation": told}
    simulate(tmp_path / "maps", tmp_path / "pairs", recipe)
    written = sorted(path.relative_to(tmp_path / "pairs").as_posix() for path in (tmp_path / "pairs").rglob("*.*"))
    case = "training_seg_01_scan_0"
    assert written == [f"{case}/full.nii.gz", f"{case}/low_0.nii.gz", f"{case}/pairs.csv"]
    before = (tmp_path / "pairs" / case / "full.nii.gz").stat().st_mtime_ns
    simulate(tmp_path / "maps", tmp_path / "pairs", recipe)
    assert (tmp_path / "pairs" / case / "full.nii.gz").stat().st_mtime_ns == before
