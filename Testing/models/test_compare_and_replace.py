"""Two models are compared on cases of two scanners, and the newer one is put in place only where that allows it."""

import json
import shutil

import nibabel
import numpy as np
import pytest
from bundles import change_config
from safetensors.numpy import load_file, save_file

from quantseg.cli.main import main
from quantseg.errors import ModelError
from quantseg.models.bundle import METADATA, find_bundle
from quantseg.models.trust import read_trusted

pytestmark = pytest.mark.usefixtures("quantseg_home")
# Fewer than a comparison asks for: it says so, beside all else that it finds.
_PERSONS = 2
_KNOWN = "hippocampus_001"


@pytest.fixture
def quantseg_home(tmp_path, monkeypatch):
    monkeypatch.setenv("QUANTSEG_HOME", str(tmp_path / "home"))


@pytest.fixture(scope="module")
def models(repository, tmp_path_factory):
    """Two members of the shipped model, the same a little changed, and two that are blind."""
    folder = tmp_path_factory.mktemp("models")
    shipped = repository / "Resources" / "Models" / "hippocampus"
    for name, share in (("before", 1.0), ("after", 1.002), ("blind", 0.0)):
        shutil.copytree(shipped, folder / name, ignore=shutil.ignore_patterns("member_[2-4]*"))
        for path in (folder / name / "models").glob("*.safetensors"):
            weights = load_file(path)
            first = next(one for one, values in weights.items() if values.ndim == 5)
            save_file({**weights, first: weights[first] * np.float16(share)}, path)
    return folder


@pytest.fixture(scope="module")
def scanners(repository, tmp_path_factory):
    """Labelled crops of two persons for either scanner, and one of a person whom the shipped model was trained on."""
    image = nibabel.load(repository / "Resources" / "SampleData" / "hippocampus_199.nii.gz")
    voxels = np.asarray(image.dataobj, dtype=np.float32)
    labels = np.zeros(voxels.shape, np.uint8)
    labels[12:24, 12:28, 10:20], labels[12:24, 28:40, 8:18] = 2, 1
    folder, draw = tmp_path_factory.mktemp("scanners"), np.random.default_rng(1)
    for scanner, noise in (("old", 0.02), ("new", 0.1)):
        entries = []
        for name in (*(f"{scanner}_{number}" for number in range(_PERSONS)), _KNOWN):
            noisy = voxels + draw.normal(0, noise * voxels.std(), voxels.shape).astype(np.float32)
            for kind, content in (("imagesTr", noisy), ("labelsTr", labels)):
                (folder / scanner / kind).mkdir(parents=True, exist_ok=True)
                nibabel.save(nibabel.Nifti1Image(content, image.affine), folder / scanner / kind / f"{name}.nii.gz")
            entries.append({"image": f"imagesTr/{name}.nii.gz", "label": f"labelsTr/{name}.nii.gz"})
        (folder / scanner / "dataset.json").write_text(json.dumps({"training": entries}))
    return folder


def compare(before, after, scanners, report, *more):
    command = ["models", "compare", str(before), str(after), "--task", "hippocampus", "--device", "cpu"]
    folders = ["--old", str(scanners / "old"), "--new", str(scanners / "new")]
    return main([*command, *folders, "-o", str(report), "--resamples", "100", *more])


@pytest.fixture(scope="module")
def report_of_two(models, scanners, tmp_path_factory):
    """The report of a comparison of the two with what is hardly another model."""
    report = tmp_path_factory.mktemp("report") / "passed.md"
    assert compare(models / "before", models / "after", scanners, report) == 1
    return report


def test_both_models_are_scored_on_cases_that_neither_has_learned_from(report_of_two):
    values = json.loads(report_of_two.with_suffix(".json").read_text())

    assert values["scanners"]["old"]["persons"] == values["scanners"]["new"]["persons"] == _PERSONS
    assert values["scanners"]["old"]["not_counted"] == [_KNOWN]
    assert sum(sentence.startswith("Only 2 persons") for sentence in values["objections"]) == 2
    text = report_of_two.read_text()
    assert f"trained on these persons (1 cases): {_KNOWN}." in text
    (whole,) = (
        one for one in values["scanners"]["old"]["qualities"] if (one["name"], one["part"]) == ("Dice", "whole")
    )
    assert sorted(whole["by_case"]) == [f"old_{number}" for number in range(_PERSONS)]
    assert whole["difference"] == pytest.approx(whole["after"] - whole["before"])
    assert whole["before"] == pytest.approx(np.mean([row["before"] for row in whole["by_case"].values()]))
    assert whole["before"] > 0.5


def test_a_model_that_has_learned_nothing_is_refused_and_cannot_be_put_in_place(models, scanners, tmp_path, capsys):
    report = tmp_path / "report.md"

    assert compare(models / "before", models / "blind", scanners, report) == 1
    assert "must not take the older one's place" in report.read_text()
    capsys.readouterr()

    place = ["models", "replace", "hippocampus", str(models / "blind"), "--yes"]
    assert main([*place, "--comparison", str(report.with_suffix(".json"))]) == 2
    assert "must not take" in capsys.readouterr().err
    assert not (tmp_path / "home" / "replacements").exists()


def test_what_both_have_learned_from_leaves_nothing_to_say(models, scanners, tmp_path, capsys):
    again = shutil.copytree(models / "after", tmp_path / "again")
    change_config(again, {"learned_from_earlier": [f"new_{number}" for number in range(_PERSONS)]}, METADATA)

    assert compare(models / "before", again, scanners, tmp_path / "report.md") == 2
    assert "Nothing can be said of the new scanner" in capsys.readouterr().err
    assert not (tmp_path / "report.md").exists()


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--most-lost", "nan"], "--most-lost and --seed must be 0 or more"),
        (["--most-lost", "inf"], "--most-lost and --seed must be 0 or more"),
        (["--new", "{scanners}/old/../old"], "name the cases of two scanners"),
    ],
)
def test_what_would_let_any_model_pass_is_refused(models, scanners, tmp_path, capsys, more, sentence):
    more = [one.format(scanners=scanners) for one in more]
    assert compare(models / "before", models / "blind", scanners, tmp_path / "report.md", *more) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize("other", ["heart", "brain-age"])
def test_a_model_of_another_task_is_told_from_one_that_got_worse(models, scanners, tmp_path, capsys, other):
    assert compare(models / "before", other, scanners, tmp_path / "report.md") == 2
    assert f"{other} is no model of hippocampus" in capsys.readouterr().err
    assert not list(tmp_path.glob("report*"))


def _say(report, path, **changes):
    """Write what a comparison would have said of the shipped model and this one."""
    values = json.loads(report.with_suffix(".json").read_text())
    shipped = find_bundle("hippocampus")
    weights = {name: digest for name, digest in shipped.decisive_hashes.items() if name.startswith("models/")}
    values |= {"passed": True, "objections": [], "before": {"weights": weights}, **changes}
    path.write_text(json.dumps(values))
    return path


def _replace(folder, comparison):
    return main(["models", "replace", "hippocampus", str(folder), "--comparison", str(comparison), "--yes"])


def test_a_model_whose_comparison_passed_takes_the_place_and_gives_it_back(models, report_of_two, tmp_path, capsys):
    shipped = find_bundle("hippocampus")

    assert _replace(models / "after", _say(report_of_two, tmp_path / "said.json")) == 0

    in_place = find_bundle("hippocampus")
    assert in_place.folder == tmp_path / "home" / "replacements" / "hippocampus"
    assert in_place.hashes != shipped.hashes
    main(["models", "list"])
    assert "in the place of the shipped one" in capsys.readouterr().out
    weights = in_place.folder / "models" / "member_0.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(ModelError, match="damaged or was changed"):
        read_trusted(in_place.folder, "models/member_0.safetensors", in_place.hashes)
    assert main(["models", "remove", "hippocampus"]) == 0
    assert find_bundle("hippocampus").hashes == shipped.hashes
    assert main(["models", "remove", "hippocampus"]) == 2
    assert "it ships with QuantSeg" in capsys.readouterr().err
    assert shipped.folder.is_dir()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"passed": False, "objections": ["It is worse."]}, "It is worse."),
        ({"in_place_of": "head-localiser"}, "for the place of 'head-localiser'"),
        ({"after": {"weights": {"models/member_0.safetensors": "0" * 64}}}, "other weights than those in"),
        ({"before": {"weights": {"models/member_0.safetensors": "0" * 64}}}, "which is in use"),
        ({"after": 3}, "is no comparison"),
    ],
)
def test_a_comparison_of_something_else_opens_no_place(models, report_of_two, tmp_path, capsys, changes, sentence):
    assert _replace(models / "after", _say(report_of_two, tmp_path / "said.json", **changes)) == 2

    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "home" / "replacements").exists()
