"""Fitting and judging a score of dementia on made-up people; what their images show is written instead of measured."""

import csv
import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest

from quantseg.cli.main import main
from quantseg.errors import UsageError
from quantseg.inference.device import choose_device
from quantseg.inference.ensemble import Ensemble
from quantseg.models.bundle import bundle_in, find_bundle
from quantseg.tasks.dementia.features import AGE, LEFT_HIPPOCAMPUS, NETWORK_LOG_ODDS, RIGHT_HIPPOCAMPUS
from quantseg.tasks.dementia.model import read_dementia_model
from quantseg.tasks.dementia.options import DementiaOptions
from quantseg.tasks.dementia.seeing import seen_channels
from quantseg.tasks.dementia.task import TASK
from quantseg.tasks.dementia.training.cohort import audit_cohort, read_cohort
from quantseg.tasks.dementia.training.nested import candidates, cross_validated, draw_folds, voxel_candidates
from quantseg.tasks.dementia.training.networks import _folds
from quantseg.tasks.dementia.training.recipe import NETWORK_RECIPE
from quantseg.tasks.dementia.training.validation import area_under_curve, area_with_interval, difference_with_interval
from quantseg.tasks.dementia.withholding import reasons_against_score
from quantseg.training.logistic import fit_logistic

_PEOPLE = 60


@pytest.fixture
def people(tmp_path):
    """A folder of a table and images that nobody reads, and volumes: smaller in every second person."""
    draw = np.random.default_rng(3)
    folder = tmp_path / "people"
    folder.mkdir()
    with (folder / "persons.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("person", "mri", "age", "label"))
        for number in range(_PEOPLE):
            (folder / f"{number:02d}.nii.gz").write_bytes(f"image {number}".encode())
            writer.writerow((f"p{number:02d}", f"{number:02d}.nii.gz", 60 + number % 30, number % 2))
    return folder, draw.normal(4000, 300, (_PEOPLE, 2)) - 500 * (np.arange(_PEOPLE) % 2)[:, None]


def test_a_score_is_fitted_judged_and_written_as_a_bundle_without_a_row_of_anybody(people, tmp_path):
    folder, volumes = people
    measured = tmp_path / "run" / "measured"
    measured.mkdir(parents=True)
    for number, sides in enumerate(volumes):
        np.savez(
            measured / f"p{number:02d}.npz",
            names=[LEFT_HIPPOCAMPUS, RIGHT_HIPPOCAMPUS],
            values=sides,
            likeness=0.7,
            voxels=np.random.default_rng(number).normal(0, 1, 40).astype(np.float16),
        )
    recipe = tmp_path / "recipe.json"
    recipe.write_text(
        json.dumps({"repeats": 1, "draws": 20, "penalties": [10.0], "folds": 5, "population": "made-up people"})
    )

    command = ["train", "dementia", "--data", str(folder), "-o", str(tmp_path / "run"), "--recipe", str(recipe)]
    assert main(command) == 0

    scores = json.loads((tmp_path / "run" / "validation.json").read_text())["any"]
    assert scores["area_under_curve"][0] > 0.8
    assert scores["voxels_area_under_curve"][0] < 0.7
    assert scores["better_than_voxels_by"][1] > 0
    assert set(scores["chosen"]) == {name for name in scores["chosen"] if name.startswith("hippocampi,")}
    bundle = bundle_in(tmp_path / "run" / "dementia")
    assert bundle.inference["regression"]["features"] == [AGE, LEFT_HIPPOCAMPUS, RIGHT_HIPPOCAMPUS]
    assert bundle.inference["regression"]["population"] == "made-up people"
    written = "".join(path.read_text() for path in bundle.folder.glob("*/*.json"))
    assert "p00" not in written
    assert "OASIS" not in (bundle.folder / "docs" / "README.md").read_text()


def test_networks_are_shown_mri_and_pet_as_channels_and_say_a_feature_more(tmp_path):
    """Only uptake tells the two kinds apart here, and only its picture does: no measured value knows of it."""
    draw = np.random.default_rng(4)
    folder, measured = tmp_path / "people", tmp_path / "run" / "measured"
    folder.mkdir()
    measured.mkdir(parents=True)
    with (folder / "persons.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("person", "mri", "pet", "age", "label"))
        for number in range(_PEOPLE):
            images = [f"{number:02d}_{role}.nii.gz" for role in ("mri", "pet")]
            for image in images:
                (folder / image).write_bytes(image.encode())
            writer.writerow((f"p{number:02d}", *images, 60 + number % 30, number % 2))
            volume = draw.integers(0, 255, (3, 16, 16, 16))
            volume[2] //= 1 + number % 2
            values = {"names": [LEFT_HIPPOCAMPUS, RIGHT_HIPPOCAMPUS], "values": draw.normal(4000, 300, 2)}
            shown = {
                "likeness": 0.7,
                "voxels": draw.normal(0, 1, 40).astype(np.float16),
                "volume": volume.astype(np.uint8),
            }
            np.savez(measured / f"p{number:02d}.npz", **values, **shown)
    networks = {
        "folds": 2,
        "shipped": 2,
        "network_def": {"widths": [8, 16], "cardinality": 4, "dropout": 0.0},
        "optimisation": {"samples": 160, "learning_rate": 0.02, "weight_average_decay": 0.8},
        "variation": {"gamma_probability": 0.0, "mixed_probability": 0.0},
    }
    recipe = tmp_path / "recipe.json"
    recipe.write_text(json.dumps({"repeats": 1, "draws": 20, "penalties": [1.0], "folds": 5, "networks": networks}))
    command = ["train", "dementia", "--model", "dementia-network", "--data", str(folder), "-o", str(tmp_path / "run")]
    assert main([*command, "--recipe", str(recipe)]) == 0

    assert json.loads((tmp_path / "run" / "validation.json").read_text())["any"]["area_under_curve"][0] > 0.9
    bundle = bundle_in(tmp_path / "run" / "dementia")
    model = read_dementia_model(bundle)
    assert NETWORK_LOG_ODDS in model.features
    assert model.networks.channels == ("grey", "white", "uptake")
    shown_images = bundle_in(tmp_path / "run" / model.networks.bundle)
    assert shown_images.has_graph
    networks = Ensemble(shown_images, choose_device("cpu"))
    sick, healthy = (np.load(measured / f"p{number}.npz")["volume"] for number in ("01", "02"))
    assert model.networks.log_odds(networks, sick) > model.networks.log_odds(networks, healthy)
    mri, pet = (SimpleNamespace(volume=part) for part in (sick[:2], sick[2:]))
    assert np.array_equal(seen_channels(mri, pet, ("uptake", "grey")), sick[[2, 0]])
    # Of the MRI alone such networks say nothing, so that there is no score, with the reason.
    assert seen_channels(mri, None, model.networks.channels) is None
    (reason,) = reasons_against_score(model, 70.0, (), {LEFT_HIPPOCAMPUS: 4000.0, RIGHT_HIPPOCAMPUS: 4000.0})
    assert "Networks on the images" in reason


def test_a_score_of_another_name_asks_its_own_networks_and_not_those_that_ship(tmp_path, monkeypatch):
    """Both names of a run's bundles ship, so that their folders are renamed before they are added."""
    monkeypatch.setenv("QUANTSEG_HOME", str(tmp_path / "home"))
    for shipped, own in (("dementia", "mine"), ("dementia-network", "mine-network")):
        shutil.copytree(find_bundle(shipped).folder, tmp_path / own)
        assert main(["models", "add", str(tmp_path / own), "--yes"]) == 0
    assert read_dementia_model(find_bundle("mine")).networks.bundle == "mine-network"
    assert "mine-network" in TASK.models(DementiaOptions(model="mine"))
    assert read_dementia_model(find_bundle("dementia")).networks.bundle == "dementia-network"


def test_networks_do_not_begin_with_others_of_which_nothing_fits():
    member = SimpleNamespace(name="p01")
    measured = SimpleNamespace(cohort=SimpleNamespace(members=[member], table_persons=("p01",)))
    hippocampus = str(find_bundle("hippocampus").folder)
    with pytest.raises(UsageError, match="_target_ UNet, expected VolumeResNeXt"):
        _folds(measured, NETWORK_RECIPE, hippocampus)
    folds, start = _folds(measured, NETWORK_RECIPE, str(find_bundle("brain-age-network").folder))
    assert folds.shape == (1,)
    assert len(start) == 5


def test_noise_stays_noise_however_many_ways_are_tried():
    """Choosing among many on the people that are reported on would find an area of 0.6 and more."""
    draw = np.random.default_rng(5)
    values, positive = draw.normal(0, 1, (60, 20)), np.arange(60) % 2 == 0
    names = [f"f{n}" for n in range(20)]
    ways = candidates(values, names, {name: [name] for name in names}, [1.0])
    found = [
        area_under_curve(cross_validated(ways, positive, draw_folds(positive, 5, seed)).log_odds, positive)
        for seed in range(2)
    ]
    assert np.mean(found) < 0.56


def test_components_are_those_of_the_people_fitted_to_alone():
    draw = np.random.default_rng(6)
    voxels, positive = draw.normal(0, 1, (30, 50)), np.arange(30) % 2 == 0
    seen, others = np.arange(20), np.arange(20, 30)
    said = voxel_candidates(voxels, [0.5], 4)[0].fit(seen, positive[seen])(others)

    centred = voxels[seen] - voxels[seen].mean(axis=0)
    _, sizes, axes = np.linalg.svd(centred, full_matrices=False)
    spread = sizes[0] / np.sqrt(len(seen))
    fit = fit_logistic(centred @ axes[:4].T / spread, positive[seen], 0.5, scaled=False)
    expected = fit.log_odds((voxels[others] - voxels[seen].mean(axis=0)) @ axes[:4].T / spread)
    assert said == pytest.approx(expected, abs=1e-5)


def test_areas_count_pairs_in_order_and_differences_are_drawn_in_pairs():
    positive = np.array([True, True, False, False])
    assert area_under_curve(np.array([3.0, 1.0, 2.0, 0.0]), positive) == 0.75
    assert area_under_curve(np.zeros(4), positive) == 0.5
    many = np.tile(positive, 20)
    good = (many + np.random.default_rng(1).normal(0, 0.7, 80))[None]
    estimate = area_with_interval(good, many, 1)
    assert estimate.low < estimate.value < estimate.high
    same = difference_with_interval(good, good, many, 1)
    assert (same.low, same.value, same.high) == (0, 0, 0)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("p00,00.nii.gz,70,2", "label '2'"),
        ("p00,00.nii.gz,old,1", "no age"),
        ("p01,00.nii.gz,70,1", "several rows of p01"),
        (",00.nii.gz,70,1", "names no person"),
    ],
)
def test_a_wrong_row_is_named(people, line, said):
    table = people[0] / "persons.csv"
    rows = table.read_text().splitlines()
    table.write_text("\n".join([rows[0], line, *rows[2:]]) + "\n")
    with pytest.raises(UsageError, match=said):
        read_cohort(people[0], 60.0)


def test_the_audit_finds_missing_and_doubled_images(people):
    (people[0] / "04.nii.gz").unlink()
    (people[0] / "07.nii.gz").write_bytes((people[0] / "06.nii.gz").read_bytes())
    found = [str(one) for one in audit_cohort(people[0], 60.0)]
    assert len(found) == 2
    assert all(word in found[0] for word in ("p04", "missing"))
    assert all(word in found[1] for word in ("p07", "p06"))
