"""Whether water and fat can be of one scan: where fat borders on what is lean, one rises and the other falls.

Steps of both are compared within the body, so that neither their scales nor exchanged phases matter. 1 is full
agreement. Drawn pairs show 0.39 or more, the one real scan that was looked at 0.86 to 0.88; fat of another drawing or
slice, or moved by 10 mm, at most 0.22, mirrored at most 0.37 (``Testing/benchmarks/muscle_scales.py pair``).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import SimpleITK as sitk

from quantseg.measure.values import Check, Verdict
from quantseg.tasks.lumbar_muscle.body import body_mask
from quantseg.volume.masks import distance_mm

# Two images of one body would have the border to the air alone in common, however it lies.
_BELOW_SKIN_MM = 8.0
_STEP_MM = 1.5
_LEAST_AGREEMENT = 0.3
_BRIGHTEST_PERCENT = 99.0


def agreement_of(pictures: np.ndarray, pixel_mm: tuple[float, float]) -> float:
    """Return how well one picture falls where the other rises, 1 at best; 0 where neither has steps.

    Args:
        pictures: water and fat, float32, shape (2, I, J).
        pixel_mm: size of a pixel along i and j.
    """
    tops = np.maximum(np.percentile(pictures, _BRIGHTEST_PERCENT, axis=(1, 2), keepdims=True), 1e-12)
    even = (pictures / tops).astype(np.float32)
    outside = ~body_mask(even.sum(axis=0))
    inside = distance_mm(outside[:, :, None], (*pixel_mm, min(pixel_mm)))[:, :, 0] > _BELOW_SKIN_MM
    water, fat = (_steps(one, pixel_mm)[inside].astype(np.float64) for one in even)
    size = float(np.sqrt((water**2).sum() * (fat**2).sum()))
    return -float((water * fat).sum()) / size if size > 0 else 0.0


def check_pair(agreements: Sequence[float]) -> Check:
    """Judge whether water and fat can be of one scan.

    Args:
        agreements: of each measured plane.
    """
    found = float(np.median(agreements))
    if found >= _LEAST_AGREEMENT:
        return Check("pair", Verdict.GOOD, f"Where water rises, fat falls (agreement {found:.2f} of 1).")
    reason = (
        f"Water and fat do not fit each other: where one rises, the other does not fall (agreement {found:.2f}, "
        f"expected {_LEAST_AGREEMENT:g} or more, at best 1). Outlines and fat fractions would be wrong: look at "
        "whether both are of one person and one scan, and lie on each other."
    )
    return Check("pair", Verdict.LOOK, reason)


def _steps(picture: np.ndarray, pixel_mm: tuple[float, float]) -> np.ndarray:
    """Return the gradient of a picture, smoothed, shape (I, J, 2)."""
    image = sitk.GetImageFromArray(picture)
    image.SetSpacing(pixel_mm[::-1])
    return sitk.GetArrayFromImage(sitk.GradientRecursiveGaussian(image, _STEP_MM))
