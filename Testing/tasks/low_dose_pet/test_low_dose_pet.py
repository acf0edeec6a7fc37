"""From a PET with few counts to an estimate by the command, with the model that ships; the scans are made."""

import json

import nibabel
import numpy as np
import pytest
from made_pet import VOXEL_MM, made_brain, made_phantom, save, with_noise
from made_pet_dicom import write_pet_series

from quantseg.cli.main import main
from quantseg.volume import Volume


def run(*arguments):
    return main(["run", "low-dose-pet", *map(str, arguments)])


def image(folder, name="image"):
    return nibabel.load(folder / f"{name}.nii.gz").get_fdata(dtype=np.float32)


def document(folder):
    return json.loads((folder / "measurements.json").read_text(encoding="utf-8"))


def reasons(folder):
    return {one["key"]: one["reason"] for one in document(folder)["checks"]}


def numbers(folder, key):
    return {one["region"]: one["value"] for one in document(folder)["measurements"] if one["key"] == key}


@pytest.fixture(scope="module")
def estimated(low, tmp_path_factory):
    """The folder of a made brain, done by the command."""
    place = tmp_path_factory.mktemp("pet")
    assert run(save(low, place / "low.nii.gz"), "--dose-fraction", "0.1", "-o", place / "out") == 0
    return place / "out" / "low"


def test_an_estimate_keeps_the_mean_has_less_noise_and_says_that_it_is_none_of_a_scanner(estimated, low):
    found, truth = image(estimated), made_brain()
    brain = truth > 1
    assert found.shape == low.shape
    assert found[brain].mean() == pytest.approx(low[brain].mean(), rel=0.01)
    assert np.sqrt(((found - truth)[brain] ** 2).mean()) < 0.6 * np.sqrt(((low - truth)[brain] ** 2).mean())
    assert image(estimated, "difference") == pytest.approx(found - low, abs=1e-4)
    sd = image(estimated, "uncertainty")
    assert sd.min() >= 0
    assert sd[brain].mean() > 3 * sd[0].mean()
    assert document(estimated)["verdict"] == "look"
    assert "simulated brain scans alone" in reasons(estimated)["evidence"]
    assert "size, the contrast and the sides of a brain" in reasons(estimated)["brain"]
    assert numbers(estimated, "dose_fraction") == {"whole": 10.0}
    report = (estimated / "report.html").read_text(encoding="utf-8")
    for said in ("Estimated, not measured", "simulated", "Left anterior third"):
        assert said in report


def test_any_order_of_axes_and_any_unit_give_the_same_estimate(estimated, low, tmp_path):
    turned = nibabel.Nifti1Image(1000 * low, np.diag([VOXEL_MM] * 3 + [1.0]))
    order = nibabel.orientations.ornt_transform(
        nibabel.orientations.axcodes2ornt("RAS"), nibabel.orientations.axcodes2ornt("PIL")
    )
    nibabel.save(turned.as_reoriented(order), tmp_path / "turned.nii.gz")
    assert run(tmp_path / "turned.nii.gz", "--dose-fraction", "0.1", "-o", tmp_path / "out") == 0
    back = nibabel.as_closest_canonical(nibabel.load(tmp_path / "out" / "turned" / "image.nii.gz"))
    assert back.get_fdata() / 1000 == pytest.approx(image(estimated), abs=0.02)


def test_voxels_of_another_size_are_interpolated_and_the_grid_is_that_of_the_scan(tmp_path):
    # Every second slice and 2.5 mm within it: as if another scanner had made it.
    array, affine = with_noise(made_brain()[:, :, ::2], 0.2), np.diag([2.5, 2.5, 5.0, 1.0])
    affine[:3, 3] = 7, -3, 11
    assert run(save(array, tmp_path / "coarse.nii.gz", affine), "-o", tmp_path / "out") == 0
    folder = tmp_path / "out" / "coarse"
    made = nibabel.load(folder / "image.nii.gz")
    assert made.shape == array.shape
    assert np.allclose(made.affine, affine)
    assert made.get_fdata()[array > 1].mean() == pytest.approx(array[array > 1].mean(), rel=0.03)
    assert "2.50 × 2.50 × 5.00 mm were interpolated" in reasons(folder)["voxels"]
    assert "dose fraction was estimated" in reasons(folder)["noise"]


def test_a_body_phantom_is_taken_for_no_brain(tmp_path):
    assert run(save(with_noise(made_phantom(), 0.2), tmp_path / "nema.nii.gz"), "-o", tmp_path / "out") == 0
    written = document(tmp_path / "out" / "nema")
    assert written["verdict"] == "look"
    assert "trained on brains, and this is taken for none" in reasons(tmp_path / "out" / "nema")["brain"]


@pytest.mark.parametrize("factor", [1e30, 1e-30])
def test_numbers_beyond_any_unit_are_refused(low, tmp_path, capsys, factor):
    assert run(save(low[:, :, :8] * np.float32(factor), tmp_path / "pet.nii.gz"), "-o", tmp_path / "out") == 1
    assert "expected 1e-09 to 1e+15 in any unit of activity" in capsys.readouterr().err


def test_one_voxel_that_outshines_all_others_is_taken_for_no_brain(low, tmp_path):
    array = low[:, :, :20].copy()
    array[30, 30, 10] = 1e9
    assert run(save(array, tmp_path / "hot.nii.gz"), "--dose-fraction", "0.1", "-o", tmp_path / "out") == 0
    assert "this is taken for none" in reasons(tmp_path / "out" / "hot")["brain"]


def _series(folder, low, change=None):
    return write_pet_series(folder, Volume(low, np.diag([-VOXEL_MM, -VOXEL_MM, VOXEL_MM, 1.0])), change)


def test_a_dicom_series_is_measured_in_uptake_values_and_its_image_stays_in_its_own_unit(low, tmp_path):
    assert run(_series(tmp_path / "pet", low), "--dose-fraction", "0.1", "-o", tmp_path / "out") == 0
    (folder,) = (path for path in (tmp_path / "out").iterdir() if path.is_dir())
    before = numbers(folder, "mean_before")["whole"]
    assert {one["unit"] for one in document(folder)["measurements"] if one["key"] == "mean_before"} == {"g/ml"}
    assert before == pytest.approx(float(low[low > 2.4].mean()), rel=0.2)
    assert image(folder).max() > 1000


def test_a_dicom_series_that_does_not_tell_its_dose_is_refused(low, tmp_path, capsys):
    def without_dose(dataset, _k):
        del dataset.RadiopharmaceuticalInformationSequence

    assert run(_series(tmp_path / "pet", low[:, :, :10], without_dose), "-o", tmp_path / "out") == 1
    assert "lack the injected dose" in capsys.readouterr().err


@pytest.mark.parametrize("said", ["10", "1", "0"])
def test_a_dose_fraction_that_is_none_is_refused_before_any_work(tmp_path, said):
    try:
        status = run(tmp_path / "absent.nii.gz", "--dose-fraction", said, "-o", tmp_path / "out")
    except SystemExit as left:
        status = left.code
    assert status == 2
    assert not (tmp_path / "out").exists()


def test_an_image_without_activity_is_refused(tmp_path, capsys):
    nothing = -np.abs(np.random.default_rng(0).normal(size=(40, 40, 20))).astype(np.float32)
    assert run(save(nothing, tmp_path / "nothing.nii.gz"), "-o", tmp_path / "out") == 1
    assert "shows no activity" in capsys.readouterr().err
