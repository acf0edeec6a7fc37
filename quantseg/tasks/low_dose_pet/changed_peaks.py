"""Where the estimate has a peak that the scan has not, or lacks one that it has, by more than noise explains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from quantseg.tasks.low_dose_pet.estimating import Estimate
from quantseg.tasks.low_dose_pet.level import smoothed

_SMOOTH_VOXELS = 1.25
"""A peak is looked at with its neighbours: a single voxel of a noisy scan says nothing."""
MOST_SD = 6.5
"""In simulated scans of the validation map without lesions the highest of all peaks lies at up to 6.1 of these SDs, for
noise is not Gaussian, larger in the middle of a head, and peaks are chosen for being high."""
_LEAST_CHANGE = 0.1
"""Of the region's mean: less is no lesion."""
_EDGE_VOXELS, _LEAST_NEARNESS = 3.0, 0.05
"""Only peaks in what is active or within about 10 mm of it count: the rim of the field of view shines by chance."""
_APART_MM = 8.0
_MOST_SHOWN = 20


@dataclass(frozen=True)
class ChangedPeak:
    """A place where estimate and scan disagree.

    Attributes:
        position_mm: RAS.
        before: mean around it in the scan, in the scan's unit.
        after: the same in the estimate.
        in_sd: change in SDs of the scan's noise, after such a mean.
    """

    position_mm: tuple[float, float, float]
    before: float
    after: float
    in_sd: float


def changed_peaks(made: Estimate) -> tuple[ChangedPeak, ...]:
    """Return the peaks that were changed by more than noise explains, the most changed first, at most twenty.

    How much noise is left in means over a neighbourhood is told by the changes themselves, nearly all of which are
    noise taken away (median absolute deviation); it is never taken for more than that of single voxels. Noise grows
    with the square root of the activity, as that of counts does. Peaks away from what is active are not looked at.
    """
    before, after = smoothed(made.low.array, _SMOOTH_VOXELS), smoothed(made.estimate, _SMOOTH_VOXELS)
    change = after - before
    root = np.sqrt(np.clip(smoothed(made.low.array, 4.0) / made.level.mean, 0.1, None))
    of_means = 1.4826 * float(np.median(np.abs(change / root)[made.level.region]))
    sd = min(max(of_means, 1e-6 * made.level.mean), made.level.noise * made.level.mean) * root
    strong = (np.abs(change) > MOST_SD * sd) & (np.abs(change) > _LEAST_CHANGE * made.level.mean)
    near = smoothed(made.level.region.astype(np.float32), _EDGE_VOXELS) > _LEAST_NEARNESS
    places = np.argwhere(strong & near & (_is_peak(before) | _is_peak(after)))
    places = places[np.argsort(-np.abs(change / sd)[tuple(places.T)])] if len(places) else places
    found: list[ChangedPeak] = []
    for i, j, k in places:
        x, y, z = (float(value) for value in made.low.grid.to_world(np.array([i, j, k])))
        if all(np.linalg.norm(np.array(one.position_mm) - (x, y, z)) >= _APART_MM for one in found):
            in_sd = float(change[i, j, k] / sd[i, j, k])
            found.append(ChangedPeak((x, y, z), float(before[i, j, k]), float(after[i, j, k]), in_sd))
        if len(found) == _MOST_SHOWN:
            break
    return tuple(found)


def _is_peak(image: np.ndarray) -> np.ndarray:
    """Return the voxels that none of their neighbours exceeds, bool."""
    highest = sitk.GetArrayFromImage(sitk.GrayscaleDilate(sitk.GetImageFromArray(image), (1, 1, 1), sitk.sitkBox))
    return np.asarray(image >= highest)
