"""From a painted head to labels and numbers, with a stand-in that reads the tissues off their brightness."""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from quantseg.brain.head_in_view import HeadInView
from quantseg.brain.regions import REGIONS_OF_TISSUE, Region
from quantseg.brain.tissue_prediction import TissuePrediction
from quantseg.errors import InputRefused
from quantseg.measure.steps import Steps
from quantseg.measure.values import Verdict
from quantseg.models.reference import ModelReference
from quantseg.reading import find_cases, read_scan
from quantseg.reading.spacing import HEADER_SPACING
from quantseg.results.writing import write_case
from quantseg.tasks.brain_tissue.anatomy import TISSUES, TISSUES_AND_PARTS
from quantseg.tasks.brain_tissue.checks import check_parts, check_tissue
from quantseg.tasks.brain_tissue.evaluation.parts import TISSUE_PARTS, TISSUE_PARTS_OF_ALL
from quantseg.tasks.brain_tissue.network import ExpectingNetwork
from quantseg.tasks.brain_tissue.options import BrainTissueOptions
from quantseg.tasks.brain_tissue.pipeline import BrainTissuePipeline
from quantseg.tasks.brain_tissue.task import TASK
from quantseg.volume import Grid, Volume, resample

_FLUID_MM, _GREY_MM, _WHITE_MM, _SKIN_MM = 62.0, 57.0, 46.0, 74.0
_VENTRICLE_MM = 12.0
_BRIGHTNESS = {"skin": 140.0, "fluid": 30.0, "grey": 80.0, "white": 110.0}


def a_painted_head(spacing_mm=(2.0, 2.0, 2.0), skull=True, brightness=_BRIGHTNESS) -> Volume:
    """Shells about the origin: skin, air-dark skull, fluid, grey, white, a ventricle on the left."""
    shape = tuple(int(170 / s) for s in spacing_mm)
    affine = np.diag([*spacing_mm, 1.0])
    affine[:3, 3] = -(np.array(shape) - 1) / 2 * spacing_mm
    positions = Grid(shape, affine).to_world(np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), -1))
    radius = np.linalg.norm(positions, axis=-1)
    image = np.zeros(shape, np.float32)
    if skull:
        image[(radius < _SKIN_MM) & (radius > _FLUID_MM + 5)] = brightness["skin"]
    image[radius < _FLUID_MM] = brightness["fluid"]
    image[radius < _GREY_MM] = brightness["grey"]
    image[radius < _WHITE_MM] = brightness["white"]
    ventricle = np.linalg.norm(positions - [-20.0, 0.0, 0.0], axis=-1) < _VENTRICLE_MM
    image[ventricle] = brightness["fluid"]
    return Volume(image + np.random.default_rng(0).normal(0, 0.5, shape).astype(np.float32), affine)


class StandInNetwork:
    """Tells tissues by brightness at 2 mm, in any order that it was told, and sides by the middle of the image."""

    bundle = SimpleNamespace(
        inference={"spacing_mm": [2.0, 2.0, 2.0], "labels": {region.name.lower(): int(region) for region in Region}},
        folder=Path("was never calibrated"),
    )
    device, rung = "cpu", SimpleNamespace(value="whole image")

    def __init__(self, brightness=_BRIGHTNESS) -> None:
        self._brightness = brightness
        self.seen: np.ndarray | None = None

    def predict(self, image: np.ndarray) -> np.ndarray:
        self.seen = image
        middle = np.argwhere(image > 10).mean(axis=0)
        places = 2.0 * (np.stack(np.meshgrid(*map(np.arange, image.shape), indexing="ij"), -1) - middle)
        radius = np.linalg.norm(places, axis=-1)
        left = places[..., 0] < 0
        of = {name: np.exp(-(((image - level) / 8) ** 2)) for name, level in self._brightness.items()}
        scores = np.full((len(Region), *image.shape), 1e-6, np.float32)
        inside = radius < _FLUID_MM + 1
        scores[Region.BACKGROUND] += np.where(inside, 1e-3 + np.exp(-((image / 8) ** 2)), 1.0)
        ventricle = np.linalg.norm(places - [-20.0, 0.0, 0.0], axis=-1) < _VENTRICLE_MM + 2
        scores[Region.LEFT_VENTRICLE] += of["fluid"] * inside * ventricle
        scores[Region.OUTER_FLUID] += of["fluid"] * inside * ~ventricle
        scores[Region.LEFT_GREY] += of["grey"] * inside * left
        scores[Region.RIGHT_GREY] += of["grey"] * inside * ~left
        scores[Region.LEFT_WHITE] += of["white"] * inside * left
        scores[Region.RIGHT_WHITE] += of["white"] * inside * ~left
        return (scores / scores.sum(axis=0))[None]


def ball_ml(radius_mm: float) -> float:
    return 4 / 3 * np.pi * radius_mm**3 / 1000


@pytest.fixture
def segment(tmp_path, monkeypatch):
    """Return what segments a painted head, written to a file and read again."""
    import nibabel

    monkeypatch.setattr(
        "quantseg.tasks.brain_tissue.pipeline.network_of", lambda bundle: ExpectingNetwork(bundle.name, None)
    )
    monkeypatch.setattr(
        "quantseg.models.bundle.reference", lambda _bundle: ModelReference("brain-tissue", "0.1", "CC0-1.0", {})
    )

    def run(volume: Volume, network=None, **options):
        path = Path(tmp_path) / "head.nii.gz"
        nibabel.save(nibabel.Nifti1Image(volume.array, volume.affine), path)
        scan = read_scan(find_cases([path])[0], HEADER_SPACING)
        models = SimpleNamespace(ensemble=lambda *_: network or StandInNetwork())
        return BrainTissuePipeline(BrainTissueOptions(**options), models).run("head", scan, Steps())

    return run


def values(result) -> dict[tuple[str, str], float]:
    return {(one.key, one.region): one.value for one in result.measurements}


def test_every_label_is_of_one_tissue_and_all_together_are_the_intracranial_space():
    for structures in (TISSUES, TISSUES_AND_PARTS):
        regions = [region for one in structures for region in one.regions]
        assert sorted(regions) == list(Region)[1:]
        assert [one.segment.value for one in structures] == list(range(1, len(structures) + 1))
    for one in TISSUES_AND_PARTS:
        assert any(set(one.regions) <= set(tissue.regions) for tissue in TISSUES)


def test_what_is_scored_is_the_tissues_with_or_without_parts_told_apart():
    for parts, structures in ((TISSUE_PARTS, TISSUES), (TISSUE_PARTS_OF_ALL, TISSUES_AND_PARTS)):
        values = {one.name: one.values for one in parts}
        told = [value for name in ("csf", "grey_matter", "white_matter") for value in values[name]]
        assert sorted(told) == [one.segment.value for one in structures]
        assert set(values["brain"]) == {*values["grey_matter"], *values["white_matter"]}


def test_a_whole_head_gives_volumes_shares_and_the_intracranial_volume(segment):
    result = segment(a_painted_head())
    found = values(result)
    white = ball_ml(_WHITE_MM) - ball_ml(_VENTRICLE_MM)
    grey = ball_ml(_GREY_MM) - ball_ml(_WHITE_MM)
    for key in ("volume", "label_volume"):
        assert found[key, "white_matter"] == pytest.approx(white, rel=0.02)
        assert found[key, "grey_matter"] == pytest.approx(grey, rel=0.02)
    intracranial = found["intracranial_volume", "head"]
    assert intracranial == pytest.approx(ball_ml(_FLUID_MM), rel=0.02)
    shares = [found["volume_per_intracranial", region] for region in ("csf", "grey_matter", "white_matter")]
    assert sum(shares) == pytest.approx(100, abs=0.01)
    assert found["volume", "brain"] == pytest.approx(found["volume", "grey_matter"] + found["volume", "white_matter"])
    assert {one.unit for one in result.measurements} == {"ml", "%"}
    assert set(np.unique(result.labels)) == {0, 1, 2, 3}
    assert result.verdict is not Verdict.FAIL


@pytest.mark.parametrize("order", ["LPS", "SAR", "IPR"])
def test_labels_lie_where_the_tissue_is_however_the_scan_is_stored(segment, order):
    import nibabel

    head = a_painted_head((2.0, 2.2, 2.5))
    image = nibabel.Nifti1Image(head.array, head.affine)
    turned = image.as_reoriented(
        nibabel.orientations.ornt_transform(
            nibabel.io_orientation(head.affine), nibabel.orientations.axcodes2ornt(order)
        )
    )
    stored = Volume(np.ascontiguousarray(turned.dataobj), turned.affine)
    result, plain = segment(stored, parts=True), segment(head, parts=True)
    ventricle = result.volume.grid.to_world(np.argwhere(result.labels == 4)).mean(axis=0)
    assert ventricle == pytest.approx([-20.0, 0.0, 0.0], abs=0.7)
    assert values(result) == pytest.approx(values(plain))
    there = resample(Volume(result.labels, result.volume.affine), head.grid, "nearest").array
    assert np.array_equal(there, plain.labels)


@pytest.mark.parametrize("spacing_mm", [(3.0, 3.0, 3.0), (2.0, 2.0, 3.0)])
def test_volumes_hold_in_coarse_voxels(segment, spacing_mm):
    found, fine = values(segment(a_painted_head(spacing_mm))), values(segment(a_painted_head()))
    for region in ("grey_matter", "white_matter"):
        assert found["volume", region] == pytest.approx(fine["volume", region], rel=0.12)
    assert found["intracranial_volume", "head"] == pytest.approx(fine["intracranial_volume", "head"], rel=0.04)


def test_parts_belong_to_their_tissue(segment):
    found, with_parts = values(segment(a_painted_head())), values(segment(a_painted_head(), parts=True))
    for region in ("csf", "grey_matter", "white_matter"):
        assert with_parts["volume", region] == pytest.approx(found["volume", region])
    assert with_parts["volume", "ventricles"] == pytest.approx(ball_ml(_VENTRICLE_MM), rel=0.1)
    assert with_parts["volume", "left_lateral_ventricle"] > 100 * with_parts["volume", "right_lateral_ventricle"]


def test_document_report_and_summary_say_the_same(segment, tmp_path):
    result = segment(a_painted_head(), parts=True)
    written = write_case(result, tmp_path / "out", TASK.presenter)
    document = json.loads((written.folder / "measurements.json").read_text(encoding="utf-8"))
    told = {(one["key"], one["region"]): one for one in document["measurements"]}
    assert told["volume", "grey_matter"]["unit"] == "ml"
    assert told["volume", "grey_matter"]["value"] == pytest.approx(values(result)["volume", "grey_matter"], abs=0.05)
    assert {("volume", "csf"), ("volume", "white_matter"), ("intracranial_volume", "head")} <= set(told)
    assert (written.folder / "labels.nii.gz").is_file()
    report = (written.folder / "report.html").read_text(encoding="utf-8")
    for text in ("Intracranial volume", "Left lateral ventricle", "From shares of voxels", "% of ICV"):
        assert text in report
    assert re.fullmatch(r"GM [\d.]+ % \+ WM [\d.]+ % \+ CSF [\d.]+ % of ICV", written.headline)


@pytest.mark.parametrize("skull", [True, False])
def test_every_number_has_a_place_and_a_code(segment, skull):
    result, codes = segment(a_painted_head(skull=skull), parts=True), TASK.presenter.codes()
    for one in result.measurements:
        place, quantity = codes.place(one.region), codes.quantity(one)
        assert place.name
        assert quantity.concept.value
        side = next((side for side in ("Left", "Right") if one.region.startswith(side.lower())), None)
        assert (place.laterality.meaning if place.laterality else None) == side


def test_of_a_stripped_brain_no_intracranial_volume_is_given(segment):
    result = segment(a_painted_head(skull=False))
    found = values(result)
    assert ("intracranial_volume", "head") not in found
    shares = [found["volume_per_tissue", region] for region in ("csf", "grey_matter", "white_matter")]
    assert sum(shares) == pytest.approx(100, abs=0.01)
    assert any("without its skull" in check.reason for check in result.checks)


def test_a_cut_brain_fails_and_has_no_intracranial_volume(segment):
    head = a_painted_head()
    cut = Volume(head.array[:, :, 30:].copy(), head.grid.window((0, 0, 30), (85, 85, 55)).affine)
    result = segment(cut)
    assert result.verdict is Verdict.FAIL
    assert ("intracranial_volume", "head") not in values(result)


@pytest.mark.parametrize(
    ("at_border_ml", "verdict"), [(1.0, Verdict.GOOD), (3.0, Verdict.LOOK), (14.0, Verdict.LOOK), (40.0, Verdict.FAIL)]
)
def test_a_brain_that_touches_the_end_of_the_picture_wants_a_look_and_one_that_is_cut_fails(at_border_ml, verdict):
    part = np.full((len(Region), 2, 2, 2), 1 / len(Region), np.float32)
    channels = tuple((region,) for region in Region)
    prediction = TissuePrediction(Volume(part[0], np.eye(4)), part, part[0] > 0, channels)
    (view, *_) = check_tissue(prediction, HeadInView(skull_shown=True, at_border_ml=at_border_ml))
    assert (view.key, view.verdict) == ("whole_brain", verdict)


def test_another_contrast_is_refused_or_fails(segment):
    inverted = {"skin": 140.0, "fluid": 200.0, "grey": 110.0, "white": 80.0}
    head, network = a_painted_head(brightness=inverted), StandInNetwork(inverted)
    with pytest.raises(InputRefused, match="T1-weighted"):
        segment(head, network)
    assert segment(head, network, force=True).verdict is Verdict.FAIL


def test_an_image_without_a_brain_is_refused(segment):
    nothing = StandInNetwork(dict.fromkeys(("skin", "fluid", "grey", "white"), -100.0))
    with pytest.raises(InputRefused, match="expected a head or a brain"):
        segment(a_painted_head(), nothing)


def test_the_network_is_shown_the_head_without_the_air_around_it(segment):
    head = a_painted_head()
    wide = Volume(np.pad(head.array, ((0, 30), (0, 0), (25, 0))), head.grid.window((0, 0, -25), (1, 1, 1)).affine)
    network, plain = StandInNetwork(), StandInNetwork()
    assert values(segment(wide, network)) == pytest.approx(values(segment(head, plain)), rel=0.01)
    assert max(network.seen.shape) <= _SKIN_MM + 16


def test_the_command_offers_the_task():
    from quantseg.tasks.registry import TASKS, find_task

    assert TASK.name in TASKS
    assert find_task(TASK.name) is TASK


class TellsTissuesAlone(StandInNetwork):
    """Sees the same, but tells no parts."""

    bundle = SimpleNamespace(
        inference={"spacing_mm": [2.0, 2.0, 2.0], "labels": {"background": 0, "fluid": 1, "grey": 2, "white": 3}},
        name="brain-tissue",
        version="0.1.0",
        folder=Path("was never calibrated"),
    )

    def predict(self, image: np.ndarray) -> np.ndarray:
        regions = super().predict(image)
        tissues = [regions[:, list(members)].sum(axis=1) for members in REGIONS_OF_TISSUE.values()]
        return np.stack([regions[:, Region.BACKGROUND], *tissues], axis=1)


def test_a_network_that_tells_tissues_alone_gives_the_same_tissues(segment):
    every, tissues = segment(a_painted_head()), segment(a_painted_head(), TellsTissuesAlone())
    assert np.array_equal(every.labels, tissues.labels)
    assert values(every).keys() == values(tissues).keys()
    assert values(tissues)["volume", "csf"] == pytest.approx(values(every)["volume", "csf"], rel=1e-4)


def test_a_brain_that_does_not_lie_on_the_atlas_gets_no_parts():
    assert [check_parts(likeness).verdict for likeness in (0.8, 0.6)] == [Verdict.GOOD, Verdict.LOOK]
    with pytest.raises(InputRefused, match=r"is 0\.40, expected 0\.65 or more; leave --parts out"):
        check_parts(0.4)
