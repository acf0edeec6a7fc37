import csv
import dataclasses
import gzip
import hashlib
import json
import math
import re
import struct

import jsonschema
import nibabel
import numpy as np
import pytest

from quantseg.results.schema import SCHEMA_FILE
from quantseg.results.summary import write_summary
from quantseg.results.writing import write_case
from quantseg.tasks.hippocampus.task import TASK
from quantseg.volume import Volume


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def written_head(head, tmp_path):
    return write_case(head, tmp_path / "out", TASK.presenter)


def test_case_folder_holds_every_file_and_nothing_is_left_beside_it(written_head, tmp_path):
    assert sorted(path.name for path in written_head.folder.iterdir()) == [
        "labels.nii.gz",
        "measurements.json",
        "preview.png",
        "report.html",
        "segmentation.seg.nrrd",
    ]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["study__head"]
    assert written_head.seg_nrrd_written
    assert written_head.seg_nrrd_reason == ""


def test_no_report_leaves_picture_and_report_out(head, tmp_path):
    write_case(head, tmp_path, TASK.presenter)
    folder = write_case(head, tmp_path, TASK.presenter, report=False).folder
    assert sorted(path.name for path in folder.iterdir()) == [
        "labels.nii.gz",
        "measurements.json",
        "segmentation.seg.nrrd",
    ]


def test_hashes_are_those_of_the_files(written_head):
    assert set(written_head.label_hashes) == {"labels.nii.gz", "segmentation.seg.nrrd"}
    for name, digest in written_head.label_hashes.items():
        assert digest == sha256(written_head.folder / name)
    recorded = json.loads((written_head.folder / "measurements.json").read_text(encoding="utf-8"))["files"]
    assert recorded == written_head.label_hashes


def test_labels_keep_the_header_of_a_nifti_input(head, written_head):
    original, stored = head.scan.header, nibabel.load(written_head.folder / "labels.nii.gz")
    for field in ("qform_code", "sform_code", "xyzt_units", "quatern_b", "qoffset_x", "srow_x", "srow_z", "pixdim"):
        assert np.array_equal(stored.header[field], original[field]), field
    assert stored.get_data_dtype() == np.uint8
    assert np.array_equal(np.asarray(stored.dataobj), head.labels)
    assert np.allclose(stored.affine, head.scan.volume.affine, atol=1e-5)


def test_labels_carry_no_text_and_no_intensity_scale_of_the_input(written_head):
    content = gzip.decompress((written_head.folder / "labels.nii.gz").read_bytes())
    assert b"DOE" not in content
    header = nibabel.load(written_head.folder / "labels.nii.gz").header
    assert (float(header["cal_max"]), float(header["cal_min"])) == (0.0, 0.0)
    scl_slope, scl_inter = struct.unpack("<ff", content[112:120])
    assert (scl_slope, scl_inter) == (1.0, 0.0)


def test_labels_say_the_spacing_that_the_user_chose(head, tmp_path):
    affine = head.scan.volume.affine @ np.diag([1.5, 1.6, 1.7, 1.0])
    scan = dataclasses.replace(head.scan, volume=Volume(head.scan.volume.array, affine))
    folder = write_case(dataclasses.replace(head, scan=scan), tmp_path, TASK.presenter, report=False).folder
    stored = nibabel.load(folder / "labels.nii.gz")
    assert np.allclose(stored.header.get_zooms(), (1.5, 1.6, 1.7))
    assert np.allclose(stored.get_sform(), affine, atol=1e-4)
    assert np.allclose(stored.get_qform(), affine, atol=1e-3)


def test_labels_of_an_input_that_was_no_nifti_lie_at_its_place_in_space(crop, tmp_path):
    folder = write_case(crop, tmp_path, TASK.presenter, report=False).folder
    stored = nibabel.load(folder / "labels.nii.gz")
    assert np.allclose(stored.affine, crop.scan.volume.affine, atol=1e-4)
    assert np.array_equal(np.asarray(stored.dataobj), crop.labels)
    assert stored.header.get_xyzt_units()[0] == "mm"


def test_nifti2_input_gives_a_nifti2_label_file(head, tmp_path):
    header = nibabel.Nifti2Header.from_header(head.scan.header)
    result = dataclasses.replace(head, scan=dataclasses.replace(head.scan, header=header))
    folder = write_case(result, tmp_path, TASK.presenter, report=False).folder
    assert isinstance(nibabel.load(folder / "labels.nii.gz"), nibabel.Nifti2Image)


def test_same_result_gives_the_same_bytes(head, tmp_path):
    first, second = write_case(head, tmp_path / "a", TASK.presenter), write_case(head, tmp_path / "b", TASK.presenter)
    assert first.label_hashes == second.label_hashes
    for name in ("measurements.json", "preview.png"):
        assert sha256(first.folder / name) == sha256(second.folder / name)


@pytest.mark.parametrize("which", ["head", "crop"])
def test_measurements_follow_their_schema(which, request, tmp_path):
    folder = write_case(request.getfixturevalue(which), tmp_path, TASK.presenter, report=False).folder
    document = json.loads((folder / "measurements.json").read_text(encoding="utf-8"))
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema)


def test_measurements_say_what_made_them(written_head):
    document = json.loads((written_head.folder / "measurements.json").read_text(encoding="utf-8"))
    assert document["verdict"] == "look"
    assert [check["verdict"] for check in document["checks"]] == ["good", "look"]
    assert {"models/member0.safetensors": "ab" * 32} in [one["weights_sha256"] for one in document["models"]]
    assert document["input"]["orientation"] == "RAS"
    assert document["notes"] == ["spacing overridden"]
    assert document["facts"]["uncertainty"] is None
    assert document["labels"]["segments"][3]["terminology"]["type_modifier"]["meaning"] == "Right"
    assert {"quantseg", "torch", "slicer-core"} <= set(document["software"])


@pytest.mark.parametrize("which", ["head", "crop"])
def test_volumes_agree_in_json_csv_and_report_which_shows_the_digits_that_they_are_worth(which, request, tmp_path):
    result = request.getfixturevalue(which)
    written = write_case(result, tmp_path, TASK.presenter)
    write_summary(tmp_path, [written.summary_row], TASK.presenter.fact_columns)
    document = json.loads((written.folder / "measurements.json").read_text(encoding="utf-8"), parse_float=str)
    with (tmp_path / "summary.csv").open(encoding="utf-8", newline="") as stream:
        (row,) = csv.DictReader(stream)
    html = (written.folder / "report.html").read_text(encoding="utf-8")
    cells = re.findall(r'<td class="value first">([\d.]+)</td><td class="minor">([\d.–]*)</td>', html)

    volumes = [m for m in document["measurements"] if m["key"] == "volume"]
    assert len(volumes) == len(cells) == (6 if which == "head" else 3)
    for measured in volumes:
        column = f"{measured['region']}_volume_mm3"
        assert row[column] == measured["value"]
        interval = ""
        if measured["interval_95"]:
            low, high = measured["interval_95"]
            assert (row[f"{column}_low"], row[f"{column}_high"]) == (low, high)
            interval = f"{_whole(low)}–{_whole(high)}"
        assert (_whole(measured["value"]), interval) in cells
    if which == "head":
        assert row["intracranial_volume_mm3"] == "1403217"
        assert "1400 ml" in html
        assert "1403217" not in html


def _whole(stored):
    """Return digits as whole numbers, rounded as people do."""
    return str(math.floor(float(stored) + 0.5))


def test_unicode_and_spaces_in_paths(head_with, tmp_path):
    output = tmp_path / "Ergebnisse für Zoë"
    written = write_case(head_with(name="Gehirn ä 1"), output, TASK.presenter)
    assert written.folder == output / "Gehirn ä 1"
    assert len(list(written.folder.iterdir())) == 5


def test_without_slicer_the_absence_of_its_file_is_said(head, tmp_path, monkeypatch):
    monkeypatch.setattr("quantseg.mrml.scene.slicer_is_available", lambda: False)
    written = write_case(head, tmp_path, TASK.presenter)
    assert not written.seg_nrrd_written
    assert "slicer-core" in written.seg_nrrd_reason
    assert not (written.folder / "segmentation.seg.nrrd").exists()
    document = json.loads((written.folder / "measurements.json").read_text(encoding="utf-8"))
    assert "slicer-core" in document["absent_files"]["segmentation.seg.nrrd"]
    assert "segmentation.seg.nrrd was not written" in (written.folder / "report.html").read_text(encoding="utf-8")


def test_result_without_any_label_is_written_too(crop_with, tmp_path):
    empty = crop_with(labels=np.zeros((36, 50, 32), np.uint8))
    written = write_case(empty, tmp_path, TASK.presenter)
    assert written.summary_row["whole_volume_mm3"] == "0.0"
    assert (written.folder / "preview.png").stat().st_size > 0
