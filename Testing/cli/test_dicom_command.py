"""``quantseg dicom``: which series of a study is measured and why, whose study it is, and mercure's folders."""

import dataclasses
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest
import SimpleITK
from dicom_checking import errors_of
from dicom_sources import COMPLETE, PLANTED, small_head, write_head
from made_dicom import study_fields, write_series
from standin_study import REFERENCE
from structured_content import groups_of

from quantseg.batch import running, worker
from quantseg.cli.main import main
from quantseg.mrml.segmentation_writers import WriterHere
from quantseg.results.report_pdf import find_browser
from quantseg.tasks import registry
from quantseg.volume import Volume


class _NoWriter(WriterHere):
    """Stands in for Slicer, which takes longer to start than all else here."""

    def prepare(self):
        pass

    def missing(self):
        return "not wanted"

    def end(self):
        pass


@pytest.fixture(autouse=True)
def _without_models(monkeypatch):
    """The stand-in that thresholds, in place of the networks."""
    monkeypatch.setitem(registry.TASKS, "hippocampus", REFERENCE)
    monkeypatch.setitem(vars(worker._STATE), "segmentations", _NoWriter())
    for name in ("MERCURE_IN_DIR", "MERCURE_OUT_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def a_whole_study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole") / "study"
    write_head(folder / "fine", SeriesDescription="Planted MPRAGE sag", SeriesInstanceUID="1.2.3.4.7", SeriesNumber=7)
    write_head(folder / "coarse", SeriesDescription="t1 post", SeriesInstanceUID="1.2.3.4.9", SeriesNumber=9)
    few = small_head(np.eye(3))
    localiser = {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"], "SeriesInstanceUID": "1.2.3.4.1"}
    same = {"PatientID": "ID-PLANTED-77", "SeriesNumber": 1}
    write_series(folder / "first", Volume(few.array[:, :, :3], few.affine), **localiser, **same)
    return folder


@pytest.fixture
def study(a_whole_study, tmp_path):
    """A localiser, a T1 and another one after contrast medium."""
    return Path(shutil.copytree(a_whole_study, tmp_path / "study"))


def run(*arguments):
    return main(["dicom", "hippocampus", *map(str, arguments), "--threshold", "300"])


def test_the_fitting_series_is_measured_and_the_reasons_are_printed(study, tmp_path, capsys):
    assert run(study, "-o", tmp_path / "out", "--no-pdf") == 0
    said = capsys.readouterr().out
    assert "Measured: series7_" in said
    assert "(3D T1, 2 × 2 × 3 mm, 28 images)" in said
    assert "its words are not those of a T1 series" in said
    assert "a localiser" in said
    assert not [word for word in PLANTED if word in said]
    (case,) = (path for path in (tmp_path / "out").iterdir() if path.is_dir())
    assert case.name.startswith("series7_")
    names = {path.name for path in case.iterdir()}
    assert {"segmentation.dcm", "measurements.dcm", "key_image1.dcm", "labels.nii.gz", "report.html"} <= names
    document = json.loads((case / "measurements.json").read_text(encoding="utf-8"))
    assert any(note.startswith("Measured: series7_") for note in document["notes"])
    stored = {one["region"]: one["value"] for one in document["measurements"] if one["key"] == "volume"}
    found = [group.numbers["118565006"] for group in groups_of(case / "measurements.dcm") if group.segment]
    assert found == [stored["anterior"], stored["posterior"]]
    for path in (tmp_path / "out").rglob("*"):
        if path.is_file() and path.suffix != ".dcm":
            assert not [word for word in PLANTED if word.encode() in path.read_bytes()], path.name


@pytest.mark.parametrize(
    ("rules", "taken"),
    [
        ('[hippocampus]\ndescription = ["post"]\n', "series9_"),
        ('[hippocampus]\nleave_out = ["mprage"]\n', "series9_"),
        ('[heart]\ndescription = ["post"]\n', "series7_"),
    ],
)
def test_a_site_says_which_series_it_wants(study, tmp_path, capsys, rules, taken):
    (tmp_path / "site.toml").write_text(rules, encoding="utf-8")
    assert run(study, "-o", tmp_path / "out", "--no-pdf", "--rules", tmp_path / "site.toml") == 0
    assert f"Measured: {taken}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        ('[hippocampus]\nprotocol = ["no such"]\n', "No series of .* fits the rule"),
        ('[hippocampus]\nprotocol = "a"\n', "expected a list of patterns"),
        ('[hippocampus]\ndescription = ["("]\n', "is no pattern"),
        ("[hippocampus]\nspeed = 3\n", "is no rule, expected description"),
        ("hippocampus = 3\n", "is no table"),
        ("[hippocampus\n", "are no TOML"),
    ],
)
def test_rules_that_are_none_are_refused_before_any_work(study, tmp_path, capsys, rules, sentence):
    (tmp_path / "site.toml").write_text(rules, encoding="utf-8")
    assert run(study, "-o", tmp_path / "out", "--no-pdf", "--rules", tmp_path / "site.toml") == 2
    assert re.search(sentence, capsys.readouterr().err)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("keyword", "value", "sentence"),
    [
        ("PatientID", "4712", "objects of 2 PatientIDs"),
        ("PatientID", "", "objects of 2 PatientIDs"),
        ("StudyInstanceUID", "1.2.3.99", "holds 2 studies"),
    ],
)
def test_a_folder_of_two_patients_or_studies_is_refused(study, tmp_path, capsys, keyword, value, sentence):
    path = next((study / "first").iterdir())
    image = pydicom.dcmread(path)
    setattr(image, keyword, value)
    image.save_as(path)
    assert run(study, "-o", tmp_path / "out", "--no-pdf") == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert not [word for word in (*PLANTED, "4712") if word in said]
    assert not (tmp_path / "out").exists()


def test_where_ohif_draws_stripes_it_is_said_and_other_readers_see_what_is_there(tmp_path, capsys):
    """Where rows × columns are no multiple of eight, frames of a segmentation begin within bytes."""
    head = small_head(np.eye(3))
    fields = {**study_fields(3.0), **COMPLETE, "SeriesDescription": "t1 mprage"}
    write_series(tmp_path / "study", Volume(head.array[10:23, 8:39], head.affine), **fields)
    assert run(tmp_path / "study", "-o", tmp_path / "out", "--no-pdf") == 0
    sentence = "OHIF 3.13 draws stripes, or nothing, in place of the DICOM segmentation, since 31 × 13 pixels"
    assert sentence in capsys.readouterr().out
    document = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    ((name, entry),) = document["cases"].items()
    assert sentence in entry["note"]
    # dcmqi, and Slicer with it, sees each segment whole.
    case, segments = tmp_path / "out" / name, tmp_path / "segments"
    segments.mkdir()
    program = str(Path(sys.executable).parent / "segimage2itkimage")
    command = [program, "--inputDICOM", str(case / "segmentation.dcm"), "--outputDirectory", str(segments)]
    subprocess.run(command, check=True, capture_output=True)
    labels = nibabel.load(case / "labels.nii.gz").get_fdata()
    for value, path in enumerate(sorted(segments.glob("*.nrrd")), start=1):
        found = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path)))
        assert np.count_nonzero(found) == np.count_nonzero(labels == value) > 0
        # Along each axis alike, however the reader turns them: bits out of place would lie elsewhere.
        for axis in range(3):
            rest = tuple(one for one in range(3) if one != axis)
            theirs, ours = (np.count_nonzero(one, axis=rest) for one in (found.T, labels == value))
            theirs, ours = theirs[theirs > 0], ours[ours > 0]
            assert theirs.tolist() in (ours.tolist(), ours[::-1].tolist())


def test_its_own_results_in_the_study_are_not_measured_again(study, tmp_path, capsys):
    assert run(study, "-o", tmp_path / "out", "--no-pdf") == 0
    objects = sorted((tmp_path / "out").glob("*/*.dcm"))
    first = {path.parent.name for path in objects}
    for path in objects:
        path.rename(study / path.name)
    write_head(study / "own", Manufacturer="QuantSeg", SeriesInstanceUID="1.2.3.4.5.6", SeriesNumber=310)
    capsys.readouterr()
    assert run(study, "-o", tmp_path / "again", "--no-pdf") == 0
    assert "QuantSeg made it" in capsys.readouterr().out
    assert {path.parent.name for path in (tmp_path / "again").glob("*/*.dcm")} == first


def test_an_idle_graphics_processor_is_said(study, tmp_path, monkeypatch, capsys):
    segment_inputs = running.segment_inputs

    def on_a_processor(*arguments, **named):
        return [
            dataclasses.replace(one, facts={"device": "CPU, 2 cores"}) for one in segment_inputs(*arguments, **named)
        ]

    monkeypatch.setattr(running, "segment_inputs", on_a_processor)
    monkeypatch.setattr("quantseg.hardware.accelerator_in_sight", lambda: True)
    assert run(study, "-o", tmp_path / "out", "--no-pdf") == 0
    assert "has a graphics processor, but the CPU did the work" in capsys.readouterr().err


def test_mercure_names_its_folders_and_finds_the_objects_in_the_output_itself(study, tmp_path, monkeypatch):
    (tmp_path / "mercure").mkdir()
    (study / "task.json").write_text('{"id": "1"}', encoding="utf-8")
    monkeypatch.setenv("MERCURE_IN_DIR", str(study))
    monkeypatch.setenv("MERCURE_OUT_DIR", str(tmp_path / "mercure"))
    assert run("--no-pdf") == 0
    flat = sorted((tmp_path / "mercure").glob("*.dcm"))
    assert [path.name.partition("_")[0] for path in flat] == ["series7"] * 3
    assert {pydicom.dcmread(path, stop_before_pixels=True).Modality for path in flat} == {"SEG", "SR", "OT"}


def test_a_folder_that_nobody_names_is_asked_for(capsys):
    assert run("--no-pdf") == 2
    assert "STUDY_FOLDER is missing" in capsys.readouterr().err


def test_without_a_browser_the_pdf_is_declined_before_any_work(study, tmp_path, monkeypatch, capsys):
    from quantseg.results import report_pdf

    monkeypatch.setattr(report_pdf, "find_browser", lambda: None)
    assert run(study, "-o", tmp_path / "out") == 2
    assert "--no-pdf" in capsys.readouterr().err


def test_the_report_goes_along_as_a_pdf(study, tmp_path):
    if find_browser() is None:
        assert run(study, "-o", tmp_path / "out") == 2
        return
    assert run(study, "-o", tmp_path / "out") == 0
    (path,) = (tmp_path / "out").glob("*/report.dcm")
    found = pydicom.dcmread(path)
    printed = path.with_name("report.pdf").read_bytes()
    assert printed.startswith(b"%PDF")
    assert found.EncapsulatedDocument[: found.EncapsulatedDocumentLength] == printed
    assert errors_of(path) == set()


def test_a_task_of_several_images_finds_each_in_the_study(tmp_path, monkeypatch, capsys):
    """And gives an image and a score: a derived series on the first image, and no segmentation."""
    monkeypatch.setitem(registry.TASKS, "made-up", "made_up_task.task:TASK")
    folder = tmp_path / "study"
    write_head(folder / "mri", SeriesInstanceUID="1.2.3.4.7", SeriesNumber=7)
    pet = {"Modality": "PT", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.128", "SeriesNumber": 8}
    write_head(folder / "pet", SeriesInstanceUID="1.2.3.4.8", **pet)
    assert main(["dicom", "made-up", str(folder), "-o", str(tmp_path / "out"), "--no-pdf"]) == 0
    assert "Measured: series7_" in capsys.readouterr().out
    (case,) = (path for path in (tmp_path / "out").iterdir() if path.is_dir())
    names = [path.name for path in case.glob("*.dcm")]
    assert len([name for name in names if name.startswith("uptake_")]) == 28
    assert "measurements.dcm" in names
    assert not [name for name in names if "segmentation" in name]


def test_a_study_without_the_second_image_is_refused(study, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(registry.TASKS, "made-up", "made_up_task.task:TASK")
    assert main(["dicom", "made-up", str(study), "-o", str(tmp_path / "out"), "--no-pdf"]) == 2
    assert "holds no pet series" in capsys.readouterr().err
