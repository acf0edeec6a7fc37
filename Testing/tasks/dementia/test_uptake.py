"""FDG uptake of a PET that is painted from the mean of healthy adults, with a loss at places that are known."""

from types import SimpleNamespace

import nibabel
import numpy as np
import pytest

from quantseg.brain.atlas import read_atlas
from quantseg.brain.fdg_mean import read_fdg_mean, read_standard_map
from quantseg.brain.pet_alignment import align_pet
from quantseg.errors import InputRefused, UsageError
from quantseg.measure.steps import Steps
from quantseg.measure.values import Verdict
from quantseg.tasks.dementia.options import DementiaOptions
from quantseg.tasks.dementia.seeing import see_pet_alone
from quantseg.tasks.dementia.uptake import REGIONS, HealthyUptake, Reference, asymmetries_percent, measure_uptake
from quantseg.volume import Grid, Volume, resample_through

_LOSS_PERCENT = 25.0


@pytest.fixture(scope="module")
def atlas():
    return read_atlas()


@pytest.fixture(scope="module")
def healthy(atlas):
    return HealthyUptake(read_fdg_mean(atlas).array, np.full(atlas.grid.shape, 0.1, np.float32), "some")


def with_loss(atlas, healthy, regions):
    """Return a PET on the atlas's grid that has lost uptake, of whatever tissue, in the boxes of some regions."""
    uptake = healthy.mean * 37.0
    for name in regions:
        side, _, region = name.partition("_")
        uptake = np.where(REGIONS[region].mask(atlas.grid, side), uptake * (1 - _LOSS_PERCENT / 100), uptake)
    return Volume(uptake.astype(np.float32), atlas.grid.affine)


@pytest.mark.parametrize("reference", list(Reference))
def test_a_loss_is_found_where_it_is_and_on_the_side_where_it_is(atlas, healthy, reference):
    pet = with_loss(atlas, healthy, ["left_posterior_cingulate", "left_temporoparietal", "right_temporoparietal"])

    found = measure_uptake(pet, np.eye(4), atlas, healthy, reference)

    for name, percent in found.differences_percent.items():
        lost = name in ("left_posterior_cingulate", "left_temporoparietal", "right_temporoparietal")
        # Neighbouring boxes overlap a little.
        assert percent == pytest.approx(-_LOSS_PERCENT if lost else 0, abs=3.5), name
    asymmetries = asymmetries_percent(found.ratios)
    assert asymmetries["posterior_cingulate"] == pytest.approx(-28, abs=4)
    assert asymmetries["temporoparietal"] == pytest.approx(0, abs=3)
    assert found.z_scores["left_posterior_cingulate"] < -2
    centre = tuple(np.round(atlas.grid.to_voxel(np.array([-6, -48, 28]))).astype(int))
    assert found.difference_percent[centre] < -10


def test_a_pet_that_was_turned_and_moved_is_laid_on_the_mri(atlas, healthy):
    angle = np.radians(9)
    truth = np.eye(4)
    truth[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    truth[:3, 3] = [12, -9, 14]
    grid = Grid((64, 76, 60), np.diag([3.0, 3.0, 3.0, 1.0]))
    pet = resample_through(
        with_loss(atlas, healthy, []), grid.centred_at(np.array([12.0, -30.0, 20.0])), np.linalg.inv(truth)
    )

    found = align_pet(atlas.brain, pet)

    corners = atlas.grid.to_world(np.argwhere(atlas.mask)[::4000])
    apart_mm = np.linalg.norm((corners @ (found - truth)[:3, :3].T + (found - truth)[:3, 3]), axis=1)
    assert apart_mm.max() < 3.0


def test_a_pet_alone_is_laid_on_the_mean_of_healthy_people(atlas, healthy):
    truth = np.diag([0.9, 0.92, 0.88, 1.0])
    truth[:3, 3] = [10, -6, 8]
    grid = Grid((64, 76, 60), np.diag([3.0, 3.0, 3.0, 1.0])).centred_at(np.array([10.0, -25.0, 18.0]))
    pet = resample_through(with_loss(atlas, healthy, ["left_posterior_cingulate"]), grid, np.linalg.inv(truth))

    seen = see_pet_alone(SimpleNamespace(volume=pet), healthy, Reference.CEREBELLUM, Steps())

    assert [check.verdict for check in seen.checks] == [Verdict.GOOD]
    percent = seen.uptake.differences_percent
    assert percent["left_posterior_cingulate"] == min(percent.values())
    assert percent["left_posterior_cingulate"] == pytest.approx(-_LOSS_PERCENT, abs=7)
    assert percent["right_frontal"] == pytest.approx(0, abs=6)


def test_a_pet_without_its_reference_region_is_refused(atlas, healthy):
    pet = with_loss(atlas, healthy, [])
    cut = Volume(pet.array[:, :, 40:], pet.grid.window((0, 0, 40), pet.array[:, :, 40:].shape).affine)
    with pytest.raises(InputRefused, match="of the cerebellum"):
        measure_uptake(cut, np.eye(4), atlas, healthy, Reference.CEREBELLUM)


def test_maps_of_healthy_people_are_taken_in_standard_space_only(tmp_path, atlas):
    nibabel.save(nibabel.Nifti1Image(np.ones((4, 4, 4), np.float32), np.eye(4)), tmp_path / "sd.nii.gz")
    with pytest.raises(UsageError, match="MNI space"):
        read_standard_map(tmp_path / "sd.nii.gz", atlas.grid, "standard deviation")
    with pytest.raises(UsageError, match="--healthy-mean"):
        DementiaOptions(healthy_sd=tmp_path / "sd.nii.gz")
