"""A PET laid on the MRI of the same head, turned and moved but not bent: by mutual information (SimpleITK)."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk

from quantseg.volume import Volume, aligned_grid, resample
from quantseg.volume.masks import largest_component
from quantseg.volume.resampling import as_sitk

_LPS_FROM_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
_SPACING_MM = 4.0
_BINS, _SAMPLED_SHARE, _SEED = 32, 0.5, 2029
_SHRINK, _SMOOTH_MM = (2, 1), (8.0, 4.0)
_STEPS = 60
# The brain takes up most of the tracer in a head.
_BRIGHT_PERCENTILE, _BRAIN_SHARE = 98.0, 0.35


def pet_brain(pet: Volume) -> np.ndarray:
    """Return where a PET of FDG shows the brain, bool, shape (I, J, K)."""
    bright = float(np.percentile(pet.array, _BRIGHT_PERCENTILE))
    return largest_component(pet.array > _BRAIN_SHARE * bright)


def align_pet(brain: Volume, pet: Volume) -> np.ndarray:
    """Find where the PET lies to the MRI.

    Args:
        brain: of the MRI, in canonical order, 0 outside it.
        pet: in canonical order.

    Returns:
        4x4 matrix from RAS in mm of the MRI to RAS in mm of the PET.
    """
    fixed, moving = (as_sitk(_coarse(one)) for one in (brain, pet))
    starts = [sitk.Euler3DTransform(), _from_centres(brain, pet)]
    starts[0].SetCenter(starts[1].GetCenter())
    found = min(starts, key=lambda start: _method(start).MetricEvaluate(fixed, moving))
    method = _method(found)
    method.SetShrinkFactorsPerLevel(list(_SHRINK))
    method.SetSmoothingSigmasPerLevel(list(_SMOOTH_MM))
    method.SmoothingSigmasAreSpecifiedInPhysicalUnitsOn()
    method.Execute(fixed, moving)
    matrix, centre = np.eye(4), np.array(found.GetCenter())
    matrix[:3, :3] = np.array(found.GetMatrix()).reshape(3, 3)
    matrix[:3, 3] = np.array(found.GetTranslation()) + centre - matrix[:3, :3] @ centre
    return np.asarray(_LPS_FROM_RAS @ matrix @ _LPS_FROM_RAS)


def _coarse(volume: Volume) -> Volume:
    found = resample(volume, aligned_grid(volume.grid, _SPACING_MM))
    return found.with_array(found.array.astype(np.float32))


def _from_centres(brain: Volume, pet: Volume) -> sitk.Euler3DTransform:
    """Return the shift that lays the middle of one brain on that of the other, without a turn."""
    middles = [
        volume.grid.to_world(np.argwhere(mask).mean(axis=0)) * [-1, -1, 1]
        for volume, mask in ((brain, brain.array > 0), (pet, pet_brain(pet)))
    ]
    start = sitk.Euler3DTransform()
    start.SetCenter(middles[0].tolist())
    start.SetTranslation((middles[1] - middles[0]).tolist())
    return start


def _method(start: sitk.Euler3DTransform) -> sitk.ImageRegistrationMethod:
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(_BINS)
    method.SetMetricSamplingStrategy(method.REGULAR)
    method.SetMetricSamplingPercentage(_SAMPLED_SHARE, _SEED)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(2.0, 0.01, _STEPS, 0.6, 1e-6)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetInitialTransform(start, inPlace=True)
    return method
