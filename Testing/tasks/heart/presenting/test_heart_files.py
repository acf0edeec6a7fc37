"""The files of a heart: labels of cycle and phases on the input's own header, JSON, table, picture, report."""

import csv
import dataclasses
import json
import re
from decimal import ROUND_HALF_UP, Decimal

import jsonschema
import nibabel
import numpy as np
import pytest
import SimpleITK as sitk
from finished_hearts import build_heart, heart_header
from heart_phantom import END_SYSTOLE, phantom_affine, phantom_labels

from quantseg.results.edited import edited_files, is_whole
from quantseg.results.schema import SCHEMA_FILE
from quantseg.results.summary import write_summary
from quantseg.results.writing import write_case
from quantseg.tasks.heart.anatomy import HeartLabel
from quantseg.tasks.heart.presenting.preview import plan_montage
from quantseg.tasks.heart.reading.cine import CineKind, SpacingOrigin
from quantseg.tasks.heart.task import TASK
from quantseg.volume import Volume
from quantseg.volume.resampling import from_sitk


@pytest.fixture(scope="module")
def labels():
    return phantom_labels()[[0, 3, END_SYSTOLE, 14]]


@pytest.fixture
def cycle(labels):
    return build_heart(labels)


@pytest.fixture
def pair(labels):
    return build_heart(labels[[0, 2]], CineKind.ED_AND_ES)


@pytest.fixture
def single(labels):
    return build_heart(labels[:1], CineKind.SINGLE_FRAME)


_PHASE_FILES = {f"{phase}_{file}" for phase in ("ED", "ES") for file in ("labels.nii.gz", "segmentation.seg.nrrd")}
_OTHERS = {"measurements.json", "preview.png", "report.html"}


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        ("cycle", {"labels.nii.gz", *_PHASE_FILES}),
        ("pair", _PHASE_FILES),
        ("single", {"labels.nii.gz", "segmentation.seg.nrrd"}),
    ],
)
def test_each_kind_of_input_gets_its_label_files(which, expected, request, tmp_path):
    written = write_case(request.getfixturevalue(which), tmp_path, TASK.presenter)
    assert {path.name for path in written.folder.iterdir()} == expected | _OTHERS
    assert set(written.label_hashes) == expected
    assert is_whole(written.folder)
    assert edited_files(written.folder) == ()


def test_a_cycle_has_four_axes_and_its_phases_three(cycle, labels, tmp_path):
    folder = write_case(cycle, tmp_path, TASK.presenter, report=False).folder
    whole = nibabel.load(folder / "labels.nii.gz")
    assert np.array_equal(np.moveaxis(np.asarray(whole.dataobj), 3, 0), labels)
    assert np.allclose(whole.affine, phantom_affine(), atol=1e-4)
    for phase, frame in (("ED", 0), ("ES", 2)):
        stored = nibabel.load(folder / f"{phase}_labels.nii.gz")
        assert np.array_equal(np.asarray(stored.dataobj), labels[frame])
        assert np.allclose(stored.affine, phantom_affine(), atol=1e-4)
        assert b"DOE" not in stored.header.binaryblock


def _like_the_challenge(header):
    header.set_sform(np.eye(4), code=2)
    header["qform_code"] = 0
    header["pixdim"][1:4] = (1.6, 1.6, 10.0)


def test_labels_keep_a_header_that_contradicts_itself_and_lie_on_the_image_in_itk(labels, tmp_path):
    header = heart_header(labels.shape[1:], np.eye(4), _like_the_challenge)
    result = build_heart(labels[[0, 2]], CineKind.ED_AND_ES, header)
    assert result.scan.spacing_mm == pytest.approx((1.6, 1.6, 10.0))
    folder = write_case(result, tmp_path, TASK.presenter, report=False).folder
    stored = nibabel.load(folder / "ED_labels.nii.gz").header
    for field in ("pixdim", "sform_code", "qform_code", "srow_x", "srow_y", "srow_z"):
        assert np.array_equal(stored[field], header[field]), field
    # ITK, and so Slicer, takes the spacing from pixdim: the segmentation must lie where the image does.
    as_nifti, as_nrrd = (
        sitk.ReadImage(str(folder / name)) for name in ("ED_labels.nii.gz", "ED_segmentation.seg.nrrd")
    )
    assert as_nrrd.GetSpacing() == pytest.approx(as_nifti.GetSpacing())
    assert as_nrrd.GetDirection() == pytest.approx(as_nifti.GetDirection())
    assert as_nrrd.GetOrigin() == pytest.approx(as_nifti.GetOrigin())


def test_labels_keep_the_header_where_the_user_gave_the_spacing(labels, tmp_path):
    result = build_heart(labels[:1], CineKind.SINGLE_FRAME)
    scaled = phantom_affine() @ np.diag([1.2, 1.2, 1.1, 1.0])
    placed = dataclasses.replace(result.scan.geometry, affine=scaled, spacing_origin=SpacingOrigin.USER)
    result = dataclasses.replace(result, scan=dataclasses.replace(result.scan, geometry=placed))
    folder = write_case(result, tmp_path, TASK.presenter, report=False).folder
    assert np.allclose(nibabel.load(folder / "labels.nii.gz").affine, phantom_affine(), atol=1e-4)
    document = json.loads((folder / "measurements.json").read_text(encoding="utf-8"))
    assert document["input"]["spacing_mm"] == pytest.approx([1.8 * 1.2, 1.8 * 1.2, 8 * 1.1])


def test_every_voxel_of_a_phase_lies_at_its_place_in_the_segmentation(cycle, labels, tmp_path):
    folder = write_case(cycle, tmp_path, TASK.presenter, report=False).folder
    read = from_sitk(sitk.ReadImage(str(folder / "ES_segmentation.seg.nrrd")))
    expected = Volume(labels[2], phantom_affine())
    assert np.allclose(read.affine, expected.affine, atol=1e-4)
    assert np.array_equal(read.array, expected.array)
    text = (folder / "ES_segmentation.seg.nrrd").read_bytes()[:8000].decode("latin-1")
    assert "QuantSeg heart 0.1.0" in text
    assert "87878005" in text


@pytest.mark.parametrize("which", ["cycle", "pair", "single"])
def test_measurements_follow_the_one_schema(which, request, tmp_path):
    folder = write_case(request.getfixturevalue(which), tmp_path, TASK.presenter, report=False).folder
    document = json.loads((folder / "measurements.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))
    files = {"cycle": "labels.nii.gz", "pair": None, "single": "labels.nii.gz"}
    assert document["labels"]["file"] == files[which]
    if which != "single":
        assert document["labels"]["phases"]["ES"] == {
            "file": "ES_labels.nii.gz",
            "frame_number": {"cycle": 3, "pair": 12}[which],
        }
    if which == "cycle":
        assert document["curves"]["left_out_frame_numbers"] == [2]
        assert len(document["curves"]["curves"][0]["values"]) == 4


def test_values_agree_in_json_csv_and_report_which_shows_the_digits_that_they_are_worth(cycle, tmp_path):
    written = write_case(cycle, tmp_path, TASK.presenter)
    write_summary(tmp_path, [written.summary_row], TASK.presenter.fact_columns)
    document = json.loads((written.folder / "measurements.json").read_text(encoding="utf-8"), parse_float=str)
    with (tmp_path / "summary.csv").open(encoding="utf-8", newline="") as stream:
        (row,) = csv.DictReader(stream)
    values = {(m["key"], m["region"]): m for m in document["measurements"]}
    html = (written.folder / "report.html").read_text(encoding="utf-8")
    for key, unit, decimals, shown in (
        ("ejection_fraction", "percent", 1, 1),
        ("end_diastolic_volume", "ml", 1, 0),
        ("mass", "g", 1, 0),
        ("cardiac_output", "l_per_min", 2, 1),
        ("mass_index", "g_per_m2", 1, 0),
    ):
        value = values[key, "left_ventricle"]["value"]
        assert row[f"left_ventricle_{key}_{unit}"] == value
        assert len(value.partition(".")[2]) == decimals
        assert f">{Decimal(value).quantize(Decimal(1).scaleb(-shown), ROUND_HALF_UP)}</td>" in html
    assert "54.3 to 65.4" in html
    assert row["left_ventricle_ejection_fraction_percent_low"] == "54.3"
    assert float(row["body_surface_area_m2"]) == 2
    assert row["orientation"] == "known"
    assert written.headline.startswith("LV EF 6")


def test_an_edited_phase_counts_as_edited(pair, tmp_path):
    folder = write_case(pair, tmp_path, TASK.presenter, report=False).folder
    path = folder / "ES_labels.nii.gz"
    path.write_bytes(path.read_bytes() + b" ")
    assert edited_files(folder) == ("ES_labels.nii.gz",)


def test_a_pair_in_place_of_a_cycle_leaves_nothing_of_it(cycle, pair, tmp_path):
    write_case(cycle, tmp_path, TASK.presenter, report=False)
    folder = write_case(pair, tmp_path, TASK.presenter, report=False).folder
    assert {path.name for path in folder.iterdir()} == {*_PHASE_FILES, "measurements.json"}


def test_the_report_names_model_licence_rule_and_research_use(cycle, tmp_path):
    html = (write_case(cycle, tmp_path, TASK.presenter).folder / "report.html").read_text(encoding="utf-8")
    for text in (
        "For research use only. Not for clinical diagnosis.",
        "CC-BY-NC-SA-4.0",
        "Papillary muscles and trabeculae count as cavity",
        "ab" * 32,
        "The curve has no jumps.",
    ):
        assert text in html
    assert html.count("data:image/png;base64,") == 4
    assert not re.search(r'(src|href)="http', html)


def _not_given(result):
    (section,) = (one for one in TASK.presenter.present(result).sections if one.key == "function")
    return next((note for note in section.notes if note.startswith("Not given: ")), "")


def test_what_is_not_given_is_named_with_its_reason(labels):
    unknown_body = build_heart(labels)
    kept = [m for m in unknown_body.measurements if not m.key.endswith("_index") and m.key != "cardiac_output"]
    unknown_body = dataclasses.replace(unknown_body, measurements=tuple(kept))
    assert _not_given(unknown_body) == (
        "Not given: values per m² of body surface, since height and weight are unknown; cardiac output, since the "
        "heart rate is unknown; peak rates, since 3 frames are too few (at least 12)."
    )
    weighed = dataclasses.replace(unknown_body, facts={**unknown_body.facts, "weight_kg": 80.0})
    assert "since height is unknown" in _not_given(weighed)


def test_what_is_given_is_not_named_as_missing(labels):
    assert "body surface" not in _not_given(build_heart(labels))
    assert "cardiac output" not in _not_given(build_heart(labels))


def test_a_model_of_the_left_ventricle_alone_says_what_it_cannot_show(labels):
    left = np.where(labels == HeartLabel.RV_CAVITY, 0, labels).astype(np.uint8)
    result = build_heart(left)
    segments = tuple(one for one in result.segments if one.value != HeartLabel.RV_CAVITY)
    result = dataclasses.replace(result.with_label_map(segments=segments), made_by="heart-lv-open")
    assert "the right ventricle, since heart-lv-open does not outline it" in _not_given(result)
    assert "wall thickness" not in _not_given(result)
    (wall,) = (one for one in TASK.presenter.present(result).sections if one.key == "wall")
    assert len(wall.pictures) == 2
    assert "each may reach half a wall into its neighbour" in wall.notes[0]
    untold = build_heart(left, orientation_trusted=False)
    untold = dataclasses.replace(untold.with_label_map(segments=segments), made_by="heart-lv-open")
    assert "wall thickness, since heart-lv-open does not outline the right ventricle" in _not_given(untold)


def test_unknown_orientation_and_spacing_are_said(labels, tmp_path):
    result = build_heart(labels, orientation_trusted=False, spacing_origin=SpacingOrigin.UNKNOWN)
    html = (write_case(result, tmp_path, TASK.presenter).folder / "report.html").read_text(encoding="utf-8")
    assert "The spacing is unknown" in html
    assert "Spacing</dt><dd>unknown" in html
    untold = build_heart(labels, orientation_trusted=False)
    assert "The walls are not named" in (write_case(untold, tmp_path, TASK.presenter).folder / "report.html").read_text(
        "utf-8"
    )


def test_the_montage_shows_every_slice_from_base_to_apex(labels):
    from quantseg.tasks.heart.view import short_axis_view

    for stored in (labels, labels[..., ::-1].copy()):
        result = build_heart(stored)
        view = short_axis_view(result.scan)
        shown = view.show(result.labels)
        montage = plan_montage(shown, view)
        assert sorted(montage.slices) == list(range(labels.shape[-1]))
        assert montage.ends == ("base", "apex")
        areas = [(shown[..., k] == HeartLabel.LV_CAVITY).sum() for k in montage.slices]
        assert areas[2] > areas[-3]
        extent_mm = 1.8 * np.ptp(np.argwhere(shown.any(axis=(0, 3))), axis=0).max()
        assert 1.2 * extent_mm < montage.field < 2 * extent_mm


@pytest.mark.parametrize("count", [3, 4, 6, 7, 9, 10, 13, 14, 15, 20])
def test_the_rows_of_the_montage_are_evenly_filled(labels, count):
    from quantseg.tasks.heart.view import short_axis_view

    view = short_axis_view(build_heart(labels).scan)
    montage = plan_montage(np.repeat(view.show(labels[:1]), 2, axis=-1)[..., :count], view)
    assert len(montage.slices) == count
    assert 0 <= montage.rows * montage.columns - count < montage.rows
    assert montage.columns <= 7


def test_a_heart_without_any_label_can_be_drawn(labels, tmp_path):
    folder = write_case(
        build_heart(labels).with_label_map(array=np.zeros_like(labels)), tmp_path, TASK.presenter
    ).folder
    assert (folder / "preview.png").stat().st_size > 0


def test_a_slice_in_doubt_is_told_beside_the_numbers_that_hang_on_it(cycle, tmp_path):
    note = "Whether the right ventricle reaches into slice 10 (apex) at end-diastole is in doubt."
    folder = write_case(dataclasses.replace(cycle, notes=(note,)), tmp_path, TASK.presenter).folder
    html = (folder / "report.html").read_text(encoding="utf-8")

    assert html.count(note) == 1
    assert html.index("<h2>Function</h2>") < html.index(note) < html.index("<h2>Volume over the heart cycle</h2>")
    assert note in json.loads((folder / "measurements.json").read_bytes())["notes"]
