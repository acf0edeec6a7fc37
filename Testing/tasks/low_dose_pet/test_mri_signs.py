"""A T1-weighted image that is given as a PET is told from FDG; made brains, real T1 and the mean FDG image."""

import nibabel
import numpy as np
from made_pet import CORTEX, FLUID, WHITE, made_brain, with_noise

from quantseg.measure.values import Verdict
from quantseg.tasks.low_dose_pet.checks import check_kind
from quantseg.tasks.low_dose_pet.estimating import Estimate
from quantseg.tasks.low_dose_pet.level import level_of
from quantseg.volume import Volume, aligned_grid, resample, to_canonical


def _judged(volume):
    """Judge an image as if the network had left it alone."""
    low = volume.with_array(np.maximum(volume.array, 0).astype(np.float32))
    return check_kind(Estimate(low, low.array, low.array, level_of(low.array), 0.1, False, 1.0))


def _at_2_mm(path):
    image = nibabel.load(path)
    volume, _ = to_canonical(Volume(np.asarray(image.dataobj, np.float32), image.affine))
    return resample(volume, aligned_grid(volume.grid, 2.0))


def test_a_head_with_its_scalp_is_named_as_mri(repository):
    found = _judged(_at_2_mm(repository / "Resources" / "SampleData" / "head_t1.nii.gz"))
    assert found.verdict is Verdict.LOOK
    assert "looks like T1-weighted MRI" in found.reason
    assert "scalp over skull" in found.reason


def test_a_brain_whose_white_matter_is_brightest_is_named_as_mri():
    pet = made_brain()
    t1 = np.interp(pet, (0, FLUID, WHITE, CORTEX), (0, 0.25, 1.0, 0.75)).astype(np.float32)
    found = _judged(Volume(with_noise(t1 * 100, 0.05), np.diag([2.0, 2.0, 2.0, 1.0])))
    assert found.verdict is Verdict.LOOK
    assert "white matter is brighter than grey" in found.reason


def test_a_real_average_without_a_skull_is_named_as_mri(repository):
    found = _judged(_at_2_mm(repository / "Resources" / "Atlas" / "icbm152_t1_brain_2mm.nii.gz"))
    assert found.verdict is Verdict.LOOK
    assert "brightest hundredth" in found.reason


def test_fdg_is_not_taken_for_mri(repository):
    for name in ("SampleData/pet_simulated_low.nii.gz", "Atlas/fdg_healthy_mean_2mm.nii.gz"):
        found = _judged(_at_2_mm(repository / "Resources" / name))
        assert found.verdict is Verdict.GOOD, found.reason
    made = Volume(with_noise(made_brain(), 0.25), np.diag([2.0, 2.0, 2.0, 1.0]))
    assert _judged(made).verdict is Verdict.GOOD
