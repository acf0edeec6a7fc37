"""From axial slices to areas and fat by the command, with the model that ships; the slices are drawn."""

import json
from pathlib import Path

import nibabel
import numpy as np
import pytest

from quantseg.cli.main import main
from quantseg.tasks.lumbar_muscle.channels import LABELS, Muscle, Side, label_of
from quantseg.tasks.lumbar_muscle.training.scanning import Contrast
from quantseg.tasks.lumbar_muscle.training.synthetic_slices import draw_slice

_PIXEL_MM = 1.25
_TRIED = (Muscle.PSOAS, Muscle.ERECTOR_SPINAE, Muscle.MULTIFIDUS)


def run(*arguments):
    return main(["run", "lumbar-muscle", *map(str, arguments)])


def document(folder):
    return json.loads((folder / "measurements.json").read_text(encoding="utf-8"))


def numbers(folder, key):
    found = document(folder)["measurements"]
    return {one["region"]: one["value"] for one in found if one["key"] == key and "slice_index" not in one}


def labels(folder):
    return np.asarray(nibabel.load(folder / "labels.nii.gz").dataobj)


def reasons(folder):
    return {one["key"]: one["reason"] for one in document(folder)["checks"]}


def overlap(found, true):
    return 2 * (found & true).sum() / (found.sum() + true.sum())


@pytest.fixture
def measured(dixon, tmp_path):
    water, fat = dixon
    assert run("--fat", fat, water, "-o", tmp_path / "out", "--height-m", "1.75") == 0
    return tmp_path / "out" / "water"


def test_muscles_of_a_dixon_are_outlined_measured_and_shown_with_verdict_look(measured, drawn):
    found, true = labels(measured), np.stack([one.shares.argmax(axis=0) for one in drawn], axis=2)
    for muscle in _TRIED:
        for side in Side:
            value = label_of(muscle, side)
            assert overlap(found == value, true == value) > 0.75
    written = document(measured)
    assert written["verdict"] == "look"
    assert "untested on real images" in reasons(measured)["evidence"]
    areas, fat = numbers(measured, "area"), numbers(measured, "fat_fraction")
    assert set(areas) <= set(LABELS[1:])
    for region, area_mm2 in areas.items():
        value = LABELS.index(region)
        shown = [(found[..., k] == value).sum() for k in range(3)]
        assert area_mm2 == pytest.approx(np.mean([n for n in shown if n]) * _PIXEL_MM**2, abs=0.1)
    assert all(0 <= value <= 100 for value in fat.values())
    assert {one["slice_index"] for one in written["measurements"] if "slice_index" in one} == {0, 1, 2}
    paraspinal_mm2 = sum(areas[f"{side.value}_{muscle.value}"] for muscle in _TRIED for side in Side)
    assert numbers(measured, "muscle_index")["paraspinal"] == pytest.approx(paraspinal_mm2 / 100 / 1.75**2, rel=1e-3)
    report = (measured / "report.html").read_text(encoding="utf-8")
    for said in ("Erector spinae, lean", "Slice by slice", "no chemical fat fraction"):
        assert said in report
    assert (measured / "fat_fraction.nii.gz").is_file()


def test_any_order_of_axes_gives_the_same_labels_in_space(measured, dixon, tmp_path):
    turned = []
    for path in dixon:
        image = nibabel.load(path)
        order = nibabel.orientations.axcodes2ornt("IPL")
        there = nibabel.orientations.ornt_transform(nibabel.orientations.axcodes2ornt("RAS"), order)
        turned.append(tmp_path / f"turned_{path.name}")
        nibabel.save(image.as_reoriented(there), turned[-1])

    assert run("--fat", turned[1], turned[0], "-o", tmp_path / "turned") == 0

    back = nibabel.as_closest_canonical(nibabel.load(tmp_path / "turned" / "turned_water" / "labels.nii.gz"))
    assert np.array_equal(np.asarray(back.dataobj), labels(measured))


def test_exchanged_water_and_fat_are_put_right_and_named(measured, dixon, tmp_path):
    water, fat = dixon
    assert run("--fat", water, fat, "-o", tmp_path / "exchanged") == 0
    folder = tmp_path / "exchanged" / "fat"
    assert "Water and fat are exchanged in every slice" in reasons(folder)["water_fat_swap"]
    assert "water_fat_swap" not in reasons(measured)
    assert numbers(folder, "fat_fraction") == numbers(measured, "fat_fraction")


def test_one_slice_is_measured_by_its_index_in_the_file(measured, dixon, tmp_path):
    water, fat = dixon
    assert run("--fat", fat, water, "-o", tmp_path / "one", "--slice", "1") == 0
    found = labels(tmp_path / "one" / "water")
    assert [bool(found[..., k].any()) for k in range(3)] == [False, True, False]
    assert np.array_equal(found[..., 1], labels(measured)[..., 1])
    assert all("slice_index" not in one for one in document(tmp_path / "one" / "water")["measurements"])


def test_a_single_image_has_its_fat_from_a_threshold_and_says_so(clean, tmp_path):
    image = draw_slice(23, (256, 176), _PIXEL_MM, clean, Contrast.T1).images[0]
    nibabel.save(nibabel.Nifti1Image(image[..., None], np.diag([_PIXEL_MM, _PIXEL_MM, 4, 1])), tmp_path / "t1.nii.gz")
    assert run(tmp_path / "t1.nii.gz", "-o", tmp_path / "out") == 0
    folder = tmp_path / "out" / "t1"
    assert "no chemical fat fraction" in reasons(folder)["fat_source"]
    (protocol,) = {one["protocol"] for one in document(folder)["measurements"] if one["key"] == "fat_fraction"}
    assert "two-class threshold" in protocol
    assert not numbers(folder, "fat_fraction_median")


def _noise(folder):
    array = np.random.default_rng(1).normal(100, 20, (256, 176, 2)).astype(np.float32)
    return _saved(folder, array, np.diag([_PIXEL_MM, _PIXEL_MM, 5, 1]))


def _coarse(folder):
    array = np.random.default_rng(1).normal(100, 20, (64, 64, 20)).astype(np.float32)
    return _saved(folder, array, np.diag([4, 1, 1, 1]))


def _tiny(folder):
    return _saved(folder, np.random.default_rng(1).normal(100, 20, (30, 30, 3)).astype(np.float32), np.eye(4))


def _head(folder):
    head = nibabel.load(Path(__file__).parents[3] / "Resources/SampleData/head_t1.nii.gz")
    # In these the network finds all that a lumbar cross-section has.
    canonical = nibabel.as_closest_canonical(head)
    array = np.asarray(canonical.dataobj)[:, :, [35, 71, 105]].astype(np.float32)
    return _saved(folder, array, canonical.affine)


def _saved(folder, array, affine):
    nibabel.save(nibabel.Nifti1Image(array, affine), folder / "image.nii.gz")
    return folder / "image.nii.gz"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        pytest.param(_noise, "shows a cross-section through the lumbar spine", id="no cross-section"),
        pytest.param(_head, "mm wide, with air on both sides", id="a head"),
        pytest.param(_coarse, "pixels of 4 × 1 mm, expected at most 2.6 mm", id="sagittal slices"),
        pytest.param(_tiny, "30 × 30 pixels, expected at least 48", id="a small piece"),
    ],
)
def test_what_shows_no_lumbar_cross_section_is_refused_and_leaves_nothing(tmp_path, capsys, make, said):
    assert run(make(tmp_path), "-o", tmp_path / "out") == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out" / "image").exists()


def test_a_slice_that_does_not_exist_is_refused(dixon, tmp_path, capsys):
    water, fat = dixon
    assert run("--fat", fat, water, "-o", tmp_path / "out", "--slice", "3") == 1
    assert "There is no slice 3, expected 0 to 2" in capsys.readouterr().err


def test_a_fat_image_of_another_place_is_refused(dixon, tmp_path, capsys):
    water, fat = dixon
    image = nibabel.load(fat)
    affine = image.affine.copy()
    affine[:3, 3] = 60, 5, 5
    elsewhere = np.asarray(image.dataobj)[:-2]
    nibabel.save(nibabel.Nifti1Image(elsewhere, affine), tmp_path / "elsewhere.nii.gz")
    assert run("--fat", tmp_path / "elsewhere.nii.gz", water, "-o", tmp_path / "out") == 1
    assert "does not cover all of the first one" in capsys.readouterr().err


def test_a_header_that_lost_its_origin_is_laid_on_the_other_and_doubted(measured, dixon, tmp_path):
    water, fat = dixon
    image = nibabel.load(fat)
    affine = image.affine.copy()
    affine[:3, 3] = 200, 150, 190
    nibabel.save(nibabel.Nifti1Image(np.asarray(image.dataobj), affine), tmp_path / "placed.nii.gz")
    assert run("--fat", tmp_path / "placed.nii.gz", water, "-o", tmp_path / "laid") == 0
    assert "places it nowhere" in reasons(tmp_path / "laid" / "water")["place"]
    assert np.array_equal(labels(tmp_path / "laid" / "water"), labels(measured))


def test_a_height_in_centimetres_is_refused_before_any_work(dixon, tmp_path, capsys):
    water, fat = dixon
    assert run("--fat", fat, water, "-o", tmp_path / "out", "--height-m", "175") == 2
    assert "give metres" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
