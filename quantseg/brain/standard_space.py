"""A brain without its skull, brought onto the grid of the atlas: turned, moved and scaled, but not bent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from quantseg.brain.atlas import Atlas
from quantseg.volume import Volume
from quantseg.volume.resampling import as_sitk

_LPS_FROM_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
# Brightness is scaled so that white matter is about this.
_WHITE = 100.0
_WHITE_PERCENTILE = 85.0
_BRIGHTEST = 140.0
_SHRINK, _SMOOTH_MM = (3, 2), (3.0, 1.5)
_STEPS = 40
# Length of the first step of the optimiser, as the shift of a voxel. An affine transform begins where the similarity
# ended, near the best, and a long step would lead it away from there for good.
_LONG_STEP, _SHORT_STEP = 1.0, 0.2
_SAMPLED_SHARE, _SEED = 0.25, 2029
# Of the atlas: in the thalamus, where each plane shows ventricles.
_CENTRE_MM = np.array([4.0, -18.0, 12.0, 1.0])

CENTRE_FACTS = ("brain_centre_right_mm", "brain_centre_anterior_mm", "brain_centre_superior_mm")
"""Facts of a case that say where in the scan the middle of the brain lies, RAS in mm."""


@dataclass(frozen=True)
class StandardBrain:
    """A brain on the grid of the atlas.

    Attributes:
        image: intensities, 0 where the brain or the picture ends, float32, shape (I, J, K).
        to_scan: 4x4 matrix from RAS in mm of the atlas to RAS in mm of the scan.
        likeness: correlation of its brightness with the atlas's, over the voxels of either.
    """

    image: np.ndarray
    to_scan: np.ndarray
    likeness: float

    @property
    def scale(self) -> float:
        """How many times larger the brain was made, by volume."""
        return float(1 / abs(np.linalg.det(self.to_scan[:3, :3])))


def centre_facts(to_scan: np.ndarray) -> dict[str, float]:
    """Return where in a scan the middle of the brain lies, by ``CENTRE_FACTS``.

    Args:
        to_scan: 4x4 matrix from RAS in mm of the atlas to RAS in mm of the scan.
    """
    return {name: round(float(mm), 1) for name, mm in zip(CENTRE_FACTS, to_scan @ _CENTRE_MM, strict=False)}


def to_standard(brain: Volume, atlas: Atlas) -> StandardBrain:
    """Bring a brain into standard space.

    Args:
        brain: T1-weighted intensities in canonical order, 0 outside the brain and the fluid around it.
        atlas: where to bring it.

    Raises:
        ValueError: there is no brain.
    """
    inside = brain.array > 0
    if not inside.any():
        raise ValueError("Nothing is above 0; expected a brain.")
    white = float(np.percentile(brain.array[inside], _WHITE_PERCENTILE))
    even = np.clip(brain.array.astype(np.float32) * (_WHITE / white), 0.0, _BRIGHTEST)
    moving, fixed = as_sitk(brain.with_array(even)), as_sitk(atlas.brain)
    transform = _registered(fixed, moving)
    found = sitk.Resample(moving, fixed, transform, sitk.sitkLinear, 0.0)
    image = np.ascontiguousarray(sitk.GetArrayFromImage(found).T).astype(np.float32)
    either = atlas.mask | (image > 0)
    likeness = float(np.corrcoef(image[either], atlas.brain.array[either])[0, 1])
    matrix = np.eye(4)
    matrix[:3, :3] = np.array(transform.GetMatrix()).reshape(3, 3)
    centre = np.array(transform.GetCenter())
    matrix[:3, 3] = np.array(transform.GetTranslation()) + centre - matrix[:3, :3] @ centre
    return StandardBrain(image, _LPS_FROM_RAS @ matrix @ _LPS_FROM_RAS, likeness)


def _registered(fixed: sitk.Image, moving: sitk.Image) -> sitk.AffineTransform:
    """Return the affine transform from the atlas to the scan, first without shear and with one scale, then with all."""
    starts = [_start_from_moments(fixed, moving), sitk.Similarity3DTransform()]
    # Brains that lie in standard space already need no moments, which eyes and what else was left on a brain mislead.
    starts[1].SetCenter(starts[0].GetCenter())
    similarity = max(starts, key=lambda start: _likeness(fixed, moving, start))
    _improve(fixed, moving, similarity, _SHRINK[:1], _SMOOTH_MM[:1], _LONG_STEP)
    affine = sitk.AffineTransform(3)
    affine.SetCenter(similarity.GetCenter())
    affine.SetMatrix(similarity.GetMatrix())
    affine.SetTranslation(similarity.GetTranslation())
    _improve(fixed, moving, affine, _SHRINK, _SMOOTH_MM, _SHORT_STEP)
    return affine


def _start_from_moments(fixed: sitk.Image, moving: sitk.Image) -> sitk.Similarity3DTransform:
    moments = sitk.CenteredTransformInitializerFilter.MOMENTS
    placed = sitk.CenteredTransformInitializer(fixed, moving, sitk.Similarity3DTransform(), moments)
    start = sitk.Similarity3DTransform(placed)
    start.SetScale(float((_volume_mm3(moving) / _volume_mm3(fixed)) ** (1 / 3)))
    return start


def _likeness(fixed: sitk.Image, moving: sitk.Image, transform: sitk.Transform) -> float:
    # A view does not keep its image alive: both have names.
    laid = sitk.Resample(moving, fixed, transform, sitk.sitkLinear, 0.0)
    seen, expected = (sitk.GetArrayViewFromImage(image)[::2, ::2, ::2].ravel() for image in (laid, fixed))
    return float(np.corrcoef(seen, expected)[0, 1]) if seen.any() else -1.0


def _volume_mm3(brain: sitk.Image) -> float:
    return float((sitk.GetArrayViewFromImage(brain) > 0).sum() * np.prod(brain.GetSpacing()))


def _improve(
    fixed: sitk.Image,
    moving: sitk.Image,
    transform: sitk.Transform,
    shrink: tuple[int, ...],
    smooth_mm: tuple[float, ...],
    first_step: float,
) -> None:
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsCorrelation()
    method.SetMetricSamplingStrategy(method.REGULAR)
    method.SetMetricSamplingPercentage(_SAMPLED_SHARE, _SEED)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(first_step, 0.005, _STEPS, 0.6, 1e-6)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel(list(shrink))
    method.SetSmoothingSigmasPerLevel(list(smooth_mm))
    method.SmoothingSigmasAreSpecifiedInPhysicalUnitsOn()
    method.SetInitialTransform(transform, inPlace=True)
    method.Execute(fixed, moving)
