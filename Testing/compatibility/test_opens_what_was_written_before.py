"""Outputs, worklists, approvals, training runs and added models of commit fb964b7 are used as if written today."""

import csv
import json
import os
import re
import time

import nibabel
import numpy as np
import pytest
from drawn_training_data import write_blocks, write_discs
from golden_labels import HIPPOCAMPUS_SAMPLES, numbers, sample
from old_fixtures import BEFORE_TASKS, HEART, uncalibrated, write_images
from small_heart import write_small_heart

from quantseg.cli.main import main
from quantseg.errors import UsageError
from quantseg.models.bundle import open_bundle
from quantseg.models.trust import hash_bundle
from quantseg.mrml.scene import headless_scene
from quantseg.results.edited import read_document
from quantseg.review.worklist import STATE_FOLDER, open_worklist
from quantseg.tasks.heart.review.corrector import HeartCorrector
from quantseg.tasks.heart.review.training_data import corrected_hearts, export_training_hearts
from quantseg.tasks.hippocampus.review.corrector import HippocampusCorrector
from quantseg.tasks.hippocampus.review.training_data import corrected_cases, export_training_crops

_CROPS = HIPPOCAMPUS_SAMPLES[1:]
_CORRECTORS = {"hippocampus": HippocampusCorrector(), "heart": HeartCorrector()}
_NINE_HOURS = 9 * 3600
_TRUSTED = ("--trust-names",)
"""They do not say from which image they were made, so that a person must."""


def _files(folder):
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def _rows(output):
    with (output / "summary.csv").open(encoding="utf-8", newline="") as stream:
        return {row.pop("case"): {k: v for k, v in row.items() if k != "status"} for row in csv.DictReader(stream)}


def _json(path):
    return json.loads(path.read_text(encoding="utf-8"))


def _numbers(headline):
    """Return the numbers of a headline, which says today of which part each is."""
    return re.findall(r"\d+(?:\.\d+)?(?= \+| %| mm)", headline)


# Outputs of quantseg segment


def test_resumed_batch_makes_crops_of_an_older_model_anew(old, repository, capsys):
    """The model of the hippocampus was trained anew since."""
    output = old("outputs/hippocampus")
    before = _rows(output)
    inputs = [str(sample(repository, name)) for name in _CROPS]
    assert main(["segment", "hippocampus", *inputs, "-o", str(output), "--resume", *_TRUSTED, "--no-report"]) == 0
    assert "3 done" in capsys.readouterr().out
    shipped = _json(repository / "Resources/Models/hippocampus/configs/metadata.json")["version"]
    assert {_json(output / name / "measurements.json")["models"][0]["version"] for name in _CROPS} == {shipped}
    assert before.keys() == _rows(output).keys()
    assert all(before[name] != row for name, row in _rows(output).items())


@pytest.mark.parametrize("more", [(), ("--resume",)])
def test_old_results_are_neither_skipped_nor_replaced_unless_a_person_says_that_they_are_of_these_images(
    old, repository, capsys, more
):
    output = old("outputs/hippocampus")
    before = _files(output)
    # Of another image than that of the sample of this name, for all that the results say.
    one = str(sample(repository, _CROPS[0]))
    assert main(["segment", "hippocampus", one, "-o", str(output), *more]) == 2
    assert "nothing says that they were made from this image" in capsys.readouterr().err
    assert _files(output) == before


@pytest.mark.parametrize(
    ("model", "calibrated", "said"),
    [("heart", True, "1 done"), ("heart-lv-open", True, "1 done"), ("heart-lv-open", False, "1 skipped")],
)
def test_resumed_batch_skips_a_heart_that_is_whole_unless_its_model_was_calibrated_since(
    old, repository, tmp_path, capsys, monkeypatch, model, calibrated, said
):
    if not calibrated:
        monkeypatch.setattr("quantseg.models.bundle.find_bundle", uncalibrated)
    output = old(f"outputs/{model}")
    before, table = _files(output / HEART), _rows(output)
    cine = write_small_heart(sample(repository, "heart_phantom"), tmp_path / f"{HEART}.nii.gz")
    command = ["segment", "heart", str(cine), "-o", str(output), "--model", model]
    # Asks for no licence again.
    assert main([*command, "--resume", *_TRUSTED, "--no-report"]) == 0
    assert said in capsys.readouterr().out
    assert (_files(output / HEART) == before) is not calibrated
    assert _rows(output).keys() == table.keys()
    if not calibrated:
        assert _rows(output) == table


def test_run_on_one_more_image_keeps_the_rows_and_entries_of_the_others(old, repository, capsys):
    output = old("outputs/hippocampus")
    table, entries = _rows(output), _json(output / "run.json")["cases"]
    one = str(sample(repository, _CROPS[0]))
    assert main(["segment", "hippocampus", one, "-o", str(output), "--resume", *_TRUSTED, "--no-report"]) == 0
    assert "1 done" in capsys.readouterr().out
    rows, after = _rows(output), _json(output / "run.json")["cases"]
    assert rows.keys() == table.keys()
    assert all(rows[name] == table[name] and after[name] == entries[name] for name in _CROPS[1:])


def test_labels_that_a_person_edited_are_known_as_such(old, repository, capsys):
    output = old("outputs/hippocampus")
    labels = output / _CROPS[0] / "labels.nii.gz"
    labels.write_bytes((output / _CROPS[1] / "labels.nii.gz").read_bytes())
    edited = labels.read_bytes()
    assert (
        main(
            ["segment", "hippocampus", str(sample(repository, _CROPS[0])), "-o", str(output), *_TRUSTED, "--no-report"]
        )
        == 0
    )
    assert "1 edited" in capsys.readouterr().out
    assert labels.read_bytes() == edited


@pytest.mark.parametrize(("task", "name"), [("hippocampus", "hippocampus_242"), ("heart", HEART)])
def test_case_read_back_has_the_numbers_of_its_document(task, name, repository, tmp_path):
    corrector, folder = _CORRECTORS[task], BEFORE_TASKS / "outputs" / task / name
    images = tmp_path / "images"
    images.mkdir()
    if task == "heart":
        write_small_heart(sample(repository, "heart_phantom"), images / f"{name}.nii.gz")
    else:
        (images / f"{name}.nii.gz").write_bytes(sample(repository, name).read_bytes())
    scan = corrector.read(corrector.find(images)[0])
    result, document = corrector.result_of(scan, corrector.read_written(folder)), _json(folder / "measurements.json")
    assert result.verdict.value == document["verdict"]
    assert [(m.key, m.region, m.value, m.unit) for m in result.measurements] == [
        (m["key"], m["region"], m["value"], m["unit"]) for m in document["measurements"]
    ]
    assert [check.reason for check in result.checks] == [check["reason"] for check in document["checks"]]
    assert len(result.doubtful_slices) == len(document.get("doubtful_slices", ()))
    assert (result.curves is None) == ("curves" not in document)


@pytest.mark.parametrize(
    ("folder", "task", "made_by"),
    [
        ("hippocampus/hippocampus_242", "hippocampus", "hippocampus"),
        (f"heart/{HEART}", "heart", "heart"),
        (f"heart-lv-open/{HEART}", "heart", "heart-lv-open"),
    ],
)
def test_old_document_says_the_same_in_todays_words(folder, task, made_by):
    path = BEFORE_TASKS / "outputs" / folder
    before, after = _json(path / "measurements.json"), json.loads(read_document(path).to_bytes())
    assert (after.pop("task"), after.pop("made_by"), after.pop("schema")) == (task, made_by, "quantseg-measurements/2")
    assert (before.pop("organ"), before.pop("schema")) == (task, "quantseg-measurements/1")
    for measurement in after["measurements"]:
        measurement.pop("decimals", None)
    assert after == before


def test_old_outputs_are_evaluated(capsys):
    crops = str(BEFORE_TASKS / "outputs" / "hippocampus")
    assert main(["evaluate", "hippocampus", "--predictions", crops, "--labels", crops, "--resamples", "50"]) == 0
    assert "1.000" in capsys.readouterr().out
    hearts = str(BEFORE_TASKS / "worklists" / "heart" / STATE_FOLDER)
    labels = str(BEFORE_TASKS / "training_data" / "heart")
    assert main(["evaluate", "heart", "--predictions", hearts, "--labels", labels, "--resamples", "50"]) == 0
    assert "1.000" in capsys.readouterr().out


# Worklists


@pytest.fixture(params=sorted(_CORRECTORS))
def task(request):
    return request.param


@pytest.fixture
def images(old, repository, task):
    """The images of an old list, with what people did with them beside."""
    return write_images(repository, task, old(f"worklists/{task}"))


@pytest.fixture
def as_read(task):
    """What the commit that wrote a list read in it."""
    return _json(BEFORE_TASKS / "worklists" / task / "as_read.json")


def test_every_case_of_an_old_list_has_its_state_history_holder_and_approval(images, as_read, task):
    worklist = open_worklist(images, "Grace Hopper", "today", _CORRECTORS[task])
    assert list(worklist.names) == list(as_read)
    for name, expected in as_read.items():
        entry = worklist.entry(name)
        assert entry.state.value == expected["state"], name
        assert (entry.verdict, _numbers(entry.headline)) == (expected["verdict"], _numbers(expected["headline"]))
        assert [f"{event.who}: {event.what}" for event in entry.history] == expected["events"]
        assert worklist.holder(name) == expected["holder"]
        approval = None if entry.approval is None else vars(entry.approval)
        assert approval == expected["approval"]


def test_an_old_lock_keeps_others_out_until_its_owner_is_gone_for_a_day(images, as_read, task):
    (held,) = (name for name, entry in as_read.items() if entry["holder"])
    worklist = open_worklist(images, "Mary", "today", _CORRECTORS[task])
    lock = images / STATE_FOLDER / f"{held}.lock"
    os.utime(lock)
    with pytest.raises(UsageError, match=as_read[held]["holder"]):
        worklist.open(held)
    long_ago = time.time() - _NINE_HOURS
    os.utime(lock, (long_ago, long_ago))
    worklist.open(held, take_over=True)
    assert worklist.holder(held) == "Mary"


def test_an_approval_still_holds_once_the_case_is_open_in_a_scene(images, as_read, task):
    corrector = _CORRECTORS[task]
    worklist, desk = open_worklist(images, "Ada Lovelace", "today", corrector), headless_scene()
    approved = [name for name, entry in as_read.items() if entry["approval"]]
    assert approved
    for name in approved:
        scan = worklist.read(name)
        case = corrector.add_to_scene(scan, name, desk.scene)
        corrector.put(case, scan, worklist.labels_of(name, scan, None))
        case.restore_approval(worklist.entry(name).approval)
        case.note_edits()
        assert case.revocation == ""
        assert vars(case.approval) == as_read[name]["approval"]
        document = _json(images / STATE_FOLDER / name / "measurements.json")
        found = case.result(name, scan)
        assert list(found.edited_segments) == document.get("edited_segments", [])
        assert {f"{m.key} {m.region}" for m in found.measurements} == set(numbers(document))


def test_work_on_an_old_case_goes_on(images, as_read, task):
    corrector = _CORRECTORS[task]
    name = next(name for name, entry in as_read.items() if entry["state"] == "approved")
    worklist = open_worklist(images, "Grace Hopper", "today", corrector)
    worklist.open(name)
    worklist.save(worklist.result_of(name), "looked at", worklist.entry(name).approval)
    worklist.close(name)
    entry = open_worklist(images, "Mary", "today", corrector).entry(name)
    assert [f"{event.who}: {event.what}" for event in entry.history] == [
        *as_read[name]["events"],
        "Grace Hopper: looked at",
    ]
    assert vars(entry.approval) == as_read[name]["approval"]
    assert (entry.state.value, _numbers(entry.headline)) == ("approved", _numbers(as_read[name]["headline"]))
    again = images / STATE_FOLDER / name / "labels.nii.gz"
    before = BEFORE_TASKS / "worklists" / task / STATE_FOLDER / name / "labels.nii.gz"
    assert np.array_equal(np.asarray(nibabel.load(again).dataobj), np.asarray(nibabel.load(before).dataobj))


def test_old_list_gives_the_training_data_that_it_gave(images, task, tmp_path):
    worklist = open_worklist(images, "Ada Lovelace", "today", _CORRECTORS[task])
    if task == "hippocampus":
        chosen = (case for case in corrected_cases(worklist) if case.patient == "sub-06")
        export_training_crops(chosen, tmp_path / "training")
    else:
        chosen = (case for case in corrected_hearts(worklist) if case.name.startswith("sub-01"))
        export_training_hearts(chosen, tmp_path / "training")
    expected, found = _files(BEFORE_TASKS / "training_data" / task), _files(tmp_path / "training")
    assert sorted(found) == sorted(expected)
    for path, content in expected.items():
        if path.name.endswith(".nii.gz"):
            first, second = (nibabel.load(root / path) for root in (BEFORE_TASKS / "training_data" / task,
                                                                    tmp_path / "training"))  # fmt: skip
            assert np.array_equal(np.asarray(first.dataobj), np.asarray(second.dataobj))
            assert np.array_equal(first.affine, second.affine)
        else:
            assert found[path] == content


# Training runs


@pytest.fixture
def a_run(old, task, tmp_path):
    """An old run of which one fold of two is finished, and the data that it was trained on."""
    write = write_blocks if task == "hippocampus" else write_discs
    return old(f"training_runs/{task}"), write(tmp_path / "data")


def _label_maps(folder):
    return {p.relative_to(folder): np.asarray(nibabel.load(p).dataobj) for p in sorted(folder.rglob("*.nii.gz"))}


def test_old_run_goes_on_with_the_folds_that_it_lacks(a_run, task, capsys):
    run, data = a_run
    split, recipe = _json(run / "split.json"), run / "recipe.json"
    recipe.write_text(json.dumps(_json(run / "command.json")["recipe"]), encoding="utf-8")
    network = run / "network.json"
    network.write_text(json.dumps(_json(run / "command.json")["inference"]["network_def"]), encoding="utf-8")
    weights = (run / "fold_0" / "weights.safetensors").read_bytes()
    command = ["train", task, "--data", str(data), "-o", str(run), "--resume", "--threads", "1"]
    assert main([*command, "--recipe", str(recipe), "--network", str(network)]) == 0
    assert "fold 0 is finished already" in capsys.readouterr().out
    assert (run / "fold_0" / "weights.safetensors").read_bytes() == weights
    assert _json(run / "split.json") == split
    assert (run / "fold_1" / "weights.safetensors").is_file()


def test_old_members_predict_what_they_predicted(a_run, task):
    run, data = a_run
    folder = run / "fold_0" / "predictions"
    before = _label_maps(folder)
    for path in folder.rglob("*.nii.gz"):
        path.unlink()
    assert main(["train", task, "--data", str(data), "-o", str(run), "--predict-only", "--threads", "1"]) == 0
    after = _label_maps(folder)
    assert sorted(after) == sorted(before)
    # They have hardly learned anything, and waver where another processor rounds otherwise.
    assert all(after[name].shape == labels.shape for name, labels in before.items())
    # They have hardly learned anything, and waver where another processor rounds otherwise. Of the heart they tell no
    # place, and where it is looked for has changed since.
    alike = 0.5 if task == "heart" else 0.98
    assert all(np.mean(after[name] == labels) > alike for name, labels in before.items())


def test_old_run_is_exported_as_a_bundle(a_run, task, repository, tmp_path):
    run, _ = a_run
    folder = tmp_path / "bundles" / task
    if task == "hippocampus":
        for name in ("inference.json", "metadata.json", "train.json"):
            (folder / "configs").mkdir(parents=True, exist_ok=True)
            shipped = repository / "Resources" / "Models" / task / "configs" / name
            (folder / "configs" / name).write_bytes(shipped.read_bytes())
    assert main(["models", "export", str(run), str(folder), "--bundle-version", "9.9.9", "--partial"]) == 0
    bundle = open_bundle(folder, hash_bundle(folder))
    assert (bundle.version, bundle.members) == ("9.9.9", ("member_0.safetensors",))
    assert bundle.metadata["training_split"] == _json(run / "split.json")


# The user's folder


def test_model_that_was_added_is_still_trusted(capsys):
    assert main(["models", "verify"]) == 0
    assert "my-hearts" in capsys.readouterr().out
    assert main(["models", "list"]) == 0
    assert "1 member, CC0-1.0, added" in capsys.readouterr().out
